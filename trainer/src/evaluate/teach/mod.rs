//! `nadir study teach`: how many clicks a class needs. A simulated teacher, who knows the labels, answers "is this
//! image of the class?" about training images; after every answer the head ([`nadir_core::active`], the one that the
//! page teaches) is fitted anew and measured on the test images. Asked about what it is least sure of, against images
//! drawn at random, over seeds that draw the first example and the random images.
//!
//! The embeddings are computed once and kept in the run folder; the rest takes a minute.

mod rows;
mod teacher;

use self::teacher::{Lesson, Strategy};

use super::leak::{Leaked, leaked};
use super::report::begin;
use super::resampled::{Resampled, Resamples};
use crate::artifacts::run_folder::RunFolder;
use crate::config::Config;
use crate::data::{self, Dataset};
use crate::device::ChosenDevice;
use anyhow::{Context, Result, ensure};
use nadir_core::metric::average_precision::average_precision;
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::neighbours::UnitRows;
use nadir_core::report::names::{TAUGHT, TEACH};
use nadir_core::report::{Arm, Comparison, Curve, Report, Scalar};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use tracing::info;

/// In the order of the report's arms; the arm of all labels stands third.
const STRATEGIES: [Strategy; 3] = [Strategy::Asked, Strategy::Random, Strategy::Highest];
/// Clicks that have a figure of their own, with those that all is measured at.
const TOLD: [usize; 5] = [2, 5, 10, 20, 50];
/// Figures at the main number of clicks, as [`Resamples::figures`] names them.
const FIGURES: [&str; 3] = ["test mAP", "test F1 macro", "test ECE"];
/// Bins of the calibration error.
const BINS: usize = 15;
/// A probability at or above this counts as present, in the page too.
const THRESHOLD: f32 = 0.5;
/// The share of the seeds that lie within a curve's band.
const BAND: f64 = 0.8;

/// Runs the study in `run`; the embeddings are kept there, and the report.
///
/// # Errors
/// Data without labels, a bundle that is not there or cannot be read, images of other bands.
pub fn teach_study(config: &Config, run: &RunFolder, chosen: &ChosenDevice) -> Result<Report> {
    run.write_config(&config.to_toml())?;
    let report = study(config, Some(&run.path.join("embeddings")), chosen)?;
    run.write_report(&report)?;
    Ok(report)
}

/// The report computed again from bundle and data; nothing is read from a run or written.
///
/// # Errors
/// As [`teach_study`].
pub fn computed_again(config: &Config, chosen: &ChosenDevice) -> Result<Report> {
    study(config, None, chosen)
}

/// What a strategy came to with one seed: for each class the average precision after each click, and the measured
/// images' probabilities at the main number of clicks, [images, labels].
struct Trial {
    average_precision: Vec<Vec<Option<f64>>>,
    probabilities: Vec<f32>,
}

/// The images that are measured, with their labels, [images, labels].
struct Measured<'a> {
    part: &'a [usize],
    rows: UnitRows,
    targets: Vec<bool>,
}

