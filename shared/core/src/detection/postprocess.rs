//! From the box head's outputs for every proposal to the detections of an image.

use super::Size;
use super::box_coder::{BoxCoder, Deltas};
use super::boxes::{PixelBox, clip, is_at_least};
use super::nms::{highest_first, suppress_in_order};
pub use super::object::DetectedObject;
use super::refinement::Refinement;

/// Which detections are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectionSettings {
    /// Probability of the class, from 0 to 1; detections of this or below are dropped.
    pub score_threshold: f32,
    /// Of the boxes of one class that overlap by more than this the highest-scoring stays.
    pub iou_threshold: f64,
    /// As many detections as this are left of an image.
    pub per_image: usize,
    /// Detections with a side shorter than this are dropped, px.
    pub min_size: f32,
    /// Whether what is found is looked at once more; torchvision's are not.
    pub refinement: Option<Refinement>,
}

impl DetectionSettings {
    /// torchvision's defaults: scores above 0.05, IoU 0.5, 100 detections an image.
    pub const DEFAULT: Self =
        Self { score_threshold: 0.05, iou_threshold: 0.5, per_image: 100, min_size: 1e-2, refinement: None };

    /// Of [`candidates`], the highest-scoring first, those that are left of each other by [`suppress`].
    pub fn kept(&self, candidates: &[DetectedObject]) -> Vec<DetectedObject> {
        let kept = suppress(candidates, self.iou_threshold, self.per_image);
        kept.into_iter().map(|at| candidates[at]).collect()
    }
}

impl Default for DetectionSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The box head's outputs are not of so many proposals and classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{logits} logits and {deltas} deltas of {proposals} proposals and {classes} classes: expected 1 and 4 of each pair, \
     and a class beside the background"
)]
pub struct PostprocessError {
    /// How many logits there are.
    pub logits: usize,
    /// How many deltas there are.
    pub deltas: usize,
    /// How many proposals there are.
    pub proposals: usize,
    /// How many classes there are, background among them.
    pub classes: usize,
}

/// The box head's detections before boxes suppress each other, the highest-scoring first (Girshick 2015, "Fast R-CNN",
/// section 2.4; with [`suppress`], torchvision's `RoIHeads.postprocess_detections`): softmax over the classes, every
/// class but the background with its own box, clipped to the `image` (its resized size without padding), the unsure and
/// the small dropped. Equal scores stay in the order of proposals and classes.
///
/// `logits` is \[proposals, classes\] and `deltas` \[proposals, classes, 4\], row-major, class 0 the background, deltas
/// for [`BoxCoder::DETECTIONS`].
///
/// # Errors
/// If the lengths do not fit.
pub fn candidates(
    proposals: &[PixelBox],
    logits: &[f32],
    deltas: &[f32],
    classes: usize,
    image: Size,
    settings: &DetectionSettings,
) -> Result<Vec<DetectedObject>, PostprocessError> {
    let found = candidates_by_proposal(proposals, logits, deltas, classes, image, settings)?;
    let found: Vec<DetectedObject> = found.into_iter().flatten().collect();
    let scores: Vec<f32> = found.iter().map(|object| object.score).collect();
    Ok(highest_first(&scores, scores.len()).into_iter().map(|at| found[at]).collect())
}

/// Where the box head looks once more ([`Refinement`]), of what [`candidates_by_proposal`] gave: of each proposal of which
/// a class is a candidate, the box of the class that scores highest, in the order of the proposals.
pub fn regions_to_refine(found: Vec<Vec<DetectedObject>>) -> Vec<PixelBox> {
    let highest =
        |of: Vec<DetectedObject>| of.into_iter().reduce(|best, one| if one.score > best.score { one } else { best });
    found.into_iter().filter_map(highest).map(|object| object.box_in_image).collect()
}

/// [`candidates()`], those of each proposal by themselves, in the order of the classes.
///
/// # Errors
/// If the lengths do not fit.
pub fn candidates_by_proposal(
    proposals: &[PixelBox],
    logits: &[f32],
    deltas: &[f32],
    classes: usize,
    image: Size,
    settings: &DetectionSettings,
) -> Result<Vec<Vec<DetectedObject>>, PostprocessError> {
    let pairs = proposals.len() * classes;
    if classes < 2 || logits.len() != pairs || deltas.len() != 4 * pairs {
        let (logits, deltas, proposals) = (logits.len(), deltas.len(), proposals.len());
        return Err(PostprocessError { logits, deltas, proposals, classes });
    }
    let (deltas, _): (&[Deltas], _) = deltas.as_chunks();
    let rows = proposals.iter().zip(logits.chunks_exact(classes)).zip(deltas.chunks_exact(classes));
    let of_proposal = |((&proposal, logits), deltas): ((&PixelBox, &[f32]), &[Deltas])| {
        let of_classes = softmax(logits).zip(deltas).skip(1).enumerate();
        let object = |(class, (score, &deltas)): (usize, (f32, &Deltas))| {
            let box_in_image = clip(BoxCoder::DETECTIONS.decode(deltas, proposal), image);
            is_at_least(box_in_image, settings.min_size).then_some(DetectedObject { box_in_image, class, score })
        };
        of_classes.filter(|(_, (score, _))| *score > settings.score_threshold).filter_map(object).collect()
    };
    Ok(rows.map(of_proposal).collect())
}

