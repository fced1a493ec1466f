//! `nadir study ablation`: paper A's question with the arms that it left open. What does a linear probe read off an
//! encoder that was frozen as given, pretrained without labels (SimCLR, DCL), pretrained with labels by contrast
//! (SupCon, MulSupCon, Jaccard SupCon), or trained on the labels outright?
//!
//! Two protocols. **Corrected**: the encoder is in evaluation mode, its features are computed once, and the probe's
//! epoch with the highest mAP on the validation images is measured. **Faithful**: as the published code of the SimCLR
//! study on MLRSNet runs. Its encoder stays in training mode while probing and testing, so BatchNorm normalises each
//! batch, test batches too, by its own statistics; and the epoch is not chosen by validation, so the last one is
//! measured.
//!
//! Every arm's result is kept in the run folder as soon as it is there; a study that was stopped goes on with the arm,
//! and within the arm with the step, that it had come to.

use super::cached_result::{CachedResult, cached_or_computed, folder_name};
use super::leak::{Leaked, leaked};
use super::measure::{ArmResult, figures, figures_of_probes, measure, measure_faithfully};
use super::pretraining::monitor_curves;
use super::probe::{ONE_LABEL_NOTE, baseline_name, mean_average_precisions, pretraining_curve, probe_curves};
use super::report::begin;
use super::resampled::{Resampled, Resamples};
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::artifacts::weight_file;
use crate::config::{Config, DataConfig, ImagesConfig, Objective, StudyArm};
use crate::data::image_folder::image_files;
use crate::data::{self, Dataset};
use crate::device::ChosenDevice;
use crate::distributed::Group;
use crate::evaluate::maps::{images_of_maps, maps_of_test};
use crate::progress::duration;
use crate::train::contrastive_model::init_encoder;
use crate::train::pretrain::pretrain;
use crate::train::probe::Probe;
use anyhow::{Context, Result};
use burn::module::Module;
use nadir_core::bundle::sha256_hex;
use nadir_core::report::{Arm, Comparison, Report, Scalar};
use nadir_nn::model::{Encoder, Weights};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tracing::info;

/// An arm with what it is compared by, and its figures without the test images that overlap with others; behind it its
/// faithful twin where there is one; kept in the run folder.
type ArmFigures = (Arm, BTreeMap<String, Resampled>, BTreeMap<String, Scalar>);

/// One thing to be compared: the frozen start, or a trained arm.
struct Planned {
    name: String,
    about: String,
    /// The arm's own config, but for the seed.
    config: Config,
    /// The config that it is trained by, where it is: on the study's data, or on images of its own.
    training: Option<Config>,
}

/// The arms that a config without any gets; temperatures as published.
pub fn default_arms() -> Vec<StudyArm> {
    let at = |temperature, objective| StudyArm { temperature: Some(temperature), ..StudyArm::of(objective) };
    vec![
        StudyArm::of(Objective::NtXent),
        StudyArm::of(Objective::Dcl),
        at(0.1, Objective::SupConAll),
        at(0.1, Objective::SupConAny),
        at(0.1, Objective::MulSupCon),
        at(0.07, Objective::JaccardSupCon { threshold: 0.3 }),
        StudyArm::of(Objective::Supervised),
    ]
}

/// Runs the whole study in `run`, or what is left of it.
///
/// # Errors
/// As training and probing; what was finished stays. [`crate::train::stop::Interrupted`] after Ctrl-C.
pub fn ablation(config: &Config, dataset: &Dataset, run: &RunFolder, chosen: &ChosenDevice) -> Result<Report> {
    let started = Instant::now();
    run.write_config(&config.to_toml())?;
    let planned = plan(config);
    // Before the first arm is trained, and not when the last one's turn comes.
    for folder in config.study.arms.iter().filter_map(|arm| arm.images.as_deref()) {
        image_files(folder)?;
    }
    let leaked = leaked(dataset);
    let mut results = Vec::with_capacity(planned.len());
    for (at, arm) in planned.iter().enumerate() {
        info!(arm = arm.name, "arm {} of {}: {}", at + 1, planned.len(), arm.name);
        let folder = run.path.join(folder_name(&arm.name));
        results.push(finished_or_run(arm, dataset, &leaked, &folder, chosen)?);
    }
    let arms: Vec<ArmFigures> = results.iter().flat_map(|kept| kept.result.clone()).collect();
    let mut report = report_of(config, dataset, &leaked, arms, started, chosen);
    report.wall_time_s = results.iter().map(|result| result.seconds).sum();
    run.write_report(&report)?;
    Ok(report)
}

