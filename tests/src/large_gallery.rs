//! A bundle with a large gallery of made-up images, to measure the search and the map by: the committed network, drawn
//! embeddings and places, thumbnails of one colour.

use crate::site::committed_bundle;
use anyhow::{Context, Result};
use nadir_core::bundle::{Bundle, BundleFile, GalleryMap, GalleryModel, Thumbnails};
use nadir_core::neighbours::{Gallery, LabelRows, Projection, UnitRows, map_bytes};
use nadir_core::projection::Pca;
use nadir_core::rng::Rng;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Clusters of the map.
const CLUSTERS: usize = 40;

/// Writes the bundle `folder/large` with `count` images in `dimensions` dimensions, and gives its path.
///
/// # Errors
/// Names the file.
pub fn write(folder: &Path, count: usize, dimensions: usize) -> Result<PathBuf> {
    let committed = committed_bundle()?;
    let mut bundle = Bundle::from_json(&std::fs::read_to_string(committed.join("bundle.json"))?)?;
    let out = folder.join("large");
    std::fs::create_dir_all(&out)?;
    std::fs::copy(committed.join(&bundle.weights.name), out.join(&bundle.weights.name))?;

    let mut rng = Rng::from_name("large gallery");
    let rows = UnitRows::new((0..count * dimensions).map(|_| rng.normal() as f32).collect(), dimensions);
    let centres: Vec<[f64; 2]> = (0..CLUSTERS).map(|_| [rng.range(-0.9, 0.9), rng.range(-0.9, 0.9)]).collect();
    let points: Vec<[f32; 2]> =
        (0..count).map(|image| centres[image % CLUSTERS].map(|side| (side + 0.05 * rng.normal()) as f32)).collect();
    let targets: Vec<Vec<bool>> =
        (0..count).map(|image| (0..bundle.labels.len()).map(|label| image % CLUSTERS == label).collect()).collect();
    let len = bundle.architecture.embedding_len();
    let directions = (0..dimensions).map(|_| (0..len).map(|_| rng.normal()).collect());
    let pca = Pca { mean: vec![0.0; len], components: directions.collect(), variances: Vec::new() };

    let file = |name: &str, bytes: Vec<u8>| -> Result<BundleFile> {
        std::fs::write(out.join(name), &bytes).with_context(|| format!("cannot write {name}"))?;
        Ok(BundleFile::describe(name, &bytes))
    };
    let thumbnails = Thumbnails { tile_px: 8, columns: 32, rows: 32, sheets: Vec::new() };
    let grey = image::RgbImage::from_pixel(256, 256, image::Rgb([128; 3]));
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&grey)?;
    let sheet = file("gallery-thumbnails.jpg", jpeg)?;
    let sheets = vec![sheet; count.div_ceil(thumbnails.on_a_sheet())];
    let names: String = (0..count).map(|image| format!("image-{image}.jpg\n")).collect();
    bundle.gallery = Some(GalleryModel {
        description: "made-up images".into(),
        count,
        labels: bundle.labels.clone(),
        dimensions,
        projection: file("gallery-projection.f32", Projection::from(&pca).to_bytes())?,
        embeddings: file("gallery-embeddings.f16", Gallery::embedding_bytes(&rows))?,
        label_rows: file("gallery-labels.bits", LabelRows::bytes_from_targets(&targets))?,
        names: file("gallery-names.txt", names.into_bytes())?,
        map: GalleryMap { method: "random draws".into(), points: file("gallery-map.u16", map_bytes(&points))? },
        thumbnails: Thumbnails { sheets, ..thumbnails },
        figures: BTreeMap::new(),
    });
    bundle.name = "large".into();
    bundle.objects = None;
    std::fs::write(out.join("bundle.json"), bundle.to_json())?;
    Ok(out)
}