/// Non-maximum suppression within each class: the indices of the candidates that stay, at most `per_image` of them.
/// `candidates` come highest-scoring first, as [`candidates()`] gives them.
#[inline]
pub fn suppress(candidates: &[DetectedObject], iou_threshold: f64, per_image: usize) -> Vec<usize> {
    debug_assert!(candidates.is_sorted_by(|a, b| a.score >= b.score), "the highest-scoring first");
    let classes = candidates.iter().map(|object| object.class + 1).max().unwrap_or(0);
    let at = |index: usize| (candidates[index].box_in_image, candidates[index].class);
    suppress_in_order(0..candidates.len(), at, classes, iou_threshold, per_image)
}

/// What is left of detections that [`suppress`] has kept where boxes of different classes are stacked on one object: the
/// indices of those that overlap no higher-scoring one, of whatever class, by more than `iou_threshold`
/// (class-agnostic non-maximum suppression). `detections` come highest-scoring first.
///
/// For a person who looks, not for evaluation: COCO's and VOC's figures judge each class alone, and an object that two
/// classes claim costs them less than the class that is suppressed wrongly.
#[inline]
pub fn suppress_across_classes(detections: &[DetectedObject], iou_threshold: f64) -> Vec<usize> {
    debug_assert!(detections.is_sorted_by(|a, b| a.score >= b.score), "the highest-scoring first");
    let at = |index: usize| (detections[index].box_in_image, 0);
    suppress_in_order(0..detections.len(), at, 1, iou_threshold, usize::MAX)
}

