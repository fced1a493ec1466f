//! `nadir study ranking`: paper B's comparison on crops of objects. Does an embedding that was trained with a person's
//! ranking of similar classes classify as well as SupCon's, RINCE's and softmax's, does it keep the ranking, and does
//! it notice classes that it was never shown?
//!
//! Every arm is trained on all classes (accuracy, ranking) and once more for every set of held-out classes
//! (out-of-distribution detection: test crops of the held-out classes against those of the known ones), over the seeds.
//! Every training's result is kept in the run folder as soon as it is there; a study that was stopped goes on.

mod experiment;
mod figures;

use self::experiment::{Experiment, experiment};
use self::figures::{ArmFigures, CropCounts, Trainings, arm, figures_over};
use super::cached_result::{cached, cached_or_computed, folder_name};
use super::report::begin;
use super::resampled::Resamples;
use crate::artifacts::run_folder::RunFolder;
use crate::config::{Config, CropsConfig, DataConfig, Objective, StudyArm};
use crate::data::crops::{CropDataset, CropSet};
use crate::device::ChosenDevice;
use crate::evaluate::leak::{Leaked, leaked};
use crate::evaluate::maps::images_of_maps;
use crate::progress::duration;
use crate::train::objective::{Criterion, whole_ranking};
use anyhow::{Context, Result, bail};
use nadir_core::bundle::sha256_hex;
use nadir_core::ranking::Ranking;
use nadir_core::report::names::ASKED_RANKING;
use nadir_core::report::{Comparison, Matrix, Report};
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::loss::Form;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tracing::info;

/// The arms of the paper's tables but RINCE's other forms: softmax, SupCon, rankings, RINCE.
pub fn default_arms() -> Vec<StudyArm> {
    let ranked = |ranks| Objective::Ranked { ranks, form: Form::In };
    [Objective::Softmax, ranked(1), ranked(3), Objective::Rince { form: Form::OutIn }].map(StudyArm::of).to_vec()
}

/// Classes held out from training, empty for the whole set, with the crops split accordingly.
struct Fold {
    held_out: Vec<String>,
    crops: CropDataset,
    /// Of the known classes, where a ranking is given.
    ranking: Option<Ranking>,
}

impl Fold {
    fn name(&self) -> String {
        match self.held_out.is_empty() {
            true => "all-classes".to_owned(),
            false => format!("without-{}", folder_name(&self.held_out.join(" "))),
        }
    }
}

/// Runs the whole study in `run`, or what is left of it.
///
/// # Errors
/// Data without crops, a ranking that does not fit, or as training and probing; what was finished stays.
/// [`crate::train::stop::Interrupted`] after Ctrl-C.
pub fn ranking_study(config: &Config, run: &RunFolder, chosen: &ChosenDevice) -> Result<Report> {
    let DataConfig::Crops(settings) = &config.data else {
        bail!(
            "the ranking study needs crops of objects: data.kind = \"crops\", as in trainer/configs/ranking_vhr10.toml"
        );
    };
    run.write_config(&config.to_toml())?;
    let report = study(config, settings, &run.path, Results::Trained, chosen)?;
    run.write_report(&report)?;
    Ok(report)
}

/// The report of a study in the folder `run`, computed again from what each training's test crops were predicted as and
/// scored by, as it was kept there: no network runs, nothing is trained, and nothing is written.
///
/// # Errors
/// Names the training whose result is not there, or was computed with other settings or another split.
pub fn computed_again(config: &Config, run: &Path, chosen: &ChosenDevice) -> Result<Report> {
    let DataConfig::Crops(settings) = &config.data else { bail!("its data are no crops of objects") };
    study(config, settings, run, Results::Kept, chosen)
}

/// Where a training's result comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Results {
    /// It is trained, or gone on with, and kept in its folder.
    Trained,
    /// It is read from there.
    Kept,
}

