//! Figures on generated test scenes for a bundle, which anyone can then compute again.

use crate::artifacts::weight_file::write_atomically;
use crate::config::{Config, DataConfig, SplitConfig};
use crate::predict::LoadedBundle;
use crate::progress::Progress;
use anyhow::{Result, bail, ensure};
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, DESCRIPTION_FILE, SceneCheck};
use nadir_core::metric::label_figures::LabelFigures;
use nadir_scene::LABELS;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Computes the figures of the bundle in `folder` on the first `scenes` test scenes of `config` and writes them into its
/// description.
///
/// # Errors
/// Data that are not generated scenes divided by a seed, or whose labels the bundle does not have; a bundle that cannot be
/// read or written.
pub fn with_check(folder: &Path, config: &Config, scenes: usize, device: &Device) -> Result<Bundle> {
    let loaded = LoadedBundle::load(folder, device)?;
    let mut check = check_of(config, scenes)?;
    check.figures = figures_of_check(&loaded, &check)?.named();
    let mut bundle = loaded.bundle.clone();
    bundle.check = Some(check);
    write_atomically(&folder.join(DESCRIPTION_FILE), bundle.to_json().as_bytes())?;
    Ok(bundle)
}

/// The first `scenes` test scenes of a config, or all if there are fewer; without figures.
fn check_of(config: &Config, scenes: usize) -> Result<SceneCheck> {
    let DataConfig::Scenes { count, size, first_seed, split } = &config.data else {
        bail!("--check is for bundles of generated scenes: data.kind must be \"scenes\"");
    };
    let SplitConfig::Fractions { train, validation, test, stratified: false } = split else {
        bail!("--check needs scenes that are divided by a seed: data.split.kind must be \"fractions\", not stratified");
    };
    let mut check = SceneCheck {
        size: *size,
        first_seed: *first_seed,
        count: *count,
        shares: [*train, *validation, *test],
        split_seed: config.seed,
        scenes,
        figures: BTreeMap::new(),
    };
    check.scenes = check.seeds().len();
    ensure!(check.scenes > 0, "the config's data has no test scene");
    Ok(check)
}

/// What the bundle's network gives on the scenes of its check, computed as the page does.
///
/// # Errors
/// A bundle of other labels than scenes have; where the device fails.
pub fn figures_of_check(loaded: &LoadedBundle, check: &SceneCheck) -> Result<LabelFigures> {
    let labels = &loaded.bundle.labels;
    ensure!(labels.iter().eq(LABELS), "the bundle's labels are not those of generated scenes");
    let seeds = check.seeds();
    let progress = Progress::new("scoring", seeds.len() as u64, "scenes");
    let (mut scores, mut truth) = (Vec::new(), Vec::new());
    for some in seeds.chunks(64) {
        let scenes: Vec<_> = some.par_iter().map(|&seed| nadir_scene::generate(seed, check.size, check.size)).collect();
        for scene in scenes {
            scores.extend(loaded.scores(scene.image.view())?.0.probabilities);
            truth.extend((0..labels.len()).map(|label| scene.labels.contains(&label)));
            progress.advance(1);
        }
    }
    progress.finish();
    Ok(LabelFigures::of(&scores, &truth, &loaded.bundle.thresholds))
}
