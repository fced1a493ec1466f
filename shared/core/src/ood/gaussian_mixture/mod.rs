//! Out-of-distribution is what is unlikely under a mixture of Gaussians, one for each class to start from.

use std::f64::consts::TAU;

use super::{OodError, check_classes, whole_rows};
use crate::linear_algebra::{Cholesky, scatter};

/// A row weighs on a component's covariance from this responsibility on. Far below what f64 keeps beside the
/// 10 epsilon that every component's weight has at least, so the result is the same; with well separated classes it
/// saves nearly all of the work.
const LEAST_RESPONSIBILITY: f64 = 1e-30;

/// How a mixture is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixtureSettings {
    /// Added to every variance (scikit-learn's `reg_covar`): keeps components with few or equal rows from collapsing.
    pub regularisation: f64,
    /// Fitting stops where an iteration changes the mean log-likelihood of a row by less than this (`tol`).
    pub tolerance: f64,
    /// And after so many iterations at the latest (`max_iter`).
    pub iterations: usize,
}

impl Default for MixtureSettings {
    /// scikit-learn's regularisation and tolerance, and 50 iterations.
    fn default() -> Self {
        Self { regularisation: 1e-6, tolerance: 1e-3, iterations: 50 }
    }
}

/// A mixture of Gaussians with a full covariance each, fitted by expectation maximisation (Dempster, Laird & Rubin
/// 1977; Bishop 2006, "Pattern recognition and machine learning", section 9.2), as scikit-learn's `GaussianMixture`. It
/// starts with a component for each class, holding the rows of that class, so nothing is drawn at random. Memory:
/// classes x len² x 8 bytes.
#[derive(Debug, Clone)]
pub struct GaussianMixture {
    len: usize,
    components: Vec<Component>,
    iterations: usize,
    converged: bool,
}

#[derive(Debug, Clone)]
struct Component {
    log_weight: f64,
    mean: Vec<f64>,
    covariance: Cholesky,
}

impl GaussianMixture {
    /// From `rows`, [rows, len], and the class of each row, below `number`. Time O(classes rows len²) an iteration.
    ///
    /// # Errors
    /// Where the rows are not whole and finite, where they have not a class below `number` each, where a class has no
    /// row, and where a covariance is not positive definite: the regularisation is too small for the rows.
    pub fn fit(
        rows: &[f32],
        len: usize,
        classes: &[usize],
        number: usize,
        settings: &MixtureSettings,
    ) -> Result<Self, OodError> {
        check_classes(rows, len, classes, number)?;
        let rows: Vec<f64> = rows.iter().copied().map(f64::from).collect();
        // [rows, components]
        let mut responsibilities = vec![0.0; classes.len() * number];
        classes.iter().enumerate().for_each(|(row, &class)| responsibilities[row * number + class] = 1.0);
        let maximised = |responsibilities: &[f64]| maximised(&rows, len, responsibilities, number, settings);
        let mut mixture = Self { len, components: maximised(&responsibilities)?, iterations: 0, converged: false };
        let mut before = f64::NEG_INFINITY;
        while mixture.iterations < settings.iterations && !mixture.converged {
            responsibilities = mixture.weighted_log_densities(&rows);
            let sum: f64 = responsibilities.chunks_exact_mut(number).map(share_out).sum();
            mixture.components = maximised(&responsibilities)?;
            mixture.iterations += 1;
            let mean = sum / classes.len() as f64;
            mixture.converged = (mean - before).abs() < settings.tolerance;
            before = mean;
        }
        Ok(mixture)
    }

    /// How many iterations were made.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the last iteration changed less than the tolerance.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// Minus the natural logarithm of the mixture's density at every row; `rows` is [rows, len].
    ///
    /// # Panics
    /// If the rows are not whole.
    pub fn ood_scores(&self, rows: &[f32]) -> Vec<f32> {
        let rows: Vec<f64> = whole_rows(rows, self.len).flatten().copied().map(f64::from).collect();
        let mut densities = self.weighted_log_densities(&rows);
        densities.chunks_exact_mut(self.components.len()).map(|row| -share_out(row) as f32).collect()
    }

    /// ln(weight x density) of every row under every component, [rows, components].
    fn weighted_log_densities(&self, rows: &[f64]) -> Vec<f64> {
        let number = self.components.len();
        let mut densities = vec![0.0; rows.len() / self.len * number];
        for (at, component) in self.components.iter().enumerate() {
            let volume = self.len as f64 * TAU.ln() + component.covariance.log_determinant();
            let distances = component.covariance.squared_distances(rows, &component.mean);
            for (density, distance) in densities[at..].iter_mut().step_by(number).zip(distances) {
                *density = component.log_weight - 0.5 * (volume + distance);
            }
        }
        densities
    }
}

/// The components that make the rows most likely, given each one's share in every row: [rows, components].
fn maximised(
    rows: &[f64],
    len: usize,
    responsibilities: &[f64],
    number: usize,
    settings: &MixtureSettings,
) -> Result<Vec<Component>, OodError> {
    let component = |at: usize| {
        let shares = responsibilities.iter().skip(at).step_by(number).copied();
        let held = || shares.clone().zip(rows.chunks_exact(len)).filter(|(share, _)| *share >= LEAST_RESPONSIBILITY);
        // As scikit-learn: a component that lost all its rows must not divide by 0.
        let total = held().map(|(share, _)| share).sum::<f64>() + 10.0 * f64::EPSILON;
        let mut mean = vec![0.0; len];
        for (share, row) in held() {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * value);
        }
        mean.iter_mut().for_each(|sum| *sum /= total);
        let mut covariance = scatter(held(), &mean);
        covariance.iter_mut().for_each(|value| *value /= total);
        covariance.iter_mut().step_by(len + 1).for_each(|variance| *variance += settings.regularisation);
        let covariance = Cholesky::of(covariance, len).ok_or(OodError::NotPositiveDefinite)?;
        Ok((total, mean, covariance))
    };
    let components: Vec<_> = (0..number).map(component).collect::<Result<_, OodError>>()?;
    let sum: f64 = components.iter().map(|(total, ..)| total).sum();
    let weighed =
        |(total, mean, covariance): (f64, _, _)| Component { log_weight: (total / sum).ln(), mean, covariance };
    Ok(components.into_iter().map(weighed).collect())
}

/// Turns ln(weight x density) of each component into its share of the row, and returns the logarithm of their sum.
fn share_out(densities: &mut [f64]) -> f64 {
    let highest = densities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let log_sum = highest + densities.iter().map(|density| (density - highest).exp()).sum::<f64>().ln();
    densities.iter_mut().for_each(|density| *density = (*density - log_sum).exp());
    log_sum
}

#[cfg(test)]
mod tests;
