use super::args::{ConfigArgs, DeviceArgs};
use super::embedding_model::model_of;
use super::scene_args::SceneArgs;
use crate::device::Backend;
use crate::embed::{Embedded, EmbeddingModel, Job, SceneSettings, Shard, TileSettings, embed};
use crate::output::outln;
use anyhow::{Result, ensure};
use std::path::PathBuf;

/// Write the embeddings of a folder of images, or of their tiles, to a Parquet file.
///
/// Columns: file (path below the folder), width and height (px), embedding (list of f32); the file's metadata say what
/// made it. `pandas.read_parquet`, pyarrow and DuckDB read it. A run that is killed goes on with --resume and ends in
/// the same file.
///
/// Where an image of the folder has coordinates (GeoTIFF, world file), the file is GeoParquet 1.1: the column geometry
/// has the outline of each image or tile in longitude and latitude, empty for images without. `geopandas.read_parquet`,
/// QGIS and DuckDB's spatial extension read it.
///
/// Scenes of any size are read by windows with --tile: `nadir embed --bundle B --images scenes --tile 256 --out
/// tiles.parquet` gives a row a tile, with the columns row and column, where it begins in its image.
///
/// A large archive is embedded by several processes, on one machine or many, each with its own --shard and the same
/// --out folder: `nadir embed --bundle B --images ARCHIVE --out embeddings/ --shard $SLURM_ARRAY_TASK_ID/8` as a Slurm
/// job of `--array=0-7` (Kubernetes counts likewise in JOB_COMPLETION_INDEX). The files in the folder are read as one
/// table: `SELECT * FROM 'embeddings/*.parquet'`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("model").required(true).args(["run", "bundle", "config"])))]
pub struct Embed {
    /// Run folder with a pretrained encoder.
    #[arg(long)]
    run: Option<PathBuf>,
    /// Folder of a bundle, whose encoder embeds.
    #[arg(long)]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Folder with JPEG, PNG, WebP, BMP and TIFF files, at any depth.
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// The Parquet file, named *.parquet; any other name is a folder, in which the file is part-INDEX-of-COUNT.parquet,
    /// for example part-00003-of-00008.parquet. Until it is whole, FILE.partial and FILE.partial.json stand in its
    /// place.
    #[arg(long, value_name = "FILE or FOLDER")]
    out: PathBuf,
    /// Only this part of the images: of 4 parts, 0/4 is the first and 3/4 the last. Every image is in exactly one part,
    /// which its path alone decides, so parts are of nearly equal size and stay when images are added. A part without
    /// images gives a file without rows.
    #[arg(long, value_name = "INDEX/COUNT", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Go on where a run was broken off.
    #[arg(long)]
    resume: bool,
    /// Width and height of the images that the encoder sees, px; without it those of the probe.
    #[arg(long, value_name = "PX")]
    image_size: Option<usize>,
    /// Images that the encoder takes at once; if not given 16 on the CPU, where more take memory and no less time, and 64
    /// elsewhere.
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Images a row group, which is also what a killed run loses at most.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    row_group: usize,
    /// Share of the images that may be broken before the command fails, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    max_bad_images: f64,
    /// A row for each square tile of this side, px, in place of each image.
    #[arg(long, value_name = "PX")]
    tile: Option<usize>,
    /// From a tile to the next, px; the side of a tile if not given.
    #[arg(long, value_name = "PX", requires = "tile")]
    stride: Option<usize>,
    /// Pass over tiles with a smaller share of valid pixels (neither nodata nor transparent).
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, requires = "tile")]
    min_valid: f64,
    #[command(flatten)]
    scene: SceneArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Embed {
    pub(super) fn run(self) -> Result<()> {
        ensure!(
            self.config.sets.is_empty() || self.config.config.is_some(),
            "--set changes a --config; a run and a bundle have their own settings"
        );
        ensure!((0.0..=1.0).contains(&self.min_valid), "--min-valid must be 0 to 1, and is {}", self.min_valid);
        let chosen = self.device.choose()?;
        let mut model = model_of(self.run.as_deref(), self.bundle.as_deref(), &self.config, &chosen)?;
        if let Some(size) = self.image_size {
            ensure!((1..=4096).contains(&size), "--image-size must be 1 to 4096 px, and is {size}");
            model.preprocess.size = size;
        }
        let scenes = self.scenes(&model)?;
        let job = Job {
            images: self.images,
            out: self.out,
            shard: self.shard,
            resume: self.resume,
            batch: self.batch.unwrap_or(if chosen.backend == Backend::Cpu { 16 } else { 64 }),
            row_group: self.row_group,
            max_bad_images: self.max_bad_images,
            scenes,
        };
        let Some(embedded) = embed(&job, &model, &chosen)? else {
            let answer = serde_json::json!({"out": job.file(), "shard": job.shard.to_string(), "already_whole": true});
            match self.json {
                true => outln!("{answer}")?,
                false => outln!("{} is whole already", job.file().display())?,
            }
            return Ok(());
        };
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&embedded)?)?;
            return Ok(());
        }
        outln!("{}", summary(&job, &embedded, &model.source))?;
        Ok(())
    }

    fn scenes(&self, model: &EmbeddingModel) -> Result<SceneSettings> {
        let min_valid = self.min_valid;
        let tiles = self.tile.map(|side| TileSettings { side, stride: self.stride.unwrap_or(side), min_valid });
        let bands = self.scene.bands_for(&model.architecture, &model.bands)?;
        Ok(SceneSettings { tiles, bands, crs: self.scene.crs.clone() })
    }
}

fn summary(job: &Job, embedded: &Embedded, source: &str) -> String {
    let Embedded { out, rows, embedding_len, skipped, empty, coordinates, placed, .. } = embedded;
    let shard = if job.shard == Shard::WHOLE { String::new() } else { format!(", shard {}", job.shard) };
    let what = if job.scenes.tiles.is_some() { "tiles" } else { "images" };
    let empty = if *empty > 0 { format!(", {empty} tiles of nodata passed over") } else { String::new() };
    let placed = coordinates.as_ref().map_or(String::new(), |name| format!(", {placed} placed in {name}"));
    format!(
        "{}{shard}: {rows} embeddings of length {embedding_len} by {source}, {} {what} skipped{empty}{placed}",
        out.display(),
        skipped.len()
    )
}
