//! Classification by the nearest class mean.

use serde::{Deserialize, Serialize};

use super::{OodError, check_classes, check_unit, whole_rows};
use crate::projection::check;

/// The direction of each class: the mean of its unit embeddings, scaled to length 1. An example is of the class whose
/// direction has the highest cosine with it (Mensink, Verbeek, Perronnin & Csurka 2013, "Distance-based image
/// classification", here on the sphere).
///
/// ```
/// use nadir_core::ood::class_means::ClassMeans;
/// let means = ClassMeans::new(&[1.0, 0.0, 0.0, 1.0], 2, &[0, 1], 2).unwrap();
/// assert_eq!(means.nearest(&[0.6, 0.8]), [1]);
/// assert_eq!(means.cosines(&[0.6, 0.8]), [0.6, 0.8]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct ClassMeans {
    len: usize,
    /// [classes, len], each row of length 1.
    means: Vec<f32>,
}

impl ClassMeans {
    /// From `unit_rows`, [rows, len], and the class of each row, below `number`.
    ///
    /// # Errors
    /// Where the rows are not whole, finite and of length 1, where they have not a class below `number` each, where a
    /// class has no row, and where a class's rows cancel out.
    pub fn new(unit_rows: &[f32], len: usize, classes: &[usize], number: usize) -> Result<Self, OodError> {
        check_unit(unit_rows, len)?;
        check_classes(unit_rows, len, classes, number)?;
        let rows: Vec<f64> = unit_rows.iter().copied().map(f64::from).collect();
        let mut means = Vec::with_capacity(number * len);
        for (class, mean) in means_of(&rows, len, classes, number).chunks_exact(len).enumerate() {
            let length = mean.iter().map(|value| value * value).sum::<f64>().sqrt();
            // Shorter means are rounding errors of the rows' f32.
            if length < 1e-6 {
                return Err(OodError::NoDirection(class));
            }
            means.extend(mean.iter().map(|value| (value / length) as f32));
        }
        Ok(Self { len, means })
    }

    /// The directions, [classes, len].
    pub fn values(&self) -> &[f32] {
        &self.means
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.means.len() / self.len
    }

    /// Length of an embedding.
    pub fn embedding_len(&self) -> usize {
        self.len
    }

    /// Cosine of every row with every class: [rows, classes], from -1 to 1. `unit_rows` is [rows, len], each of
    /// length 1.
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn cosines(&self, unit_rows: &[f32]) -> Vec<f32> {
        let means = || self.means.chunks_exact(self.len);
        whole_rows(unit_rows, self.len).flat_map(|row| means().map(|mean| dot(row, mean) as f32)).collect()
    }

    /// The class with the highest cosine for every row, \[rows\]; the first of equal ones. `unit_rows` as for
    /// [`ClassMeans::cosines`].
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn nearest(&self, unit_rows: &[f32]) -> Vec<usize> {
        let highest = |cosines: &[f32]| {
            (1..cosines.len()).fold(0, |best, at| if cosines[at] > cosines[best] { at } else { best })
        };
        self.cosines(unit_rows).chunks_exact(self.classes()).map(highest).collect()
    }

    /// Cosine of every class with every class, [classes, classes]: what the embedding holds for similar.
    pub fn similarity(&self) -> Vec<Vec<f64>> {
        let means = || self.means.chunks_exact(self.len);
        means().map(|row| means().map(|column| dot(row, column)).collect()).collect()
    }
}

/// [`ClassMeans`] as they are read, before they are checked.
#[derive(Deserialize)]
struct Written {
    len: usize,
    means: Vec<f32>,
}

impl TryFrom<Written> for ClassMeans {
    type Error = OodError;

    fn try_from(Written { len, means }: Written) -> Result<Self, OodError> {
        check(&means, len)?;
        check_unit(&means, len)?;
        if means.is_empty() { Err(OodError::NoRows) } else { Ok(Self { len, means }) }
    }
}

/// Mean of the rows of each class, [number, len]; `rows` is [rows, len]. Each class must have a row.
pub(super) fn means_of(rows: &[f64], len: usize, classes: &[usize], number: usize) -> Vec<f64> {
    let mut means = vec![0.0; number * len];
    let mut counts = vec![0u32; number];
    for (row, &class) in rows.chunks_exact(len).zip(classes) {
        counts[class] += 1;
        means[class * len..][..len].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    for (mean, &count) in means.chunks_exact_mut(len).zip(&counts) {
        mean.iter_mut().for_each(|sum| *sum /= f64::from(count));
    }
    means
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Class 0 to the right (0.8 up and down), class 1 up.
    fn means() -> ClassMeans {
        ClassMeans::new(&[0.6, 0.8, 0.6, -0.8, 0.0, 1.0], 2, &[0, 0, 1], 2).expect("rows of both classes")
    }

    #[test]
    fn directions_by_hand() {
        let means = means();
        assert_eq!((means.classes(), means.embedding_len()), (2, 2));
        assert_eq!(means.means, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(means.cosines(&[0.6, 0.8, 1.0, 0.0]), [0.6, 0.8, 1.0, 0.0]);
        let half = 0.5_f32.sqrt();
        assert_eq!(means.nearest(&[0.6, 0.8, 1.0, 0.0, half, half]), [1, 0, 0]);
        assert_eq!(means.similarity(), [[1.0, 0.0], [0.0, 1.0]]);
    }

    #[test]
    fn classes_without_a_row_or_a_direction_are_named() {
        let of = |classes: &[usize], number| ClassMeans::new(&[0.6, 0.8, -0.6, -0.8], 2, classes, number);
        assert_eq!(of(&[0, 2], 3), Err(OodError::ClassWithoutRows(1)));
        assert_eq!(of(&[0, 0], 1), Err(OodError::NoDirection(0)));
    }

    #[test]
    fn written_and_read_again_and_refused_where_it_cannot_be() {
        let json = serde_json::to_string(&means()).expect("finite numbers");
        assert_eq!(serde_json::from_str::<ClassMeans>(&json).expect("what was written"), means());
        let refused = [
            r#"{"len":0,"means":[]}"#,
            r#"{"len":2,"means":[1]}"#,
            r#"{"len":2,"means":[]}"#,
            r#"{"len":2,"means":[3,4]}"#,
        ];
        assert!(refused.iter().all(|json| serde_json::from_str::<ClassMeans>(json).is_err()));
    }
}