fn study(
    config: &Config,
    settings: &CropsConfig,
    run: &Path,
    results: Results,
    chosen: &ChosenDevice,
) -> Result<Report> {
    let started = Instant::now();
    let set = CropSet::load(settings, config.seed)?;
    let folds = folds(config, &set)?;
    check_arms(config, &folds, chosen)?;

    let whole = &folds[0].crops.dataset;
    let leaked = leaked(whole);
    let counts = crop_counts(&leaked, &folds, config.study.seeds);
    let (mut arms, mut seconds): (Vec<ArmFigures>, f64) = (Vec::new(), 0.0);
    let mut without = BTreeMap::new();
    let resamples = Resamples { seed: config.seed, number: config.study.resamples };
    for (at, planned) in config.study.arms.iter().enumerate() {
        info!(arm = planned.title(), "arm {} of {}: {}", at + 1, config.study.arms.len(), planned.title());
        let (trainings, elapsed) = train_arm(config, planned, &folds, run, results, chosen)?;
        seconds += elapsed;
        if let Some(counts) = &counts {
            without.insert(planned.title(), figures_over(&trainings, counts));
        }
        let found = arm(&planned.title(), &about(config, planned), &set.classes, &trainings, resamples);
        for (name, scalar) in found.0.scalars.iter().filter(|(name, _)| found.1.contains_key(*name)) {
            info!(arm = planned.title(), figure = name, value = scalar.mean, "{}: {name} {scalar}", planned.title());
        }
        info!(
            arm = planned.title(),
            seconds = elapsed,
            "{}: {} of work",
            planned.title(),
            duration(Duration::from_secs_f64(elapsed))
        );
        arms.push(found);
    }
    let title = format!("Ranked positives on {} crops of {} classes", whole.samples.len(), set.classes.len());
    let mut report = begin("ranking", &title, config, whole, started, chosen);
    report.wall_time_s = seconds;
    report.leak = leaked.for_report(without);
    report.comparisons = comparisons(&config.study.arms, &arms);
    report.arms = arms.into_iter().map(|(arm, _)| arm).collect();
    report.map_images = images_of_maps(config, whole);
    report
        .matrices
        .extend(folds[0].ranking.as_ref().map(|ranking| (ASKED_RANKING.to_owned(), required_ranks(ranking))));
    report.published = config.study.published.clone();
    report.notes.extend(notes(config, &folds));
    Ok(report)
}

/// How often each test crop counts without those that overlap with a crop that all classes' trainings see; `None` where
/// none does, or all do.
fn crop_counts(leaked: &Leaked, folds: &[Fold], seeds: usize) -> Option<CropCounts> {
    let whole = leaked.counts()?;
    let of_crop: BTreeMap<usize, u32> =
        folds[0].crops.dataset.split.test.iter().copied().zip(whole.iter().copied()).collect();
    let of_fold = |fold: &Fold| -> Vec<u32> {
        let tested = fold.crops.dataset.split.test.iter().chain(&fold.crops.out_of_distribution);
        tested.map(|crop| of_crop.get(crop).copied().unwrap_or(1)).collect()
    };
    // As the trainings are: all seeds of a fold, then the next fold.
    let held_out = folds[1..].iter().flat_map(|fold| std::iter::repeat_n(of_fold(fold), seeds)).collect();
    Some(CropCounts { whole, held_out })
}

/// The whole set, the sets of held-out classes that the config names, and those that it has drawn.
fn folds(config: &Config, set: &CropSet) -> Result<Vec<Fold>> {
    let mut held_out = vec![Vec::new()];
    held_out.extend(config.study.held_out.iter().cloned());
    held_out.extend(drawn_pairs(&set.classes, config.study.held_out_pairs, config.seed));
    let fold = |held_out: Vec<String>| {
        let crops = set.dataset(&held_out).with_context(|| {
            format!(
                "with the classes held out: {}",
                if held_out.is_empty() { "none".into() } else { held_out.join(", ") }
            )
        })?;
        let (known, others) = (&crops.dataset.labels, &crops.dataset.other_labels);
        let ranking = config.ranking.file.as_ref().map(|_| whole_ranking(config, known, others)).transpose()?;
        Ok(Fold { ranking, held_out, crops })
    };
    held_out.into_iter().map(fold).collect()
}

/// Finds what an arm cannot be trained by before any other has been, hours long.
fn check_arms(config: &Config, folds: &[Fold], chosen: &ChosenDevice) -> Result<()> {
    for (planned, fold) in config.study.arms.iter().flat_map(|arm| folds.iter().map(move |fold| (arm, fold))) {
        let dataset = &fold.crops.dataset;
        Criterion::new(&config.of_arm(planned), &dataset.labels, &dataset.other_labels, &chosen.device)
            .with_context(|| format!("in the arm {:?}", planned.title()))?;
    }
    Ok(())
}

/// Different pairs of classes, in an order that the seed decides.
fn drawn_pairs(classes: &[String], count: usize, seed: u64) -> Vec<Vec<String>> {
    let pair = |first: usize| (first + 1..classes.len()).map(move |second| [first, second]);
    let mut pairs: Vec<[usize; 2]> = (0..classes.len()).flat_map(pair).collect();
    Rng::from_parts(&[seed, fnv1a_64(b"held-out pairs")]).shuffle(&mut pairs);
    pairs.into_iter().take(count).map(|pair| pair.map(|class| classes[class].clone()).to_vec()).collect()
}

