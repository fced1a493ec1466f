//! Which true box each anchor or proposal has to find.

use super::boxes::{PixelBox, intersection_over_union};

/// What a box is to be trained as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assignment {
    /// It has to find the true box of this index.
    Truth(usize),
    /// It has to be called background.
    Background,
    /// Too near to a true box for background and not near enough to be a positive: ignored in the losses.
    Between,
}

/// Assigns boxes to true boxes by their overlap (Ren et al. 2015, section 3.1.2). As torchvision's `Matcher`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matcher {
    high: f32,
    low: f32,
    allow_low_quality: bool,
}

/// Why there is no such matcher or what it cannot match.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MatcherError {
    /// The thresholds are in the wrong order, or not numbers.
    #[error(
        "overlaps from {low} are no longer background and from {high} positive: expected the first not to be above"
    )]
    Thresholds {
        /// Below it is background.
        low: f32,
        /// From it on is positive.
        high: f32,
    },
    /// The overlaps are not those of so many true boxes and boxes.
    #[error("{overlaps} overlaps of {truths} true boxes and {boxes} boxes: expected one of each pair")]
    Overlaps {
        /// How many overlaps there are.
        overlaps: usize,
        /// How many true boxes there are.
        truths: usize,
        /// How many boxes there are.
        boxes: usize,
    },
}

impl Matcher {
    /// torchvision's for anchors: positive from 0.7, background below 0.3, and for each true box its best anchors.
    pub const ANCHORS: Self = Self { high: 0.7, low: 0.3, allow_low_quality: true };
    /// torchvision's for proposals: positive from 0.5, else background.
    pub const PROPOSALS: Self = Self { high: 0.5, low: 0.5, allow_low_quality: false };

    /// Boxes that overlap a true box by `high` or more are positive, below `low` they are background. With
    /// `allow_low_quality`, the boxes that overlap a true box most (all of them, where several are equal) are positive
    /// as well, however little that is: each is assigned to the true box that it overlaps most itself.
    ///
    /// # Errors
    /// If `low` is above `high`.
    pub fn new(high: f32, low: f32, allow_low_quality: bool) -> Result<Self, MatcherError> {
        if low <= high {
            Ok(Self { high, low, allow_low_quality })
        } else {
            Err(MatcherError::Thresholds { low, high })
        }
    }

    /// The assignment of each of `boxes`; all are background where there are no `truths`. Overlaps are held for one
    /// true box at a time: an image of 200,000 anchors with 2,000 objects has 400 million of them.
    pub fn assign(&self, truths: &[PixelBox], boxes: &[PixelBox]) -> Vec<Assignment> {
        let row = |truth: usize, overlaps: &mut Vec<f32>| {
            overlaps.clear();
            overlaps.extend(boxes.iter().map(|&of| intersection_over_union(truths[truth], of)));
        };
        self.of_rows(row, truths.len(), boxes.len())
    }

    /// [`Self::assign`] with the overlaps of every true box and box, \[truths, boxes\], row-major.
    ///
    /// # Errors
    /// If there is not one overlap a pair.
    pub fn assign_by_overlaps(
        &self,
        overlaps: &[f32],
        truths: usize,
        boxes: usize,
    ) -> Result<Vec<Assignment>, MatcherError> {
        if overlaps.len() != truths * boxes {
            return Err(MatcherError::Overlaps { overlaps: overlaps.len(), truths, boxes });
        }
        let row = |truth: usize, of: &mut Vec<f32>| {
            of.clear();
            of.extend(&overlaps[truth * boxes..(truth + 1) * boxes]);
        };
        Ok(self.of_rows(row, truths, boxes))
    }

