//! The head: a logistic regression for each class, of the answers that were given for it.

use super::logistic::{FitError, Logistic, Prior};
use crate::neighbours::UnitRows;
use serde::{Deserialize, Serialize};

/// An answer to "is this image of this class?". An image without one is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which image.
    pub image: usize,
    /// Whether it is of the class.
    pub is_yes: bool,
}

/// One class that was taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    regression: Logistic,
}

impl Head {
    /// Fitted to the answers about some of the `images`.
    ///
    /// # Errors
    /// See [`FitError`].
    ///
    /// # Panics
    /// If an answer is of an image that is not there.
    pub fn fit(images: &UnitRows, answers: &[Answer], prior: &Prior) -> Result<Self, FitError> {
        let examples: Vec<(&[f32], bool)> =
            answers.iter().map(|answer| (images.row(answer.image), answer.is_yes)).collect();
        Ok(Self { regression: Logistic::fit(&examples, images.dimensions(), prior)? })
    }

    /// Of weights and bias as they are kept.
    pub fn of_values(weights: &[f32], bias: f32) -> Self {
        let weights = weights.iter().map(|&weight| f64::from(weight)).collect();
        Self { regression: Logistic { weights, bias: f64::from(bias) } }
    }

    /// Weights and bias, to be kept.
    pub fn values(&self) -> (Vec<f32>, f32) {
        (self.regression.weights.iter().map(|&weight| weight as f32).collect(), self.regression.bias as f32)
    }

    /// The probability that an image is of the class. `row` is its embedding as [`super::EmbeddingSpace`] gives it.
    ///
    /// # Panics
    /// If the row is not as long as those that it was fitted to.
    pub fn probability(&self, row: &[f32]) -> f32 {
        self.regression.probability(row) as f32
    }

    /// Likewise of all images.
    ///
    /// # Panics
    /// As [`probability`](Self::probability).
    pub fn probabilities(&self, images: &UnitRows) -> Vec<f32> {
        (0..images.count()).map(|image| self.probability(images.row(image))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three kinds of images around the axes.
    fn images() -> UnitRows {
        let mut rng = crate::rng::Rng::new(3);
        let values = (0..30).flat_map(|image| {
            let mut row: Vec<f32> = (0..3).map(|_| 0.1 * rng.normal() as f32).collect();
            row[image % 3] += 1.0;
            row
        });
        UnitRows::new(values.collect(), 3)
    }

    #[test]
    fn two_clicks_put_the_images_of_a_class_first() {
        let images = images();
        let answers = [Answer { image: 0, is_yes: true }, Answer { image: 1, is_yes: false }];
        let head = Head::fit(&images, &answers, &Prior::default()).expect("finite");
        let scores = head.probabilities(&images);
        let mut order: Vec<usize> = (0..30).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        assert!(order[..10].iter().all(|image| image % 3 == 0), "{order:?}");
        let mean = |kind: usize| (0..10).map(|at| scores[3 * at + kind]).sum::<f32>() / 10.0;
        assert!(mean(1) < mean(2), "what was denied is less probable than what nobody spoke of: {scores:?}");
    }

    #[test]
    fn kept_values_give_the_same_probabilities() {
        let images = images();
        let answers: Vec<Answer> = (0..12).map(|image| Answer { image, is_yes: image % 3 == 2 }).collect();
        let head = Head::fit(&images, &answers, &Prior::default()).expect("finite");
        let (weights, bias) = head.values();
        let kept = Head::of_values(&weights, bias);
        for (one, other) in head.probabilities(&images).iter().zip(kept.probabilities(&images)) {
            assert!((one - other).abs() < 1e-6, "f32 keeps 24 binary digits: {one} {other}");
        }
    }
}
