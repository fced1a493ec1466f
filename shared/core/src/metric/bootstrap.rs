//! The percentile bootstrap over test images (Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13):
//! how far a figure would move, had other images of the same kind been tested.
//!
//! A resample is a count for each image, decided by (seed, number of the resample) alone. Resamples can thus be worked
//! on by any thread in any order, and two arms tested on the same images meet the same resamples, so that what is
//! hard in a resample is hard for both and drops out of their difference (a paired bootstrap).

use crate::rng::Rng;

/// How often each of `images` images occurs in resample number `resample`: as many draws with replacement as there are
/// images.
///
/// ```
/// use nadir_core::metric::bootstrap::counts;
/// let drawn = counts(5, 1, 0);
/// assert_eq!((drawn.len(), drawn.iter().sum::<u32>()), (5, 5));
/// assert_eq!(drawn, counts(5, 1, 0));
/// ```
pub fn counts(images: usize, seed: u64, resample: u64) -> Vec<u32> {
    let mut rng = Rng::from_parts(&[seed, resample]);
    let mut counts = vec![0; images];
    for _ in 0..images {
        counts[rng.below(images)] += 1;
    }
    counts
}

/// Between which values the middle share `level` (0.95 is usual) of the `resamples` lies: the percentiles
/// (1 - level) / 2 and (1 + level) / 2, linear between neighbours, as numpy's `percentile`.
///
/// ```
/// use nadir_core::metric::bootstrap::interval;
/// let resamples: Vec<f64> = (0..=100).map(f64::from).collect();
/// let [low, high] = interval(&resamples, 0.95);
/// assert!((low - 2.5).abs() < 1e-9 && (high - 97.5).abs() < 1e-9);
/// ```
///
/// # Panics
/// If there is no resample, or `level` is not within [0, 1].
pub fn interval(resamples: &[f64], level: f64) -> [f64; 2] {
    assert!(!resamples.is_empty(), "one resample at least");
    assert!((0.0..=1.0).contains(&level), "a level within [0, 1]");
    let mut sorted = resamples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    [(1.0 - level) / 2.0, (1.0 + level) / 2.0].map(|share| {
        let position = share * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
        low + (high - low) * position.fract()
    })
}

/// One arm's figure less another's over the same resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Between which values the middle share of the differences lies.
    pub interval: [f64; 2],
    /// Share of the differences above 0.
    pub share_above_zero: f64,
}

/// Compares two arms; value i of each is its figure in resample i. `level` as in [`interval`].
///
/// ```
/// use nadir_core::metric::bootstrap::paired_difference;
/// let found = paired_difference(&[3.0, 4.0], &[1.0, 5.0], 1.0);
/// assert_eq!((found.interval, found.share_above_zero), ([-1.0, 2.0], 0.5));
/// ```
///
/// # Panics
/// If the arms have not as many resamples as each other, or none, or `level` is not within [0, 1].
pub fn paired_difference(arm: &[f64], against: &[f64], level: f64) -> PairedDifference {
    assert_eq!(arm.len(), against.len(), "the same resamples for both arms");
    let differences: Vec<f64> = arm.iter().zip(against).map(|(arm, against)| arm - against).collect();
    let above = differences.iter().filter(|&&difference| difference > 0.0).count();
    PairedDifference {
        interval: interval(&differences, level),
        share_above_zero: above as f64 / differences.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resample_draws_as_many_images_as_there_are() {
        let drawn = counts(420, 7, 0);
        assert_eq!(drawn.iter().sum::<u32>(), 420);
        assert_eq!(drawn, counts(420, 7, 0));
        assert_ne!(drawn, counts(420, 7, 1));
        assert_ne!(drawn, counts(420, 8, 0));
        assert_eq!(counts(0, 7, 0), Vec::<u32>::new());
    }

    #[test]
    fn every_image_is_drawn_equally_often() {
        // Of 20 images, 4,000 resamples draw each 4,000 times, with a standard deviation of about 62.
        let mut sums = [0; 20];
        for resample in 0..4_000 {
            counts(20, 1, resample).iter().zip(&mut sums).for_each(|(&count, sum)| *sum += count);
        }
        assert!(sums.iter().all(|&sum| (3_690..4_310).contains(&sum)), "{sums:?}");
    }

    #[test]
    fn percentiles_lie_between_neighbours() {
        // numpy.percentile([0, 10, 20, 30, 40], [25, 75]) is [10, 30]; [10, 90] is [4, 36].
        let values = [40.0, 0.0, 20.0, 10.0, 30.0];
        assert_eq!(interval(&values, 0.5), [10.0, 30.0]);
        let [low, high] = interval(&values, 0.8);
        assert!((low - 4.0).abs() < 1e-12 && (high - 36.0).abs() < 1e-12);
        assert_eq!(interval(&[3.0], 0.95), [3.0, 3.0]);
    }

    #[test]
    fn interval_of_a_mean_is_that_of_the_central_limit() {
        // 400 values of a standard normal: the mean's standard error is s / 20, and 95 % is 1.96 of them either side.
        let mut rng = Rng::new(11);
        let values: Vec<f64> = (0..400).map(|_| rng.normal()).collect();
        let mean = values.iter().sum::<f64>() / 400.0;
        let error = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 400.0).sqrt() / 20.0;
        let figure: super::super::per_image::PerImage = values.into_iter().collect();
        let means: Vec<f64> =
            (0..2_000).map(|resample| figure.mean_over(&counts(400, 5, resample)).expect("drawn")).collect();
        let [low, high] = interval(&means, 0.95);
        assert!(((mean - low) / error - 1.96).abs() < 0.15 && ((high - mean) / error - 1.96).abs() < 0.15);
    }

    #[test]
    fn a_constant_lead_is_certain_and_a_tie_is_no_lead() {
        let (arm, against) = ([0.5, 0.75, 0.25], [0.25, 0.5, 0.0]);
        let ahead = paired_difference(&arm, &against, 0.95);
        assert_eq!((ahead.interval, ahead.share_above_zero), ([0.25, 0.25], 1.0));
        assert_eq!(paired_difference(&arm, &arm, 0.95).share_above_zero, 0.0);
    }
}