/// All trainings of an arm, and the elapsed seconds.
fn train_arm(
    config: &Config,
    planned: &StudyArm,
    folds: &[Fold],
    run: &Path,
    results: Results,
    chosen: &ChosenDevice,
) -> Result<(Trainings, f64)> {
    let mut trainings = Trainings { whole: Vec::new(), held_out: Vec::new() };
    let mut seconds = 0.0;
    for fold in folds {
        let split = fold.crops.dataset.split_hash();
        for seed in config.seed..config.seed + config.study.seeds as u64 {
            let mut own = config.of_arm(planned);
            own.seed = seed;
            own.data = config.data.with_held_out(&fold.held_out);
            let with_maps = fold.held_out.is_empty() && seed == config.seed;
            // The other arms and sets of classes change nothing in this training.
            let mut relevant = own.clone();
            relevant.study.arms.clear();
            relevant.study.held_out.clear();
            relevant.study.held_out_pairs = 0;
            relevant.study.published.clear();
            relevant.study.seeds = 1;
            let mut decisive = format!("{}\n{split}\n{with_maps}", relevant.to_toml());
            if planned.ranking.is_some() {
                decisive += &format!("\nmeasured by {:?}", config.ranking.file);
            }
            let fingerprint = sha256_hex(decisive.as_bytes());
            let folder = run.join(folder_name(&planned.title())).join(fold.name()).join(format!("seed-{seed}"));
            info!(fold = fold.name(), seed, "{}, seed {seed}:", fold.name());
            let kept = match results {
                Results::Trained => cached_or_computed(&folder, &fingerprint, |run| {
                    experiment(&own, &fold.crops, fold.ranking.as_ref(), with_maps, run, chosen)
                        .with_context(|| format!("in the arm {:?}", planned.title()))
                })?,
                Results::Kept => cached(&folder, &fingerprint).with_context(|| {
                    format!("{} has no result with these settings and this split of the crops", folder.display())
                })?,
            };
            seconds += kept.seconds;
            let into: &mut Vec<Experiment> =
                if fold.held_out.is_empty() { &mut trainings.whole } else { &mut trainings.held_out };
            into.push(kept.result);
        }
    }
    Ok((trainings, seconds))
}

fn about(config: &Config, planned: &StudyArm) -> String {
    let own = config.of_arm(planned).pretrain;
    let compared = match (own.objective.is_contrast(), &own.queue) {
        (false, _) => String::new(),
        (true, None) => ", compared within the batch".into(),
        (true, Some(queue)) => format!(", compared with {} keys (momentum {})", queue.length, queue.momentum),
    };
    let ranked = planned.ranking.as_ref().map(|file| format!(", ranked by {file}")).unwrap_or_default();
    format!(
        "{}: {} epochs, batch {}, learning rate {}{compared}{ranked}.",
        own.objective.title(),
        own.epochs,
        own.batch_size,
        own.learning_rate
    )
}

/// Every arm against softmax and against SupCon, where they are there, and one with a ranking of its own against the same
/// objective with the study's.
fn comparisons(planned: &[StudyArm], arms: &[ArmFigures]) -> Vec<Comparison> {
    let references = [Objective::Softmax, Objective::Ranked { ranks: 1, form: Form::In }].map(Objective::title);
    let mut found = Vec::new();
    for (at, (own, (arm, compared))) in planned.iter().zip(arms).enumerate() {
        let is_reference = |other: &StudyArm| {
            let is_same = other.objective == own.objective && other.ranking.is_none();
            references.contains(&other.title()) || (own.ranking.is_some() && is_same)
        };
        // Against what stands before it, so that no pair comes twice.
        let before = planned.iter().zip(&arms[..at]);
        for (_, (other, of_other)) in before.filter(|(other, _)| is_reference(other)) {
            found.extend(
                compared.iter().filter_map(|(scalar, figure)| {
                    figure.compare(scalar, &arm.name, of_other.get(scalar)?, &other.name)
                }),
            );
        }
    }
    found
}

/// The ranks as a table; a class's rank under itself is not drawn.
fn required_ranks(ranking: &Ranking) -> Matrix {
    let value = |rank: Option<usize>| rank.filter(|&rank| rank > 0).map(|rank| rank as f64);
    Matrix {
        y: "class".into(),
        x: "rank of the class similar to it".into(),
        rows: ranking.classes.clone(),
        columns: ranking.classes.clone(),
        values: ranking.matrix().into_iter().map(|row| row.into_iter().map(value).collect()).collect(),
    }
}

fn notes(config: &Config, folds: &[Fold]) -> Vec<String> {
    let study = &config.study;
    let mut notes = vec![
        format!(
            "Encoder in evaluation mode, embeddings at length 1. {} training seed(s) an arm; +- is the sample \
             standard deviation over them (and over the sets of held-out classes), intervals hold 95 % of {} \
             resamplings of the test crops.",
            study.seeds, study.resamples
        ),
        "Ranking satisfaction: of pairs of training crops from neighbouring ranks of a test crop's class, the share \
         whose similarities to it are in the required order; 0.5 is chance. Kendall's tau: required and learned order \
         of the other classes, by class means."
            .into(),
    ];
    let sets: Vec<String> = folds[1..]
        .iter()
        .map(|fold| format!("{} ({} test crops)", fold.held_out.join(" and "), fold.crops.out_of_distribution.len()))
        .collect();
    if !sets.is_empty() {
        notes.push(format!(
            "OOD: encoders trained without {}; their test crops are the positives. ROC curves are of the first seed.",
            sets.join("; ")
        ));
    }
    notes
}
