use crate::artifacts::detector_file;
use crate::artifacts::run_folder::{CONFIG_FILE, RunFolder};
use crate::cli::args::DeviceArgs;
use crate::cli::reported_command::arguments_of;
use crate::config::DetectConfig;
use crate::data::detection::load_parts;
use crate::data::objects::{ObjectImage, Part};
use crate::detect::crop_classifier::CropClassifier;
use crate::detect::images::detect_images;
use crate::evaluate::detection::coco_files;
use crate::evaluate::detection::report::{ArmResult, RunContext, report};
use crate::evaluate::detection::two_stage::Pipeline;
use crate::output::{out, outln};
use crate::report::terminal::{table, what_ran};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use nadir_core::report::Report;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Measure a trained detector: COCO's and VOC's average precision, curves, kinds of errors; into RUN/report.json.
#[derive(Debug, Args)]
pub struct Eval {
    /// The run folder that `nadir detect train` filled.
    #[arg(long, value_name = "FOLDER")]
    run: PathBuf,
    /// Which images are seen.
    #[arg(long, value_enum, default_value_t = Seen::Test)]
    part: Seen,
    /// Another config than the run's own, for other images.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, over the config's, for example `--set data.objects.count=50`: of the images, of `resize`, at which
    /// size they are seen, or of `refinement`; those of training are in the detector already. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Only the images of this one of `data.objects.sources`. Classes that a source does not label are not counted in
    /// its images, with this or without.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// A training of `nadir study ranking` that classifies the boxes by its class means: paper B's pipeline, measured
    /// beside the detector's own classes.
    #[arg(long, value_name = "FOLDER")]
    crop_classifier: Option<PathBuf>,
    /// Write the detections as COCO's results JSON, and beside it the ground truth, for `nadir score coco`: of
    /// found.json it is found.ground_truth.json.
    #[arg(long, value_name = "FILE")]
    detections: Option<PathBuf>,
    /// Resamples of the images that intervals are computed from; 0 for no intervals.
    #[arg(long, value_name = "N", default_value_t = 200)]
    resamples: usize,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What a detector is trained with, by the config's sections.
const OF_TRAINING: [&str; 5] = ["augment", "detector", "threshold", "train", "weights"];

/// The config's section that `KEY=VALUE` is of.
fn section_of(set: &str) -> &str {
    set.split(['.', '=']).next().unwrap_or_default().trim()
}

/// Values of `--part`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Seen {
    /// The images that no training and no choice has seen.
    Test,
    /// The images that the best weights and the score threshold are chosen on.
    Validation,
}

impl Eval {
    pub(super) fn run(self) -> Result<()> {
        let report = self.measure(None)?;
        RunFolder { path: self.run.clone() }.write_report(&report)?;
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            out!("{}{}", what_ran(&report), table(&report))?;
        }
        Ok(())
    }

    /// The evaluation that a report's `command` was, of the detector in `run` where that is given; it writes no
    /// detections.
    ///
    /// # Errors
    /// A command of another kind, or with blanks in its file names.
    pub(in crate::cli) fn of_command(command: &str, run: Option<&Path>) -> Result<Self> {
        let eval: Self = arguments_of(command, ["detect", "eval"])?;
        let run = run.map_or(eval.run, Path::to_owned);
        Ok(Self { run, detections: None, ..eval })
    }

    /// The report, which is written nowhere. With `config` in force in place of the run's.
    ///
    /// # Errors
    /// As the command.
    pub(in crate::cli) fn measure(&self, config: Option<DetectConfig>) -> Result<Report> {
        let started = Instant::now();
        self.check_sets()?;
        let (mut description, weights) = detector_file::read(&self.run)?;
        let file = self.config.clone().unwrap_or_else(|| self.run.join(CONFIG_FILE));
        let config = config.map_or_else(|| DetectConfig::load(Some(&file), &self.sets), Ok)?;
        // Those of a config for other images are not meant for the detector, if nobody says so.
        if self.sets_any("resize") {
            description.resize = config.resize;
        }
        if self.sets_any("refinement") {
            description.refinement = config.refinement;
        }
        let data = load_parts(&config)?;
        let data = match &self.source {
            Some(source) => data.of_source(source)?,
            None => data,
        };
        let data = data
            .with_classes(&description.labels)
            .with_context(|| format!("the data of {} for the detector in {}", file.display(), self.run.display()))?;
        let part = match self.part {
            Seen::Test => Part::Test,
            Seen::Validation => Part::Validation,
        };
        let chosen = self.device.choose()?;
        let detector = description
            .load(&weights, &chosen.device)
            .with_context(|| format!("in {}", self.run.join(detector_file::WEIGHTS_FILE).display()))?;
        let images: Vec<&ObjectImage> = data.part(part).iter().collect();
        let max_bad_images = config.data.max_bad_images;
        let (measured, notes) = match &self.crop_classifier {
            None => {
                let found = detect_images(&detector, &images, max_bad_images)?;
                (vec![ArmResult::of_box_head(found, description.score_threshold)], Vec::new())
            }
            Some(crop_classifier) => {
                let crop_classifier = &CropClassifier::load(crop_classifier, &chosen)?;
                let pipeline =
                    Pipeline { detector: &detector, crop_classifier, classes: &data.classes, max_bad_images };
                let validation: Vec<&ObjectImage> = data.validation.iter().collect();
                (pipeline.measure(&images, &validation, description.score_threshold)?, pipeline.notes())
            }
        };
        if let Some(file) = &self.detections {
            coco_files::write(file, &measured[0].found, &images, &data.classes)?;
        }
        let (config, chosen) = (&config, &chosen);
        let context =
            RunContext { run: &self.run, config, data: &data, part, started, chosen, resamples: self.resamples };
        Ok(report(&context, &measured, notes))
    }

    fn sets_any(&self, section: &str) -> bool {
        self.sets.iter().any(|set| section_of(set) == section)
    }

    fn check_sets(&self) -> Result<()> {
        match self.sets.iter().find(|set| OF_TRAINING.contains(&section_of(set))) {
            None => Ok(()),
            Some(set) => bail!(
                "--set {set} is a setting of training, and the detector in {} is trained: settings of data, resize and \
                 refinement can be set here",
                self.run.display()
            ),
        }
    }

    /// The run folder with the detector.
    pub(in crate::cli) fn run_folder(&self) -> &Path {
        &self.run
    }
}
