use super::args::{ConfigArgs, DeviceArgs};
use super::embedding_model::model_of;
use super::scene_args::SceneArgs;
use crate::data::raster::read_image_by;
use crate::embed::{EmbeddedImage, EmbeddingFile, EmbeddingModel};
use crate::output::outln;
use crate::scene_run::{OutFile, OutKind};
use crate::search::{Archive, Found, RowId};
use anyhow::{Context, Result, bail, ensure};
use nadir_core::image::preprocess::Preprocess;
use nadir_geo::geojson::{Feature, FeatureCollection, NamedCrs};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Find the images or tiles of an archive that are most like one, among embeddings that `nadir embed` wrote.
///
/// The query is an image file, embedded by the network that the archive was (`--image FILE` with `--bundle`, `--run` or
/// `--config`), or a row of the archive (`--like FILE`, of tiles with `--at ROW,COLUMN`), which needs no network.
/// Every embedding is compared, by cosine around the mean of all; the files are not read into memory.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("query").required(true).args(["image", "like"])))]
pub struct Search {
    /// Parquet files that `nadir embed` wrote, or folders of such shards.
    #[arg(value_name = "PARQUET", required = true)]
    embeddings: Vec<PathBuf>,
    /// An image to which those most like it are found.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// An image of the archive likewise, by its path there (the column `file`).
    #[arg(long, value_name = "FILE")]
    like: Option<String>,
    /// The tile of that image which begins at this row and column, px.
    #[arg(long, value_name = "ROW,COLUMN", requires = "like", value_parser = row_and_column)]
    at: Option<[usize; 2]>,
    /// Run folder whose encoder embeds the image.
    #[arg(long, conflicts_with_all = ["like", "bundle"])]
    run: Option<PathBuf>,
    /// Folder of a bundle whose encoder embeds it.
    #[arg(long, conflicts_with = "like")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
    /// How many are found.
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Write what is found to a file: .csv, .json, or .geojson where the archive has coordinates.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    scene: SceneArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// An image or tile that was found.
#[derive(Debug, Serialize)]
struct Hit {
    rank: usize,
    cosine: f32,
    file: String,
    /// Where a tile begins, px.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<usize>,
    /// West, south, east and north of it, in the archive's coordinates.
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<[f64; 4]>,
}

impl Hit {
    fn new(rank: usize, cosine: f32, image: &EmbeddedImage) -> Self {
        let [row, column] = [0, 1].map(|axis| image.at.map(|at| at[axis]));
        let [width, height] = [0, 1].map(|axis| image.size.map(|size| size[axis]));
        let bounds = image.geometry.as_ref().map(|geometry| geometry.bounds());
        Self { rank, cosine, file: image.file.clone(), row, column, width, height, bounds }
    }

    fn line(&self) -> String {
        let tile = match (self.row, self.column) {
            (Some(row), Some(column)) => format!("  row {row}, column {column}"),
            _ => String::new(),
        };
        let place = self.bounds.map_or(String::new(), |[west, south, east, north]| {
            format!("  ({:.6}, {:.6})", (west + east) / 2.0, (south + north) / 2.0)
        });
        format!("{:>4}  {:.4}  {}{tile}{place}", self.rank, self.cosine, self.file)
    }
}

impl Search {
    pub(super) fn run(self) -> Result<()> {
        ensure!(self.top > 0, "--top must be at least 1");
        let file_of = |out: &PathBuf| {
            OutFile::of(out).with_context(|| {
                format!("--out {}: expected a file that ends with .csv, .json or .geojson", out.display())
            })
        };
        let out = self.out.as_ref().map(file_of).transpose()?;
        let files = files(&self.embeddings)?;
        let archive = Archive::new(files.iter().map(|file| EmbeddingFile::open(file)).collect::<Result<_>>()?)?;
        let found = match (&self.image, &self.like) {
            (Some(image), _) => archive.nearest(&self.embed(image, &archive)?, self.top, |_| false)?,
            (None, like) => {
                let query = row_of(&archive, like.as_deref().unwrap_or_default(), self.at)?;
                let embedding = archive.files()[query.file].embedding(query.row);
                archive.nearest(&embedding, self.top, |id| id == query)?
            }
        };
        let image = |found: &Found| archive.files()[found.id.file].image(found.id.row);
        let images: Vec<EmbeddedImage> = found.iter().map(image).collect::<Result<_>>()?;
        let hits: Vec<Hit> = found
            .iter()
            .zip(&images)
            .enumerate()
            .map(|(at, (found, image))| Hit::new(at + 1, found.cosine, image))
            .collect();
        if let Some(out) = out {
            let text = match out.kind {
                OutKind::Csv => csv(&hits)?,
                OutKind::Json => serde_json::to_string_pretty(&hits)? + "\n",
                OutKind::GeoJson => geojson(&archive, images, hits, &out.path)?,
            };
            out.write(text.as_bytes())?;
            let out = &out.path;
            match self.json {
                true => {
                    outln!("{}", serde_json::json!({"out": out, "found": found.len(), "searched": archive.rows()}))?
                }
                false => outln!("{} of {} embeddings: {}", found.len(), archive.rows(), out.display())?,
            }
        } else if self.json {
            outln!("{}", serde_json::to_string_pretty(&hits)?)?;
        } else {
            for hit in &hits {
                outln!("{}", hit.line())?;
            }
        }
        Ok(())
    }

