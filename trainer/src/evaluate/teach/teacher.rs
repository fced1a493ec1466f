//! One class taught by a simulated teacher, who answers from the labels.

use anyhow::Result;
use nadir_core::active::{Answer, Head, Prior, next_queries};
use nadir_core::neighbours::UnitRows;
use nadir_core::rng::Rng;
use serde::{Deserialize, Serialize};

/// Which image the teacher is shown next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// What the head is least sure of, apart from what was shown ([`next_queries`]): what the page does.
    Asked,
    /// Drawn at random.
    Random,
    /// What the head gives the highest probability: a visitor who takes what comes first.
    Highest,
}

impl Strategy {
    /// Its arm in the report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Random => "at random",
            Self::Highest => "highest first",
        }
    }

    /// What the arm does, a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Asked => {
                "The teacher answers about the training image that the head is least sure of and that resembles none \
                 answered before."
            }
            Self::Random => "The teacher answers about training images that are drawn at random.",
            Self::Highest => "The teacher answers about the training image of highest probability.",
        }
    }
}

/// The images of a class: those that can be asked about, and those that it is measured on.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// Images that the teacher may be asked about.
    pub pool: &'a UnitRows,
    /// Whether each of them is of the class.
    pub pool_truth: &'a [bool],
    /// Images that it is measured on.
    pub measured: &'a UnitRows,
    /// What is believed before the first answer.
    pub prior: &'a Prior,
}

impl Lesson<'_> {
    /// The probabilities of the measured images after each of `clicks` answers. The first is an example of the class
    /// that the teacher looked for and clicked on, drawn by `seed` and `class`, the same for every strategy. Where the
    /// pool is used up, or has no example, the probabilities stay as they are.
    ///
    /// # Errors
    /// Where nothing can be fitted.
    pub fn taught(&self, strategy: Strategy, clicks: usize, seed: u64, class: usize) -> Result<Vec<Vec<f32>>> {
        let mut rng = Rng::from_parts(&[seed, class as u64]);
        let positives: Vec<usize> = (0..self.pool.count()).filter(|&image| self.pool_truth[image]).collect();
        let mut answers: Vec<Answer> = Vec::new();
        let mut is_open = vec![true; self.pool.count()];
        let mut next = (!positives.is_empty()).then(|| positives[rng.below(positives.len())]);
        let mut probabilities = Vec::with_capacity(clicks);
        for _ in 0..clicks {
            if let Some(image) = next {
                is_open[image] = false;
                answers.push(Answer { image, is_yes: self.pool_truth[image] });
            }
            let head = Head::fit(self.pool, &answers, self.prior)?;
            probabilities.push(head.probabilities(self.measured));
            let open = || (0..self.pool.count()).filter(|&image| is_open[image]);
            next = match strategy {
                _ if next.is_none() => None,
                Strategy::Asked => {
                    next_queries(self.pool, &head.probabilities(self.pool), &answers, 1).first().copied()
                }
                Strategy::Random => {
                    let open: Vec<usize> = open().collect();
                    (!open.is_empty()).then(|| open[rng.below(open.len())])
                }
                Strategy::Highest => {
                    let scores = head.probabilities(self.pool);
                    open().reduce(|best, image| if scores[image] > scores[best] { image } else { best })
                }
            };
        }
        Ok(probabilities)
    }

    /// The probabilities of the measured images after an answer about every image of the pool.
    ///
    /// # Errors
    /// Where nothing can be fitted.
    pub fn taught_all(&self) -> Result<Vec<f32>> {
        let answer = |image: usize| Answer { image, is_yes: self.pool_truth[image] };
        let answers: Vec<Answer> = (0..self.pool.count()).map(answer).collect();
        Ok(Head::fit(self.pool, &answers, self.prior)?.probabilities(self.measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images around three axes, 20 of each.
    fn rows(seed: u64) -> UnitRows {
        let mut rng = Rng::new(seed);
        let values = (0..60).flat_map(|image| {
            let mut row: Vec<f32> = (0..3).map(|_| 0.3 * rng.normal() as f32).collect();
            row[image % 3] += 1.0;
            row
        });
        UnitRows::new(values.collect(), 3)
    }

    #[test]
    fn every_strategy_begins_with_the_same_example_and_learns_the_class() {
        let (pool, measured) = (rows(1), rows(2));
        let truth: Vec<bool> = (0..60).map(|image| image % 3 == 1).collect();
        let prior = Prior::default();
        let lesson = Lesson { pool: &pool, pool_truth: &truth, measured: &measured, prior: &prior };
        let all = [Strategy::Asked, Strategy::Random, Strategy::Highest]
            .map(|strategy| lesson.taught(strategy, 70, 5, 0).expect("finite"));
        assert!(all.iter().all(|taught| taught.len() == 70 && taught[0] == all[0][0]), "the first click");
        for taught in &all {
            let right = (0..60).filter(|&image| (taught[69][image] >= 0.5) == truth[image]).count();
            assert!(right >= 56, "{right} of 60");
            // After 60 answers the pool is used up.
            assert_eq!(taught[60], taught[69]);
        }
        assert_ne!(all[0][5], all[1][5]);
        let whole = lesson.taught_all().expect("finite");
        assert!(whole.iter().zip(&all[0][69]).all(|(one, other)| (one - other).abs() < 1e-6));
    }

    #[test]
    fn a_class_without_an_example_stays_as_unlikely_as_before() {
        let pool = rows(1);
        let prior = Prior::default();
        let lesson = Lesson { pool: &pool, pool_truth: &[false; 60], measured: &pool, prior: &prior };
        let taught = lesson.taught(Strategy::Asked, 3, 1, 0).expect("finite");
        assert!(taught.iter().flatten().all(|probability| (probability - 0.1).abs() < 1e-6));
    }
}
