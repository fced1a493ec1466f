//! Which candidates are shown, and what is known of each.

use nadir_core::bundle::CropPrediction;
use nadir_core::detection::postprocess::{DetectedObject, suppress, suppress_across_classes};
use nadir_core::protocol::Objects;

/// The most objects that are shown of an image, as many as torchvision's detectors give.
const MOST_SHOWN: usize = 100;

/// What may be objects in an image of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownObjects {
    /// The image request that it answers.
    pub request: u64,
    /// Candidates, truth and times.
    pub objects: Objects,
    /// What is known of each candidate's crop.
    pub names: Vec<Name>,
}

/// What is known of a crop.
#[derive(Debug, Clone, PartialEq)]
pub enum Name {
    /// It was not requested yet.
    NotRequested,
    /// It is requested; the answer is still to come.
    Requested,
    /// The crop cannot be classified.
    None,
    /// The crop classifier's answer.
    Known(CropPrediction),
}

impl ShownObjects {
    /// Fresh from the engine.
    pub fn new(request: u64, objects: Objects) -> Self {
        Self { request, names: vec![Name::NotRequested; objects.candidates.len()], objects }
    }

    /// The name of a candidate's crop, if it is known.
    pub fn name(&self, candidate: usize) -> Option<&CropPrediction> {
        match self.names.get(candidate)? {
            Name::Known(name) => Some(name),
            _ => None,
        }
    }
}

/// The candidates that are shown, the highest-scoring first: from this probability on, of those of one class that
/// overlap by more than `overlap` the highest-scoring, and of what then stays of several classes by more than
/// `stacked_above`. Who moves `overlap` above that wants to see more, so it holds for both then. `candidates` come
/// highest-scoring first.
pub fn visible(candidates: &[DetectedObject], score_from: f32, overlap: f32, stacked_above: f64) -> Vec<usize> {
    let overlap = f64::from(overlap);
    let scored = candidates.iter().take_while(|object| object.score >= score_from).count();
    let kept = suppress(&candidates[..scored], overlap, MOST_SHOWN);
    let detections: Vec<DetectedObject> = kept.iter().map(|&at| candidates[at]).collect();
    suppress_across_classes(&detections, stacked_above.max(overlap)).into_iter().map(|at| kept[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(class: usize, score: f32, box_in_image: [f32; 4]) -> DetectedObject {
        DetectedObject { box_in_image, class, score }
    }

    #[test]
    fn both_thresholds_choose_among_the_candidates() {
        let wide = [0.0, 0.0, 10.0, 10.0];
        let candidates = [
            candidate(1, 0.9, wide),
            candidate(1, 0.8, [0.0, 0.0, 10.0, 6.0]),
            candidate(2, 0.7, wide),
            candidate(1, 0.2, [20.0, 0.0, 30.0, 10.0]),
        ];
        assert_eq!(visible(&candidates, 0.5, 0.5, 1.0), [0, 2]);
        assert_eq!(visible(&candidates, 0.5, 0.6, 1.0), [0, 1, 2]);
        assert_eq!(visible(&candidates, 0.2, 0.5, 1.0), [0, 2, 3]);
        assert_eq!(visible(&candidates, 0.95, 0.5, 1.0), [0; 0]);
        assert_eq!(visible(&candidates, 0.2, 0.5, 0.8), [0, 3], "two classes on one object");
        assert_eq!(visible(&candidates, 0.2, 1.0, 0.8), [0, 1, 2, 3], "the visitor wants to see all");
    }
}
