use super::args::DeviceArgs;
use super::embedding_model::preprocess_of_run;
use crate::artifacts::run_folder::RunFolder;
use crate::config::{Config, MapMethod};
use crate::export::{
    GalleryImages, GalleryRequest, HubWords, Parts, Words, export_hub, export_run, exportable_crop_classifier,
    exportable_objects, name_of, with_check, with_parts,
};
use crate::output::outln;
use anyhow::{Result, bail, ensure};
use nadir_nn::model::weights::Dtype;
use std::path::{Path, PathBuf};
use tracing::warn;

/// Write a probed run as a bundle that the page and `nadir predict` run, or a run's encoder for a hub of models.
///
/// --hub writes the encoder with f32 weights under torchvision's names, probed or not: model.safetensors, config.json,
/// preprocessor_config.json, a model card (README.md) with data, licence, normalisation, figures and limits, and
/// load_encoder.py, which loads it in PyTorch. `nadir pretrain --weights DIR/model.safetensors` takes it up again.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("part").args(["detector", "crop_classifier", "gallery", "check"]).multiple(true)))]
pub struct Export {
    /// Run folder, with a probe.
    #[arg(long, default_value = "runs/pretrain")]
    run: PathBuf,
    /// In place of a run: a bundle, which gets another detector, crop classifier or gallery, and keeps the rest.
    #[arg(long, value_name = "FOLDER", conflicts_with = "run", requires = "part")]
    bundle: Option<PathBuf>,
    /// Run folder of a trained detector, for the page's objects.
    #[arg(long, value_name = "RUN")]
    detector: Option<PathBuf>,
    /// Run folder of a training of `nadir study ranking`, whose class means classify the detections; without it the
    /// network of `--run` classifies them, where it has class means.
    #[arg(long, value_name = "RUN")]
    crop_classifier: Option<PathBuf>,
    /// How many images the page's gallery of neighbours has: of the run's images test, then validation, then training;
    /// new generated scenes where the run learned from scenes, or where a bundle takes the place of a run.
    #[arg(long, value_name = "IMAGES", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    gallery: Option<u32>,
    /// Run folder whose images the gallery shows, in place of those of `--run`.
    #[arg(long, value_name = "RUN", requires = "gallery")]
    gallery_run: Option<PathBuf>,
    /// How the gallery's map is made.
    #[arg(long, value_enum, default_value_t = MapMethod::Umap, requires = "gallery")]
    gallery_map: MapMethod,
    /// Figures on so many generated test scenes, which the page and `nadir verify` compute again: of the run's config, or of
    /// `--config`.
    #[arg(long, value_name = "SCENES", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    check: Option<u32>,
    /// The config that a bundle was trained by, for `--check`.
    #[arg(long, value_name = "FILE", requires = "check", conflicts_with = "run")]
    config: Option<PathBuf>,
    /// Where the gallery is embedded and the check is computed.
    #[command(flatten)]
    device: DeviceArgs,
    /// How the weights are kept, of all that is written anew: 2 bytes each, or 1 and a scale for each output channel. What
    /// the second costs, `nadir predict --out` and `nadir score` tell.
    #[arg(long, value_enum, default_value_t = WeightDtype::F16)]
    weights: WeightDtype,
    /// The bundle's folder; its last part is the bundle's name.
    #[arg(long, required_unless_present = "hub")]
    out: Option<PathBuf>,
    /// Folder for a hub of models, such as Hugging Face's; its last part is the model's name.
    #[arg(long, value_name = "DIR", conflicts_with = "bundle")]
    hub: Option<PathBuf>,
    /// Licence of the weights for the model card, by its SPDX identifier, such as CC-BY-4.0.
    #[arg(long, value_name = "SPDX", requires = "hub")]
    license: Option<String>,
    /// What the page's choice of networks calls it; the bundle's name if there is none.
    #[arg(long, conflicts_with = "bundle")]
    title: Option<String>,
    /// One sentence for the page and the model card: what the model learned from.
    #[arg(long, default_value = "Trained with Nadir.", conflicts_with = "bundle")]
    description: String,
    /// Print the bundle's description as JSON.
    #[arg(long)]
    json: bool,
}

