//! Logistic regression with a Gaussian prior, by Newton's method.
//!
//! Of x with t = 1 (yes) or 0 (no), p(t = 1 | x) = s(w . x + b), s the logistic function. The weights have the prior
//! N(0, 1 / lambda), the bias N(b0, 1 / kappa); w and b are those of highest posterior density, the minimum of
//!
//! ```text
//! sum of log(1 + exp(-(2 t - 1) (w . x + b)))  +  lambda / 2 |w|^2  +  kappa / 2 (b - b0)^2
//! ```
//!
//! (Bishop 2006, "Pattern recognition and machine learning", equations 4.142 to 4.144). It is strictly convex, so that
//! it has one minimum also for a single example, which Newton's steps (iteratively reweighted least squares, section
//! 4.3.3 there) reach in about six. With fewer examples than weights they are taken in the space of the examples, where
//! they are those of Gaussian process classification with a linear kernel (Rasmussen & Williams 2006, "Gaussian
//! processes for machine learning", algorithm 3.1): n x n in place of len x len.

use crate::linear_algebra::{Cholesky, dot};
use serde::{Deserialize, Serialize};

/// Newton's steps at the most; some dozen reach the last digit from any start.
const MOST_STEPS: usize = 60;
/// A step that changes no logit by more than this is the last.
const LAST_CHANGE: f64 = 1e-10;

/// What is believed before the first answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prior {
    /// lambda: one over the variance of a weight. Scikit-learn's C is one over it.
    pub weight_precision: f64,
    /// kappa: one over the variance of the bias.
    pub bias_precision: f64,
    /// b0: the logit of an image of which nothing is known.
    pub bias_mean: f64,
}

impl Default for Prior {
    /// For rows of length 1. Chosen on UC Merced's validation images by mAP after 10 clicks a class (docs/teach.md):
    /// the ranking hardly depends on it. Of an image of which nothing is known it is believed that one in ten has a
    /// class.
    fn default() -> Self {
        Self { weight_precision: 0.1, bias_precision: 1.0, bias_mean: -2.197_224_577_336_219_6 }
    }
}

impl Prior {
    /// What cannot be, as a sentence; `None` if all fits.
    pub fn fault(&self) -> Option<String> {
        let is_precision = |value: f64| value.is_finite() && value > 0.0;
        let fits =
            is_precision(self.weight_precision) && is_precision(self.bias_precision) && self.bias_mean.is_finite();
        (!fits).then(|| {
            let Self { weight_precision, bias_precision, bias_mean } = self;
            format!(
                "a prior of precisions {weight_precision} and {bias_precision}, which are above 0, and of mean {bias_mean}"
            )
        })
    }
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// w, as long as a row.
    pub weights: Vec<f64>,
    /// b.
    pub bias: f64,
}

/// Why nothing can be fitted.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FitError {
    /// A row has another length, or a value that is not finite.
    #[error("example {row} is no row of {len} finite values")]
    Row {
        /// The first such row.
        row: usize,
        /// Values that a row has.
        len: usize,
    },
    /// The prior has a precision that is not above 0, or a mean that is not finite.
    #[error("{0}")]
    Prior(String),
    /// The sums overflow.
    #[error("the examples' values are too large: Newton's steps do not end in numbers")]
    NotFinite,
}

/// s(logit), without overflow.
pub(super) fn sigmoid(logit: f64) -> f64 {
    if logit >= 0.0 {
        1.0 / (1.0 + (-logit).exp())
    } else {
        let odds = logit.exp();
        odds / (1.0 + odds)
    }
}

/// -log s(logit), without overflow.
fn softplus_of_minus(logit: f64) -> f64 {
    (-logit).max(0.0) + (-logit.abs()).exp().ln_1p()
}

impl Logistic {
    /// The weights and bias of highest posterior density for `examples`: rows of `len` values with their answers, in
    /// any number, none included (then the prior's mean).
    ///
    /// # Errors
    /// See [`FitError`].
    pub fn fit(examples: &[(&[f32], bool)], len: usize, prior: &Prior) -> Result<Self, FitError> {
        if let Some(fault) = prior.fault() {
            return Err(FitError::Prior(fault));
        }
        let is_row = |row: &[f32]| row.len() == len && row.iter().all(|value| value.is_finite());
        if let Some(row) = examples.iter().position(|(row, _)| !is_row(row)) {
            return Err(FitError::Row { row, len });
        }
        let rows: Vec<Vec<f64>> =
            examples.iter().map(|(row, _)| row.iter().map(|&value| f64::from(value)).collect()).collect();
        let targets: Vec<bool> = examples.iter().map(|&(_, is_yes)| is_yes).collect();
        let fitted = if rows.len() <= len {
            of_examples(&rows, &targets, len, prior)
        } else {
            of_weights(&rows, &targets, len, prior)
        };
        fitted
            .filter(|fitted| fitted.bias.is_finite() && fitted.weights.iter().all(|weight| weight.is_finite()))
            .ok_or(FitError::NotFinite)
    }