/// The report of a study in the folder `run`, measured again: each arm's encoders are read as they were kept, nothing is
/// trained but the probes, and nothing is written.
///
/// # Errors
/// Names the encoder that is not there, and as measuring.
pub fn measured_again(config: &Config, dataset: &Dataset, run: &Path, chosen: &ChosenDevice) -> Result<Report> {
    let started = Instant::now();
    let leaked = leaked(dataset);
    let mut arms = Vec::new();
    for arm in plan(config) {
        info!(arm = arm.name, "{}:", arm.name);
        let folder = run.join(folder_name(&arm.name));
        arms.extend(run_arm(&arm, dataset, &leaked, &folder, Encoders::Kept, chosen)?);
    }
    Ok(report_of(config, dataset, &leaked, arms, started, chosen))
}

fn report_of(
    config: &Config,
    dataset: &Dataset,
    leaked: &Leaked,
    arms: Vec<ArmFigures>,
    started: Instant,
    chosen: &ChosenDevice,
) -> Report {
    let title = format!("Ablation on {}: {} arms", data_name(config), arms.len());
    let mut report = begin("ablation", &title, config, dataset, started, chosen);
    report.comparisons = comparisons(&arms);
    let without = arms.iter().map(|(arm, _, without)| (arm.name.clone(), without.clone())).collect();
    report.leak = leaked.for_report(without);
    report.arms = arms.into_iter().map(|(arm, ..)| arm).collect();
    report.map_images = images_of_maps(config, dataset);
    report.notes.extend(protocol_notes(config));
    if config.data.is_single_label() {
        report.notes.push(ONE_LABEL_NOTE.to_owned());
    }
    report
}

/// Where an arm's encoders come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoders {
    /// They are trained, or gone on with, and kept in the arm's folder.
    Trained,
    /// They are read from there.
    Kept,
}

fn plan(config: &Config) -> Vec<Planned> {
    let given = config.weights.is_some();
    let start = if given { "the given weights" } else { "random weights" };
    let mut planned = vec![Planned {
        name: baseline_name(config).to_owned(),
        about: format!("The encoder with {start}, not trained."),
        config: config.clone(),
        training: None,
    }];
    planned.extend(config.study.arms.iter().map(|arm| trained_arm(config, arm, start)));
    planned
}

fn trained_arm(config: &Config, arm: &StudyArm, start: &str) -> Planned {
    let own = config.of_arm(arm);
    let pretrain = &own.pretrain;
    let temperature = match arm.objective.is_contrast() && !arm.objective.is_ranked() {
        true => format!(", temperature {}", pretrain.temperature),
        false => String::new(),
    };
    let (training, on) = match &arm.images {
        None => (own.clone(), String::new()),
        Some(folder) => {
            // By the study's bands: the network has a channel for each.
            let bands = own.data.band_settings();
            let images = ImagesConfig { bands: bands.bands, scale: bands.scaling, ..ImagesConfig::new(folder.clone()) };
            let data = DataConfig::Images(images);
            (Config { data, ..own.clone() }, format!(" on {}", folder.display()))
        }
    };
    let about = format!(
        "{}{on} from {start}: {} epochs, batch {}, learning rate {}{temperature}.",
        arm.objective.title(),
        pretrain.epochs,
        pretrain.batch_size,
        pretrain.learning_rate,
    );
    Planned { name: arm.title(), about, config: own, training: Some(training) }
}

