//! Classes as clouds of points in a plane, and the out-of-distribution scores of any point of it.
//!
//! The points are not scaled to length 1, as embeddings are: that a linear classifier is the more confident the further
//! away a point lies (Hein, Andriushchenko & Bitterwolf 2019, "Why ReLU networks yield high-confidence predictions far
//! away from the training data and how to mitigate the problem", theorem 3.1) shows only where a point can be far away.

use crate::metric::roc::{OutOfDistribution, out_of_distribution, roc_curve};
use crate::ood::gaussian_mixture::{GaussianMixture, MixtureSettings};
use crate::ood::mahalanobis::Mahalanobis;
use crate::ood::nearest_neighbours::NearestNeighbours;
use crate::ood::{OodError, Score, energy, max_softmax, threshold};
use crate::rng::Rng;

/// How many classes there are, the one that is held out included.
pub const CLASSES: usize = 4;
/// Points of a class in each part.
pub const POINTS: usize = 40;
/// The share of known points that the threshold lets pass.
pub const PASSED: f64 = 0.95;
/// The k of kNN, below the number of points of a class.
const NEIGHBOURS: usize = 10;

/// What a class's points are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The scores are fitted on them.
    Train = 0,
    /// The threshold is chosen on them.
    Validation = 1,
    /// The scores are measured on them.
    Test = 2,
}

/// Four classes, of which the scores know three.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// Middle of each class.
    pub centres: [[f64; 2]; CLASSES],
    /// Standard deviation of a class's points in every direction, above 0.
    pub spread: f64,
    /// The class that is not trained on.
    pub held_out: usize,
    /// Temperature of max softmax and energy, above 0.
    pub temperature: f64,
    /// Decides the points.
    pub seed: u64,
}

/// The scores, fitted on the training points of the known classes.
#[derive(Debug, Clone)]
pub struct PlaneScores {
    /// Of each known class: weights of x and y, and bias.
    linear: Vec<[f64; 3]>,
    temperature: f64,
    mahalanobis: Mahalanobis,
    neighbours: NearestNeighbours,
    mixture: GaussianMixture,
}

/// How well a score sets the held-out class apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Above it a point counts as out of distribution: [`PASSED`] of the known classes' validation points are not.
    pub threshold: f32,
    /// Scores of the known classes' test points.
    pub known: Vec<f32>,
    /// Scores of the held-out class's test points.
    pub held_out: Vec<f32>,
    /// Rate of false positives and of true ones, the held-out class being the positive one.
    pub roc: Vec<[f64; 2]>,
    /// AUROC, FPR@95 and the areas under precision and recall.
    pub figures: OutOfDistribution,
}

impl Plane {
    /// The known classes, ascending.
    pub fn known(&self) -> Vec<usize> {
        (0..CLASSES).filter(|&class| class != self.held_out).collect()
    }

    /// A class's points, [`POINTS`, 2]. They keep their places about the centre when it moves.
    pub fn points(&self, class: usize, part: Part) -> Vec<f32> {
        let mut rng = Rng::from_parts(&[self.seed, class as u64, part as u64]);
        let [x, y] = self.centres[class];
        (0..POINTS).flat_map(|_| [x, y].map(|middle| (middle + self.spread * rng.normal()) as f32)).collect()
    }

    fn points_of_known(&self, part: Part) -> Vec<f32> {
        self.known().into_iter().flat_map(|class| self.points(class, part)).collect()
    }

    /// Fits all scores. Max softmax and energy are of linear discriminant analysis with one variance for all (Fisher
    /// 1936): logit c of x is (μ_c · x - |μ_c|² / 2) / σ², with the means μ and the variance σ² of the training points.
    ///
    /// # Errors
    /// Where the points do not vary, as without a spread.
    pub fn fit(&self) -> Result<PlaneScores, OodError> {
        let rows = self.points_of_known(Part::Train);
        let number = CLASSES - 1;
        let classes: Vec<usize> = (0..number * POINTS).map(|row| row / POINTS).collect();
        let mut means = vec![[0.0; 2]; number];
        for (point, &class) in rows.chunks_exact(2).zip(&classes) {
            means[class].iter_mut().zip(point).for_each(|(sum, &value)| *sum += f64::from(value) / POINTS as f64);
        }
        let squares = rows.chunks_exact(2).zip(&classes).map(|(point, &class)| {
            point.iter().zip(means[class]).map(|(&value, mean)| (f64::from(value) - mean).powi(2)).sum::<f64>()
        });
        let variance = squares.sum::<f64>() / rows.len() as f64;
        if variance.is_nan() || variance <= 0.0 {
            return Err(OodError::NotPositiveDefinite);
        }
        let linear = means.iter().map(|[x, y]| [x / variance, y / variance, -(x * x + y * y) / (2.0 * variance)]);
        Ok(PlaneScores {
            linear: linear.collect(),
            temperature: self.temperature,
            mahalanobis: Mahalanobis::fit(&rows, 2, &classes, number)?,
            neighbours: NearestNeighbours::of_any_length(&rows, 2, NEIGHBOURS)?,
            mixture: GaussianMixture::fit(&rows, 2, &classes, number, &MixtureSettings::default())?,
        })
    }

