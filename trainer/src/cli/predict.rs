use super::args::DeviceArgs;
use super::prediction_file::PredictionFile;
use super::scene_args::SceneArgs;
use super::tile_args::TileArgs;
use crate::data::ahead;
use crate::data::raster::read_image_by;
use crate::detect::inputs;
use crate::output::{outln, reader_left};
use crate::predict::{LoadedBundle, Predicted};
use crate::progress::Progress;
use anyhow::{Result, bail, ensure};
use burn::tensor::Device;
use serde_json::Value;
use std::path::PathBuf;

/// With more images than this, each has one line.
const MOST_IN_FULL: usize = 10;

/// Score images with a bundle, as the page does.
///
/// Up to ten images are printed with all labels, more with a line each that has the labels at or above their
/// thresholds; --json and --out give all scores. An image that cannot be read is named at the end, and the others have
/// their scores.
#[derive(Debug, clap::Args)]
pub struct Predict {
    /// JPEG, PNG, WebP, BMP or TIFF files, or folders of them at any depth.
    #[arg(value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Folder of the bundle that scores.
    #[arg(long, default_value = "static/models/scenes")]
    bundle: PathBuf,
    /// Score the classes that were taught in the page on this bundle, in place of its labels: the file that "Export the
    /// head" gave.
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// Score the generated scene of this seed. Can be repeated.
    #[arg(long = "scene", value_name = "SEED")]
    scenes: Vec<u64>,
    /// Width and height of generated scenes in px; the page takes 512.
    #[arg(long, default_value_t = 512)]
    scene_size: usize,
    /// Write all scores to a file instead of printing them: .csv (a row an image, a column a label), .json (a list) or
    /// .jsonl (an object a line). Images are named by their paths below the folders given. With --tile: the .geojson (in
    /// WGS 84 where the scene has coordinates), .csv or .json file that the tiles are written to.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    tiles: TileArgs,
    #[command(flatten)]
    bands: SceneArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print all scores as JSON.
    #[arg(long)]
    json: bool,
}

impl Predict {
    pub(super) fn run(self) -> Result<()> {
        if self.images.is_empty() && self.scenes.is_empty() {
            bail!("nothing to score: name image files or folders, or a generated scene with --scene SEED");
        }
        ensure!((1..=4096).contains(&self.scene_size), "--scene-size must be 1 to 4096 px, and is {}", self.scene_size);
        if self.tiles.is_requested() {
            let bundle = self.load(&self.device.choose()?.device)?;
            return self.tiles.run(&self.images, &bundle, &self.bands, self.out.as_deref());
        }
        let mut out = self.out.as_deref().map(PredictionFile::new).transpose()?;
        let inputs = inputs(&self.images)?;
        let chosen = self.device.choose()?;
        let bundle = self.load(&chosen.device)?;
        let bands = self.bands.bands_for(&bundle.bundle.architecture, &bundle.band_settings())?;
        let count = inputs.len() + self.scenes.len();
        let (mut all, mut skipped): (Vec<Value>, Vec<String>) = (Vec::new(), Vec::new());
        let mut take = |name: &str, one: &Predicted| -> Result<()> {
            match &mut out {
                Some(out) => out.add(name, one, bundle.to_json(one)),
                None if self.json => all.push(bundle.to_json(one)),
                None if count > MOST_IN_FULL => outln!("{}", line(one))?,
                None => print(one, &bundle)?,
            }
            Ok(())
        };
        let progress = (count > MOST_IN_FULL).then(|| Progress::new("scoring", count as u64, "images"));
        let nobody_waits = || self.out.is_none() && reader_left();
        ahead::in_order(
            &inputs,
            |input| (!nobody_waits()).then(|| read_image_by(&input.path, &bands)),
            |at, image| {
                let input = &inputs[at];
                match image.filter(|_| !nobody_waits()) {
                    Some(Ok(image)) => {
                        take(&input.name, &bundle.predict(&input.path.display().to_string(), image.view())?)?;
                    }
                    Some(Err(error)) => skipped.push(format!("{error:#}")),
                    None => {}
                }
                if let Some(progress) = &progress {
                    progress.advance(1);
                }
                Ok(())
            },
        )?;
        for &seed in &self.scenes {
            let scene = nadir_scene::generate(seed, self.scene_size, self.scene_size);
            let name = format!("scene-{seed}");
            take(&name, &bundle.predict(&name, scene.image.view())?)?;
        }
        if let Some(progress) = progress {
            progress.finish();
        }
        match (out, all.as_slice()) {
            (Some(out), _) => {
                let rows = out.write(bundle.labels())?;
                let file = self.out.unwrap_or_default();
                match self.json {
                    true => outln!("{}", serde_json::json!({"out": file, "images": rows}))?,
                    false => outln!("scores of {rows} images: {}", file.display())?,
                }
            }
            (None, [one]) if self.json && count == 1 => outln!("{}", serde_json::to_string_pretty(one)?)?,
            (None, many) if self.json && !(many.is_empty() && count == 1) => {
                outln!("{}", serde_json::to_string_pretty(many)?)?;
            }
            (None, _) if skipped.len() < count && !self.json => {
                let chosen = if self.head.is_some() { "as the head has it" } else { "chosen on validation" };
                outln!("* at or above the label's threshold, {chosen}")?;
            }
            (None, _) => {}
        }
        match skipped.as_slice() {
            [] => Ok(()),
            [only] if count == 1 => bail!("{only}"),
            several => bail!("{} of {count} images were not scored:\n{}", several.len(), several.join("\n")),
        }
    }
}

