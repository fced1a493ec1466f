//! Which boxes of an image take part in the losses.

use super::matcher::Assignment;
use crate::rng::Rng;

/// Draws a fixed number of boxes with at most a given share of positives (Ren et al. 2015, section 3.1.3). As
/// torchvision's `BalancedPositiveNegativeSampler`, with an explicit generator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BalancedSampler {
    /// How many boxes of an image are drawn.
    pub per_image: usize,
    /// At most this share of them is positive, from 0 to 1.
    pub positive_fraction: f64,
}

/// Indices of the drawn boxes, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Boxes that have to find a true box.
    pub positives: Vec<usize>,
    /// Boxes that have to be called background.
    pub negatives: Vec<usize>,
}

impl BalancedSampler {
    /// torchvision's settings for anchors: 256 an image, half of them positive at most.
    pub const ANCHORS: Self = Self { per_image: 256, positive_fraction: 0.5 };
    /// torchvision's settings for proposals: 512 an image, a quarter of them positive at most.
    pub const PROPOSALS: Self = Self { per_image: 512, positive_fraction: 0.25 };

    /// Draws positives up to their share, then background up to the number; without replacement, each box of a kind
    /// with the same chance. Where there are few positives background fills the batch, not the other way round. Boxes
    /// in between are never drawn.
    pub fn sample(&self, assignments: &[Assignment], rng: &mut Rng) -> Sample {
        let indices = |is_kind: fn(&Assignment) -> bool| -> Vec<usize> {
            (0..assignments.len()).filter(|&at| is_kind(&assignments[at])).collect()
        };
        let most_positives = (self.per_image as f64 * self.positive_fraction) as usize;
        let positives = draw(indices(|kind| matches!(kind, Assignment::Truth(_))), most_positives, rng);
        let rest = self.per_image.saturating_sub(positives.len());
        let negatives = draw(indices(|kind| *kind == Assignment::Background), rest, rng);
        Sample { positives, negatives }
    }
}

/// `count` of the items, or all; ascending.
fn draw(mut items: Vec<usize>, count: usize, rng: &mut Rng) -> Vec<usize> {
    if count < items.len() {
        for at in 0..count {
            let other = at + rng.below(items.len() - at);
            items.swap(at, other);
        }
        items.truncate(count);
        items.sort_unstable();
    }
    items
}

#[cfg(test)]
mod tests {
    use super::Assignment::{Background, Between, Truth};
    use super::*;
    use proptest::prelude::*;
    // proptest has one too.
    use crate::rng::Rng;

    #[test]
    fn background_fills_up_for_positives_and_not_the_other_way_round() {
        let sampler = BalancedSampler { per_image: 4, positive_fraction: 0.5 };
        let mut rng = Rng::new(1);
        let few_positives = [Background, Truth(0), Background, Between, Background, Background];
        let sample = sampler.sample(&few_positives, &mut rng);
        assert_eq!((sample.positives.as_slice(), sample.negatives.len()), ([1].as_slice(), 3));
        let sample = sampler.sample(&[Truth(0), Truth(1), Truth(0), Background, Between], &mut rng);
        assert_eq!((sample.positives.len(), sample.negatives.as_slice()), (2, [3].as_slice()));
        assert_eq!(sampler.sample(&[], &mut rng), Sample { positives: vec![], negatives: vec![] });
    }

    #[test]
    fn every_box_has_the_same_chance() {
        let sampler = BalancedSampler { per_image: 3, positive_fraction: 0.0 };
        let mut drawn = [0; 10];
        for seed in 0..10_000 {
            let sample = sampler.sample(&[Background; 10], &mut Rng::from_parts(&[7, seed]));
            sample.negatives.iter().for_each(|&at| drawn[at] += 1);
        }
        // 3,000 each is expected, with a standard deviation of 46.
        assert!(drawn.iter().all(|count| (2_750..3_250).contains(count)), "{drawn:?}");
    }

    fn kind() -> impl Strategy<Value = Assignment> {
        prop_oneof![(0..3usize).prop_map(Truth), Just(Background), Just(Between)]
    }

    proptest! {
        #[test]
        fn a_sample_is_ascending_of_its_kind_and_decided_by_the_seed(
            assignments in proptest::collection::vec(kind(), 0..80),
            seed in 0..99u64,
        ) {
            let sampler = BalancedSampler { per_image: 16, positive_fraction: 0.25 };
            let sample = sampler.sample(&assignments, &mut Rng::new(seed));
            prop_assert_eq!(&sample, &sampler.sample(&assignments, &mut Rng::new(seed)));
            let available = assignments.iter().filter(|kind| matches!(kind, Truth(_))).count();
            prop_assert_eq!(sample.positives.len(), available.min(4));
            prop_assert!(sample.positives.iter().all(|&at| matches!(assignments[at], Truth(_))));
            prop_assert!(sample.negatives.iter().all(|&at| assignments[at] == Background));
            prop_assert!(sample.positives.is_sorted_by(|a, b| a < b) && sample.negatives.is_sorted_by(|a, b| a < b));
        }
    }
}
