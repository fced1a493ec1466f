//! Figures of a bundle that anyone can compute again, since their images are generated: the first of its test scenes.

use crate::split::seeded;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far figures that were computed elsewhere may lie from a bundle's: its weights are rounded to 16 bits and BatchNorm is
/// folded into them, so that scores that are nearly the same change their order.
pub const FIGURE_TOLERANCE: f64 = 2e-3;

/// Which generated scenes were for the test, and what the bundle's network gave on the first of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SceneCheck {
    /// Width and height of a scene, px.
    pub size: usize,
    /// Seed of the first scene of all; the others follow.
    pub first_seed: u64,
    /// How many scenes there were for training, validation and test.
    pub count: usize,
    /// Their shares, as [`crate::split::seeded`] takes them.
    pub shares: [f64; 3],
    /// The seed that they were divided by.
    pub split_seed: u64,
    /// The figures are of so many test scenes, the first.
    pub scenes: usize,
    /// The figures by name, as [`crate::metric::label_figures::LabelFigures::named`] has them.
    pub figures: BTreeMap<String, f64>,
}

impl SceneCheck {
    /// The seeds of the scenes that the figures are of.
    pub fn seeds(&self) -> Vec<u64> {
        let [_, _, test] = seeded(self.count, self.shares, self.split_seed);
        test.into_iter().take(self.scenes).map(|at| self.first_seed + at as u64).collect()
    }

    /// What cannot be, as a sentence; `None` if it is whole.
    pub(super) fn fault(&self) -> Option<String> {
        let sum: f64 = self.shares.iter().sum();
        let is_share = |share: &f64| (0.0..=1.0).contains(share);
        if !(16..=2048).contains(&self.size) || !(1..=10_000_000).contains(&self.count) {
            return Some(format!("a check on {} scenes of {} px", self.count, self.size));
        }
        if !self.shares.iter().all(is_share) || (sum - 1.0).abs() > 1e-6 {
            return Some(format!("a check with the shares {:?}", self.shares));
        }
        if self.first_seed.checked_add(self.count as u64).is_none() {
            return Some(format!("a check on scenes with seeds from {} on", self.first_seed));
        }
        let test = self.count as f64 * self.shares[2] + 1.0;
        if self.scenes == 0 || self.scenes as f64 > test {
            return Some(format!("a check on {} test scenes of {}", self.scenes, self.count));
        }
        self.figures
            .iter()
            .find(|(_, value)| !value.is_finite())
            .map(|(name, value)| format!("a figure {name} of {value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> SceneCheck {
        SceneCheck {
            size: 192,
            first_seed: 50,
            count: 100,
            shares: [0.7, 0.1, 0.2],
            split_seed: 1,
            scenes: 5,
            figures: BTreeMap::new(),
        }
    }

    #[test]
    fn the_first_test_scenes_are_taken_in_order() {
        let check = check();
        let seeds = check.seeds();
        let [train, _, test] = seeded(100, check.shares, 1);
        assert_eq!(seeds, test[..5].iter().map(|at| 50 + *at as u64).collect::<Vec<_>>());
        assert!(seeds.iter().all(|seed| !train.contains(&(*seed as usize - 50))));
        assert_eq!(check.fault(), None);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let changes: [fn(&mut SceneCheck); 6] = [
            |check| check.scenes = 0,
            |check| check.scenes = 30,
            |check| check.size = 0,
            |check| check.shares = [0.7, 0.7, 0.2],
            |check| check.first_seed = u64::MAX,
            |check| {
                check.figures.insert("map".into(), f64::NAN);
            },
        ];
        for change in changes {
            let mut check = check();
            change(&mut check);
            assert!(check.fault().is_some(), "{check:?}");
        }
    }
}
