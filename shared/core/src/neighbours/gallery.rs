//! A gallery's files, from bytes and to bytes. All numbers are little endian.

use super::GalleryError;
#[cfg(feature = "gallery")]
use super::{Neighbour, Projection, UnitRows};
#[cfg(feature = "gallery")]
use half::f16;

/// Steps of a map's coordinate, from one side to the other: 16 bits, a sixtieth of a pixel on a screen of 1,000.
pub const MAP_STEPS: u16 = u16::MAX;

/// What answers a query: the projection and the embeddings.
#[cfg(feature = "gallery")]
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    projection: Projection,
    rows: UnitRows,
}

#[cfg(feature = "gallery")]
impl Gallery {
    /// Embeddings as [`embedding_bytes`](Self::embedding_bytes) wrote them, `count` rows of `dimensions`.
    ///
    /// # Errors
    /// See [`GalleryError`].
    pub fn new(
        projection: Projection,
        embeddings: &[u8],
        count: usize,
        dimensions: usize,
    ) -> Result<Self, GalleryError> {
        let what = "the file of embeddings";
        let expected = count * dimensions * 2;
        if embeddings.len() != expected || dimensions == 0 {
            return Err(GalleryError::Length { what, expected, found: embeddings.len() });
        }
        let values: Vec<f32> =
            embeddings.chunks_exact(2).map(|two| f16::from_le_bytes([two[0], two[1]]).into()).collect();
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(GalleryError::NotFinite { what, at });
        }
        Ok(Self { projection, rows: UnitRows::new(values, dimensions) })
    }

    /// Rows of length 1 in f16, half the bytes of f32. Each value keeps 11 binary digits, so a row moves by at most
    /// 2^-11 of its length, and its cosine with any query by as much (0.0005): two rows swap ranks only where their
    /// cosines differ by less than 0.001.
    pub fn embedding_bytes(rows: &UnitRows) -> Vec<u8> {
        (0..rows.count()).flat_map(|row| rows.row(row)).flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
    }

    /// The `count` images nearest to what has this embedding; empty if the embedding has no direction.
    ///
    /// # Panics
    /// If the embedding is not as long as the projection's.
    pub fn nearest(&self, embedding: &[f32], count: usize) -> Vec<Neighbour> {
        self.projection.unit(embedding).map(|query| self.rows.nearest(&query, count)).unwrap_or_default()
    }

    /// An embedding as it is compared, of length 1; `None` if it has no direction.
    ///
    /// # Panics
    /// If the embedding is not as long as the projection's.
    pub fn unit(&self, embedding: &[f32]) -> Option<Vec<f32>> {
        self.projection.unit(embedding)
    }

    /// The images' embeddings as they are compared, rows of length 1.
    pub fn rows(&self) -> &UnitRows {
        &self.rows
    }
}

/// Which image of a gallery has which label: a row of bits for each image, the first label in the lowest bit of the
/// first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRows {
    bits: Vec<u8>,
    bytes_a_row: usize,
}

impl LabelRows {
    /// Bytes of an image's row.
    pub fn bytes_a_row(labels: usize) -> usize {
        labels.div_ceil(8)
    }

    /// From the file's bytes.
    ///
    /// # Errors
    /// See [`GalleryError`].
    pub fn from_bytes(bits: &[u8], count: usize, labels: usize) -> Result<Self, GalleryError> {
        let expected = count * Self::bytes_a_row(labels);
        if bits.len() != expected {
            return Err(GalleryError::Length { what: "the file of labels", expected, found: bits.len() });
        }
        Ok(Self { bits: bits.to_vec(), bytes_a_row: Self::bytes_a_row(labels) })
    }

    /// The file's bytes for `targets`, one list of labels an image.
    pub fn bytes_from_targets(targets: &[Vec<bool>]) -> Vec<u8> {
        let byte = |labels: &[bool]| labels.iter().rev().fold(0, |byte, &present| byte << 1 | u8::from(present));
        targets.iter().flat_map(|image| image.chunks(8).map(byte)).collect()
    }

    /// Whether the image has the label.
    pub fn has(&self, image: usize, label: usize) -> bool {
        let byte = self.bits.get(image * self.bytes_a_row + label / 8);
        label / 8 < self.bytes_a_row && byte.is_some_and(|byte| byte >> (label % 8) & 1 == 1)
    }
}

