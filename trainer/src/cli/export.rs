use super::args::DeviceArgs;
use crate::artifacts::run_folder::RunFolder;
use crate::config::MapMethod;
use crate::export::{GalleryImages, GalleryRequest, Parts, Words, export_run, exportable_objects, name_of, with_parts};
use crate::output::outln;
use anyhow::Result;
use std::path::PathBuf;
use tracing::warn;

/// Write a probed run as a bundle that the page and `nadir predict` run.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("part").args(["detector", "gallery"]).multiple(true)))]
pub struct Export {
    /// Run folder, with a probe.
    #[arg(long, default_value = "runs/pretrain")]
    run: PathBuf,
    /// In place of a run: a bundle, which gets another detector, another gallery or both, and keeps the rest.
    #[arg(long, value_name = "FOLDER", conflicts_with = "run", requires = "part")]
    bundle: Option<PathBuf>,
    /// Run folder of a trained detector, for the page's objects.
    #[arg(long, value_name = "RUN")]
    detector: Option<PathBuf>,
    /// Run folder of a training of `nadir study ranking`, whose class means classify the detections; without it the
    /// network of `--run` classifies them, where it has class means.
    #[arg(long, value_name = "RUN", requires = "detector")]
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
    /// Where the gallery is embedded.
    #[command(flatten)]
    device: DeviceArgs,
    /// The bundle's folder; its last part is the bundle's name.
    #[arg(long)]
    out: PathBuf,
    /// What the page's choice of networks calls it; the bundle's name if there is none.
    #[arg(long, conflicts_with = "bundle")]
    title: Option<String>,
    /// One sentence for the page: what the model learned from.
    #[arg(long, default_value = "Trained with Nadir.", conflicts_with = "bundle")]
    description: String,
    /// Print the bundle's description as JSON.
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) fn run(self) -> Result<()> {
        let objects = |detector: &PathBuf| exportable_objects(detector, self.crop_classifier.as_deref());
        let parts = Parts { objects: self.detector.as_ref().map(objects).transpose()?, gallery: self.gallery()? };
        let bundle = match &self.bundle {
            Some(bundle) => with_parts(bundle, parts, name_of(&self.out)?, &self.out)?,
            None => {
                let name = name_of(&self.out)?.to_owned();
                let title = self.title.clone().unwrap_or_else(|| name.clone());
                let words = Words { name, title, description: self.description.clone() };
                export_run(&self.run, parts, &words, &self.out)?
            }
        };
        if self.json {
            outln!("{}", bundle.to_json())?;
        } else {
            outln!(
                "bundle {} in {}: {} labels, {:.2} MB{}{}",
                bundle.name,
                self.out.display(),
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
