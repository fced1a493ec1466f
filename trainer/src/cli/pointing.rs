use super::args::DeviceArgs;
use crate::config::ObjectsConfig;
use crate::data::object_source::ObjectSource;
use crate::data::objects::ObjectSet;
use crate::evaluate::pointing::{Pointing, measure, pairs};
use crate::output::outln;
use crate::predict::LoadedBundle;
use crate::progress::Progress;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Measure whether a bundle's activation maps point at the objects that its labels name.
///
/// The pointing game (Zhang et al. 2016): for each image and each label that has an annotated object, does the highest
/// place of the label's map lie in a box of that object's class? Beside it stand what the middle of the image hits, and
/// what chance would.
#[derive(Debug, clap::Args)]
pub struct PointingCommand {
    /// Folder of the bundle.
    #[arg(long)]
    bundle: PathBuf,
    /// Annotations: one file of COCO's.
    #[arg(long, value_name = "FILE", requires = "images", required_unless_present = "scenes")]
    coco: Option<PathBuf>,
    /// Folder with the images, at any depth.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Generated scenes in place of annotations: so many, of 512 px, that no training has seen.
    #[arg(long, value_name = "N", conflicts_with = "coco")]
    scenes: Option<usize>,
    /// The label that stands for a class, where they do not have the same name. Can be repeated.
    #[arg(long, value_name = "CLASS=LABEL")]
    same: Vec<String>,
    /// A point so near to a box counts as in it, px.
    #[arg(long, value_name = "PX", default_value_t = 15.0)]
    tolerance: f32,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

impl PointingCommand {
    pub(super) fn run(self) -> Result<()> {
        let set = self.load()?;
        let bundle = LoadedBundle::load(&self.bundle, &self.device.choose()?.device)?;
        let pairs = pairs(&set.classes, &bundle.bundle.labels, &self.same)?;
        let progress = Progress::new("pointing", set.images.len() as u64, "images");
        let mut found = measure(&bundle, &set, &pairs, self.tolerance, || progress.advance(1))?;
        progress.finish();
        found.retain(|pointing| pointing.images > 0);
        let sum = |value: fn(&Pointing) -> usize| found.iter().map(value).sum::<usize>();
        let mut all = Pointing {
            label: "all".into(),
            images: sum(|pointing| pointing.images),
            hits: sum(|pointing| pointing.hits),
            centre_hits: sum(|pointing| pointing.centre_hits),
            covered: 0.0,
        };
        let covered: f64 = found.iter().map(|pointing| pointing.covered * pointing.images as f64).sum();
        all.covered = covered / all.images.max(1) as f64;
        found.push(all);
        if self.json {
            return outln!("{}", serde_json::to_string_pretty(&found)?);
        }
        outln!("{:<24} {:>7} {:>8} {:>8} {:>8}", "label", "images", "hits", "centre", "chance")?;
        for pointing in &found {
            let of_images = |count: usize| count as f64 / pointing.images.max(1) as f64;
            outln!(
                "{:<24} {:>7} {:>8.3} {:>8.3} {:>8.3}",
                pointing.label,
                pointing.images,
                of_images(pointing.hits),
                of_images(pointing.centre_hits),
                pointing.covered
            )?;
        }
        Ok(())
    }

    fn load(&self) -> Result<ObjectSet> {
        if let Some(count) = self.scenes {
            // Seeds far from those of any config here.
            let objects = ObjectsConfig::Scenes { first_seed: 9_000_000, count, size: 512 };
            return ObjectSource::of(objects).load();
        }
        let (file, images) = self.coco.clone().zip(self.images.clone()).context("--coco and --images are required")?;
        ObjectSource::CocoFile { images, file }.load()
    }
}
