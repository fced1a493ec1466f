//! The gallery of a bundle: images embedded as the page embeds a query, their map, and their thumbnails.

mod images;
mod sheets;

pub use images::GalleryImages;

use crate::artifacts::bundle::{read_bytes, read_gallery};
use crate::config::MapMethod;
use crate::device::wait;
use crate::manifold::map;
use crate::progress::Progress;
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir_core::bundle::{Bundle, BundleFile, GalleryMap, GalleryModel, Thumbnails};
use nadir_core::image::RgbImage;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::metric::retrieval::{LabelSets, search};
use nadir_core::neighbours::{Gallery, LabelRows, Projection, UnitRows, map_bytes};
use nadir_core::projection::Pca;
use nadir_nn::model::{Predictor, Weights};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What every file of a gallery begins with.
pub const FILES: &str = "gallery-";
/// Longer embeddings are reduced to so many directions of largest variance: what a search in the page takes grows with
/// them.
const MOST_DIMENSIONS: usize = 128;
/// Images that go through the encoder at once.
const BATCH: usize = 32;
/// Images whose neighbours are looked at for the figures.
const MOST_QUERIES: usize = 2_000;

/// The same embeddings have the same map in every export.
const MAP_SEED: u64 = 0;

/// What a gallery is made of.
#[derive(Debug)]
pub struct GalleryRequest {
    /// The images that the gallery shows.
    pub images: GalleryImages,
    /// How its map is made.
    pub map: MapMethod,
    /// Where they are embedded.
    pub device: Device,
}

/// The description and the bytes that it describes.
#[derive(Debug)]
pub struct PreparedGallery {
    pub model: GalleryModel,
    pub files: Vec<(String, Vec<u8>)>,
}

/// One image, as the gallery shows it.
struct Entry {
    name: String,
    targets: Vec<bool>,
    thumbnail: RgbImage,
}

impl GalleryRequest {
    /// Embeds with the weights that the page will read, maps, and draws the thumbnails.
    ///
    /// # Errors
    /// Where the device fails, an embedding is not finite, or no image is left.
    pub fn prepare(&self, bundle: &Bundle, weights: &Weights) -> Result<PreparedGallery> {
        let count = self.images.count();
        ensure!(count > 0, "a gallery needs an image");
        let predictor = Predictor::new(bundle, weights, &self.device).context("the weights do not fit the bundle")?;
        let (mut entries, embeddings) = self.embed(bundle, &predictor)?;
        let len = embeddings.len() / count;

        let dimensions = len.min(MOST_DIMENSIONS);
        let pca = Pca::fit(&embeddings, len, dimensions).context("the embeddings of the gallery")?;
        let projection = Projection::from(&pca);
        let unit = |embedding: &[f32]| projection.unit(embedding).unwrap_or_else(|| vec![0.0; dimensions]);
        let rows: Vec<Vec<f32>> = embeddings.par_chunks_exact(len).map(unit).collect();
        let points = map(self.map, &rows.concat(), dimensions, MAP_SEED)?;

        let order = along_the_map(&points);
        let sorted = |rows: &[Vec<f32>]| order.iter().flat_map(|&at| rows[at].clone()).collect::<Vec<f32>>();
        let rows = UnitRows::new(sorted(&rows), dimensions);
        let points: Vec<[f32; 2]> = order.iter().map(|&at| points[at]).collect();
        let mut figures = figures(&rows, &order, &entries);
        let raw =
            UnitRows::new(order.iter().flat_map(|&at| embeddings[at * len..(at + 1) * len].to_vec()).collect(), len);
        let uncentred = self::figures(&raw, &order, &entries);
        figures.extend(uncentred.into_iter().map(|(name, value)| (format!("{name}_uncentred"), value)));
        entries = permuted(entries, &order);
        Ok(self.write(&projection, &rows, &points, &entries, figures))
    }

    /// The images and their embeddings, [images, len], in the order of the source.
    fn embed(&self, bundle: &Bundle, predictor: &Predictor) -> Result<(Vec<Entry>, Vec<f32>)> {
        let count = self.images.count();
        let progress = Progress::new("embedding the gallery", count as u64, "images");
        let (mut entries, mut embeddings) = (Vec::with_capacity(count), Vec::new());
        let all: Vec<usize> = (0..count).collect();
        for batch in all.chunks(BATCH) {
            let read: Vec<Result<(Entry, Vec<f32>)>> = batch
                .par_iter()
                .map(|&at| {
                    let (sample, (input, thumbnail)) = self.images.with(at, |image| {
                        let (input, [left, top, width, height]) = bundle.preprocess.apply(image);
                        // What the network sees of it.
                        let crop = CropBox::around([left, top, left + width, top + height], image.width, image.height);
                        let side = sheets::TILE_PX;
                        (input, resized_crop(image, crop, side, side, Interpolation::Bilinear).to_rgb())
                    })?;
                    Ok((Entry { name: sample.name, targets: sample.targets, thumbnail }, input))
                })
                .collect();
            let (prepared, inputs): (Vec<Entry>, Vec<Vec<f32>>) =
                read.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
            entries.extend(prepared);
            embeddings.extend(wait(predictor.embed(inputs.concat()))?.map_err(anyhow::Error::msg)?);
            progress.advance(batch.len() as u64);
        }
        progress.finish();
        Ok((entries, embeddings))
    }

