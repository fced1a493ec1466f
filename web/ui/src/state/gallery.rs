//! A gallery as the page holds it: places on the map, labels and names. The embeddings stay with the engine.

use nadir_core::neighbours::{GalleryError, LabelRows, Neighbour, map_points, names_from_text};
use nadir_core::protocol::{GalleryHere, Neighbours};

/// How fast a neighbour's weight falls with its cosine: kNN's own temperature
/// ([`nadir_core::metric::knn::TEMPERATURE`]).
const TEMPERATURE: f32 = 0.07;

/// A gallery that is here.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    /// Number of images, label names and sheet sizes.
    pub here: GalleryHere,
    /// Where each image stands, in [0, 1] from left to right and from top to bottom.
    pub points: Vec<[f32; 2]>,
    /// What each image is called.
    pub names: Vec<String>,
    /// How many images have each label.
    pub label_counts: Vec<usize>,
    labels: LabelRows,
}

/// The neighbours of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The image request that they answer.
    pub request: u64,
    /// What was found, and how fast.
    pub neighbours: Neighbours,
    /// Where the image stands on the map; `None` if nothing is near.
    pub place: Option<[f32; 2]>,
}

impl Gallery {
    /// From what the engine sends: points, labels and names, one after another.
    ///
    /// # Errors
    /// See [`GalleryError`].
    pub fn new(here: GalleryHere, bytes: &[u8]) -> Result<Self, GalleryError> {
        let (count, labels) = (here.count, here.labels.len());
        let points = bytes.len().min(count * 4);
        let bits = (bytes.len() - points).min(count * LabelRows::bytes_a_row(labels));
        let (points, rest) = bytes.split_at(points);
        let (bits, names) = rest.split_at(bits);
        let (points, names) = (map_points(points, count)?, names_from_text(names, count)?);
        let rows = LabelRows::from_bytes(bits, count, labels)?;
        let label_counts =
            (0..labels).map(|label| (0..count).filter(|&image| rows.has(image, label)).count()).collect();
        Ok(Self { here, points, names, label_counts, labels: rows })
    }

    /// Whether the image has the label.
    pub fn has(&self, image: usize, label: usize) -> bool {
        self.labels.has(image, label)
    }

    /// The labels of an image.
    pub fn labels_of(&self, image: usize) -> impl Iterator<Item = usize> {
        (0..self.here.labels.len()).filter(move |&label| self.has(image, label))
    }

    /// The seed of an image that is a generated scene.
    pub fn seed(&self, image: usize) -> Option<u64> {
        self.names.get(image)?.strip_prefix("scene-")?.parse().ok()
    }

    /// Where an image with these neighbours stands: the mean of their places, the more similar the heavier.
    pub fn place(&self, found: &[Neighbour]) -> Option<[f32; 2]> {
        let highest = found.first()?.cosine;
        let (mut sum, mut total) = ([0.0_f32; 2], 0.0_f32);
        for neighbour in found {
            let point = self.points.get(neighbour.index)?;
            let weight = ((neighbour.cosine - highest) / TEMPERATURE).exp();
            total += weight;
            sum = [sum[0] + weight * point[0], sum[1] + weight * point[1]];
        }
        Some(sum.map(|sum| sum / total))
    }
}

/// The sheet on which an image's thumbnail is, and its column and row there.
pub fn tile(here: &GalleryHere, image: usize) -> (usize, [usize; 2]) {
    let on_a_sheet = (here.columns * here.rows).max(1);
    let index = image % on_a_sheet;
    (image / on_a_sheet, [index % here.columns.max(1), index / here.columns.max(1)])
}

/// The rows of a sheet: the last one has only as many as it needs.
pub fn rows_of(here: &GalleryHere, sheet: usize) -> usize {
    let left = here.count.saturating_sub(sheet * here.columns * here.rows);
    left.div_ceil(here.columns.max(1)).min(here.rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::neighbours::map_bytes;

    fn gallery() -> Gallery {
        let here = GalleryHere {
            description: "images".into(),
            count: 3,
            labels: vec!["water".into(), "trees".into()],
            dimensions: 4,
            map_method: "UMAP".into(),
            columns: 2,
            rows: 1,
        };
        let points = map_bytes(&[[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0]]);
        let labels = LabelRows::bytes_from_targets(&[vec![true, false], vec![true, true], vec![false, false]]);
        Gallery::new(here, &[points, labels, b"scene-12\na.jpg\nb.jpg\n".to_vec()].concat()).expect("whole")
    }

    #[test]
    fn one_run_of_bytes_becomes_places_labels_and_names() {
        let gallery = gallery();
        assert_eq!(gallery.points[2], [1.0, 1.0]);
        assert_eq!(gallery.label_counts, [2, 1]);
        assert_eq!(gallery.labels_of(1).collect::<Vec<_>>(), [0, 1]);
        assert_eq!((gallery.seed(0), gallery.seed(1)), (Some(12), None));
        assert!(Gallery::new(gallery.here, b"too short").is_err());
    }

    #[test]
    fn an_image_stands_between_its_neighbours_nearer_to_the_more_similar() {
        let gallery = gallery();
        let near = |index, cosine| Neighbour { index, cosine };
        assert_eq!(gallery.place(&[]), None);
        assert_eq!(gallery.place(&[near(1, 0.4)]), Some([1.0, 0.0]));
        // ln 3 temperatures less similar weighs a third.
        let place = gallery.place(&[near(0, 0.9), near(1, 0.9 - TEMPERATURE * 3.0_f32.ln())]).expect("a place");
        assert!((place[0] - 0.25).abs() < 1e-4 && place[1].abs() < 1e-4, "{place:?}");
    }

    #[test]
    fn thumbnails_go_row_by_row_and_sheet_by_sheet() {
        let here = GalleryHere { columns: 4, rows: 2, count: 13, ..gallery().here };
        assert_eq!(tile(&here, 0), (0, [0, 0]));
        assert_eq!(tile(&here, 6), (0, [2, 1]));
        assert_eq!(tile(&here, 12), (1, [0, 1]));
        assert_eq!([0, 1, 2].map(|sheet| rows_of(&here, sheet)), [2, 2, 0]);
    }
}