    /// w . x + b.
    ///
    /// # Panics
    /// If the row is not as long as the weights.
    pub fn logit(&self, row: &[f32]) -> f64 {
        assert_eq!(row.len(), self.weights.len(), "a row as long as the weights");
        self.bias + self.weights.iter().zip(row).map(|(weight, &value)| weight * f64::from(value)).sum::<f64>()
    }

    /// p(t = 1 | x).
    ///
    /// # Panics
    /// As [`logit`](Self::logit).
    pub fn probability(&self, row: &[f32]) -> f64 {
        sigmoid(self.logit(row))
    }
}

/// The negative log likelihood of logits.
fn loss(logits: &[f64], targets: &[bool]) -> f64 {
    let signed = |(&logit, &is_yes): (&f64, &bool)| softplus_of_minus(if is_yes { logit } else { -logit });
    logits.iter().zip(targets).map(signed).sum()
}

/// The step that is taken of Newton's: all of it, or half as often as it would go uphill.
fn step_share(mut is_downhill: impl FnMut(f64) -> bool) -> Option<f64> {
    (0..30).map(|halvings| 0.5_f64.powi(halvings)).find(|&share| is_downhill(share))
}

/// By Newton's steps in the examples: the logits are b0 + K a, with K = X X^T / lambda + 1 / kappa.
fn of_examples(rows: &[Vec<f64>], targets: &[bool], len: usize, prior: &Prior) -> Option<Logistic> {
    let count = rows.len();
    let Prior { weight_precision, bias_precision, bias_mean } = *prior;
    let mut kernel = vec![0.0; count * count];
    for row in 0..count {
        for column in 0..=row {
            let value = dot(&rows[row], &rows[column]) / weight_precision + 1.0 / bias_precision;
            kernel[row * count + column] = value;
            kernel[column * count + row] = value;
        }
    }
    let applied = |a: &[f64]| -> Vec<f64> { kernel.chunks_exact(count.max(1)).map(|row| dot(row, a)).collect() };
    let logits = |f: &[f64]| -> Vec<f64> { f.iter().map(|f| f + bias_mean).collect() };
    let objective = |a: &[f64], f: &[f64]| loss(&logits(f), targets) + dot(a, f) / 2.0;
    let (mut a, mut f) = (vec![0.0; count], vec![0.0; count]);
    for _ in 0..MOST_STEPS {
        let probabilities: Vec<f64> = logits(&f).into_iter().map(sigmoid).collect();
        let root: Vec<f64> = probabilities.iter().map(|p| (p * (1.0 - p)).sqrt()).collect();
        // B = I + W^1/2 K W^1/2, whose eigenvalues are 1 and more.
        let mut matrix = vec![0.0; count * count];
        for row in 0..count {
            for column in 0..=row {
                matrix[row * count + column] = root[row] * kernel[row * count + column] * root[column];
            }
            matrix[row * count + row] += 1.0;
        }
        let cholesky = Cholesky::of(matrix, count)?;
        let towards: Vec<f64> = (0..count)
            .map(|at| root[at] * root[at] * f[at] + f64::from(u8::from(targets[at])) - probabilities[at])
            .collect();
        let right: Vec<f64> = applied(&towards).iter().zip(&root).map(|(value, root)| value * root).collect();
        let solved = cholesky.solved(&right);
        let newton: Vec<f64> = (0..count).map(|at| towards[at] - root[at] * solved[at]).collect();
        let direction: Vec<f64> = newton.iter().zip(&a).map(|(new, old)| new - old).collect();
        let change = applied(&direction);
        if change.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let moved = |from: &[f64], by: &[f64], share: f64| -> Vec<f64> {
            from.iter().zip(by).map(|(from, by)| from + share * by).collect()
        };
        let before = objective(&a, &f);
        let is_downhill =
            |share: f64| objective(&moved(&a, &direction, share), &moved(&f, &change, share)) <= before + 1e-12;
        let Some(share) = step_share(is_downhill) else { break };
        (a, f) = (moved(&a, &direction, share), moved(&f, &change, share));
        if change.iter().all(|value| (share * value).abs() <= LAST_CHANGE) {
            break;
        }
    }
    let mut weights = vec![0.0; len];
    for (row, a) in rows.iter().zip(&a) {
        weights.iter_mut().zip(row).for_each(|(weight, value)| *weight += a * value / weight_precision);
    }
    Some(Logistic { weights, bias: bias_mean + a.iter().sum::<f64>() / bias_precision })
}