fn softmax(logits: &[f32]) -> impl Iterator<Item = f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = move |logit: f32| f64::from(logit - highest).exp();
    let sum: f64 = logits.iter().map(|&logit| weight(logit)).sum();
    logits.iter().map(move |&logit| (weight(logit) / sum) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Size = Size::new(30, 30);
    const PROPOSALS: [PixelBox; 2] = [[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0]];
    const NO_DELTAS: [f32; 24] = [0.0; 24];

    /// Logits of these shares.
    fn logits(shares: [[f32; 3]; 2]) -> Vec<f32> {
        shares.concat().into_iter().map(f32::ln).collect()
    }

    fn found(logits: &[f32], deltas: &[f32], settings: DetectionSettings) -> Vec<(usize, usize, f32)> {
        let detected = candidates(&PROPOSALS, logits, deltas, 3, IMAGE, &settings).expect("lengths fit");
        let detected = settings.kept(&detected);
        let index = |object: &DetectedObject| PROPOSALS.iter().position(|of| *of == object.box_in_image);
        detected
            .iter()
            .map(|object| (index(object).expect("not moved"), object.class, (object.score * 100.0).round()))
            .collect()
    }

    #[test]
    fn each_class_is_suppressed_alone_and_background_never_found() {
        let logits = logits([[0.5, 0.3, 0.2], [0.2, 0.4, 0.4]]);
        assert_eq!(found(&logits, &NO_DELTAS, DetectionSettings::DEFAULT), [(1, 0, 40.0), (1, 1, 40.0)]);
        let apart = DetectionSettings { iou_threshold: 0.95, ..DetectionSettings::DEFAULT };
        let all = [(1, 0, 40.0), (1, 1, 40.0), (0, 0, 30.0), (0, 1, 20.0)];
        assert_eq!(found(&logits, &NO_DELTAS, apart), all);
        assert_eq!(found(&logits, &NO_DELTAS, DetectionSettings { per_image: 3, ..apart }), all[..3]);
        assert_eq!(found(&logits, &NO_DELTAS, DetectionSettings { score_threshold: 0.25, ..apart }), all[..3]);
        assert_eq!(found(&logits, &NO_DELTAS, DetectionSettings { min_size: 9.5, ..apart }), all[2..]);
    }

    #[test]
    fn each_class_has_its_own_box() {
        let mut deltas = NO_DELTAS;
        deltas[2 * 4] = 10.0; // the second class of proposal 0: one width to the right
        let logits = logits([[0.1, 0.5, 0.4], [0.98, 0.01, 0.01]]);
        let detected = candidates(&PROPOSALS, &logits, &deltas, 3, IMAGE, &DetectionSettings::DEFAULT);
        let detected = DetectionSettings::DEFAULT.kept(&detected.expect("lengths fit"));
        let boxes: Vec<PixelBox> = detected.iter().map(|object| object.box_in_image).collect();
        assert_eq!(boxes, [PROPOSALS[0], [10.0, 0.0, 20.0, 10.0]]);
    }

    #[test]
    fn the_surest_box_of_each_proposal_is_looked_at_again() {
        let mut deltas = NO_DELTAS;
        deltas[2 * 4] = 1.0; // the second class of proposal 0: a tenth of its width to the right
        // Of proposal 1 only the background is sure.
        let logits = logits([[0.1, 0.4, 0.5], [0.98, 0.01, 0.01]]);
        let regions = |classes, settings| {
            candidates_by_proposal(&PROPOSALS, &logits, &deltas, classes, IMAGE, &settings).map(regions_to_refine)
        };
        assert_eq!(regions(3, DetectionSettings::DEFAULT), Ok(vec![[1.0, 0.0, 11.0, 10.0]]));
        let unsure = DetectionSettings { score_threshold: 0.0, ..DetectionSettings::DEFAULT };
        assert_eq!(regions(3, unsure), Ok(vec![[1.0, 0.0, 11.0, 10.0], PROPOSALS[1]]));
        assert!(regions(4, unsure).is_err());
    }

    #[test]
    fn large_logits_do_not_overflow_and_nan_finds_nothing() {
        let large = [0.0, 1000.0, -1000.0, f32::NAN, 3.0, 3.0];
        assert_eq!(found(&large, &NO_DELTAS, DetectionSettings::DEFAULT), [(0, 0, 100.0)]);
    }

    #[test]
    fn a_candidate_stays_until_a_surer_one_of_its_class_overlaps_it_by_more_than_the_threshold() {
        let logits = logits([[0.5, 0.3, 0.2], [0.2, 0.4, 0.4]]);
        let all = candidates(&PROPOSALS, &logits, &NO_DELTAS, 3, IMAGE, &DetectionSettings::DEFAULT);
        let all = all.expect("lengths fit");
        // Both proposals overlap by 9 / 10, in either class.
        assert_eq!(all.iter().map(|object| object.class).collect::<Vec<_>>(), [0, 1, 0, 1]);
        assert_eq!(suppress(&all, 0.89, 100), [0, 1]);
        assert_eq!(suppress(&all, 0.91, 100), [0, 1, 2, 3]);
        assert_eq!(suppress(&all, 0.91, 3), [0, 1, 2]);
        assert_eq!(suppress(&[], 0.5, 100), [0; 0]);
    }

    #[test]
    fn of_boxes_of_several_classes_on_one_object_the_highest_scoring_stays() {
        let object =
            |class: usize, score: f32, x1: f32| DetectedObject { box_in_image: [0.0, 0.0, x1, 10.0], class, score };
        // Widths 8 and 7 overlap 10 by 0.8 and 0.7, and each other by 0.875: the one that went suppresses nothing.
        let stacked = [object(2, 0.9, 10.0), object(0, 0.8, 8.0), object(1, 0.7, 7.0), object(1, 0.6, 2.0)];
        assert_eq!(suppress(&stacked, 0.5, 100), [0, 1, 2, 3]);
        assert_eq!(suppress_across_classes(&stacked, 0.75), [0, 2, 3]);
        assert_eq!(suppress_across_classes(&stacked, 0.65), [0, 3]);
        assert_eq!(suppress_across_classes(&stacked, 1.0), [0, 1, 2, 3]);
        assert_eq!(suppress_across_classes(&[], 0.75), [0; 0]);
    }

    #[test]
    fn lengths_that_do_not_fit_are_named() {
        let error = candidates(&PROPOSALS, &[0.0; 5], &NO_DELTAS, 3, IMAGE, &DetectionSettings::DEFAULT);
        assert_eq!(error, Err(PostprocessError { logits: 5, deltas: 24, proposals: 2, classes: 3 }));
        let error = candidates(&PROPOSALS, &[0.0; 2], &[0.0; 8], 1, IMAGE, &DetectionSettings::DEFAULT);
        assert_eq!(error, Err(PostprocessError { logits: 2, deltas: 8, proposals: 2, classes: 1 }));
    }
}