    fn write(
        &self,
        projection: &Projection,
        rows: &UnitRows,
        points: &[[f32; 2]],
        entries: &[Entry],
        figures: BTreeMap<String, f64>,
    ) -> PreparedGallery {
        let targets: Vec<Vec<bool>> = entries.iter().map(|entry| entry.targets.clone()).collect();
        // One name a line, whatever a file is called.
        let names = entries.iter().map(|entry| entry.name.replace(['\n', '\r'], " ") + "\n");
        let mut files = Vec::new();
        let mut file = |name: &str, bytes: Vec<u8>| {
            let name = format!("{FILES}{name}");
            let described = BundleFile::describe(&name, &bytes);
            files.push((name, bytes));
            described
        };
        let thumbnails: Vec<&RgbImage> = entries.iter().map(|entry| &entry.thumbnail).collect();
        let model = GalleryModel {
            description: self.images.description().to_owned(),
            count: entries.len(),
            labels: self.images.labels().to_vec(),
            dimensions: rows.dimensions(),
            projection: file("projection.f32", projection.to_bytes()),
            embeddings: file("embeddings.f16", Gallery::embedding_bytes(rows)),
            label_rows: file("labels.bits", LabelRows::bytes_from_targets(&targets)),
            names: file("names.txt", names.collect::<String>().into_bytes()),
            map: GalleryMap { method: self.map.to_string(), points: file("map.u16", map_bytes(points)) },
            thumbnails: Thumbnails {
                tile_px: sheets::TILE_PX,
                columns: sheets::TILES_A_SIDE,
                rows: sheets::TILES_A_SIDE,
                sheets: (0..)
                    .zip(sheets::sheets(&thumbnails))
                    .map(|(at, bytes): (usize, _)| file(&format!("thumbnails-{at}.jpg"), bytes))
                    .collect(),
            },
            figures,
        };
        PreparedGallery { model, files }
    }
}

impl PreparedGallery {
    /// The gallery of a bundle as it is, to be written with another detector.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn kept(folder: &Path, model: GalleryModel) -> Result<Self> {
        let read = |file: &BundleFile| Ok((file.name.clone(), read_bytes(folder, file)?));
        let files = model.files().map(read).collect::<Result<_>>()?;
        Ok(Self { model, files })
    }
}

/// The images along a curve through the map that keeps what is near together (Morton's, of the points' bits
/// interleaved): what a visitor looks at then lies on few of the sheets.
fn along_the_map(points: &[[f32; 2]]) -> Vec<usize> {
    let spread = |step: u16| (0..16).fold(0_u32, |bits, bit| bits | (u32::from(step) >> bit & 1) << (2 * bit));
    let keys: Vec<u32> = map_bytes(points)
        .chunks_exact(4)
        .map(|four| {
            spread(u16::from_le_bytes([four[0], four[1]])) | spread(u16::from_le_bytes([four[2], four[3]])) << 1
        })
        .collect();
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&at| keys[at]);
    order
}

fn permuted(entries: Vec<Entry>, order: &[usize]) -> Vec<Entry> {
    let mut entries: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    order.iter().filter_map(|&at| entries[at].take()).collect()
}

/// How many of an image's neighbours in the gallery share a label with it; without figures where no image has a label.
fn figures(rows: &UnitRows, order: &[usize], entries: &[Entry]) -> BTreeMap<String, f64> {
    let targets: Vec<bool> = order.iter().flat_map(|&at| entries[at].targets.clone()).collect();
    neighbour_figures(rows, &targets, entries[0].targets.len())
}

/// The figures of a bundle's gallery as they follow from its embeddings and labels; nothing where no image has a label.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn figures_of_gallery(folder: &Path, bundle: &Bundle) -> Result<BTreeMap<String, f64>> {
    let (Some(model), Some(gallery)) = (&bundle.gallery, read_gallery(folder, bundle)?) else {
        return Ok(BTreeMap::new());
    };
    let labels = model.labels.len();
    let bits = LabelRows::from_bytes(&read_bytes(folder, &model.label_rows)?, model.count, labels)?;
    let targets: Vec<bool> = (0..model.count)
        .flat_map(|image| (0..labels).map(|label| bits.has(image, label)).collect::<Vec<_>>())
        .collect();
    Ok(neighbour_figures(gallery.rows(), &targets, labels))
}

/// `targets` are [images, labels].
fn neighbour_figures(rows: &UnitRows, targets: &[bool], labels: usize) -> BTreeMap<String, f64> {
    let sets = LabelSets::new(targets, labels);
    let every = rows.count().div_ceil(MOST_QUERIES);
    let found: Vec<_> = (0..rows.count())
        .into_par_iter()
        .step_by(every)
        .filter_map(|query| {
            let cosines = rows.cosines(rows.row(query));
            search(&cosines, |image| sets.share_a_label(query, &sets, image), Some(query), &[10])
        })
        .collect();
    if found.is_empty() {
        return BTreeMap::new();
    }
    let mean = |value: &dyn Fn(&nadir_core::metric::retrieval::FoundByQuery) -> f64| {
        found.iter().map(value).sum::<f64>() / found.len() as f64
    };
    BTreeMap::from([
        ("map_at_r".to_owned(), mean(&|found| found.average_precision_at_r)),
        ("precision_at_10".to_owned(), mean(&|found| found.within[0] as f64 / 10.0)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_on_the_map_is_near_in_the_order() {
        // Four corners of four points each, given corner by corner in turn.
        let corners = [[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]];
        let points: Vec<[f32; 2]> = (0..16)
            .map(|at| {
                let [x, y]: [f32; 2] = corners[at % 4];
                [x * (1.0 - 0.01 * (at / 4) as f32), y]
            })
            .collect();
        let order = along_the_map(&points);
        for corner in order.chunks_exact(4) {
            assert!(corner.iter().all(|&at| at % 4 == corner[0] % 4), "{order:?}");
        }
    }
}