/// By Newton's steps in the weights, of which the bias is the last.
fn of_weights(rows: &[Vec<f64>], targets: &[bool], len: usize, prior: &Prior) -> Option<Logistic> {
    let size = len + 1;
    let Prior { weight_precision, bias_precision, bias_mean } = *prior;
    let precision = |at: usize| if at < len { weight_precision } else { bias_precision };
    let logits = |theta: &[f64]| -> Vec<f64> {
        rows.iter().map(|row| bias_mean + theta[len] + dot(row, &theta[..len])).collect()
    };
    let objective = |theta: &[f64]| {
        let of_prior: f64 = theta.iter().enumerate().map(|(at, value)| precision(at) * value * value).sum();
        loss(&logits(theta), targets) + of_prior / 2.0
    };
    // The bias less its mean.
    let mut theta = vec![0.0; size];
    for _ in 0..MOST_STEPS {
        let mut matrix = vec![0.0; size * size];
        let mut downhill: Vec<f64> = theta.iter().enumerate().map(|(at, value)| -precision(at) * value).collect();
        for ((row, logit), &is_yes) in rows.iter().zip(logits(&theta)).zip(targets) {
            let probability = sigmoid(logit);
            let (weight, rest) = (probability * (1.0 - probability), f64::from(u8::from(is_yes)) - probability);
            let value = |at: usize| if at < len { row[at] } else { 1.0 };
            for (at, slope) in downhill.iter_mut().enumerate() {
                let scaled = weight * value(at);
                let others = matrix[at * size..][..=at].iter_mut();
                others.zip(row.iter().chain(&[1.0])).for_each(|(sum, other)| *sum += scaled * other);
                *slope += rest * value(at);
            }
        }
        (0..size).for_each(|at| matrix[at * size + at] += precision(at));
        let direction = Cholesky::of(matrix, size)?.solved(&downhill);
        if direction.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let moved =
            |share: f64| -> Vec<f64> { theta.iter().zip(&direction).map(|(old, by)| old + share * by).collect() };
        let before = objective(&theta);
        let Some(share) = step_share(|share| objective(&moved(share)) <= before + 1e-12) else { break };
        let (old, new) = (logits(&theta), moved(share));
        theta = new;
        let largest = logits(&theta).iter().zip(old).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
        if largest <= LAST_CHANGE {
            break;
        }
    }
    let bias = theta.pop()? + bias_mean;
    Some(Logistic { weights: theta, bias })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    const PRIOR: Prior = Prior { weight_precision: 0.5, bias_precision: 2.0, bias_mean: -1.0 };

    /// The posterior's gradient, of which the weights' and the bias' entries must be 0 at the minimum.
    fn gradient(fitted: &Logistic, examples: &[(&[f32], bool)], prior: &Prior) -> Vec<f64> {
        let mut gradient: Vec<f64> = fitted.weights.iter().map(|weight| prior.weight_precision * weight).collect();
        gradient.push(prior.bias_precision * (fitted.bias - prior.bias_mean));
        for (row, is_yes) in examples {
            let rest = fitted.probability(row) - f64::from(u8::from(*is_yes));
            let ones = [1.0_f32];
            gradient.iter_mut().zip(row.iter().chain(&ones)).for_each(|(sum, &value)| *sum += rest * f64::from(value));
        }
        gradient
    }

    fn drawn(count: usize, len: usize, seed: u64) -> (Vec<Vec<f32>>, Vec<bool>) {
        let mut rng = Rng::new(seed);
        let rows: Vec<Vec<f32>> = (0..count).map(|_| (0..len).map(|_| rng.normal() as f32).collect()).collect();
        let answers = rows.iter().map(|row| row[0] + 0.5 * row[len - 1] > 0.3).collect();
        (rows, answers)
    }

    fn examples<'a>(rows: &'a [Vec<f32>], answers: &[bool]) -> Vec<(&'a [f32], bool)> {
        rows.iter().map(Vec::as_slice).zip(answers.iter().copied()).collect()
    }

    #[test]
    fn without_examples_it_is_the_priors_mean() {
        let fitted = Logistic::fit(&[], 3, &PRIOR).expect("the prior");
        assert_eq!(fitted, Logistic { weights: vec![0.0; 3], bias: -1.0 });
        assert!((fitted.probability(&[1.0, 2.0, 3.0]) - 0.268_941_421_369_995_1).abs() < 1e-15);
    }

    #[test]
    fn one_example_solves_its_own_equation() {
        // By symmetry w = u x and b = b0 + v with lambda u = kappa v = 1 - s(logit): one unknown, found by bisection.
        let row = [0.6_f32, 0.8];
        let squared: f64 = row.iter().map(|&value| f64::from(value).powi(2)).sum();
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..200 {
            let rest = f64::midpoint(low, high);
            let logit = PRIOR.bias_mean + rest * (squared / PRIOR.weight_precision + 1.0 / PRIOR.bias_precision);
            if 1.0 - sigmoid(logit) > rest { low = rest } else { high = rest }
        }
        let fitted = Logistic::fit(&[(&row, true)], 2, &PRIOR).expect("finite");
        assert!((fitted.weights[0] - low * 0.6_f32 as f64 / 0.5).abs() < 1e-12, "{fitted:?} {low}");
        assert!((fitted.bias - (PRIOR.bias_mean + low / 2.0)).abs() < 1e-12);
    }

    #[test]
    fn the_gradient_is_zero_for_few_examples_and_for_many() {
        for (count, len) in [(1, 5), (2, 130), (40, 128), (200, 8), (7, 7), (8, 7)] {
            let (rows, answers) = drawn(count, len, count as u64);
            let examples = examples(&rows, &answers);
            for prior in [PRIOR, Prior::default(), Prior { weight_precision: 1e-3, ..PRIOR }] {
                let fitted = Logistic::fit(&examples, len, &prior).expect("finite");
                let largest = gradient(&fitted, &examples, &prior).into_iter().fold(0.0, |a: f64, b| a.max(b.abs()));
                assert!(largest < 1e-7, "{count} examples of {len} under {prior:?}: {largest}");
            }
        }
    }

    #[test]
    fn both_ways_find_the_same_weights() {
        let (rows, answers) = drawn(30, 30, 9);
        let wide: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|&value| f64::from(value)).collect()).collect();
        let one = of_examples(&wide, &answers, 30, &PRIOR).expect("finite");
        let other = of_weights(&wide, &answers, 30, &PRIOR).expect("finite");
        let apart = one.weights.iter().zip(&other.weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart < 1e-9 && (one.bias - other.bias).abs() < 1e-9, "{apart}");
    }

    #[test]
    fn examples_that_can_be_told_apart_do_not_run_away() {
        // Without a prior the weights would be infinite.
        let fitted = Logistic::fit(&[(&[1e3, 0.0], true), (&[-1e3, 0.0], false)], 2, &Prior::default());
        let fitted = fitted.expect("finite");
        assert!(fitted.probability(&[1e3, 0.0]) > 0.999 && fitted.probability(&[-1e3, 0.0]) < 0.001);
        // The same image once with yes and once with no: nothing is learned of it but that it is unsure.
        let torn = Logistic::fit(&[(&[1.0], true), (&[1.0], false)], 1, &Prior { weight_precision: 1e-9, ..PRIOR });
        assert!((torn.expect("finite").probability(&[1.0]) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_fitted_is_named() {
        let of = |row: &[f32], prior| Logistic::fit(&[(&[0.0; 2], true), (row, false)], 2, prior);
        assert_eq!(of(&[1.0], &PRIOR), Err(FitError::Row { row: 1, len: 2 }));
        assert_eq!(of(&[1.0, f32::NAN], &PRIOR), Err(FitError::Row { row: 1, len: 2 }));
        let error = of(&[1.0, 2.0], &Prior { weight_precision: 0.0, ..PRIOR }).expect_err("no precision");
        assert!(error.to_string().contains("above 0"), "{error}");
    }
}