fn finished_or_run(
    arm: &Planned,
    dataset: &Dataset,
    leaked: &Leaked,
    folder: &Path,
    chosen: &ChosenDevice,
) -> Result<CachedResult<Vec<ArmFigures>>> {
    // The other arms change nothing in this one.
    let mut relevant = arm.config.clone();
    relevant.study.arms.clear();
    let leaking: String = leaked.is_leaked.iter().map(|&is_leaked| if is_leaked { '1' } else { '0' }).collect();
    let mut decides = format!("{}\n{}\n{leaking}", relevant.to_toml(), dataset.split_hash());
    if let Some(DataConfig::Images(images)) = arm.training.as_ref().map(|training| &training.data) {
        decides += &format!("\n{}", images.images.display());
    }
    let fingerprint = sha256_hex(decides.as_bytes());
    let work = |_: &RunFolder| run_arm(arm, dataset, leaked, folder, Encoders::Trained, chosen);
    let kept = cached_or_computed(folder, &fingerprint, work)?;
    if let Some(map) = kept.result[0].0.scalars.get("test mAP") {
        let elapsed = duration(Duration::from_secs_f64(kept.seconds));
        info!(arm = arm.name, test_map = map.mean, seconds = kept.seconds, "{}: test mAP {map}, {elapsed}", arm.name);
    }
    Ok(kept)
}

