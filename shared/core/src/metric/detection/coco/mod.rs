//! COCO's twelve figures (Lin et al. 2014, "Microsoft COCO: common objects in context", and the evaluation page of
//! cocodataset.org), as pycocotools 2's `COCOeval` gives them for boxes.

use super::ground_truth::{BoxAreas, Detection, GroundTruth, mean_of_some};
use super::matching::{Grouped, Matcher};
use crate::metric::rank_score;

/// Overlaps from 0.5 to 0.95.
const THRESHOLDS: usize = 10;
/// Precision is read at recalls of 0, 0.01, ... 1.
const RECALL_POINTS: usize = 101;
/// Areas that count, px², both ends included: all, small, medium, large.
const AREAS: [[f64; 2]; 4] = [[0.0, 1e10], [0.0, 1024.0], [1024.0, 9216.0], [9216.0, 1e10]];
/// As many detections of an image and class count in COCO's own figures (pycocotools: `maxDets`); the last for every
/// figure but the recalls of fewer.
pub const MAX_DETECTIONS: [u32; 3] = [1, 10, 100];

/// COCO's figures, each from 0 to 1, `None` if there is no ground truth that counts (pycocotools: -1).
#[derive(Debug, Clone, PartialEq)]
pub struct CocoFigures {
    /// Average precision: mean over overlaps of 0.5, 0.55, ... 0.95 and over the classes.
    pub ap: Option<f64>,
    /// Average precision at an overlap of 0.5.
    pub ap50: Option<f64>,
    /// Average precision at an overlap of 0.75.
    pub ap75: Option<f64>,
    /// Average precision of objects with areas up to 32² px, from 32² to 96² px, and from 96² px.
    pub ap_by_area: [Option<f64>; 3],
    /// Mean highest recall with at most 1, 10 and 100 detections of an image and class, or with the limits that were
    /// given.
    pub recall_by_detections: [Option<f64>; 3],
    /// Mean highest recall with the most detections, by area as the average precision.
    pub recall_by_area: [Option<f64>; 3],
    /// Average precision of each class, by its index.
    pub per_class: Vec<CocoClass>,
}

/// A class's average precision, `None` if it has no ground truth that counts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CocoClass {
    /// Mean over overlaps of 0.5, 0.55, ... 0.95.
    pub ap: Option<f64>,
    /// At an overlap of 0.5.
    pub ap50: Option<f64>,
}

