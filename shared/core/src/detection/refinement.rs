//! A second look at what the box head found: boxes that were moved are judged once more from where they are then, and
//! those of one object are averaged (Gidaris & Komodakis 2015, "Object detection via a multi-region & semantic
//! segmentation-aware CNN model", section 5: iterative localization, bounding box voting). Same weights; torchvision
//! looks once.

use super::boxes::{PixelBox, intersection_over_union};
use super::object::DetectedObject;
use serde::{Deserialize, Serialize};

/// How what the box head found is refined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refinement {
    /// Boxes of one class that overlap by more than this (IoU, 0 to 1) are of one object, and each becomes their mean,
    /// weighted by score; 1: none does.
    pub vote_above: f64,
}

impl Refinement {
    /// What of it cannot be; `None` where all can.
    pub fn fault(self) -> Option<String> {
        let is_share = (0.0..=1.0).contains(&self.vote_above);
        (!is_share).then(|| format!("vote_above must be 0 to 1, and is {}", self.vote_above))
    }

    /// Each candidate with the mean of the boxes of its class that overlap its own, weighted by score; scores and order
    /// stay.
    pub fn voted(self, candidates: &[DetectedObject]) -> Vec<DetectedObject> {
        let is_one = |a, b| intersection_over_union(a, b) > self.vote_above as f32;
        let vote = |of: &DetectedObject| {
            let (mut sums, mut weight) = ([0.0_f64; 4], 0.0_f64);
            let of_class = candidates.iter().filter(|other| other.class == of.class);
            for other in of_class.filter(|other| is_one(of.box_in_image, other.box_in_image)) {
                let score = f64::from(other.score);
                weight += score;
                sums.iter_mut().zip(other.box_in_image).for_each(|(sum, side)| *sum += score * f64::from(side));
            }
            // A box overlaps itself by 1.
            let mean = |sum: f64| (sum / weight) as f32;
            let box_in_image: PixelBox = if weight > 0.0 { sums.map(mean) } else { of.box_in_image };
            DetectedObject { box_in_image, ..*of }
        };
        candidates.iter().map(vote).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(box_in_image: PixelBox, class: usize, score: f32) -> DetectedObject {
        DetectedObject { box_in_image, class, score }
    }

    #[test]
    fn boxes_of_one_object_become_their_mean_by_score() {
        let found = [
            object([0.0, 0.0, 10.0, 10.0], 0, 0.75),
            object([0.0, 0.0, 10.0, 8.0], 0, 0.25),
            // Of another class, and elsewhere.
            object([0.0, 0.0, 10.0, 9.0], 1, 0.2),
            object([40.0, 0.0, 50.0, 10.0], 0, 0.1),
        ];
        let voted = Refinement { vote_above: 0.6 }.voted(&found);
        let boxes: Vec<PixelBox> = voted.iter().map(|object| object.box_in_image).collect();
        assert_eq!(boxes, [[0.0, 0.0, 10.0, 9.5], [0.0, 0.0, 10.0, 9.5], found[2].box_in_image, found[3].box_in_image]);
        assert!(voted.iter().zip(&found).all(|(a, b)| (a.class, a.score) == (b.class, b.score)));
        // They overlap by 0.8, and none by more than 1.
        for vote_above in [0.8, 1.0] {
            assert_eq!(Refinement { vote_above }.voted(&found), found);
        }
        assert_eq!(Refinement { vote_above: 0.5 }.voted(&[]), []);
    }
}
