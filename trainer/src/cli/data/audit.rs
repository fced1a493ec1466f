//! `nadir data audit`.

use super::super::args::DeviceArgs;
use super::super::embedding_model::model_of;
use super::super::reported_command::arguments_of;
use super::dataset_args::DatasetArgs;
use super::layout::recognised;
use super::source::DatasetSource;
use crate::audit::{Audited, AuditedSet, Job, REPORT_PAGE, audit as run_audit, report, write};
use crate::config::Tiling;
use crate::data::objects::Part;
use crate::device::ChosenDevice;
use crate::embed::EmbeddingModel;
use crate::evaluate::detection::coco_files::ground_truth_file;
use crate::output::{out, outln};
use crate::report::terminal::{table, what_ran};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use nadir_core::report::Report;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tracing::warn;

/// A data set, and with what it is looked at.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Folder for report.html, report.json, audit.json, overlaps.csv, drop.csv and what else was found.
    #[arg(long, value_name = "FOLDER", default_value = "audit")]
    out: PathBuf,
    /// Folder of a bundle whose encoder judges labels, chooses what to label next, and finds more pairs.
    #[arg(long, value_name = "FOLDER", conflicts_with = "run")]
    bundle: Option<PathBuf>,
    /// Run folder with a pretrained encoder, for the same.
    #[arg(long, value_name = "FOLDER")]
    run: Option<PathBuf>,
    /// COCO's results of a detector, as `nadir detect eval --detections` writes them: boxes are judged by them. The ground
    /// truth is FILE's .ground_truth.json beside it, or the one file of --coco.
    #[arg(long, value_name = "FILE")]
    detections: Option<PathBuf>,
    /// Decides the folds of the probe.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn audit(arguments: &AuditArgs) -> Result<()> {
    let started = Instant::now();
    let set = arguments.set()?;
    let chosen = arguments.device.choose()?;
    let audited = arguments.audited(&set, &chosen)?;
    let (report, all) = write(&arguments.out, &set, &audited, started, &chosen)?;
    if arguments.dataset.json {
        return outln!("{}", serde_json::to_string_pretty(&all)?);
    }
    out!("{}{}", what_ran(&report), table(&report))?;
    let leaked = audited.leaked(&set, Part::Train).len();
    outln!(
        "{} pairs of the same ground; {leaked} test images overlap with training images; {} images to drop",
        audited.overlaps.len(),
        audited.drop.len()
    )?;
    outln!("pairs side by side: {}", arguments.out.join(REPORT_PAGE).display())
}

impl AuditArgs {
    /// The audit that a report's `command` was, of the data set in `folder` where that is given.
    ///
    /// # Errors
    /// A command of another kind, or with blanks in its file names.
    pub(in crate::cli) fn of_command(command: &str, folder: Option<&Path>) -> Result<Self> {
        let mut audit: Self = arguments_of(command, ["data", "audit"])?;
        audit.dataset.folder = folder.map(Path::to_owned).or(audit.dataset.folder);
        Ok(audit)
    }

    /// The report, which is written nowhere.
    ///
    /// # Errors
    /// As the command.
    pub(in crate::cli) fn measure(&self, chosen: &ChosenDevice) -> Result<Report> {
        let started = Instant::now();
        let set = self.set()?;
        let audited = self.audited(&set, chosen)?;
        Ok(report(&set, &audited, started, chosen))
    }

    fn audited(&self, set: &AuditedSet, chosen: &ChosenDevice) -> Result<Audited> {
        let model = self.model(chosen)?;
        let truth = self.detections.as_deref().map(|found| self.truth_of(found)).transpose()?;
        let detections = truth.as_deref().zip(self.detections.as_deref()).map(|(truth, found)| [truth, found]);
        run_audit(&Job { set, model: model.as_ref(), detections, seed: self.seed, chosen })
    }

    fn set(&self) -> Result<AuditedSet> {
        if let Some(folder) = &self.dataset.folder {
            return match recognised(folder)? {
                Some(source) => of_source(source),
                None => AuditedSet::of_folder(folder),
            };
        }
        of_source(self.dataset.source()?)
    }

    /// What embeds, where anything is named that can: a config without weights has only an encoder that has learned
    /// nothing.
    fn model(&self, chosen: &ChosenDevice) -> Result<Option<EmbeddingModel>> {
        let config = &self.dataset.config;
        let is_given = self.bundle.is_some() || self.run.is_some();
        let has_weights = || config.config.is_some() && config.load().is_ok_and(|config| config.weights.is_some());
        if !is_given && !has_weights() {
            return Ok(None);
        }
        model_of(self.run.as_deref(), self.bundle.as_deref(), config, chosen).map(Some)
    }

    /// The ground truth that detections are compared with.
    fn truth_of(&self, detections: &Path) -> Result<PathBuf> {
        let beside = ground_truth_file(detections);
        match self.dataset.coco.as_slice() {
            [truth] => Ok(truth.clone()),
            _ if beside.is_file() => Ok(beside),
            _ => bail!(
                "the ground truth of {} is not known: expected {} beside it, or one file by --coco",
                detections.display(),
                beside.display()
            ),
        }
    }
}

fn of_source(source: DatasetSource) -> Result<AuditedSet> {
    match source {
        DatasetSource::Labels(paths) => {
            AuditedSet::of_labels(&paths).with_context(|| paths.labels.display().to_string())
        }
        DatasetSource::Objects(source) => AuditedSet::of_objects(&source),
        DatasetSource::Images(settings, _) => {
            expect_whole(settings.reading().tiling)?;
            AuditedSet::of_folder(&settings.images)
        }
        DatasetSource::ClassFolders(settings, _) => {
            expect_whole(settings.reading().tiling)?;
            warn!("the images of class folders are looked at without their classes and split");
            AuditedSet::of_folder(&settings.images)
        }
    }
}

/// # Errors
/// Of tiles, which share ground with their neighbours by design.
fn expect_whole(tiling: Option<Tiling>) -> Result<()> {
    ensure!(
        tiling.is_none(),
        "an audit looks for images of the same ground, and the neighbours of a tile show it too: leave data.tile and \
         data.stride out, which compares the whole images"
    );
    Ok(())
}