impl CocoFigures {
    /// Every figure with COCO's name for it, in the order of pycocotools' `stats`.
    pub fn named(&self) -> [(&'static str, Option<f64>); 12] {
        let [ap_small, ap_medium, ap_large] = self.ap_by_area;
        let [ar_1, ar_10, ar_100] = self.recall_by_detections;
        let [ar_small, ar_medium, ar_large] = self.recall_by_area;
        [
            ("AP", self.ap),
            ("AP50", self.ap50),
            ("AP75", self.ap75),
            ("AP small", ap_small),
            ("AP medium", ap_medium),
            ("AP large", ap_large),
            ("AR 1", ar_1),
            ("AR 10", ar_10),
            ("AR 100", ar_100),
            ("AR small", ar_small),
            ("AR medium", ar_medium),
            ("AR large", ar_large),
        ]
    }
}

/// The figures of `detections`. Crowds are ignored, difficult objects are not; equal scores count in the order of
/// images and, in an image, in the order given. Time O(n log n) in the detections of each class.
///
/// pycocotools reads \[x, y, width, height\]: an area computed from corners can differ from its in the last bit, see
/// [`coco_figures_with_areas`].
///
/// ```
/// use nadir_core::metric::detection::coco::coco_figures;
/// use nadir_core::metric::detection::{Detection, GroundTruth};
/// // Two objects of one class; one is found, and one detection is on background.
/// let at = |left: f64| [left, 0.0, left + 10.0, 10.0];
/// let truths = [GroundTruth::new(0, 0, at(0.0)), GroundTruth::new(0, 0, at(20.0))];
/// let found = |left: f64, score: f64| Detection { image: 0, class: 0, box_in_image: at(left), score };
/// let detections = [found(0.0, 0.9), found(50.0, 0.8)];
/// // Precision 1 at 51 of 101 recalls.
/// let ap50 = coco_figures(&truths, &detections, 1).per_class[0].ap50.unwrap();
/// assert!((ap50 - 51.0 / 101.0).abs() < 1e-12);
/// ```
///
/// # Panics
/// If a class is `classes` or more.
pub fn coco_figures(truths: &[GroundTruth], detections: &[Detection], classes: usize) -> CocoFigures {
    let areas = BoxAreas::of_corners(truths, detections);
    coco_figures_with_areas(truths, detections, areas, MAX_DETECTIONS, classes)
}

/// [`coco_figures`] of boxes whose width times height is known from a file: exactly what pycocotools gives for it, also
/// where an area is 32² px, or an overlap its threshold. `max_detections` rise: dense images have more than 100 objects
/// of a class.
///
/// # Panics
/// If a class is `classes` or more, or there is not one area a box.
pub fn coco_figures_with_areas(
    truths: &[GroundTruth],
    detections: &[Detection],
    areas: BoxAreas,
    max_detections: [u32; 3],
    classes: usize,
) -> CocoFigures {
    let grouped = Grouped::with_areas(truths, detections, areas, classes);
    let (thresholds, mut scratch) = (thresholds(), Scratch { max_detections, ..Scratch::default() });
    let of_class = |class| scratch.class(&grouped, truths, detections, class, &thresholds);
    let per_class: Vec<ClassFigures> = (0..classes).map(of_class).collect();
    let mean = |figure: &dyn Fn(&ClassFigures) -> Option<f64>| mean_of_some(per_class.iter().map(figure));
    let of_areas = |by_area: fn(&ClassFigures) -> &[Option<[f64; THRESHOLDS]>; 4]| {
        [1, 2, 3].map(|area| mean(&|class| by_area(class)[area].map(mean_of)))
    };
    let ap = |class: &ClassFigures| class.precision[0].map(mean_of);
    let ap_at = |at: usize| move |class: &ClassFigures| class.precision[0].map(|precision| precision[at]);
    CocoFigures {
        ap: mean(&ap),
        ap50: mean(&ap_at(0)),
        ap75: mean(&ap_at(5)),
        ap_by_area: of_areas(|class| &class.precision),
        recall_by_detections: [0, 1, 2].map(|most| mean(&|class| class.recall_of_first[most].map(mean_of))),
        recall_by_area: of_areas(|class| &class.recall),
        per_class: per_class.iter().map(|class| CocoClass { ap: ap(class), ap50: ap_at(0)(class) }).collect(),
    }
}

/// As numpy's `linspace(0.5, 0.95, 10)`, whose last bits decide at overlaps of exactly 0.6 or 0.7. None is above
/// 1 - 1e-10, to which pycocotools bounds them.
fn thresholds() -> [f64; THRESHOLDS] {
    let step = (0.95 - 0.5) / 9.0;
    std::array::from_fn(|at| if at == 9 { 0.95 } else { at as f64 * step + 0.5 })
}

fn mean_of<const N: usize>(values: [f64; N]) -> f64 {
    values.iter().sum::<f64>() / N as f64
}

/// Figures of one class: of each area range and overlap, `None` if no truth counts.
struct ClassFigures {
    precision: [Option<[f64; THRESHOLDS]>; 4],
    recall: [Option<[f64; THRESHOLDS]>; 4],
    /// Of all areas, with the first detections of each image up to each limit.
    recall_of_first: [Option<[f64; THRESHOLDS]>; 3],
}

/// What became of a detection; of each area range a bit for each overlap.
#[derive(Clone, Copy)]
struct Outcome {
    score: f64,
    /// How many detections of its image and class score higher.
    rank: u32,
    found: [u16; 4],
    ignored: [u16; 4],
}

/// Reused from class to class.
#[derive(Default)]
struct Scratch {
    max_detections: [u32; 3],
    matcher: Matcher,
    outcomes: Vec<Outcome>,
    /// Precision after each true positive.
    precision: Vec<f64>,
}

impl Scratch {
    fn class(
        &mut self,
        grouped: &Grouped,
        truths: &[GroundTruth],
        detections: &[Detection],
        class: usize,
        thresholds: &[f64; THRESHOLDS],
    ) -> ClassFigures {
        let positives = self.collect(grouped, truths, detections, class, thresholds);
        // Stable: images stay in their order.
        self.outcomes.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut figures = ClassFigures { precision: [None; 4], recall: [None; 4], recall_of_first: [None; 3] };
        for (area, &positives) in positives.iter().enumerate().filter(|(_, positives)| **positives > 0) {
            let (mut precision, mut recall) = ([0.0; THRESHOLDS], [0.0; THRESHOLDS]);
            for at in 0..THRESHOLDS {
                (precision[at], recall[at]) = self.precision_and_recall(area, at, positives);
            }
            (figures.precision[area], figures.recall[area]) = (Some(precision), Some(recall));
        }
        if positives[0] > 0 {
            figures.recall_of_first = self.max_detections.map(|most| {
                let first = || self.outcomes.iter().filter(|outcome| outcome.rank < most);
                let found = |at: usize| first().filter(|outcome| outcome.found[0] >> at & 1 == 1).count();
                Some(std::array::from_fn(|at| found(at) as f64 / positives[0] as f64))
            });
        }
        figures
    }