fn run_arm(
    arm: &Planned,
    dataset: &Dataset,
    leaked: &Leaked,
    folder: &Path,
    encoders: Encoders,
    chosen: &ChosenDevice,
) -> Result<Vec<ArmFigures>> {
    let config = &arm.config;
    let counts = leaked.counts();
    // Given weights are the same for every seed.
    let seeds = if arm.training.is_some() || config.weights.is_none() { config.study.seeds } else { 1 };
    let is_published = matches!(config.pretrain.objective, Objective::NtXent) || arm.training.is_none();
    let own_images = match &arm.training {
        Some(training) if training.data != config.data && encoders == Encoders::Trained => Some(data::load(training)?),
        _ => None,
    };
    let (mut measured, mut faithful, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    let mut measured_on_the_way = BTreeMap::new();
    for seed in config.seed..config.seed + seeds as u64 {
        let config = Config { seed, ..config.clone() };
        let encoder = if let Some(training) = &arm.training {
            let folder = folder.join(format!("seed-{seed}"));
            let training = Config { seed, ..training.clone() };
            let images = own_images.as_ref().unwrap_or(dataset);
            let weights = match encoders {
                Encoders::Trained => trained_encoder(&training, images, &folder, chosen),
                Encoders::Kept => weight_file::read(&folder.join(ENCODER_FILE)),
            };
            let weights = weights.with_context(|| format!("in the arm {:?}", arm.name))?;
            let run = RunFolder { path: folder };
            if losses.is_empty() {
                losses = run.epoch_losses();
                measured_on_the_way = monitor_curves(&run);
            }
            Encoder::new(&config.encoder, false, &chosen.device).import(&weights)?
        } else {
            init_encoder(&config, &chosen.device)?
        };
        let of_seed = measure(&config, &encoder, dataset, chosen)?;
        if config.study.faithful && is_published {
            faithful.extend(faithful_probes(&config, &encoder, dataset, &of_seed, chosen)?);
        }
        measured.push(of_seed);
    }
    let resamples = Resamples { seed: config.seed, number: config.study.resamples };
    let found = figures(config, &measured, dataset, resamples, counts.as_deref());
    let probes: Vec<Probe> = measured.iter().flat_map(|encoder| encoder.probes.clone()).collect();
    let mut curves = probe_curves(&probes[0]);
    if !losses.is_empty() {
        curves.insert("pretraining loss".to_owned(), pretraining_curve(&losses));
    }
    curves.extend(measured_on_the_way);
    let corrected = Arm {
        name: arm.name.clone(),
        about: arm.about.clone(),
        scalars: found.scalars,
        test_average_precision: mean_average_precisions(&probes),
        curves,
        calibration: found.calibration,
        maps: maps_of_test(config, &measured[0].features, dataset)?,
        ..Arm::default()
    };
    let mut arms = vec![(corrected, found.compared, found.without)];
    if !faithful.is_empty() {
        let found = figures_of_probes(&faithful.iter().collect::<Vec<_>>(), dataset, resamples, counts.as_deref());
        let arm = Arm {
            name: format!("{} (faithful)", arm.name),
            about: format!("{} Probed as the published code does.", arm.about),
            scalars: found.scalars,
            test_average_precision: mean_average_precisions(&faithful),
            curves: probe_curves(&faithful[0]),
            calibration: found.calibration,
            ..Arm::default()
        };
        arms.push((arm, found.compared, found.without));
    }
    Ok(arms)
}

/// Trains an encoder, or goes on with it, and keeps it in the folder.
fn trained_encoder(training: &Config, images: &Dataset, folder: &Path, chosen: &ChosenDevice) -> Result<Weights> {
    let run = RunFolder::create(folder)?;
    let pretrained = pretrain(training, images, &run, true, chosen, &Group::alone())?;
    run.write_encoder(&pretrained.encoder)?;
    Ok(pretrained.encoder)
}

fn faithful_probes(
    config: &Config,
    encoder: &Encoder,
    dataset: &Dataset,
    measured: &ArmResult,
    chosen: &ChosenDevice,
) -> Result<Vec<Probe>> {
    info!("faithful protocol:");
    if !encoder.has_batch_norm() {
        // Training mode changes nothing: the features that are there serve.
        let table = measured.features.on(&chosen.device, None);
        return measure_faithfully(config, encoder, dataset, Some(&table), chosen);
    }
    let training =
        Encoder::new(&config.encoder, false, &chosen.device.clone().autodiff()).import(&encoder.export())?.no_grad();
    measure_faithfully(config, &training, dataset, None, chosen)
}

/// Every arm against the frozen start and against SimCLR; a faithful twin against its corrected one.
fn comparisons(arms: &[ArmFigures]) -> Vec<Comparison> {
    let simclr = Objective::NtXent.title();
    let mut found = Vec::new();
    for (arm, compared, _) in arms {
        let against: Vec<&str> = match arm.name.strip_suffix(" (faithful)") {
            Some(twin) => vec![twin],
            None => vec![arms[0].0.name.as_str(), &simclr],
        };
        for (other, of_other, _) in arms.iter().filter(|(other, ..)| against.contains(&other.name.as_str())) {
            if other.name == arm.name || (arm.name == arms[0].0.name && other.name == simclr) {
                continue;
            }
            found.extend(
                compared.iter().filter_map(|(scalar, figure)| {
                    figure.compare(scalar, &arm.name, of_other.get(scalar)?, &other.name)
                }),
            );
        }
    }
    found
}

fn protocol_notes(config: &Config) -> Vec<String> {
    let study = &config.study;
    let mut notes = vec![
        format!(
            "Corrected protocol: encoder in evaluation mode, the probe's best of {} epochs by validation mAP; {} probe \
             seed(s) for each of {} training seed(s).",
            config.probe.epochs, study.probe_seeds, study.seeds
        ),
        format!(
            "Intervals hold 95 % of {} resamplings of the test images (means over the seeds); +- is the sample \
             standard deviation over the seeds.",
            study.resamples
        ),
    ];
    if study.faithful {
        notes.push(
            "Faithful: as the published code of the SimCLR study on MLRSNet. BatchNorm normalises every batch by its \
             own statistics, in testing too; features are not scaled; the probe's last epoch is measured."
                .into(),
        );
    }
    notes
}

fn data_name(config: &Config) -> String {
    use crate::config::ObjectsConfig;
    let of_folder = |images: &Path| {
        let folder = if images.ends_with("images") { images.parent() } else { Some(images) };
        let name = folder.and_then(Path::file_name);
        name.map_or_else(|| images.display().to_string(), |name| name.to_string_lossy().into())
    };
    match &config.data {
        DataConfig::Scenes { .. } => "generated scenes".into(),
        DataConfig::MultiLabelCsv { images, .. } => of_folder(images),
        DataConfig::Images(_) | DataConfig::ClassFolders(_) => {
            config.data.image_folder().map_or_else(String::new, of_folder)
        }
        DataConfig::Crops(crops) => match &crops.objects {
            ObjectsConfig::Scenes { .. } => "objects of generated scenes".into(),
            ObjectsConfig::Joined { sources } => {
                let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
                format!("objects of {}", names.join(" and "))
            }
            ObjectsConfig::Voc { root: folder, .. } | ObjectsConfig::Coco { images: folder, .. } => {
                format!("objects of {}", of_folder(folder))
            }
            ObjectsConfig::Yolo(files)
            | ObjectsConfig::Dota(files)
            | ObjectsConfig::Labelme(files)
            | ObjectsConfig::Cvat(files)
            | ObjectsConfig::LabelStudio(files) => format!("objects of {}", of_folder(&files.root)),
        },
    }
}
