//! What each box of an image has to learn.

use super::Size;
use super::box_coder::{BoxCoder, Deltas};
use super::boxes::{PixelBox, area, clip, intersection, is_at_least, scale};
use super::matcher::{Assignment, Matcher};
use super::sampler::BalancedSampler;
use crate::rng::Rng;

/// The annotated objects of an image.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Truths {
    /// Boxes of the objects to be found, px.
    pub boxes: Vec<PixelBox>,
    /// The class of each, from 1; 0 is the background.
    pub classes: Vec<usize>,
    /// Boxes of crowds and of difficult objects: what lies in them is neither an object nor background.
    pub ignored: Vec<PixelBox>,
    /// Classes, from 1, whose objects are not annotated in this image, whether it has some or not: what is no annotated
    /// object may be one of them. Empty where all are annotated.
    pub unlabelled: Vec<usize>,
}

/// A box lies in an ignored one from this share of its area on.
const IN_IGNORED: f32 = 0.5;

/// What the region proposal network learns from an image.
#[derive(Debug, Clone, PartialEq)]
pub struct AnchorTargets {
    /// Indices of anchors that are objects, ascending, and what corrects each of them.
    pub positives: Vec<(usize, Deltas)>,
    /// Indices of anchors that are background, ascending. None in an image with [`Truths::unlabelled`] classes, where
    /// an anchor on no annotated object may be on another.
    pub negatives: Vec<usize>,
    /// How many anchors were drawn as background and are not learned from for that reason. They count in the mean of
    /// the losses, so that an object weighs the same in every image.
    pub skipped: usize,
}

/// What the box head learns from an image.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposalTargets {
    /// Boxes, px: objects first, then background.
    pub boxes: Vec<PixelBox>,
    /// The class of each; 0 for background.
    pub classes: Vec<usize>,
    /// What corrects the box, for each that is an object.
    pub deltas: Vec<Deltas>,
    /// Classes, from 1, that a box of class 0 may be just as well (see [`Truths::unlabelled`]).
    pub unlabelled: Vec<usize>,
}

impl Truths {
    /// The same objects in the image resized `from` one size `to` another: cut off at the border; those of which less
    /// than 1 px is left in a direction go.
    pub fn resized(&self, from: Size, to: Size) -> Self {
        let inside = |&of: &PixelBox| clip(scale(of, from, to), to);
        let kept = |of: &PixelBox| is_at_least(*of, 1.0);
        let (boxes, classes) =
            self.boxes.iter().map(inside).zip(self.classes.iter().copied()).filter(|(of, _)| kept(of)).unzip();
        let ignored = self.ignored.iter().map(inside).filter(kept).collect();
        Self { boxes, classes, ignored, unlabelled: self.unlabelled.clone() }
    }

    /// Assigns `boxes` to the objects; background that lies in an ignored box is skipped.
    fn assign(&self, matcher: Matcher, boxes: &[PixelBox]) -> Vec<Assignment> {
        let mut assignments = matcher.assign(&self.boxes, boxes);
        if !self.ignored.is_empty() {
            let lies_in_ignored = |of: PixelBox| {
                self.ignored.iter().any(|&ignored| intersection(of, ignored) >= IN_IGNORED * area(of) && area(of) > 0.0)
            };
            for (assignment, &of) in assignments.iter_mut().zip(boxes) {
                if *assignment == Assignment::Background && lies_in_ignored(of) {
                    *assignment = Assignment::Between;
                }
            }
        }
        assignments
    }

    /// A sample of an image's anchors (Ren et al. 2015, section 3.1.3), as torchvision's
    /// `RegionProposalNetwork.assign_targets_to_anchors` and its sampler.
    pub fn of_anchors(&self, anchors: &[PixelBox], sampler: BalancedSampler, rng: &mut Rng) -> AnchorTargets {
        let assignments = self.assign(Matcher::ANCHORS, anchors);
        let sample = sampler.sample(&assignments, rng);
        let with_deltas = |at: usize| match assignments[at] {
            Assignment::Truth(truth) => Some((at, BoxCoder::PROPOSALS.encode(self.boxes[truth], anchors[at]))),
            _ => None,
        };
        let positives = sample.positives.into_iter().filter_map(with_deltas).collect();
        match self.unlabelled.is_empty() {
            true => AnchorTargets { positives, negatives: sample.negatives, skipped: 0 },
            false => AnchorTargets { positives, negatives: Vec::new(), skipped: sample.negatives.len() },
        }
    }