/// The file of a map: for each point x and y, in steps of [`MAP_STEPS`] from left to right and from top to bottom.
/// `points` lie in [-1, 1], y upwards.
pub fn map_bytes(points: &[[f32; 2]]) -> Vec<u8> {
    let step = |value: f32| ((value.clamp(-1.0, 1.0) + 1.0) / 2.0 * f32::from(MAP_STEPS)).round() as u16;
    points.iter().flat_map(|&[x, y]| [step(x), step(-y)]).flat_map(u16::to_le_bytes).collect()
}

/// The points of a map's file, in [0, 1] from left to right and from top to bottom.
///
/// # Errors
/// See [`GalleryError`].
pub fn map_points(bytes: &[u8], count: usize) -> Result<Vec<[f32; 2]>, GalleryError> {
    if bytes.len() != count * 4 {
        return Err(GalleryError::Length { what: "the map", expected: count * 4, found: bytes.len() });
    }
    let share = |low: u8, high: u8| f32::from(u16::from_le_bytes([low, high])) / f32::from(MAP_STEPS);
    Ok(bytes.chunks_exact(4).map(|four| [share(four[0], four[1]), share(four[2], four[3])]).collect())
}

/// The names of the images, one a line.
///
/// # Errors
/// See [`GalleryError`].
pub fn names_from_text(bytes: &[u8], count: usize) -> Result<Vec<String>, GalleryError> {
    let names: Vec<String> = std::str::from_utf8(bytes).unwrap_or_default().lines().map(str::to_owned).collect();
    if names.len() != count {
        return Err(GalleryError::Names { expected: count, found: names.len() });
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_read_back_as_they_were_written(labels in 1usize..30, seed: u64, count in 0usize..20) {
            let mut rng = crate::rng::Rng::new(seed);
            let targets: Vec<Vec<bool>> =
                (0..count).map(|_| (0..labels).map(|_| rng.chance(0.4)).collect()).collect();
            let bytes = LabelRows::bytes_from_targets(&targets);
            let read = LabelRows::from_bytes(&bytes, count, labels).expect("just written");
            for (image, targets) in targets.iter().enumerate() {
                for (label, &present) in targets.iter().enumerate() {
                    prop_assert_eq!(read.has(image, label), present);
                }
                prop_assert!(!read.has(image, LabelRows::bytes_a_row(labels) * 8));
            }
            prop_assert!(!read.has(count, 0));
        }

        #[test]
        fn a_maps_points_read_back_to_a_step(points in prop::collection::vec((-1.0f32..1.0, -1.0f32..1.0), 0..50)) {
            let points: Vec<[f32; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let read = map_points(&map_bytes(&points), points.len()).expect("just written");
            for ([x, y], [left, top]) in points.iter().zip(read) {
                prop_assert!((left - (x + 1.0) / 2.0).abs() <= 1e-5 && (top - (1.0 - y) / 2.0).abs() <= 1e-5);
            }
        }
    }

    #[test]
    fn files_of_another_length_are_refused() {
        assert!(LabelRows::from_bytes(&[0; 5], 2, 9).is_err());
        assert!(map_points(&[0; 5], 1).is_err());
        assert_eq!(names_from_text(b"a\nb\n", 2), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert!(names_from_text(b"a\nb\n", 3).is_err() && names_from_text(b"\xff\n", 1).is_err());
    }

    #[cfg(feature = "gallery")]
    #[test]
    fn f16_keeps_cosines_to_half_a_thousandth() {
        let mut rng = crate::rng::Rng::from_name("gallery");
        let len = 24;
        let values: Vec<f32> = (0..60 * len).map(|_| rng.normal() as f32).collect();
        let rows = UnitRows::new(values, len);
        let pca = crate::projection::Pca { mean: vec![0.0; len], components: Vec::new(), variances: Vec::new() };
        let bytes = Gallery::embedding_bytes(&rows);
        let read = Gallery::new(Projection::from(&pca), &bytes, 60, len).expect("just written");
        for row in 0..60 {
            let exact = rows.nearest(rows.row(row), 60);
            let rounded = read.rows().nearest(rows.row(row), 60);
            assert_eq!((rounded[0].index, exact[0].index), (row, row));
            for found in &rounded {
                let exact = exact.iter().find(|exact| exact.index == found.index).expect("all are there");
                assert!((exact.cosine - found.cosine).abs() < 5e-4, "{exact:?} {found:?}");
            }
        }
        assert!(Gallery::new(Projection::from(&pca), &bytes[1..], 60, len).is_err());
        let infinite = f16::INFINITY.to_le_bytes().repeat(2);
        assert!(Gallery::new(Projection::from(&pca), &infinite, 1, 2).is_err());
    }
}
