//! A small bundle with a detector, exported as a user exports it. Nothing in it is trained: its weights are drawn by
//! their names, so that it finds the same things everywhere.

use crate::golden::{fill, fill_model};
use crate::now::now;
use crate::site::nadir_program;
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir::artifacts::detector_file;
use nadir::artifacts::detector_file::DetectorDescription;
use nadir::artifacts::probe_file;
use nadir::artifacts::probe_file::ProbeDescription;
use nadir::artifacts::run_folder::RunFolder;
use nadir_core::bundle::{Architecture, ClassMeanClassifier, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::postprocess::suppress;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::image::Planes;
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Encoder;
use nadir_nn::model::detector::FasterRcnn;
use nadir_nn::model::{WeightTensor, Weights};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The seed of the scene that the tests look at.
pub const SEED: u64 = 7;
/// Width and height of the page's scenes, px.
pub const SCENE_PX: usize = 512;
/// How many objects the bundle shows of that scene at first.
const SHOWN: usize = 12;
/// The network of whole images, and of crops.
const ARCHITECTURE: Architecture =
    Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Compact, stages: 4, bands: 3 };
/// The classes of the exported networks.
const LABELS: [&str; 4] = ["ships", "tanks", "cars", "water"];

/// Run folders to export from.
#[derive(Debug)]
pub struct Runs {
    /// A probed run with class means.
    pub probed: PathBuf,
    /// The run folder of a detector.
    pub detector: PathBuf,
}

/// Writes both run folders below `folder`.
///
/// # Errors
/// Names the file.
pub fn write_runs(folder: &Path) -> Result<Runs> {
    let runs = Runs { probed: folder.join("probed"), detector: folder.join("detector") };
    write_probed(&RunFolder::create(&runs.probed)?)?;
    let (description, weights) = detector()?;
    detector_file::write(&RunFolder::create(&runs.detector)?, &weights, &description)?;
    Ok(runs)
}

/// Exports a bundle with detector and class means to `folder/objects` and gives its path.
///
/// # Errors
/// What `nadir export` says.
pub fn export(folder: &Path) -> Result<PathBuf> {
    let (runs, bundle) = (write_runs(folder)?, folder.join("objects"));
    let output = nadir_program()?
        .arg("export")
        .arg("--run")
        .arg(&runs.probed)
        .arg("--detector")
        .arg(&runs.detector)
        .arg("--out")
        .arg(&bundle)
        .output()?;
    ensure!(output.status.success(), "nadir export: {}", String::from_utf8_lossy(&output.stderr));
    Ok(bundle)
}

fn write_probed(run: &RunFolder) -> Result<()> {
    run.write_config("[encoder]\nencoder = \"resnet18\"\nwidth = 8\nstem = \"compact\"\n")?;
    run.write_encoder(&fill_model(&Encoder::new(&ARCHITECTURE, false, &Device::flex()).export()))?;
    let len = ARCHITECTURE.embedding_len();
    let drawn = |name: &str, shape: Vec<usize>| {
        let values = fill(name, shape.iter().product()).into_iter().map(|value| value as f32).collect();
        (name.to_owned(), WeightTensor { shape, values })
    };
    let weights = Weights(BTreeMap::from([
        drawn("weight", vec![LABELS.len(), len]),
        drawn("bias", vec![LABELS.len()]),
        drawn("class_means", vec![LABELS.len(), len]),
    ]));
    let description = ProbeDescription {
        ood: None,
        arm: "SimCLR".to_owned(),
        labels: LABELS.map(str::to_owned).into(),
        thresholds: vec![0.5; LABELS.len()],
        preprocess: Preprocess { size: 64, mean: vec![0.5; 3], std: vec![0.25; 3] },
        figures: BTreeMap::from([("test_map".to_owned(), 0.25)]),
        crops: Some(ClassMeanClassifier {
            temperature: 0.1,
            unknown_above: 0.5,
            similar: vec![vec![1, 2, 3], vec![0, 2], vec![3], Vec::new()],
        }),
    };
    probe_file::write(run, &weights, &description)
}

/// A narrow detector whose threshold leaves [`SHOWN`] objects of the scene.
fn detector() -> Result<(DetectorDescription, Weights)> {
    let device = Device::flex();
    let architecture = Architecture { stem: Stem::Imagenet, ..ARCHITECTURE };
    let shape = DetectorShape {
        channels: 16,
        hidden: 32,
        anchor_sizes: vec![16.0, 24.0, 32.0, 48.0, 64.0],
        ..DetectorShape::of(architecture)
    };
    let mut weights = fill_model(&FasterRcnn::new(&shape, LABELS.len() + 1, false, &device)?.export());
    temper(&mut weights);
    let mut description = DetectorDescription {
        labels: LABELS.map(str::to_owned).into(),
        detector: shape,
        resize: DetectorResize { min_size: 128, max_size: 128, divisible_by: 32 },
        refinement: None,
        score_threshold: 0.5,
        figures: BTreeMap::from([("test_ap50".to_owned(), 0.125)]),
    };
    let image = Planes::from_rgb(nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image.view());
    let found = now(description.load(&weights, &device)?.candidates(&image))?;
    let kept = suppress(&found, 0.5, SHOWN + 1);
    let last_shown = *kept.get(SHOWN - 1).context("the detector finds too little")?;
    let next = kept.get(SHOWN).map_or(0.0, |&next| found[next].score);
    description.score_threshold = (found[last_shown].score + next) / 2.0;
    Ok((description, weights))
}

/// Scales the heads down: without training, the maps are so large that every box would become a line, and every class
/// as sure as the next.
fn temper(weights: &mut Weights) {
    for (name, tensor) in &mut weights.0 {
        if name.ends_with("bbox_pred.weight") {
            tensor.values.iter_mut().for_each(|value| *value *= 0.02);
        } else if name.ends_with("cls_score.weight") {
            // Without its mean, a row does not speak for its class whatever the box.
            for row in tensor.values.chunks_exact_mut(tensor.shape[1]) {
                let mean = row.iter().sum::<f32>() / row.len() as f32;
                row.iter_mut().for_each(|value| *value = (*value - mean) * 0.1);
            }
        }
    }
}