    /// How well a score of `scores`, fitted on this plane, sets the held-out class apart.
    pub fn detection(&self, scores: &PlaneScores, score: Score) -> Detection {
        let known = scores.of(score, &self.points_of_known(Part::Test));
        let held_out = scores.of(score, &self.points(self.held_out, Part::Test));
        let all: Vec<f32> = known.iter().chain(&held_out).copied().collect();
        let is_ood: Vec<bool> = (0..all.len()).map(|row| row >= known.len()).collect();
        Detection {
            threshold: threshold(&scores.of(score, &self.points_of_known(Part::Validation)), PASSED),
            roc: roc_curve(&all, &is_ood),
            figures: out_of_distribution(&all, &is_ood).expect("points of both kinds"),
            known,
            held_out,
        }
    }
}

impl PlaneScores {
    /// A score of each point; `points` is [points, 2]. Higher is further out of distribution.
    pub fn of(&self, score: Score, points: &[f32]) -> Vec<f32> {
        let logits = || -> Vec<f32> {
            let of_point = |point: &[f32]| {
                let [x, y] = [f64::from(point[0]), f64::from(point[1])];
                self.linear
                    .iter()
                    .map(move |[of_x, of_y, bias]| (of_x * x + of_y * y + bias) as f32)
                    .collect::<Vec<_>>()
            };
            points.chunks_exact(2).flat_map(of_point).collect()
        };
        match score {
            Score::MaxSoftmax => max_softmax::ood_scores(&logits(), CLASSES - 1, self.temperature),
            Score::Energy => energy::ood_scores(&logits(), CLASSES - 1, self.temperature),
            Score::Mahalanobis => self.mahalanobis.ood_scores(points),
            Score::NearestNeighbours => self.neighbours.ood_scores(points),
            Score::GaussianMixture => self.mixture.ood_scores(points),
        }
    }

    /// The probability of each known class at a point, by the softmax.
    pub fn probabilities(&self, [x, y]: [f64; 2]) -> [f64; CLASSES - 1] {
        let logits: [f64; CLASSES - 1] = std::array::from_fn(|class| {
            let [of_x, of_y, bias] = self.linear[class];
            (of_x * x + of_y * y + bias) / self.temperature
        });
        let highest = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let weights = logits.map(|logit| (logit - highest).exp());
        weights.map(|weight| weight / weights.iter().sum::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Plane {
        let centres = [[-3.0, -2.0], [3.0, -2.0], [0.0, 3.5], [8.0, -5.5]];
        Plane { centres, spread: 0.8, held_out: 3, temperature: 1.0, seed: 1 }
    }

    fn at(scores: &PlaneScores, score: Score, point: [f32; 2]) -> f32 {
        scores.of(score, &point)[0]
    }

    #[test]
    fn softmax_and_energy_are_surer_the_further_away_and_distances_are_not() {
        for seed in 1..=5 {
            let scores = Plane { seed, ..plane() }.fit().expect("points that vary");
            // Along the direction of class 1, away from all.
            let [near, far, further] = [[3.0, -2.0], [9.0, -6.0], [90.0, -60.0]];
            for score in [Score::MaxSoftmax, Score::Energy] {
                let [near, far, further] = [near, far, further].map(|point| at(&scores, score, point));
                assert!(near >= far && far >= further, "{score}, seed {seed}: {near}, {far}, {further}");
            }
            for score in [Score::Mahalanobis, Score::NearestNeighbours, Score::GaussianMixture] {
                let [near, far, further] = [near, far, further].map(|point| at(&scores, score, point));
                assert!(near < far && far < further, "{score}, seed {seed}: {near}, {far}, {further}");
            }
            let sure = scores.probabilities([90.0, -60.0]);
            assert!(sure[1] > 0.999_999 && (sure.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{sure:?}");
        }
    }

    #[test]
    fn a_held_out_class_far_behind_a_known_one_is_found_by_distances_alone() {
        for seed in 1..=5 {
            let plane = Plane { seed, ..plane() };
            let scores = plane.fit().expect("points that vary");
            let auroc = |score| plane.detection(&scores, score).figures.auroc;
            for score in [Score::Mahalanobis, Score::NearestNeighbours, Score::GaussianMixture] {
                assert!(auroc(score) > 0.99, "{score}, seed {seed}: {}", auroc(score));
            }
            assert!(auroc(Score::MaxSoftmax) < 0.5 && auroc(Score::Energy) < 0.5, "seed {seed}");
        }
    }

    #[test]
    fn the_threshold_lets_the_known_ones_pass() {
        let plane = plane();
        let scores = plane.fit().expect("points that vary");
        for score in Score::ALL {
            let found = plane.detection(&scores, score);
            let passed = found.known.iter().filter(|&&of| of <= found.threshold).count() as f64;
            // Of 120 other points than the threshold was chosen on.
            assert!(passed / found.known.len() as f64 > 0.8, "{score}: {passed} of {}", found.known.len());
            assert_eq!((found.known.len(), found.held_out.len()), (3 * POINTS, POINTS));
        }
    }

    #[test]
    fn between_the_classes_softmax_is_unsure_and_any_class_can_be_held_out() {
        let plane = Plane { held_out: 0, ..plane() };
        assert_eq!(plane.known(), [1, 2, 3]);
        assert!(plane.fit().is_ok());
        let even = Plane { centres: [[-2.0, 0.0], [2.0, 0.0], [0.0, 2.0], [0.0, 9.0]], held_out: 3, ..plane };
        let scores = even.fit().expect("points that vary");
        assert!(at(&scores, Score::MaxSoftmax, [0.0, 0.0]) > at(&scores, Score::MaxSoftmax, [-2.0, 0.0]));
        assert!(Plane { spread: 0.0, ..even }.fit().is_err());
    }
}
