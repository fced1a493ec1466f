//! NT-Xent on a small batch, row by row.

use super::points::{LossAndGradient, log_sum_exp};

/// A batch's similarities under NT-Xent (Chen et al. 2020, equation 1).
#[derive(Debug, Clone, PartialEq)]
pub struct NtXent {
    /// The softmax over each anchor's candidates, [rows, rows], 0 on the diagonal.
    pub probabilities: Vec<f64>,
    /// Each anchor's loss, `-log` of its other view's probability.
    pub losses: Vec<f64>,
    /// Each anchor's loss by its cosines, [rows, rows]: `(probability - 1 for the other view) / temperature`.
    pub gradients: Vec<f64>,
}

/// For row i of `rows`, the row of the same image's other view; rows are all first views, then all second ones.
pub fn partner(row: usize, rows: usize) -> usize {
    (row + rows / 2) % rows
}

impl NtXent {
    /// From the cosines [rows, rows] of both views of each image.
    ///
    /// # Panics
    /// Where the number of rows is odd or zero, or the matrix is not square.
    pub fn new(cosines: &[f64], temperature: f64) -> Self {
        let rows = cosines.len().isqrt();
        assert!(rows > 0 && rows.is_multiple_of(2) && rows * rows == cosines.len(), "two views an image");
        let mut probabilities = vec![0.0; cosines.len()];
        let mut gradients = vec![0.0; cosines.len()];
        let mut losses = Vec::with_capacity(rows);
        for (row, cosines) in cosines.chunks_exact(rows).enumerate() {
            let others = (0..rows).filter(|&other| other != row);
            let total = log_sum_exp(others.clone().map(|other| cosines[other] / temperature));
            losses.push(total - cosines[partner(row, rows)] / temperature);
            for other in others {
                let probability = (cosines[other] / temperature - total).exp();
                let target = f64::from(u8::from(other == partner(row, rows)));
                probabilities[row * rows + other] = probability;
                gradients[row * rows + other] = (probability - target) / temperature;
            }
        }
        Self { probabilities, losses, gradients }
    }

    /// The batch's loss, the mean over its rows, with its gradient.
    pub fn mean(&self) -> LossAndGradient {
        let rows = self.losses.len() as f64;
        LossAndGradient {
            loss: self.losses.iter().sum::<f64>() / rows,
            gradient: self.gradients.iter().map(|gradient| gradient / rows).collect(),
        }
    }
}
