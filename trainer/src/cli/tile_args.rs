//! `nadir predict --tile`: a large scene by tiles.

use super::scene_args::SceneArgs;
use crate::data::raster::{SceneImage, file_place};
use crate::output::outln;
use crate::predict::LoadedBundle;
use crate::scene_run::{OutFile, TileRequest, label_tiles, write_heat};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// How a scene is divided, and where its tiles' scores go.
#[derive(Debug, Clone, Args)]
pub(super) struct TileArgs {
    /// Score a large scene by square tiles of this side, px, and write them to --out or --raster.
    #[arg(long, value_name = "PX")]
    tile: Option<usize>,
    /// From a tile to the next, px; the side of a tile if not given.
    #[arg(long, value_name = "PX", requires = "tile")]
    stride: Option<usize>,
    /// A GeoTIFF with a band a label and a pixel every stride: the mean score of the tiles there.
    #[arg(long, value_name = "FILE", requires = "tile")]
    raster: Option<PathBuf>,
    /// Skip tiles with a smaller share of valid pixels (neither nodata nor transparent).
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, requires = "tile")]
    min_valid: f64,
}

impl TileArgs {
    pub(super) fn is_requested(&self) -> bool {
        self.tile.is_some()
    }

    pub(super) fn run(
        &self,
        images: &[PathBuf],
        bundle: &LoadedBundle,
        scene: &SceneArgs,
        out: Option<&Path>,
    ) -> Result<()> {
        let Some(side) = self.tile else { bail!("expected --tile") };
        let [path] = images else {
            bail!("--tile scores one scene, and there are {}; run them one after the other", images.len())
        };
        ensure!((0.0..=1.0).contains(&self.min_valid), "--min-valid must be 0 to 1, and is {}", self.min_valid);
        let file = match out {
            Some(out) => Some(OutFile::of(out).with_context(|| {
                format!("--out {}: expected a file that ends with .geojson, .csv or .json", out.display())
            })?),
            None => None,
        };
        ensure!(
            file.is_some() || self.raster.is_some(),
            "nothing to write to: name --out labels.geojson (or .csv, .json), or --raster heat.tif"
        );
        let request = TileRequest { side, stride: self.stride.unwrap_or(side), min_valid: self.min_valid };
        let place = file_place(path, scene.crs.as_ref())?;
        let bands = scene.bands_for(&bundle.bundle.architecture, &bundle.band_settings())?;
        let image = SceneImage::open(path, &bands)?;
        let labelled = label_tiles(&path.display().to_string(), &image, bundle, request)?;
        if let Some(file) = &file {
            file.write(&labelled.file(file.kind, &place.placement)?)?;
            outln!("{}: {} tiles", file.path.display(), labelled.tiles.len())?;
        }
        if let Some(raster) = &self.raster {
            write_heat(&labelled, raster, &place)?;
            outln!("{}: {} bands", raster.display(), labelled.labels.len())?;
        }
        Ok(())
    }
}