impl Predict {
    /// The bundle, with the head where one is given.
    fn load(&self, device: &Device) -> Result<LoadedBundle> {
        let bundle = LoadedBundle::load(&self.bundle, device)?;
        match &self.head {
            Some(file) => bundle.with_head(file),
            None => Ok(bundle),
        }
    }
}

/// All labels of an image, most probable first.
fn print(one: &Predicted, bundle: &LoadedBundle) -> Result<()> {
    outln!("{}", one.image)?;
    if let Some(ood) = one.ood.filter(|ood| ood.is_unlike()) {
        outln!(
            "  unlike the images that this network was trained on, so that the labels are guesses ({})",
            match ood.is_concentrated() {
                true => format!("spread {:.4}, below {:.4}", ood.spread, ood.concentrated_below),
                false => format!("residual {:.3}, above {:.3}", ood.residual, ood.unlike_above),
            }
        )?;
    }
    if let Some(crop) = &one.crop {
        let unknown = if crop.unknown { "unknown; nearest is " } else { "" };
        let (label, similar) = (&bundle.bundle.labels[crop.label], bundle.similar(crop.label));
        outln!("  as a crop: {unknown}{label} (OOD score {:.3})", crop.ood_score)?;
        if !similar.is_empty() {
            outln!("  ranked as similar to {label}: {}", similar.join(", "))?;
        }
    }
    for score in one.most_probable_first() {
        let mark = if score.present { "*" } else { " " };
        outln!("  {mark} {:5.1} %  {}", score.score * 100.0, score.label)?;
    }
    Ok(())
}

/// The labels at or above their thresholds, or the most probable one where there is none, in one line.
fn line(one: &Predicted) -> String {
    let scores = one.most_probable_first();
    let text =
        |mark: &str, score: &crate::predict::LabelScore| format!("{mark}{} {:.1} %", score.label, score.score * 100.0);
    let present: Vec<String> = scores.iter().filter(|score| score.present).map(|score| text("*", score)).collect();
    let shown = match (present.is_empty(), scores.first()) {
        (true, Some(highest)) => text("", highest),
        _ => present.join(", "),
    };
    format!("{}: {shown}", one.image)
}
