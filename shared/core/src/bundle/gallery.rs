//! The part of a bundle that shows an image's nearest neighbours: a gallery with its map and its thumbnails.

use super::file::BundleFile;
use crate::neighbours::LabelRows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest side of a sprite sheet, px: every browser decodes and paints an image of this size, phones included.
pub const LONGEST_SHEET_PX: usize = 4096;

/// The most images of a gallery: their embeddings in 128 dimensions take half a gigabyte in the page.
const MOST_IMAGES: usize = 1_000_000;

/// Images whose embeddings are known, with their labels, names, points on a map and thumbnails. Every file has the
/// images in one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GalleryModel {
    /// Which images these are, for a person: half a sentence after their number.
    pub description: String,
    /// Number of images.
    pub count: usize,
    /// Class names, in the order of the bits of `label_rows`.
    pub labels: Vec<String>,
    /// Length of an embedding in `embeddings`.
    pub dimensions: usize,
    /// How an embedding of the bundle's network gets there: [`crate::neighbours::Projection`].
    pub projection: BundleFile,
    /// Rows of length 1, f16: [`crate::neighbours::UnitRows`].
    pub embeddings: BundleFile,
    /// The labels of each image as bits, see [`LabelRows`].
    pub label_rows: BundleFile,
    /// One name a line.
    pub names: BundleFile,
    /// Where each image stands in the plane.
    pub map: GalleryMap,
    /// Small pictures of the images, in sheets.
    pub thumbnails: Thumbnails,
    /// How good its neighbours are, for example `map_at_r`.
    pub figures: BTreeMap<String, f64>,
}

/// The map of a gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GalleryMap {
    /// How it was made, for a person, for example "UMAP".
    pub method: String,
    /// Two u16 an image, see [`crate::neighbours::map_points`].
    pub points: BundleFile,
}

/// Square thumbnails, side by side in images (JPEG), row by row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Thumbnails {
    /// Width and height of a thumbnail, px.
    pub tile_px: usize,
    /// Thumbnails in a row of a sheet.
    pub columns: usize,
    /// Rows of a sheet; the last sheet has only as many as it needs.
    pub rows: usize,
    /// The sheets, in order.
    pub sheets: Vec<BundleFile>,
}

impl Thumbnails {
    /// How many thumbnails a whole sheet holds.
    pub fn on_a_sheet(&self) -> usize {
        self.columns * self.rows
    }

    /// The rows of this sheet, in a gallery of so many images.
    pub fn rows_of(&self, sheet: usize, count: usize) -> usize {
        count.saturating_sub(sheet * self.on_a_sheet()).div_ceil(self.columns.max(1)).min(self.rows)
    }

    fn fault(&self, count: usize) -> Option<String> {
        let fits = |tiles: usize| (1..=LONGEST_SHEET_PX).contains(&tiles.saturating_mul(self.tile_px));
        if !fits(self.columns) || !fits(self.rows) {
            return Some(format!("sheets of {} x {} thumbnails of {} px", self.columns, self.rows, self.tile_px));
        }
        let expected = count.div_ceil(self.on_a_sheet());
        (self.sheets.len() != expected)
            .then(|| format!("{} sheets of thumbnails instead of {expected}", self.sheets.len()))
    }
}

impl GalleryModel {
    /// All files of the gallery: data and thumbnail sheets.
    pub fn files(&self) -> impl Iterator<Item = &BundleFile> {
        self.data_files().into_iter().chain(&self.thumbnails.sheets)
    }

    /// The files that a search and the map need, without the thumbnails.
    pub fn data_files(&self) -> [&BundleFile; 5] {
        [&self.projection, &self.embeddings, &self.label_rows, &self.names, &self.map.points]
    }

    /// What cannot be, as a sentence; `None` if all fits.
    pub(super) fn fault(&self) -> Option<String> {
        let Self { count, dimensions, labels, .. } = self;
        if !(1..=MOST_IMAGES).contains(count) || !(1..=65_536).contains(dimensions) {
            return Some(format!("a gallery of {count} images in {dimensions} dimensions"));
        }
        // In u64: a page has 32 bits, and a million rows of 65,536 values would be few there.
        let (images, values) = (*count as u64, *dimensions as u64);
        let sizes = [
            (&self.embeddings, images * values * 2),
            (&self.label_rows, images * LabelRows::bytes_a_row(labels.len()) as u64),
            (&self.map.points, images * 4),
        ];
        if let Some((file, expected)) = sizes.iter().find(|(file, expected)| file.size != *expected) {
            return Some(format!("{} of {} bytes instead of {expected}", file.name, file.size));
        }
        // The mean and each direction are as long as an embedding of the network.
        if self.projection.size == 0 || !self.projection.size.is_multiple_of(4 * (*dimensions as u64 + 1)) {
            return Some(format!(
                "{} of {} bytes for {dimensions} dimensions",
                self.projection.name, self.projection.size
            ));
        }
        self.files().find_map(BundleFile::fault).or_else(|| self.thumbnails.fault(*count))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn file(name: &str, size: usize) -> BundleFile {
        BundleFile::describe(name, &vec![7; size])
    }

    /// 70 images with 9 labels.
    pub(in crate::bundle) fn gallery() -> GalleryModel {
        GalleryModel {
            description: "images of a test".into(),
            count: 70,
            labels: (0..9).map(|label| format!("label {label}")).collect(),
            dimensions: 3,
            projection: file("projection", 4 * 5 * 4),
            embeddings: file("embeddings", 70 * 3 * 2),
            label_rows: file("labels", 70 * 2),
            names: file("names", 300),
            map: GalleryMap { method: "UMAP".into(), points: file("map", 70 * 4) },
            thumbnails: Thumbnails { tile_px: 64, columns: 8, rows: 8, sheets: vec![file("0", 9), file("1", 9)] },
            figures: BTreeMap::from([("map_at_r".into(), 0.5)]),
        }
    }

    #[test]
    fn the_last_sheet_has_the_rows_that_it_needs() {
        let gallery = gallery();
        assert_eq!(gallery.fault(), None);
        assert_eq!([0, 1, 2].map(|sheet| gallery.thumbnails.rows_of(sheet, gallery.count)), [8, 1, 0]);
    }

    #[test]
    fn galleries_that_cannot_be_are_refused() {
        let broken: [fn(&mut GalleryModel); 9] = [
            |gallery| gallery.count = 0,
            |gallery| gallery.count = 71,
            |gallery| gallery.dimensions = 4,
            |gallery| gallery.labels.truncate(8),
            |gallery| gallery.projection.size += 1,
            |gallery| gallery.names.name = "../names".into(),
            |gallery| gallery.thumbnails.sheets.truncate(1),
            |gallery| gallery.thumbnails.tile_px = 520,
            |gallery| gallery.thumbnails.columns = 0,
        ];
        for (at, change) in broken.iter().enumerate() {
            let mut gallery = gallery();
            change(&mut gallery);
            assert!(gallery.fault().is_some(), "change {at}");
        }
    }
}