    /// Matches the class's detections in every image, and counts the truths that matter, of each area range.
    fn collect(
        &mut self,
        grouped: &Grouped,
        truths: &[GroundTruth],
        detections: &[Detection],
        class: usize,
        thresholds: &[f64; THRESHOLDS],
    ) -> [usize; 4] {
        let Self { matcher, outcomes, max_detections, .. } = self;
        outcomes.clear();
        let mut positives = [0; 4];
        for mut group in grouped.images(class) {
            group.detections = &group.detections[..group.detections.len().min(max_detections[2] as usize)];
            let truth = |index: usize| &truths[group.truths[index] as usize];
            let first = outcomes.len();
            outcomes.extend(group.detections.iter().zip(0..).map(|(&at, rank)| {
                let score = rank_score(detections[at as usize].score);
                Outcome { score, rank, found: [0; 4], ignored: [0; 4] }
            }));
            matcher.load(grouped, group, thresholds[0]);
            for (at, [least, most]) in AREAS.into_iter().enumerate() {
                let outside = |area: f64| area < least || area > most;
                let ignored = |index: usize| truth(index).crowd || outside(truth(index).area);
                positives[at] += (0..group.truths.len()).filter(|&index| !ignored(index)).count();
                matcher.assign(
                    thresholds,
                    ignored,
                    |index| truth(index).crowd,
                    |detection, threshold, index| {
                        let outcome = &mut outcomes[first + detection];
                        let bits = if ignored(index) { &mut outcome.ignored } else { &mut outcome.found };
                        bits[at] |= 1 << threshold;
                    },
                );
                // A detection that found nothing is no false positive where its own area does not count.
                for (outcome, &detection) in outcomes[first..].iter_mut().zip(group.detections) {
                    if outside(grouped.areas.detections[detection as usize]) {
                        outcome.ignored[at] |= !outcome.found[at];
                    }
                }
            }
        }
        positives
    }

    /// The mean of the best precision at each of the 101 recalls or beyond it, 0 where that recall is not reached; and
    /// the highest recall.
    fn precision_and_recall(&mut self, area: usize, threshold: usize, positives: usize) -> (f64, f64) {
        self.precision.clear();
        let (mut found, mut counted) = (0.0, 0.0);
        for outcome in &self.outcomes {
            if outcome.found[area] >> threshold & 1 == 1 {
                (found, counted) = (found + 1.0, counted + 1.0);
                // pycocotools adds the last bit of 1 to every denominator.
                self.precision.push(found / (counted + f64::EPSILON));
            } else if outcome.ignored[area] >> threshold & 1 == 0 {
                counted += 1.0;
            }
        }
        // Between true positives precision only falls: they alone can be the best from a recall on.
        for at in (1..self.precision.len()).rev() {
            self.precision[at - 1] = self.precision[at - 1].max(self.precision[at]);
        }
        let (mut sum, mut at) = (0.0, 0);
        for point in 0..RECALL_POINTS {
            let recall = if point == RECALL_POINTS - 1 { 1.0 } else { point as f64 * 0.01 };
            while at < self.precision.len() && ((at + 1) as f64 / positives as f64) < recall {
                at += 1;
            }
            sum += self.precision.get(at).copied().unwrap_or(0.0);
        }
        (sum / RECALL_POINTS as f64, self.precision.len() as f64 / positives as f64)
    }
}

#[cfg(test)]
mod tests;
