//! A study's report computed again from its config, its data and what its run folder keeps.

use super::computed::{CannotVerify, Computed, same_split};
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::artifacts::weight_file;
use crate::config::Config;
use crate::data;
use crate::device::ChosenDevice;
use crate::evaluate::leak::leaked;
use crate::evaluate::pretraining::{self, monitor_curves};
use crate::evaluate::probe::{baseline_name, probe_baseline, probe_weights, report};
use crate::evaluate::{ablation, ranking, teach};
use anyhow::{Context, Result};
use nadir_core::report::Report;
use std::path::Path;
use std::time::Instant;

/// A report of `nadir probe`: every probe trained again with its seed on the frozen encoder's features. `run` is needed
/// where the report has an arm that was pretrained.
///
/// # Errors
/// Data, weights or a run that are not there; another split of the images; as probing.
pub fn probe_again(reported: &Report, config: &Config, run: Option<&Path>, chosen: &ChosenDevice) -> Result<Computed> {
    let started = Instant::now();
    let dataset = data::load(config)?;
    same_split(reported, &dataset.split_hash())?;
    let leaked = leaked(&dataset);
    let seeds = reported.arms.iter().flat_map(|arm| arm.scalars.get("test mAP")).map(|scalar| scalar.values.len());
    let seeds = seeds.max().context("the report has no test mAP")?;
    let mut arms = vec![probe_baseline(config, &dataset, &leaked, seeds, chosen)?];
    let mut losses = Vec::new();
    let mut from = format!("{}: encoded and probed again with {seeds} seed(s)", baseline_name(config));
    if reported.arms.iter().any(|arm| arm.name != baseline_name(config)) {
        let run = RunFolder { path: expected_run(run)?.to_owned() };
        let encoder = run.path.join(ENCODER_FILE);
        let weights = weight_file::read(&encoder)?;
        let mut arm =
            probe_weights(&config.pretrain.objective.title(), config, &weights, &dataset, &leaked, seeds, chosen)
                .with_context(|| format!("with {}", encoder.display()))?;
        arm.arm.curves.extend(monitor_curves(&run));
        arms.push(arm);
        losses = run.epoch_losses();
        from += &format!("; likewise {}, as it was kept; losses as metrics.jsonl has them", encoder.display());
    }
    let computed = report(config, &dataset, &leaked, arms, &losses, started, chosen);
    Computed::whole(reported, &computed, from)
}

/// A report of `nadir study ablation`: each arm's encoders, as the run keeps them, measured again.
///
/// # Errors
/// Data or an encoder that are not there; another split of the images; as measuring.
pub fn ablation_again(
    reported: &Report,
    config: &Config,
    run: Option<&Path>,
    chosen: &ChosenDevice,
) -> Result<Computed> {
    let run = expected_run(run)?;
    let dataset = data::load(config)?;
    same_split(reported, &dataset.split_hash())?;
    let computed = ablation::measured_again(config, &dataset, run, chosen)?;
    Computed::whole(
        reported,
        &computed,
        format!("encoders as {} keeps them, encoded, probed and measured again", run.display()),
    )
}

/// A report of `nadir study ranking`: its figures from each training's kept predictions and scores of the test crops.
///
/// # Errors
/// Data or a result that are not there, or are of other settings.
pub fn ranking_again(
    reported: &Report,
    config: &Config,
    run: Option<&Path>,
    chosen: &ChosenDevice,
) -> Result<Computed> {
    let run = expected_run(run)?;
    let computed = ranking::computed_again(config, run, chosen)?;
    let how = "figures from the test crops' predictions and scores that each training kept in its result.json in";
    Computed::whole(reported, &computed, format!("{how} {}; no network was run", run.display()))
}

/// A report of `nadir study teach`: the images embedded again, and every head taught again.
///
/// # Errors
/// Data or a bundle that are not there; another split of the images.
pub fn teach_again(reported: &Report, config: &Config, chosen: &ChosenDevice) -> Result<Computed> {
    let computed = teach::computed_again(config, chosen)?;
    let bundle = config.study.teach.bundle.display();
    Computed::whole(reported, &computed, format!("embedded again by {bundle}, and every head taught again"))
}

/// A report of a pretraining that was measured on its way: its figures as the run's metrics.jsonl has them.
///
/// # Errors
/// Data or a run that are not there; another split of the images.
pub fn pretraining_again(
    reported: &Report,
    config: &Config,
    run: Option<&Path>,
    chosen: &ChosenDevice,
) -> Result<Computed> {
    let started = Instant::now();
    let run = RunFolder { path: expected_run(run)?.to_owned() };
    let dataset = data::load(config)?;
    let computed = pretraining::report(config, &dataset, &run, started, chosen);
    Computed::whole(
        reported,
        &computed,
        format!("figures as they stand in the metrics.jsonl of {}; none was measured", run.path.display()),
    )
}

fn expected_run(run: Option<&Path>) -> Result<&Path> {
    let run = run.ok_or_else(|| CannotVerify("the report's run folder is not here; name it with --run".into()))?;
    if run.is_dir() {
        return Ok(run);
    }
    Err(CannotVerify(format!("there is no run folder {}", run.display())).into())
}
