//! All scores at once, fitted on one training set.

use super::class_means::ClassMeans;
use super::gaussian_mixture::{GaussianMixture, MixtureSettings};
use super::mahalanobis::Mahalanobis;
use super::nearest_neighbours::{NEIGHBOURS, NearestNeighbours};
use super::{OodError, Score, check_unit, energy, max_softmax};

/// What the scores need beside the embeddings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// By which the cosines with the class means are divided, for max softmax and energy. Above 0.
    pub temperature: f64,
    /// The k of kNN, from 1.
    pub k: usize,
    /// How the Gaussian mixture is fitted.
    pub mixture: MixtureSettings,
}

impl Default for Settings {
    /// Temperature 0.1, that of supervised contrastive training (Khosla et al. 2020), and each score's own defaults.
    fn default() -> Self {
        Self { temperature: 0.1, k: NEIGHBOURS, mixture: MixtureSettings::default() }
    }
}

/// The detectors of all scores, fitted once, so that validation, test and out-of-distribution examples can be scored
/// one after the other.
#[derive(Debug, Clone)]
pub struct Detectors {
    means: ClassMeans,
    mahalanobis: Mahalanobis,
    neighbours: NearestNeighbours,
    mixture: GaussianMixture,
    temperature: f64,
}

impl Detectors {
    /// From the training set's `unit_rows`, [rows, len], and the class of each row, below `number`.
    ///
    /// # Errors
    /// See [`OodError`].
    ///
    /// # Panics
    /// If the temperature is not above 0.
    pub fn fit(
        unit_rows: &[f32],
        len: usize,
        classes: &[usize],
        number: usize,
        settings: &Settings,
    ) -> Result<Self, OodError> {
        assert!(settings.temperature > 0.0, "a temperature above 0");
        Ok(Self {
            means: ClassMeans::new(unit_rows, len, classes, number)?,
            mahalanobis: Mahalanobis::fit(unit_rows, len, classes, number)?,
            neighbours: NearestNeighbours::new(unit_rows, len, settings.k)?,
            mixture: GaussianMixture::fit(unit_rows, len, classes, number, &settings.mixture)?,
            temperature: settings.temperature,
        })
    }

    /// The classifier that max softmax and energy are over.
    pub fn class_means(&self) -> &ClassMeans {
        &self.means
    }

    /// One score of every row, \[rows\]; `unit_rows` is [rows, len].
    ///
    /// # Errors
    /// Where the rows are not whole, finite and of length 1.
    pub fn score(&self, score: Score, unit_rows: &[f32]) -> Result<Vec<f32>, OodError> {
        check_unit(unit_rows, self.means.embedding_len())?;
        let classes = self.means.classes();
        Ok(match score {
            Score::MaxSoftmax => max_softmax::ood_scores(&self.means.cosines(unit_rows), classes, self.temperature),
            Score::Energy => energy::ood_scores(&self.means.cosines(unit_rows), classes, self.temperature),
            Score::Mahalanobis => self.mahalanobis.ood_scores(unit_rows),
            Score::NearestNeighbours => self.neighbours.ood_scores(unit_rows),
            Score::GaussianMixture => self.mixture.ood_scores(unit_rows),
        })
    }

    /// Every score of every row, in the order of [`Score::ALL`]; `unit_rows` is [rows, len].
    ///
    /// # Errors
    /// Where the rows are not whole, finite and of length 1.
    pub fn scores(&self, unit_rows: &[f32]) -> Result<Vec<(Score, Vec<f32>)>, OodError> {
        Score::ALL.into_iter().map(|score| Ok((score, self.score(score, unit_rows)?))).collect()
    }
}

/// [`Detectors::scores`] of `rows`, fitted on `training_rows` for this once; both are [rows, len], each of length 1.
///
/// # Errors
/// See [`OodError`].
///
/// # Panics
/// If the temperature is not above 0.
pub fn scores(
    training_rows: &[f32],
    len: usize,
    classes: &[usize],
    number: usize,
    rows: &[f32],
    settings: &Settings,
) -> Result<Vec<(Score, Vec<f32>)>, OodError> {
    Detectors::fit(training_rows, len, classes, number, settings)?.scores(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::roc::auroc;
    use crate::rng::Rng;

    /// `count` unit rows about `direction`.
    fn about(direction: [f64; 8], count: usize, rng: &mut Rng) -> Vec<f32> {
        let row = |_| {
            let row = direction.map(|value| value + 0.1 * rng.normal());
            let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
            row.map(|value| (value / length) as f32)
        };
        (0..count).flat_map(row).collect()
    }

    #[test]
    fn every_score_is_higher_for_a_class_that_training_never_saw() {
        let mut rng = Rng::new(21);
        let axis = |at: usize| std::array::from_fn(|other| if at == other { 1.0 } else { 0.0 });
        let training = [about(axis(0), 60, &mut rng), about(axis(1), 60, &mut rng)].concat();
        let classes: Vec<usize> = (0..120).map(|row| row / 60).collect();
        let in_distribution = [about(axis(0), 20, &mut rng), about(axis(1), 20, &mut rng)].concat();
        let tested = [in_distribution, about(axis(2), 40, &mut rng)].concat();
        let is_ood: Vec<bool> = (0..80).map(|row| row >= 40).collect();
        let scored = scores(&training, 8, &classes, 2, &tested, &Settings::default()).expect("both classes have rows");
        assert!(scored.iter().map(|(score, _)| *score).eq(Score::ALL));
        for (score, values) in scored {
            let auroc = auroc(&values, &is_ood).expect("both kinds");
            assert!(auroc > 0.99, "{score}: {auroc}");
        }
    }

    #[test]
    fn rows_that_are_not_embeddings_are_refused() {
        let training = about([1.0; 8], 20, &mut Rng::new(1));
        let detectors = Detectors::fit(&training, 8, &[0; 20], 1, &Settings::default()).expect("one class");
        assert!(matches!(detectors.scores(&[1.0; 8]), Err(OodError::NotUnit { row: 0, .. })));
        assert!(matches!(detectors.scores(&[1.0; 7]), Err(OodError::Rows(_))));
        assert_eq!(detectors.scores(&[]).expect("no rows, no scores")[0], (Score::MaxSoftmax, vec![]));
    }
}