    /// `fill` writes a true box's overlaps with all boxes.
    fn of_rows(&self, fill: impl Fn(usize, &mut Vec<f32>), truths: usize, boxes: usize) -> Vec<Assignment> {
        let mut row = Vec::with_capacity(boxes);
        // Of each box, the true box that it overlaps most, the first of equal ones; of each true box, by how much at
        // most.
        let mut best = vec![(f32::NEG_INFINITY, 0); boxes];
        let mut most = Vec::with_capacity(truths);
        for truth in 0..truths {
            fill(truth, &mut row);
            for (best, &overlap) in best.iter_mut().zip(&row) {
                if overlap > best.0 {
                    *best = (overlap, truth);
                }
            }
            most.push(row.iter().copied().fold(0.0, f32::max));
        }
        let by_threshold = |&(overlap, truth): &(f32, usize)| match overlap {
            overlap if overlap >= self.high => Assignment::Truth(truth),
            overlap if overlap >= self.low => Assignment::Between,
            _ => Assignment::Background,
        };
        let mut assignments: Vec<Assignment> = best.iter().map(by_threshold).collect();
        if self.allow_low_quality {
            // Where nothing overlaps the true box, torchvision takes every box as its best one. No box is.
            for (truth, most) in most.into_iter().enumerate().filter(|(_, most)| *most > 0.0) {
                fill(truth, &mut row);
                for at in (0..boxes).filter(|&at| row[at] == most) {
                    assignments[at] = Assignment::Truth(best[at].1);
                }
            }
        }
        assignments
    }
}

#[cfg(test)]
mod tests {
    use super::Assignment::{Background, Between, Truth};
    use super::*;
    use proptest::prelude::*;

    // Two true boxes by five boxes.
    const OVERLAPS: [f32; 10] = [0.9, 0.6, 0.2, 0.0, 0.3, 0.1, 0.65, 0.25, 0.0, 0.3];

    #[test]
    fn thresholds_by_hand() {
        let matcher = Matcher::new(0.7, 0.3, false).expect("in order");
        // Box 4 overlaps both alike: at the lower threshold it is no longer background.
        let assigned = matcher.assign_by_overlaps(&OVERLAPS, 2, 5);
        assert_eq!(assigned, Ok(vec![Truth(0), Between, Background, Background, Between]));
        let assigned = Matcher::PROPOSALS.assign_by_overlaps(&OVERLAPS, 2, 5);
        assert_eq!(assigned, Ok(vec![Truth(0), Truth(1), Background, Background, Background]));
    }

    #[test]
    fn the_best_box_of_every_truth_is_positive_and_takes_its_own_best_truth() {
        let assigned = Matcher::ANCHORS.assign_by_overlaps(&OVERLAPS, 2, 5);
        assert_eq!(assigned, Ok(vec![Truth(0), Truth(1), Background, Background, Between]));
        // Truth 1 has boxes 0 and 2 as its best, alike; box 0 overlaps truth 0 more.
        let overlaps = [0.5, 0.6, 0.0, 0.2, 0.1, 0.2];
        let assigned = Matcher::ANCHORS.assign_by_overlaps(&overlaps, 2, 3);
        assert_eq!(assigned, Ok(vec![Truth(0), Truth(0), Truth(1)]));
    }

    #[test]
    fn a_truth_that_nothing_overlaps_makes_no_box_positive() {
        assert_eq!(Matcher::ANCHORS.assign_by_overlaps(&[0.0, 0.0], 1, 2), Ok(vec![Background; 2]));
    }

    #[test]
    fn without_truths_everything_is_background_and_without_boxes_there_is_nothing() {
        let whole = [0.0, 0.0, 9.0, 9.0];
        assert_eq!(Matcher::ANCHORS.assign(&[], &[whole; 3]), [Background; 3]);
        assert_eq!(Matcher::ANCHORS.assign(&[whole], &[]), []);
        assert_eq!(Matcher::PROPOSALS.assign(&[whole], &[whole, [0.0, 0.0, 4.0, 9.0]]), [Truth(0), Background]);
    }

    #[test]
    fn what_cannot_be_matched_is_named() {
        assert_eq!(Matcher::new(0.3, 0.7, true), Err(MatcherError::Thresholds { low: 0.7, high: 0.3 }));
        let wrong = Matcher::ANCHORS.assign_by_overlaps(&[0.5; 5], 2, 3);
        assert_eq!(wrong, Err(MatcherError::Overlaps { overlaps: 5, truths: 2, boxes: 3 }));
    }

    proptest! {
        #[test]
        fn every_truth_that_is_overlapped_has_a_positive_anchor(
            overlaps in proptest::collection::vec(0.01..1.0f32, 21),
        ) {
            let assigned = Matcher::ANCHORS.assign_by_overlaps(&overlaps, 3, 7).expect("3 by 7");
            for (truth, row) in overlaps.chunks(7).enumerate() {
                let best = (0..7).max_by(|&a, &b| row[a].total_cmp(&row[b])).expect("seven boxes");
                prop_assert!(matches!(assigned[best], Truth(_)), "truth {}", truth);
            }
        }
    }
}