fn study(config: &Config, folder: Option<&Path>, chosen: &ChosenDevice) -> Result<Report> {
    check(config)?;
    config.data.expect_labels("`nadir study teach`, whose teacher answers from labels,")?;
    let started = Instant::now();
    let dataset = data::load(config)?;
    let all = rows::rows(config, &dataset, folder, chosen)?;
    let teach = &config.study.teach;
    let split = &dataset.split;
    let part: &[usize] = if teach.on_validation { &split.validation } else { &split.test };
    let targets = part.iter().flat_map(|&image| dataset.samples[image].targets.iter().copied()).collect();
    let measured = Measured { part, rows: of(&all, part), targets };
    let pool = of(&all, &split.train);
    // Nothing is fitted to the test images, so that no overlap matters where validation is measured.
    let leaked = if teach.on_validation { Leaked::default() } else { leaked(&dataset) };
    let counts = leaked.counts();
    let resamples = Resamples { seed: config.seed, number: config.study.resamples };

    let (mut arms, mut figures, mut without) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut add = |arm: Arm, found: BTreeMap<String, Resampled>, evaluations: &[Evaluation]| {
        if let Some(counts) = &counts {
            let mut of_arm = Resamples::figures_over(evaluations, counts);
            of_arm.retain(|name, _| FIGURES.contains(&name.as_str()));
            without.insert(arm.name.clone(), of_arm);
        }
        figures.push((arm.name.clone(), found));
        arms.push(arm);
    };
    for (at, strategy) in STRATEGIES.into_iter().enumerate() {
        let mut trials = Vec::new();
        for seed in 0..config.study.seeds as u64 {
            trials.push(trial(config, &dataset, &pool, &measured, strategy, config.seed + seed)?);
        }
        let evaluations: Vec<Evaluation> =
            trials.iter().map(|trial| evaluation(&trial.probabilities, &measured, dataset.labels.len())).collect();
        let found = resamples.figures(&evaluations);
        let arm = arm(strategy, teach.measured_at, &trials, &evaluations, &found);
        info!(
            arm = arm.name,
            "{}: test mAP {} after {} clicks a class", arm.name, found["test mAP"].scalar, teach.measured_at
        );
        add(arm, found, &evaluations);
        if at == 1 {
            let evaluations = [taught_all(config, &dataset, &pool, &measured)?];
            let found = resamples.figures(&evaluations);
            let arm = Arm {
                name: "all labels".into(),
                about: "The same head fitted to the labels of all training images: what clicks come to in the end."
                    .into(),
                scalars: scalars_of(&found),
                test_average_precision: evaluations[0].average_precision(&vec![1; measured.part.len()]),
                ..Arm::default()
            };
            add(arm, found, &evaluations);
        }
    }

    let name = teach.bundle.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let title = format!("Teaching {} classes by clicks on embeddings of {name}", dataset.labels.len());
    let mut report = begin(TEACH, &title, config, &dataset, started, chosen);
    report.comparisons = comparisons(&figures);
    report.leak = leaked.for_report(without);
    report.arms = arms;
    if teach.on_validation {
        report
            .notes
            .push("Measured on the validation images, to choose settings by: figures named test are of them.".into());
    }
    report.notes.push(format!(
        "A click is one answer, yes or no, about one image and one class. The first click of a class is an example of it. \
         Test mAP is after {} clicks a class, the images asked about are the {} training images, {} seeds.",
        teach.measured_at,
        split.train.len(),
        config.study.seeds
    ));
    Ok(report)
}

fn of(rows: &UnitRows, images: &[usize]) -> UnitRows {
    let values = images.iter().flat_map(|&image| rows.row(image)).copied().collect();
    UnitRows::new(values, rows.dimensions())
}

/// Whether each image of a part is of the class.
fn truth(dataset: &Dataset, part: &[usize], class: usize) -> Vec<bool> {
    part.iter().map(|&image| dataset.samples[image].targets[class]).collect()
}

/// All classes taught by one strategy with one seed, each on a thread of its own.
fn trial(
    config: &Config,
    dataset: &Dataset,
    pool: &UnitRows,
    measured: &Measured<'_>,
    strategy: Strategy,
    seed: u64,
) -> Result<Trial> {
    let teach = &config.study.teach;
    let classes: Vec<(Vec<Option<f64>>, Vec<f32>)> = (0..dataset.labels.len())
        .into_par_iter()
        .map(|class| {
            let pool_truth = truth(dataset, &dataset.split.train, class);
            let lesson = Lesson { pool, pool_truth: &pool_truth, measured: &measured.rows, prior: &teach.prior };
            let taught = lesson.taught(strategy, teach.clicks, seed, class);
            let mut taught = taught.with_context(|| format!("the class {:?}", dataset.labels[class]))?;
            let is_of = truth(dataset, measured.part, class);
            let precision = taught.iter().map(|probabilities| average_precision(probabilities, &is_of)).collect();
            Ok((precision, taught.swap_remove(teach.measured_at - 1)))
        })
        .collect::<Result<_>>()?;
    let probabilities = by_image(&classes.iter().map(|(_, of)| of.as_slice()).collect::<Vec<_>>());
    Ok(Trial { average_precision: classes.into_iter().map(|(precision, _)| precision).collect(), probabilities })
}

