//! Reports like those of real studies, drawn from a seed: for tests, and to look at.

mod detection;
mod ranking;

pub(crate) use detection::report as detection;
pub(crate) use ranking::report as ranking;

use nadir_core::report::{Arm, CalibrationBin, Comparison, Curve, MapImage, Report, SCHEMA_VERSION, Scalar};
use nadir_core::rng::Rng;
use std::collections::BTreeMap;

const LABELS: [&str; 17] = [
    "airplane",
    "bare soil",
    "buildings",
    "cars",
    "chaparral",
    "court",
    "dock",
    "field",
    "grass",
    "mobile home",
    "pavement",
    "sand",
    "sea",
    "ship",
    "tanks",
    "trees",
    "water",
];

const ARMS: [&str; 8] = [
    "random weights, frozen",
    "SimCLR",
    "SimCLR, faithful to the paper",
    "without colour",
    "without crops",
    "ImageNet weights, frozen",
    "supervised",
    "ranked positives <&>",
];

/// The index of `chaparral`, which no test image carries.
const WITHOUT_POSITIVE: usize = 4;

fn scalar(rng: &mut Rng, mean: f64) -> Scalar {
    let values = (0..3).map(|_| mean + 0.012 * rng.normal()).collect();
    let mut scalar = Scalar::over(values);
    scalar.interval = Some([scalar.mean - rng.range(0.02, 0.035), scalar.mean + rng.range(0.015, 0.03)]);
    scalar
}

fn curve(y: &str, epochs: usize, value: impl FnMut(f64) -> f64) -> Curve {
    let mut value = value;
    let points = (1..=epochs).map(|epoch| [epoch as f64, value(epoch as f64)]).collect();
    Curve { x: "epoch".into(), y: y.into(), points, band: Vec::new() }
}

fn arm(rng: &mut Rng, index: usize, images: &[MapImage]) -> Arm {
    let quality = [0.52, 0.66, 0.63, 0.55, 0.58, 0.87, 0.81, 0.84][index];
    let scalars = [("test mAP", 0.0), ("validation mAP", 0.02), ("test F1 micro", -0.05), ("test F1 macro", -0.1)];
    let scalars = scalars.iter().map(|(name, shift)| ((*name).to_owned(), scalar(rng, quality + shift))).collect();
    let test_average_precision = (0..LABELS.len())
        .map(|label| (label != WITHOUT_POSITIVE).then(|| (quality + 0.16 * rng.normal()).clamp(0.02, 1.0)))
        .collect();
    let epochs = 10 + 5 * (index % 7);
    let curves = BTreeMap::from([
        ("training loss".to_owned(), curve("loss (nats)", epochs, |e| 0.2 + 0.4 / quality / e + 0.004 * rng.normal())),
        (
            "validation loss".to_owned(),
            curve("loss (nats)", epochs, |e| 0.25 + 0.4 / quality / e + 0.01 * rng.normal()),
        ),
        ("validation mAP".to_owned(), curve("mAP", epochs, |e| quality * (1.0 - 0.5 / e) + 0.008 * rng.normal())),
    ]);
    let calibration = (0..10)
        .map(|bin| {
            let confidence = (f64::from(bin) + 0.5) / 10.0;
            let frequency = (confidence + 0.4 * (confidence - 0.5) * (0.9 - quality)).clamp(0.0, 1.0);
            CalibrationBin { confidence, frequency, count: 3000 / (1 + 3 * bin as u64) }
        })
        .collect();
    let maps = ["PCA", "t-SNE", "UMAP"].map(|method| {
        let spread = if method == "PCA" { 2.5 } else { 0.8 } / quality;
        let points = (0..images.len()).map(|index| {
            let radius = (index % 17) as f64 + 1.0;
            let angle = radius * 2.4;
            [radius * angle.cos() + spread * rng.normal(), radius * angle.sin() + spread * rng.normal()]
                .map(|v| v as f32)
        });
        (method.to_owned(), points.collect())
    });
    Arm {
        name: ARMS[index].into(),
        about: "What was done with it stands here in one sentence.".into(),
        scalars,
        test_average_precision,
        curves,
        calibration,
        maps: maps.into(),
        ..Arm::default()
    }
}

/// A report with up to 8 arms, 3 seeds, 17 labels and 2,100 images on the maps.
pub(crate) fn report(arms: usize) -> Report {
    let mut rng = Rng::from_parts(&[3, arms as u64]);
    let map_images: Vec<MapImage> = (0..2100)
        .map(|index| {
            let mut labels: Vec<u16> = vec![(index % 17) as u16];
            labels.extend([2, 8, 10, 15].into_iter().filter(|_| rng.chance(0.4)));
            labels.sort_unstable();
            labels.dedup();
            MapImage { key: format!("image{index:04}"), labels }
        })
        .collect();
    let arms: Vec<Arm> = (0..arms.min(8)).map(|index| arm(&mut rng, index, &map_images)).collect();
    let comparisons = arms[1..].iter().flat_map(|arm| {
        ["test mAP", "test F1 micro"].map(|scalar| {
            let difference = arm.scalars[scalar].mean - arms[0].scalars[scalar].mean;
            Comparison {
                scalar: scalar.into(),
                arm: arm.name.clone(),
                against: arms[0].name.clone(),
                difference,
                interval: [difference - 0.035, difference + 0.03],
                share_above_zero: if difference > 0.035 { 1.0 } else { 0.91 },
            }
        })
    });
    Report {
        schema_version: SCHEMA_VERSION,
        study: "ablation".into(),
        title: "What SimCLR adds on UC Merced, and what each part of it adds".into(),
        command: "nadir ablation --config trainer/configs/ucm_resnet.toml --run runs/ucm --seeds 3".into(),
        config: "# <script>alert(1)</script>\nseed = 1\n[encoder]\narchitecture = \"resnet18\"\nwidth = 24\n".into(),
        version: "0.1.0".into(),
        revision: Some("21f6840".into()),
        device: "2 cores of an AMD EPYC".into(),
        finished: "2026-11-21T13:30:00Z".into(),
        wall_time_s: 4211.0,
        images: [("train", 1470), ("validation", 210), ("test", 420)].map(|(part, n)| (part.to_owned(), n)).into(),
        split_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        labels: LABELS.map(str::to_owned).to_vec(),
        notes: vec![
            "The faithful arm keeps BatchNorm in train mode while it is tested, as the paper's code does.".into(),
        ],
        comparisons: comparisons.collect(),
        arms,
        map_images,
        matrices: BTreeMap::new(),
        published: Vec::new(),
        leak: None,
        audit: None,
    }
}