    /// The embedding of an image, by the network of the archive.
    fn embed(&self, image: &Path, archive: &Archive) -> Result<Vec<f32>> {
        ensure!(
            self.run.is_some() || self.bundle.is_some() || self.config.config.is_some(),
            "--image needs the network that made the embeddings: --bundle, --run or --config; --like takes a row of \
             the archive and needs none"
        );
        let chosen = self.device.choose()?;
        let mut model = model_of(self.run.as_deref(), self.bundle.as_deref(), &self.config, &chosen)?;
        let file = &archive.files()[0];
        is_of(&mut model, file)?;
        let bands = self.scene.bands_for(&model.architecture, &model.bands)?;
        let image = read_image_by(image, &bands)?;
        let (pixels, _) = model.preprocess.apply(image.view());
        model.embed(&pixels, 1, &chosen)
    }
}

fn row_and_column(text: &str) -> Result<[usize; 2], String> {
    let (row, column) = text.split_once(',').ok_or("expected ROW,COLUMN, for example 256,512")?;
    let number = |text: &str| text.trim().parse().map_err(|_| format!("{text:?} is no whole number"));
    Ok([number(row)?, number(column)?])
}

/// Whether a file's embeddings are by this network; the size of its images is taken over, which `nadir embed` can be
/// told.
fn is_of(model: &mut EmbeddingModel, file: &EmbeddingFile) -> Result<()> {
    let said = |key: &str| {
        let value = file.metadata.get(key);
        value.with_context(|| format!("{} does not say its {key}", file.path().display()))
    };
    let (weights, by) = (said("nadir.weights_sha256")?, said("nadir.model")?);
    ensure!(
        *weights == model.weights_sha256,
        "{} was embedded by {by}, whose weights are others than those of {}",
        file.path().display(),
        model.source
    );
    let preprocess: Preprocess = serde_json::from_str(said("nadir.preprocess")?)
        .with_context(|| format!("nadir.preprocess in {}", file.path().display()))?;
    model.preprocess = preprocess;
    Ok(())
}

/// The files named, and those of the folders named, in their order.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let refused = || format!("cannot read {}", path.display());
        let entries = std::fs::read_dir(path).with_context(refused)?;
        let mut inside: Vec<PathBuf> =
            entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>().with_context(refused)?;
        inside.retain(|file| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")));
        ensure!(!inside.is_empty(), "{} has no file that ends with .parquet", path.display());
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// The row of an image, or of one of its tiles.
fn row_of(archive: &Archive, name: &str, at: Option<[usize; 2]>) -> Result<RowId> {
    let of_file = |(file, embeddings): (usize, &EmbeddingFile)| -> Vec<RowId> {
        embeddings.rows_of(name).into_iter().map(|row| RowId { file, row }).collect()
    };
    let rows: Vec<RowId> = archive.files().iter().enumerate().flat_map(of_file).collect();
    ensure!(!rows.is_empty(), "--like {name}: no image of the archive has this path in the column `file`");
    let Some(at) = at else {
        ensure!(
            rows.len() == 1,
            "--like {name}: the archive has {} tiles of this image; --at ROW,COLUMN says which",
            rows.len()
        );
        return Ok(rows[0]);
    };
    for &id in &rows {
        if archive.files()[id.file].image(id.row)?.at.is_some_and(|begin| begin == at) {
            return Ok(id);
        }
    }
    bail!("--like {name} --at {},{}: no tile of the archive begins there", at[0], at[1])
}

fn csv(hits: &[Hit]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "rank", "cosine", "file", "row", "column", "width", "height", "west", "south", "east", "north",
    ])?;
    for hit in hits {
        let whole = |value: Option<usize>| value.map_or(String::new(), |value| value.to_string());
        let mut record = vec![hit.rank.to_string(), hit.cosine.to_string(), hit.file.clone()];
        record.extend([hit.row, hit.column, hit.width, hit.height].map(whole));
        record.extend((0..4).map(|side| hit.bounds.map_or(String::new(), |bounds| bounds[side].to_string())));
        writer.write_record(record)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn geojson(archive: &Archive, images: Vec<EmbeddedImage>, hits: Vec<Hit>, out: &Path) -> Result<String> {
    let features: Vec<Feature<Hit>> = images
        .into_iter()
        .zip(hits)
        .filter_map(|(image, hit)| Some(Feature { geometry: image.geometry?, properties: Hit { bounds: None, ..hit } }))
        .collect();
    ensure!(
        !features.is_empty(),
        "--out {}: nothing that was found has coordinates; .csv and .json need none",
        out.display()
    );
    let system = archive.files().iter().find_map(|file| file.metadata.get("nadir.coordinates"));
    let system = system.map_or("OGC:CRS84", String::as_str);
    let collection = FeatureCollection {
        name: "nadir search".to_owned(),
        crs: system.strip_prefix("EPSG:").and_then(|code| code.parse().ok()).map(NamedCrs::epsg),
        coordinates: if system == "OGC:CRS84" { "WGS 84".to_owned() } else { system.to_owned() },
        features,
    };
    Ok(serde_json::to_string(&collection)? + "\n")
}
