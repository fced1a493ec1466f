//! Figures with intervals: each is computed again on resampled test images.

use nadir_core::metric::bootstrap::{counts, interval, paired_difference};
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::metric::per_image::PerImage;
use nadir_core::report::{Comparison, Scalar};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Share of the resampled figures that lies within an interval.
const LEVEL: f64 = 0.95;

/// Which resamples: the same seed and number give the same ones to every arm.
#[derive(Debug, Clone, Copy)]
pub struct Resamples {
    /// Seed that the resamples are drawn by.
    pub seed: u64,
    /// How many; 0 for no interval.
    pub number: usize,
}

/// A figure over seeds, and its mean over them in each resample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resampled {
    /// Mean, standard deviation and interval for the report.
    pub scalar: Scalar,
    /// One value a resample.
    pub resampled: Vec<f64>,
}

/// Gives figures where example i occurs `counts[i]` times; `None` if they are not defined then.
type FiguresOver<'a, F> = Box<dyn Fn(&[u32]) -> Option<F> + Sync + 'a>;

/// Figures of one of several experiments, which share no test examples.
pub struct Sampled<'a, F> {
    /// Number of test examples.
    pub examples: usize,
    /// Its figures over a resample.
    pub figures: FiguresOver<'a, F>,
}

impl Resampled {
    fn new(values: Vec<f64>, resampled: Vec<f64>) -> Self {
        let mut scalar = Scalar::over(values);
        scalar.interval = (!resampled.is_empty()).then(|| interval(&resampled, LEVEL));
        Self { scalar, resampled }
    }

    /// This figure less another of the same test images.
    pub fn compare(&self, scalar: &str, arm: &str, other: &Self, against: &str) -> Option<Comparison> {
        if self.resampled.is_empty() || self.resampled.len() != other.resampled.len() {
            return None;
        }
        let paired = paired_difference(&self.resampled, &other.resampled, LEVEL);
        Some(Comparison {
            scalar: scalar.to_owned(),
            arm: arm.to_owned(),
            against: against.to_owned(),
            difference: self.scalar.mean - other.scalar.mean,
            interval: paired.interval,
            share_above_zero: paired.share_above_zero,
        })
    }
}

impl Resamples {
    /// All figures of some predictions, one a seed.
    pub fn figures(self, evaluations: &[Evaluation]) -> BTreeMap<String, Resampled> {
        let all: Vec<_> = evaluations.iter().map(Evaluation::all).collect();
        let resampled: Vec<Vec<_>> = self.over(evaluations[0].images(), |counts| {
            evaluations.iter().map(|evaluation| evaluation.figures(counts)).collect()
        });
        (0..all[0].named().len())
            .map(|at| {
                let means = resampled
                    .iter()
                    .map(|seeds| seeds.iter().map(|figures| figures.named()[at].1).sum::<f64>() / seeds.len() as f64);
                let values = all.iter().map(|figures| figures.named()[at].1).collect();
                (format!("test {}", all[0].named()[at].0), Resampled::new(values, means.collect()))
            })
            .collect()
    }

    /// A figure that every test image has for itself, one set of values a seed.
    pub fn per_image(self, seeds: &[PerImage]) -> Resampled {
        let values = seeds.iter().map(|seed| seed.mean().unwrap_or(0.0)).collect();
        let resampled = self.over(seeds[0].values.len(), |counts| {
            seeds.iter().map(|seed| seed.mean_over(counts).unwrap_or(0.0)).sum::<f64>() / seeds.len() as f64
        });
        Resampled::new(values, resampled)
    }

    /// A figure that every value is an example of: the values, and their mean in each resample of them.
    pub fn of_values(self, values: Vec<f64>) -> Resampled {
        let resampled = self.over(values.len(), |counts| {
            values.iter().zip(counts).map(|(value, &count)| value * f64::from(count)).sum::<f64>() / values.len() as f64
        });
        Resampled::new(values, resampled)
    }

    /// Several figures of several experiments, means over the experiments in each resample; `None` if an experiment has
    /// no figures at all. A resample that leaves an experiment without any counts with the others.
    pub fn of_experiments<F: Send>(
        self,
        experiments: &[Sampled<'_, F>],
        each: &[fn(&F) -> f64],
    ) -> Option<Vec<Resampled>> {
        let all: Vec<F> = experiments.iter().map(|one| (one.figures)(&vec![1; one.examples])).collect::<Option<_>>()?;
        let resampled: Vec<Vec<F>> = (0..self.number as u64)
            .into_par_iter()
            .map(|at| {
                let of = |one: &Sampled<'_, F>| (one.figures)(&counts(one.examples, self.seed, at));
                experiments.iter().filter_map(of).collect()
            })
            .collect();
        let figure = |value: &fn(&F) -> f64| {
            let means = resampled.iter().filter(|found| !found.is_empty());
            let means = means.map(|found| found.iter().map(value).sum::<f64>() / found.len() as f64);
            Resampled::new(all.iter().map(value).collect(), means.collect())
        };
        Some(each.iter().map(figure).collect())
    }

    /// All figures of some predictions, one a seed, where image i counts `counts[i]` times; without intervals.
    pub fn figures_over(evaluations: &[Evaluation], counts: &[u32]) -> BTreeMap<String, Scalar> {
        let of_seeds: Vec<_> = evaluations.iter().map(|evaluation| evaluation.figures(counts)).collect();
        (0..of_seeds[0].named().len())
            .map(|at| {
                let values = of_seeds.iter().map(|figures| figures.named()[at].1).collect();
                (format!("test {}", of_seeds[0].named()[at].0), Scalar::over(values))
            })
            .collect()
    }

    fn over<R: Send>(self, images: usize, figure: impl Fn(&[u32]) -> R + Sync) -> Vec<R> {
        (0..self.number as u64).into_par_iter().map(|at| figure(&counts(images, self.seed, at))).collect()
    }
}