    /// A sample of an image's proposals, the true boxes among them (Girshick 2015, "Fast R-CNN", section 2.3), as
    /// torchvision's `RoIHeads.select_training_samples`.
    pub fn of_proposals(
        &self,
        mut proposals: Vec<PixelBox>,
        sampler: BalancedSampler,
        rng: &mut Rng,
    ) -> ProposalTargets {
        proposals.extend(&self.boxes);
        let assignments = self.assign(Matcher::PROPOSALS, &proposals);
        let sample = sampler.sample(&assignments, rng);
        let unlabelled = self.unlabelled.clone();
        let mut targets = ProposalTargets { boxes: Vec::new(), classes: Vec::new(), deltas: Vec::new(), unlabelled };
        for at in sample.positives {
            if let Assignment::Truth(truth) = assignments[at] {
                targets.boxes.push(proposals[at]);
                targets.classes.push(self.classes[truth]);
                targets.deltas.push(BoxCoder::DETECTIONS.encode(self.boxes[truth], proposals[at]));
            }
        }
        targets.boxes.extend(sample.negatives.iter().map(|&at| proposals[at]));
        targets.classes.resize(targets.boxes.len(), 0);
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: BalancedSampler = BalancedSampler { per_image: 1000, positive_fraction: 0.5 };

    fn truths() -> Truths {
        Truths {
            boxes: vec![[0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 30.0, 40.0]],
            classes: vec![2, 1],
            ignored: vec![[50.0, 50.0, 60.0, 60.0]],
            unlabelled: Vec::new(),
        }
    }

    #[test]
    fn anchors_on_objects_are_corrected_and_those_in_ignored_boxes_skipped() {
        let anchors =
            [[0.0, 0.0, 10.0, 9.0], [20.0, 20.0, 30.0, 40.0], [51.0, 51.0, 59.0, 59.0], [70.0, 0.0, 80.0, 9.0]];
        let targets = truths().of_anchors(&anchors, ALL, &mut Rng::new(1));
        assert_eq!(targets.negatives, [3]);
        assert_eq!(targets.positives.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(targets.positives[1].1, [0.0; 4]);
        let back = BoxCoder::PROPOSALS.decode(targets.positives[0].1, anchors[0]);
        assert!(back.iter().zip(truths().boxes[0]).all(|(a, b)| (a - b).abs() < 1e-5), "{back:?}");
    }

    #[test]
    fn true_boxes_are_proposals_of_their_class_and_the_rest_background() {
        let proposals = vec![[0.0, 0.0, 10.0, 6.0], [80.0, 80.0, 90.0, 90.0], [50.0, 50.0, 60.0, 60.0]];
        let targets = truths().of_proposals(proposals.clone(), ALL, &mut Rng::new(1));
        let boxes = [proposals[0], truths().boxes[0], truths().boxes[1], proposals[1]];
        assert_eq!((targets.boxes.as_slice(), targets.classes.as_slice()), (&boxes[..], &[2, 2, 1, 0][..]));
        assert_eq!(targets.deltas.len(), 3);
        assert_eq!(targets.deltas[1..], [[0.0; 4]; 2]);
    }

    #[test]
    fn what_may_be_an_object_of_an_unlabelled_class_is_no_background() {
        let anchors = [[0.0, 0.0, 10.0, 9.0], [70.0, 0.0, 80.0, 9.0], [80.0, 0.0, 90.0, 9.0]];
        let partly = Truths { unlabelled: vec![3], ..truths() };
        let (whole, part) =
            (truths().of_anchors(&anchors, ALL, &mut Rng::new(1)), partly.of_anchors(&anchors, ALL, &mut Rng::new(1)));
        assert_eq!((part.positives, part.negatives.len(), part.skipped), (whole.positives, 0, whole.negatives.len()));
        assert_eq!((whole.negatives.len(), whole.skipped), (2, 0));
        let regions = partly.of_proposals(anchors.to_vec(), ALL, &mut Rng::new(1));
        assert_eq!((regions.classes.as_slice(), regions.unlabelled.as_slice()), (&[2, 2, 1, 0, 0][..], &[3][..]));
        assert_eq!(partly.resized(Size::new(9, 9), Size::new(18, 18)).unlabelled, [3]);
    }

    #[test]
    fn an_image_without_objects_is_background_alone() {
        let none = Truths::default();
        let anchors = [[0.0, 0.0, 4.0, 4.0]; 3];
        let targets = none.of_anchors(&anchors, ALL, &mut Rng::new(1));
        assert_eq!((targets.positives.len(), targets.negatives.len()), (0, 3));
        let targets = none.of_proposals(anchors.to_vec(), ALL, &mut Rng::new(1));
        assert_eq!((targets.classes, targets.deltas.len()), (vec![0; 3], 0));
    }

    #[test]
    fn objects_follow_their_image_and_go_where_nothing_of_them_is_left() {
        let half = truths().resized(Size::new(100, 100), Size::new(50, 25));
        assert_eq!(half.boxes, [[0.0, 0.0, 2.5, 5.0], [5.0, 10.0, 7.5, 20.0]]);
        assert_eq!(half.ignored, [[12.5, 25.0, 15.0, 30.0]]);
        let tiny = truths().resized(Size::new(100, 100), Size::new(100, 9));
        assert_eq!((tiny.boxes.len(), tiny.classes.len(), tiny.ignored.len()), (0, 0, 0));
        let outside = Truths { boxes: vec![[95.0, 0.0, 120.0, 9.0]], classes: vec![1], ..Truths::default() };
        assert_eq!(outside.resized(Size::new(100, 100), Size::new(100, 100)).boxes, [[95.0, 0.0, 100.0, 9.0]]);
    }
}
