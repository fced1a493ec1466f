//! From an embedding to what is compared: centred, and in the directions of largest variance.

use super::GalleryError;
use super::search::normalise;
use crate::projection::Pca;

/// Takes off a mean and keeps some directions. Embeddings are means of ReLUs, so that all of them lie in one corner and
/// any two have a high cosine; without their mean the cosine tells them apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    mean: Vec<f32>,
    /// Rows of length 1, [dimensions, len].
    directions: Vec<f32>,
}

impl From<&Pca> for Projection {
    fn from(pca: &Pca) -> Self {
        let narrow = |value: &f64| *value as f32;
        Self {
            mean: pca.mean.iter().map(narrow).collect(),
            directions: pca.components.iter().flatten().map(narrow).collect(),
        }
    }
}

impl Projection {
    /// As [`to_bytes`](Self::to_bytes) wrote it, for embeddings of this length to so many dimensions.
    ///
    /// # Errors
    /// See [`GalleryError`].
    pub fn from_bytes(bytes: &[u8], len: usize, dimensions: usize) -> Result<Self, GalleryError> {
        let what = "the projection";
        let expected = 4 * len * (dimensions + 1);
        if bytes.len() != expected {
            return Err(GalleryError::Length { what, expected, found: bytes.len() });
        }
        let mut mean: Vec<f32> =
            bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(std::array::from_fn(|at| bytes[at]))).collect();
        if let Some(at) = mean.iter().position(|value| !value.is_finite()) {
            return Err(GalleryError::NotFinite { what, at });
        }
        let directions = mean.split_off(len);
        Ok(Self { mean, directions })
    }

    /// The mean, then one direction after another: f32, little endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.mean.iter().chain(&self.directions).flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The embedding's direction from the mean, of length 1; `None` if it has none: at the mean, or not finite.
    ///
    /// # Panics
    /// If the embedding has another length than the mean.
    pub fn unit(&self, embedding: &[f32]) -> Option<Vec<f32>> {
        assert_eq!(embedding.len(), self.mean.len(), "an embedding of the gallery's network");
        let centred: Vec<f64> =
            embedding.iter().zip(&self.mean).map(|(&value, &mean)| f64::from(value) - f64::from(mean)).collect();
        let along =
            |direction: &[f32]| direction.iter().zip(&centred).map(|(&a, b)| f64::from(a) * b).sum::<f64>() as f32;
        let mut unit: Vec<f32> = self.directions.chunks_exact(self.mean.len()).map(along).collect();
        normalise(&mut unit);
        let is_direction = unit.iter().all(|value| value.is_finite()) && unit.iter().any(|&value| value != 0.0);
        is_direction.then_some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centred_turned_and_of_length_one() {
        // The mean is (3, 4); the second direction alone separates the points.
        let projection = Projection { mean: vec![3.0, 4.0], directions: vec![0.0, 1.0, 1.0, 0.0] };
        let read = Projection::from_bytes(&projection.to_bytes(), 2, 2).expect("just written");
        assert_eq!(read, projection);
        assert_eq!(read.unit(&[3.0, 9.0]), Some(vec![1.0, 0.0]));
        assert_eq!(read.unit(&[0.0, 8.0]), Some(vec![0.8, -0.6]));
        assert_eq!(read.unit(&[3.0, 4.0]), None);
        assert_eq!(read.unit(&[f32::NAN, 4.0]), None);
    }

    #[test]
    fn as_many_directions_as_dimensions_only_centre() {
        let rows = [1.0, 2.0, 4.0, 0.0, 3.0, 5.0, -2.0, 1.0, 1.0, 0.5, -1.0, 2.0];
        let projection = Projection::from(&Pca::fit(&rows, 3, 3).expect("finite"));
        let [a, b] = [0, 1].map(|row| projection.unit(&rows[row * 3..row * 3 + 3]).expect("not the mean"));
        let centred = |row: usize| -> Vec<f32> {
            (0..3).map(|at| rows[row * 3 + at] - (0..4).map(|row| rows[row * 3 + at]).sum::<f32>() / 4.0).collect()
        };
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (x, y) = (centred(0), centred(1));
        let expected = dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt();
        assert!((dot(&a, &b) - expected).abs() < 1e-5, "{} instead of {expected}", dot(&a, &b));
    }

    #[test]
    fn a_file_of_another_network_is_refused() {
        assert!(Projection::from_bytes(&[0; 24], 2, 3).is_err());
        let error = Projection::from_bytes(&f32::NAN.to_le_bytes().repeat(2), 1, 1).expect_err("no number");
        assert!(error.to_string().contains("not a number"), "{error}");
    }
}
