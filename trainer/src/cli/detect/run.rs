use crate::cli::args::DeviceArgs;
use crate::cli::scene_args::SceneArgs;
use crate::data::ahead;
use crate::data::formats::{Format, NewFolder};
use crate::data::raster::{SceneImage, file_place};
use crate::detect::files::{Finder, ImageDetections, TileSettings};
use crate::detect::inputs;
use crate::detect::{NamedDetections, OverlayPlace, write_overlay, write_predictions};
use crate::output::{outln, reader_left};
use crate::progress::Progress;
use crate::scene_run::{OutFile, SceneObjects, objects_file};
use anyhow::{Result, bail, ensure};
use nadir_core::image::RGB;
use nadir_geo::windows::Window;
use std::path::PathBuf;
use tracing::warn;

/// Find objects in images of any size; large ones are divided into overlapping tiles.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("model").required(true).args(["run", "bundle"])))]
pub struct Run {
    /// JPEG, PNG, WebP, BMP or TIFF files, or folders of them.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// The run folder of a trained detector.
    #[arg(long, value_name = "FOLDER")]
    run: Option<PathBuf>,
    /// A bundle with a detector; where it has a crop classifier, each object is also classified by the nearest class
    /// mean.
    #[arg(long, value_name = "FOLDER")]
    bundle: Option<PathBuf>,
    /// Show objects from this score on, at least 0.05; the detector's own threshold if not given.
    #[arg(long, value_name = "SCORE")]
    score_from: Option<f32>,
    /// Of boxes that overlap by more than this (IoU), whatever their classes, show only the highest-scoring; 1: all. The
    /// detector's own setting if not given, 0.75. `nadir detect eval` never does this: its figures judge each class
    /// alone.
    #[arg(long, value_name = "IOU")]
    stacked_above: Option<f64>,
    /// Divide images with a longer side than this, px, into tiles of it; 0: never. If not given, images with a side
    /// above 4 times what the detector sees are divided into tiles of twice what it sees.
    #[arg(long, value_name = "PX")]
    tile: Option<usize>,
    /// What neighbouring tiles share, px: at least as much as an object is wide. A quarter of a tile if not given.
    #[arg(long, value_name = "PX")]
    overlap: Option<usize>,
    /// Write the objects to a .geojson (in WGS 84 where the image has coordinates), .csv or .json file; or the images
    /// with the objects drawn in: for one image a .png or .jpg file, or a folder.
    #[arg(long, value_name = "OUT")]
    out: Option<PathBuf>,
    /// Write the detections for other tools: coco, voc, yolo, dota, labelme, cvat, label_studio or csv.
    #[arg(long, value_name = "FORMAT", requires = "predictions")]
    format: Option<Format>,
    /// A new or empty folder for --format.
    #[arg(long, value_name = "FOLDER", requires = "format")]
    predictions: Option<PathBuf>,
    #[command(flatten)]
    scene: SceneArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(in crate::cli) fn run(self) -> Result<()> {
        if let Some(score) = self.score_from {
            ensure!((0.0..=1.0).contains(&score), "--score-from must be 0 to 1, and is {score}");
        }
        if let Some(overlap) = self.stacked_above {
            ensure!((0.0..=1.0).contains(&overlap), "--stacked-above must be 0 to 1, and is {overlap}");
        }
        let inputs = inputs(&self.images)?;
        let file = self.out.as_deref().and_then(OutFile::of);
        let drawn = self.out.as_deref().filter(|_| file.is_none());
        let overlays = drawn.map(|out| OverlayPlace::new(out, &inputs)).transpose()?;
        if let Some(folder) = &self.predictions {
            // Known before the work, and not after it.
            drop(NewFolder::new(folder)?);
        }
        let chosen = self.device.choose()?;
        let mut finder = match (&self.run, &self.bundle) {
            (Some(run), _) => Finder::from_run(run, &chosen.device)?,
            (None, Some(bundle)) => Finder::from_bundle(bundle, &chosen.device)?,
            (None, None) => bail!("expected --run or --bundle"),
        };
        finder.stacked_above = self.stacked_above.unwrap_or(finder.stacked_above);
        let bands = self.scene.bands(&finder.bands);
        ensure!(
            bands.channels() == RGB,
            "--bands: a detector reads three bands (or one, as grey), and there are {}",
            bands.channels()
        );
        let score_from = self.score_from.unwrap_or(finder.score_threshold);
        let tiles = TileSettings { side: self.tile, overlap: self.overlap };

        let (mut all, mut of_inputs, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let progress = Progress::new("detecting", inputs.len() as u64, "images");
        let nobody_waits = || overlays.is_none() && file.is_none() && self.predictions.is_none() && reader_left();
        ahead::in_order(
            &inputs,
            |input| (!nobody_waits()).then(|| SceneImage::open(&input.path, &bands)),
            |at, image| {
                let Some(image) = image.filter(|_| !nobody_waits()) else { return Ok(()) };
                match image {
                    Ok(image) => {
                        let name = inputs[at].path.display().to_string();
                        let found = finder.find_in_scene(&name, &image, score_from, tiles)?;
                        if let Some(overlays) = &overlays {
                            let (width, height) = image.size();
                            let whole = image.read(Window { left: 0, top: 0, width, height })?;
                            write_overlay(overlays.file(at), whole.image.view(), &found)?;
                        }
                        if !self.json {
                            print(&found, finder.crop_labels())?;
                        }
                        all.push(found);
                        of_inputs.push(&inputs[at]);
                    }
                    Err(error) => skipped.push(format!("{error:#}")),
                }
                progress.advance(1);
                Ok(())
            },
        )?;
        progress.finish();
        if let (Some(format), Some(folder)) = (self.format, &self.predictions) {
            let named = of_inputs.iter().zip(&all);
            let named: Vec<_> = named
                .map(|(input, found)| NamedDetections { name: &input.name, path: input.path.clone(), found })
                .collect();
            let written = write_predictions(format, &named, finder.labels(), folder)?;
            for remark in &written.remarks {
                warn!("{}: {remark}", folder.display());
            }
        }
        if let Some(file) = &file {
            let place = |found: ImageDetections| -> Result<SceneObjects> {
                let placement = file_place(found.image.as_ref(), self.scene.crs.as_ref())?.placement;
                Ok(SceneObjects { found, placement })
            };
            let scenes = all.iter().cloned().map(place).collect::<Result<Vec<_>>>()?;
            file.write(&objects_file(file.kind, &scenes, finder.crop_labels())?)?;
        }
        if self.json {
            let all: Vec<_> = all.iter().map(|found| found.to_json(finder.crop_labels())).collect();
            outln!("{}", serde_json::to_string_pretty(&all)?)?;
        }
        ensure!(
            skipped.is_empty(),
            "{} of {} images were skipped:\n{}",
            skipped.len(),
            inputs.len(),
            skipped.join("\n")
        );
        Ok(())
    }
}

fn print(found: &ImageDetections, crop_labels: &[String]) -> Result<()> {
    let tiles = if found.tiles > 1 { format!(", {} tiles", found.tiles) } else { String::new() };
    let ImageDetections { image, width, height, objects, .. } = found;
    outln!("{image} ({width} x {height} px{tiles}): {} objects", objects.len())?;
    let widest = objects.iter().map(|object| object.label.chars().count()).max().unwrap_or(0);
    for object in objects {
        let [x0, y0, x1, y1] = object.box_px;
        let percent = 100.0 * object.score;
        let crop = object.crop.as_ref().map_or(String::new(), |crop| {
            let unknown = if crop.unknown { "unknown; nearest is " } else { "" };
            format!("  as a crop: {unknown}{} (OOD score {:.3})", crop_labels[crop.label], crop.ood_score)
        });
        outln!("  {:widest$}  {percent:5.1} %  [{x0:.0}, {y0:.0}, {x1:.0}, {y1:.0}] px{crop}", object.label)?;
    }
    Ok(())
}
