//! A detector's report: two arms over objects drawn from a seed, measured as `nadir detect eval` measures.

use crate::config::DetectConfig;
use crate::data::detection::DetectData;
use crate::data::objects::{ImageFile, Object, ObjectImage, Part};
use crate::detect::images::Detected;
use crate::device::{DeviceChoice, choose};
use crate::evaluate::detection::report::{ArmResult, RunContext};
use nadir_core::metric::detection::{Detection, GroundTruth};
use nadir_core::report::{Curve, Report};
use nadir_core::rng::Rng;
use std::path::Path;
use std::time::Instant;

const CLASSES: [&str; 6] = ["airplane", "harbour of ships", "ship", "storage tank", "tennis court", "vehicle <&>"];
const IMAGES: usize = 40;

/// Objects in every image but the last; each class is detected worse than the one before.
fn truths(rng: &mut Rng) -> Vec<GroundTruth> {
    let object = |rng: &mut Rng, image: usize| {
        let (x, y) = (rng.range(0.0, 400.0), rng.range(0.0, 400.0));
        let corners = [x, y, x + rng.range(8.0, 120.0), y + rng.range(8.0, 120.0)];
        GroundTruth::new(image, rng.below(CLASSES.len()), corners)
    };
    (0..8 * (IMAGES - 1)).map(|at| object(rng, at / 8)).collect()
}

fn found(truths: &[GroundTruth], quality: f64, rng: &mut Rng) -> Detected {
    let mut detections = Vec::new();
    for truth in truths {
        let quality = quality - 0.08 * truth.class as f64;
        for _ in 0..3 {
            let off = truth.box_in_image.map(|corner| corner + rng.range(0.5, 12.0) * rng.normal() * (1.0 - quality));
            let class = if rng.chance(quality) { truth.class } else { rng.below(CLASSES.len()) };
            let score = (0.5 + 0.25 * rng.normal() + 0.2 * (quality - 0.5)).clamp(0.05, 1.0);
            detections.push(Detection { image: truth.image, class, box_in_image: off, score });
        }
    }
    Detected { truths: truths.to_vec(), detections, skipped: Vec::new() }
}

/// A detection report with generated figures.
pub(crate) fn report() -> Report {
    let mut rng = Rng::new(5);
    let truths = truths(&mut rng);
    let image = |at: usize| ObjectImage {
        name: format!("{at}.png"),
        file: ImageFile::Path(format!("{at}.png").into()),
        size_px: Some([512, 512]),
        part: Part::Test,
        unlabelled: Vec::new(),
        objects: truths
            .iter()
            .filter(|truth| truth.image == at)
            .enumerate()
            .map(|(number, truth)| Object {
                number,
                class: truth.class,
                box_in_image: truth.box_in_image.map(|corner| corner as f32),
                difficult: false,
                truncated: false,
                crowd: false,
            })
            .collect(),
    };
    let test: Vec<ObjectImage> = (0..IMAGES).map(image).collect();
    let data = DetectData {
        classes: CLASSES.map(str::to_owned).to_vec(),
        train: test[..20].to_vec(),
        validation: test[20..25].to_vec(),
        test,
    };
    let measured = [
        ArmResult::of_box_head(found(&truths, 0.9, &mut rng), 0.5),
        ArmResult {
            name: "detector boxes, nearest class mean".into(),
            about: "The detector's boxes, classified by the nearest class mean.".into(),
            ..ArmResult::of_box_head(found(&truths, 0.7, &mut rng), 0.4)
        },
    ];
    let (config, chosen) = (DetectConfig::default(), choose(DeviceChoice::Cpu).expect("a CPU is everywhere"));
    let ran = RunContext {
        run: Path::new("nowhere"),
        config: &config,
        data: &data,
        part: Part::Test,
        started: Instant::now(),
        chosen: &chosen,
        resamples: 50,
    };
    let mut report = crate::evaluate::detection::report::report(&ran, &measured, Vec::new());
    let mut curve = |x: &str, y: &str, count: usize, value: &dyn Fn(f64) -> f64| {
        let points = (1..=count).map(|at| [at as f64, value(at as f64 / count as f64) + 0.01 * rng.normal()]);
        Curve { x: x.into(), y: y.into(), points: points.collect(), band: Vec::new() }
    };
    let curves = [
        ("training loss", curve("step", "loss", 200, &|at| 0.3 + 1.5 * (-4.0 * at).exp())),
        ("training loss, classes of boxes", curve("step", "loss", 200, &|at| 0.1 + 0.7 * (-4.0 * at).exp())),
        ("validation AP50", curve("epoch", "average precision", 12, &|at| 0.6 * at.sqrt())),
    ];
    report.arms[0].curves.extend(curves.map(|(name, curve)| (name.to_owned(), curve)));
    report
}