fn taught_all(config: &Config, dataset: &Dataset, pool: &UnitRows, measured: &Measured<'_>) -> Result<Evaluation> {
    let prior = &config.study.teach.prior;
    let classes: Vec<Vec<f32>> = (0..dataset.labels.len())
        .into_par_iter()
        .map(|class| {
            let pool_truth = truth(dataset, &dataset.split.train, class);
            Lesson { pool, pool_truth: &pool_truth, measured: &measured.rows, prior }.taught_all()
        })
        .collect::<Result<_>>()?;
    let probabilities = by_image(&classes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    Ok(evaluation(&probabilities, measured, classes.len()))
}

/// From a list a class to [images, labels].
fn by_image(classes: &[&[f32]]) -> Vec<f32> {
    let images = classes.first().map_or(0, |class| class.len());
    (0..images).flat_map(|image| classes.iter().map(move |class| class[image])).collect()
}

fn evaluation(probabilities: &[f32], measured: &Measured<'_>, labels: usize) -> Evaluation {
    Evaluation::new(probabilities, &measured.targets, &vec![THRESHOLD; labels], BINS)
}

fn scalars_of(found: &BTreeMap<String, Resampled>) -> BTreeMap<String, Scalar> {
    FIGURES.iter().map(|&name| (name.to_owned(), found[name].scalar.clone())).collect()
}

fn arm(
    strategy: Strategy,
    measured_at: usize,
    trials: &[Trial],
    evaluations: &[Evaluation],
    found: &BTreeMap<String, Resampled>,
) -> Arm {
    let labels = trials[0].average_precision.len();
    let clicks = trials[0].average_precision.first().map_or(0, Vec::len);
    // After so many clicks, of each seed.
    let maps_after = |clicks: usize| -> Vec<f64> { trials.iter().map(|trial| mean_after(trial, clicks)).collect() };
    let mut scalars = scalars_of(found);
    let told = TOLD.into_iter().chain([measured_at]).filter(|told| *told <= clicks);
    scalars.extend(told.map(|told| (format!("test mAP, {told} clicks"), Scalar::over(maps_after(told)))));
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for click in 1..=clicks {
        let maps = maps_after(click);
        points.push([click as f64, Scalar::over(maps.clone()).mean]);
        band.push(nadir_core::metric::bootstrap::interval(&maps, BAND));
    }
    let images = vec![1; evaluations[0].images()];
    let of_seeds: Vec<Vec<Option<f64>>> =
        evaluations.iter().map(|evaluation| evaluation.average_precision(&images)).collect();
    let mean_of = |label: usize| {
        let values: Option<Vec<f64>> = of_seeds.iter().map(|seed| seed[label]).collect();
        values.map(|values| Scalar::over(values).mean)
    };
    let curve = Curve { x: "clicks a class".into(), y: "test mAP".into(), points, band };
    Arm {
        name: strategy.title().into(),
        about: strategy.about().into(),
        scalars,
        test_average_precision: (0..labels).map(mean_of).collect(),
        curves: BTreeMap::from([(TAUGHT.to_owned(), curve)]),
        ..Arm::default()
    }
}

/// Mean average precision over the labels with a positive, after so many clicks.
fn mean_after(trial: &Trial, clicks: usize) -> f64 {
    let of: Vec<f64> = trial.average_precision.iter().filter_map(|class| class[clicks - 1]).collect();
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

/// Every arm against the random one, and nothing where there are no resamples.
fn comparisons(figures: &[(String, BTreeMap<String, Resampled>)]) -> Vec<Comparison> {
    let (random, of_random) = &figures[1];
    let mut comparisons = Vec::new();
    for name in FIGURES {
        for (arm, of_arm) in figures.iter().filter(|(arm, _)| arm != random && arm != "all labels") {
            comparisons.extend(of_arm[name].compare(name, arm, &of_random[name], random));
        }
    }
    comparisons
}

/// That the bundle is there, before images are read.
fn check(config: &Config) -> Result<()> {
    let bundle = &config.study.teach.bundle;
    ensure!(
        bundle.join(nadir_core::bundle::DESCRIPTION_FILE).is_file(),
        "study.teach.bundle: {} holds no bundle.json; name the folder of a bundle, such as static/models/aerial",
        bundle.display()
    );
    Ok(())
}
