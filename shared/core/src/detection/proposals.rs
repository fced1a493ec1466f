//! From the region proposal network's outputs for every anchor to the few boxes that the box head looks at.

use super::Size;
use super::box_coder::BoxCoder;
use super::boxes::{PixelBox, clip, is_at_least};
use super::nms::{batched_nms, highest_first};

/// The network's outputs for the anchors of one level in one image.
#[derive(Debug, Clone, Copy)]
pub struct LevelOutput<'a> {
    /// The level's anchors, \[anchors\], as [`super::anchors::AnchorGenerator::grid`] gives them.
    pub anchors: &'a [PixelBox],
    /// Logits of there being an object, \[anchors\].
    pub objectness: &'a [f32],
    /// How the anchors are to be corrected, \[anchors, 4\], for [`BoxCoder::PROPOSALS`].
    pub deltas: &'a [f32],
}

/// How many proposals are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProposalSettings {
    /// Of each level, as many anchors as this are looked at, the highest-scoring.
    pub pre_nms_top_n: usize,
    /// As many proposals as this are left of an image.
    pub post_nms_top_n: usize,
    /// Of the boxes of one level that overlap by more than this the highest-scoring stays.
    pub iou_threshold: f64,
    /// Probability of an object, from 0 to 1; proposals below are dropped.
    pub score_threshold: f32,
    /// Proposals with a side shorter than this are dropped, px.
    pub min_size: f32,
}

impl ProposalSettings {
    /// torchvision's defaults for inference: 1,000 anchors a level, 1,000 proposals an image.
    pub const INFERENCE: Self =
        Self { pre_nms_top_n: 1000, post_nms_top_n: 1000, iou_threshold: 0.7, score_threshold: 0.0, min_size: 1e-3 };
    /// torchvision's defaults for training: 2,000 anchors a level, 2,000 proposals an image.
    pub const TRAINING: Self = Self { pre_nms_top_n: 2000, post_nms_top_n: 2000, ..Self::INFERENCE };
}

/// A box that may hold an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// In the resized image, px.
    pub box_in_image: PixelBox,
    /// Probability of an object, from 0 to 1.
    pub score: f32,
}

/// A level's parts do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("level {level} has {anchors} anchors, {objectness} logits and {deltas} deltas: expected 1 and 4 an anchor")]
pub struct ProposalError {
    /// Index of the level, 0 the finest.
    pub level: usize,
    /// Number of its anchors.
    pub anchors: usize,
    /// Number of its logits of objectness.
    pub objectness: usize,
    /// Number of its deltas; expected four an anchor.
    pub deltas: usize,
}

/// The proposals of one image, the highest-scoring first (Ren et al. 2015, section 3.3, "Sharing features for RPN and
/// Fast R-CNN"; levels apart as Lin et al. 2017, section 4.1). As torchvision's
/// `RegionProposalNetwork.filter_proposals`: the highest-scoring of each level, corrected, clipped to the `image` (its
/// resized size without padding), the small and the unsure dropped, non-maximum suppression within each level, the
/// highest-scoring of all. Equal scores stay in the order of levels and anchors.
///
/// # Errors
/// If a level has not one logit and four deltas an anchor.
pub fn filter_proposals(
    levels: &[LevelOutput],
    image: Size,
    settings: &ProposalSettings,
) -> Result<Vec<Proposal>, ProposalError> {
    let (mut boxes, mut scores, mut level_of) = (Vec::new(), Vec::new(), Vec::new());
    for (level, &LevelOutput { anchors, objectness, deltas }) in levels.iter().enumerate() {
        let lengths = [anchors.len(), objectness.len(), deltas.len()];
        let (deltas, rest) = deltas.as_chunks::<4>();
        if lengths[1] != anchors.len() || deltas.len() != anchors.len() || !rest.is_empty() {
            let [anchors, objectness, deltas] = lengths;
            return Err(ProposalError { level, anchors, objectness, deltas });
        }
        for at in highest_first(objectness, settings.pre_nms_top_n) {
            let proposal = clip(BoxCoder::PROPOSALS.decode(deltas[at], anchors[at]), image);
            let score = sigmoid(objectness[at]);
            if is_at_least(proposal, settings.min_size) && score >= settings.score_threshold {
                boxes.push(proposal);
                scores.push(score);
                level_of.push(level);
            }
        }
    }
    let kept = batched_nms(&boxes, &scores, &level_of, settings.iou_threshold, settings.post_nms_top_n);
    Ok(kept.into_iter().map(|at| Proposal { box_in_image: boxes[at], score: scores[at] }).collect())
}