/// The type of a bundle's weights.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WeightDtype {
    /// Half precision.
    F16,
    /// Bytes, symmetric around 0.
    Int8,
}

impl Export {
    pub(super) fn run(self) -> Result<()> {
        if let Some(hub) = &self.hub {
            self.write_hub(hub)?;
        }
        match self.out.clone() {
            Some(out) => self.write_bundle(&out),
            None => Ok(()),
        }
    }

    fn write_hub(&self, hub: &Path) -> Result<()> {
        let config = RunFolder::read_config(&self.run)?;
        let preprocess = preprocess_of_run(&self.run, &config)?;
        let words = HubWords {
            name: name_of(hub)?.to_owned(),
            description: self.description.clone(),
            license: self.license.clone(),
        };
        if words.license.is_none() {
            warn!("no --license was given: the model card says that it is not known");
        }
        export_hub(&self.run, &config, &preprocess, &words, hub)?;
        if !self.json {
            outln!("model {} in {}", words.name, hub.display())?;
        }
        Ok(())
    }

    fn write_bundle(&self, out: &Path) -> Result<()> {
        ensure!(
            self.crop_classifier.is_none() || self.detector.is_some() || self.bundle.is_some(),
            "--crop-classifier classifies what a detector finds: give one by --detector, or a --bundle that has one"
        );
        let mut parts = Parts { objects: None, crop_classifier: None, gallery: self.gallery()? };
        match &self.detector {
            Some(detector) => parts.objects = Some(exportable_objects(detector, self.crop_classifier.as_deref())?),
            None => {
                parts.crop_classifier = self.crop_classifier.as_deref().map(exportable_crop_classifier).transpose()?;
            }
        }
        let dtype = match self.weights {
            WeightDtype::F16 => Dtype::F16,
            WeightDtype::Int8 => Dtype::I8,
        };
        let mut bundle = match &self.bundle {
            Some(bundle) => with_parts(bundle, parts, name_of(out)?, dtype, out)?,
            None => {
                let name = name_of(out)?.to_owned();
                let title = self.title.clone().unwrap_or_else(|| name.clone());
                let words = Words { name, title, description: self.description.clone() };
                export_run(&self.run, parts, &words, dtype, out)?
            }
        };
        if let Some(scenes) = self.check {
            bundle = with_check(out, &self.trained_by()?, scenes as usize, &self.device.choose()?.device)?;
        }
        if self.json {
            outln!("{}", bundle.to_json())?;
        } else {
            outln!(
                "bundle {} in {}: {} labels, {:.2} MB{}{}",
                bundle.name,
                out.display(),
                bundle.labels.len(),
                bundle.files().map(|file| file.size).sum::<u64>() as f64 / 1e6,
                bundle.objects.as_ref().map_or(String::new(), |objects| {
                    format!(", with a detector of {} classes", objects.labels.len())
                }),
                bundle.gallery.as_ref().map_or(String::new(), |gallery| {
                    format!(", with a gallery of {} {}", gallery.count, gallery.description)
                })
            )?;
        }
        Ok(())
    }

    /// The config that says on which scenes a bundle was trained and tested.
    fn trained_by(&self) -> Result<Config> {
        match (&self.bundle, &self.config) {
            (None, _) => RunFolder::read_config(&self.run),
            (Some(_), Some(file)) => Config::load(Some(file), &[]),
            (Some(_), None) => {
                bail!("--check of a bundle needs the config that it was trained by: give it by --config")
            }
        }
    }

    /// The gallery that is requested, its images loaded.
    fn gallery(&self) -> Result<Option<GalleryRequest>> {
        let Some(count) = self.gallery.map(|count| count as usize) else { return Ok(None) };
        let run = self.gallery_run.as_deref().or(self.bundle.is_none().then_some(&self.run));
        let images = match run {
            Some(run) => GalleryImages::of_run(&RunFolder::read_config(run)?, count)?,
            None => GalleryImages::new_scenes(count),
        };
        if images.count() < count {
            warn!("gallery: there are only {} images, not {count}", images.count());
        }
        Ok(Some(GalleryRequest { images, map: self.gallery_map, device: self.device.choose()?.device }))
    }
}
