//! The report of a pretraining that was measured between its epochs, before any probe.

use super::probe::pretraining_curve;
use crate::artifacts::run_folder::RunFolder;
use crate::config::{Config, MonitorFigure};
use crate::data::Dataset;
use crate::device::ChosenDevice;
use crate::train::monitor::best;
use nadir_core::report::{Arm, Curve, Report, Scalar};
use std::collections::BTreeMap;
use std::time::Instant;

/// Figures of held-out images by epoch, as the run's metrics.jsonl has them; none where nothing was measured.
pub fn monitor_curves(run: &RunFolder) -> BTreeMap<String, Curve> {
    let curve = |figure: MonitorFigure| {
        let measured = run.measured(figure.key());
        let points: Vec<[f64; 2]> = measured.into_iter().map(|(epoch, value)| [epoch as f64, value]).collect();
        let curve = Curve { x: "epoch of pretraining".into(), y: figure.title().into(), points, band: Vec::new() };
        (!curve.points.is_empty()).then(|| (format!("held-out {}", figure.title()), curve))
    };
    MonitorFigure::ALL.into_iter().filter_map(curve).collect()
}

/// The report of a run that was measured: its figures before the first step, at the end and, where the config keeps the
/// best encoder, there.
pub fn report(config: &Config, dataset: &Dataset, run: &RunFolder, started: Instant, chosen: &ChosenDevice) -> Report {
    let curves = monitor_curves(run);
    let at = |epoch: u64| {
        let scalar = |figure: MonitorFigure| {
            let value = *run.measured(figure.key()).get(&epoch)?;
            Some((format!("held-out {}", figure.title()), Scalar::over(vec![value])))
        };
        MonitorFigure::ALL.into_iter().filter_map(scalar).collect::<BTreeMap<String, Scalar>>()
    };
    let epochs: Vec<u64> = run.measured(MonitorFigure::Uniformity.key()).into_keys().collect();
    let name = config.pretrain.objective.title();
    let mut arms = Vec::new();
    if epochs.first() == Some(&0) {
        let about = "The encoder before the first step.".into();
        arms.push(Arm { name: format!("before {name}"), about, scalars: at(0), ..Arm::default() });
    }
    let keep_best = config.pretrain.monitor.keep_best;
    let kept = keep_best.and_then(|figure| Some((figure, best(run, figure)?.0)));
    let last = epochs.last().copied().unwrap_or(0);
    let (epoch, about) = match kept {
        Some((figure, epoch)) => (epoch, format!("After epoch {epoch} of {last}, where {} was best.", figure.title())),
        None => (last, format!("After epoch {last}.")),
    };
    let mut arm = Arm { name, about, scalars: at(epoch), curves, ..Arm::default() };
    arm.curves.insert("pretraining loss".into(), pretraining_curve(&run.epoch_losses()));
    arms.push(arm);
    let title = format!("{} on {} images", config.pretrain.objective.title(), dataset.split.train.len());
    let begun = super::report::begin("pretraining", &title, config, dataset, started, chosen);
    Report { arms, ..begun }
}