/// With torch's roundings in f32: proposals of high probability become equal where they do in torch.
fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + f64::from(-logit).exp() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Size = Size::new(20, 40);
    const ANCHORS: [PixelBox; 4] =
        [[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0], [50.0, 0.0, 60.0, 10.0], [-5.0, 12.0, 5.0, 30.0]];

    fn boxes(levels: &[LevelOutput], settings: &ProposalSettings) -> Vec<PixelBox> {
        let proposals = filter_proposals(levels, IMAGE, settings).expect("lengths fit");
        assert!(proposals.is_sorted_by(|a, b| a.score >= b.score));
        proposals.into_iter().map(|proposal| proposal.box_in_image).collect()
    }

    fn level<'a>(objectness: &'a [f32; 4]) -> LevelOutput<'a> {
        LevelOutput { anchors: &ANCHORS, objectness, deltas: &[0.0; 16] }
    }

    #[test]
    fn overlapping_and_outside_boxes_go_and_the_rest_is_clipped() {
        let kept = boxes(&[level(&[1.0, 2.0, 9.0, 0.0])], &ProposalSettings::INFERENCE);
        assert_eq!(kept, [ANCHORS[1], [0.0, 12.0, 5.0, 20.0]]);
    }

    #[test]
    fn levels_do_not_suppress_each_other() {
        let kept = boxes(&[level(&[1.0, 0.0, 9.0, 0.0]), level(&[0.0, 2.0, 9.0, 0.0])], &ProposalSettings::INFERENCE);
        assert_eq!(kept[..2], [ANCHORS[1], ANCHORS[0]]);
        assert_eq!(kept.len(), 4);
    }

    #[test]
    fn numbers_and_thresholds_are_kept_to() {
        let logits = level(&[1.0, 2.0, 9.0, 0.0]);
        // The highest-scoring anchor is outside: of the first two one is left.
        let settings = ProposalSettings { pre_nms_top_n: 2, ..ProposalSettings::INFERENCE };
        assert_eq!(boxes(&[logits], &settings), [ANCHORS[1]]);
        let settings = ProposalSettings { post_nms_top_n: 1, ..ProposalSettings::INFERENCE };
        assert_eq!(boxes(&[logits, logits], &settings), [ANCHORS[1]]);
        let settings = ProposalSettings { score_threshold: 0.6, ..ProposalSettings::INFERENCE };
        assert_eq!(boxes(&[logits], &settings), [ANCHORS[1]]);
        let settings = ProposalSettings { min_size: 9.5, ..ProposalSettings::INFERENCE };
        assert_eq!(boxes(&[logits], &settings), [ANCHORS[0]]);
    }

    #[test]
    fn corrections_are_applied_and_what_is_not_a_number_is_dropped() {
        let deltas = [1.0, 0.5, 0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0];
        let output = LevelOutput { anchors: &ANCHORS[..2], objectness: &[f32::NAN, 1.0], deltas: &deltas };
        assert_eq!(boxes(&[output], &ProposalSettings::INFERENCE), [[0.0; 4]; 0]);
        let output = LevelOutput { anchors: &ANCHORS[..2], objectness: &[-99.0, 1.0], deltas: &deltas };
        assert_eq!(boxes(&[output], &ProposalSettings::INFERENCE), [[10.0, 5.0, 20.0, 15.0]]);
    }

    #[test]
    fn a_level_that_does_not_fit_is_named() {
        let short = LevelOutput { anchors: &ANCHORS, objectness: &[0.0; 4], deltas: &[0.0; 15] };
        let error = filter_proposals(&[level(&[0.0; 4]), short], IMAGE, &ProposalSettings::INFERENCE);
        assert_eq!(error, Err(ProposalError { level: 1, anchors: 4, objectness: 4, deltas: 15 }));
    }
}
