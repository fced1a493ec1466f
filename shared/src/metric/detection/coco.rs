//! COCO's twelve figures (Lin et al. 2014, "Microsoft COCO: common objects in context", and the evaluation page of
//! cocodataset.org), as pycocotools 2's `COCOeval` gives them for boxes.

use super::matching::{Grouped, Matcher, area, rank_score};
use super::{Detection, GroundTruth, mean_of_some};

/// Overlaps from 0.5 to 0.95.
const THRESHOLDS: usize = 10;
/// Precision is read at recalls of 0, 0.01, ... 1.
const RECALL_POINTS: usize = 101;
/// Areas that count, px², both ends included: all, small, medium, large.
const AREAS: [[f64; 2]; 4] = [[0.0, 1e10], [0.0, 1024.0], [1024.0, 9216.0], [9216.0, 1e10]];
/// As many detections of an image and class count; the last for every figure but the recalls of fewer.
const MOST_DETECTIONS: [u32; 3] = [1, 10, 100];

/// COCO's figures, each from 0 to 1, none where there is no ground truth that counts (pycocotools: -1).
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
    /// Mean highest recall with at most 1, 10 and 100 detections of an image and class.
    pub recall_by_detections: [Option<f64>; 3],
    /// Mean highest recall with 100 detections, by area as the average precision.
    pub recall_by_area: [Option<f64>; 3],
    /// Of every class.
    pub per_class: Vec<CocoClass>,
}

/// A class's average precision, none where it has no ground truth that counts.
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

/// The figures of `detections`. Crowds are ignored, difficult objects are not; equal scores count in the order of images
/// and, in an image, in the order given. Time O(n log n) in the detections of each class.
///
/// pycocotools reads \[x, y, width, height\]: an area computed from corners can differ from its in the last bit.
///
/// # Panics
/// If a class is `classes` or more.
pub fn coco_figures(truths: &[GroundTruth], detections: &[Detection], classes: usize) -> CocoFigures {
    let grouped = Grouped::new(truths, detections, classes);
    let (thresholds, mut scratch) = (thresholds(), Scratch::default());
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

/// Figures of one class: of each area range and overlap, none where no truth counts.
struct ClassFigures {
    precision: [Option<[f64; THRESHOLDS]>; 4],
    recall: [Option<[f64; THRESHOLDS]>; 4],
    /// Of all areas, with the first 1, 10 and 100 detections of each image.
    recall_of_first: [Option<[f64; THRESHOLDS]>; 3],
}

/// What became of a detection; of each area range a bit for each overlap.
#[derive(Clone, Copy)]
struct Outcome {
    score: f64,
    /// How many detections of its image and class are surer.
    rank: u32,
    found: [u16; 4],
    ignored: [u16; 4],
}

/// Reused from class to class.
#[derive(Default)]
struct Scratch {
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
            figures.recall_of_first = MOST_DETECTIONS.map(|most| {
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
        let Self { matcher, outcomes, .. } = self;
        outcomes.clear();
        let mut positives = [0; 4];
        for mut group in grouped.images(class) {
            group.detections = &group.detections[..group.detections.len().min(MOST_DETECTIONS[2] as usize)];
            let truth = |place: usize| &truths[group.truths[place] as usize];
            let first = outcomes.len();
            outcomes.extend(group.detections.iter().zip(0..).map(|(&at, rank)| {
                let score = rank_score(detections[at as usize].score);
                Outcome { score, rank, found: [0; 4], ignored: [0; 4] }
            }));
            matcher.load(grouped, group, thresholds[0]);
            for (at, [least, most]) in AREAS.into_iter().enumerate() {
                let outside = |area: f64| area < least || area > most;
                let ignored = |place: usize| truth(place).crowd || outside(truth(place).area);
                positives[at] += (0..group.truths.len()).filter(|&place| !ignored(place)).count();
                matcher.assign(
                    thresholds,
                    ignored,
                    |place| truth(place).crowd,
                    |detection, threshold, place| {
                        let outcome = &mut outcomes[first + detection];
                        let bits = if ignored(place) { &mut outcome.ignored } else { &mut outcome.found };
                        bits[at] |= 1 << threshold;
                    },
                );
                // A detection that found nothing is no false positive where its own area does not count.
                for (outcome, &detection) in outcomes[first..].iter_mut().zip(group.detections) {
                    if outside(area(detections[detection as usize].box_in_image)) {
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
mod tests {
    use super::super::random_case;
    use super::*;
    use proptest::prelude::*;

    fn near(computed: Option<f64>, expected: f64) -> bool {
        computed.is_some_and(|computed| (computed - expected).abs() < 1e-12)
    }

    fn found(image: usize, box_in_image: [f64; 4], score: f64) -> Detection {
        Detection { image, class: 0, box_in_image, score }
    }

    const BOX: [f64; 4] = [0.0, 0.0, 10.0, 20.0];

    #[test]
    fn one_hit_a_false_alarm_and_a_miss_by_hand() {
        let truths = [GroundTruth::new(0, 0, BOX), GroundTruth::new(1, 0, BOX)];
        // The hit overlaps by 0.8, so it counts at seven of ten overlaps (0.5 to 0.8); the false alarm is surer.
        let detections = [found(0, [0.0, 0.0, 10.0, 16.0], 0.5), found(1, [50.0, 0.0, 60.0, 20.0], 0.9)];
        let figures = coco_figures(&truths, &detections, 2);
        // Precision 1 / 2 up to a recall of 1 / 2: 51 of the 101 points.
        let ap50 = 0.5 * 51.0 / 101.0;
        assert!(near(figures.ap50, ap50) && near(figures.ap75, ap50), "{figures:?}");
        assert!(near(figures.ap, 0.7 * ap50) && near(figures.per_class[0].ap, 0.7 * ap50), "{figures:?}");
        assert!(near(figures.recall_by_detections[0], 0.35) && near(figures.recall_by_area[0], 0.35), "{figures:?}");
        assert_eq!(figures.ap_by_area[1..], [None, None]);
        assert_eq!(figures.per_class[1], CocoClass::default());
    }

    #[test]
    fn perfect_detections_score_1_and_none_scores_0() {
        let (truths, _) = random_case(3, 20, 4, 5);
        let truths: Vec<_> = truths.into_iter().map(|truth| GroundTruth { crowd: false, ..truth }).collect();
        let perfect = |truth: &GroundTruth| Detection {
            image: truth.image,
            class: truth.class,
            box_in_image: truth.box_in_image,
            score: 1.0,
        };
        let detections: Vec<_> = truths.iter().map(perfect).collect();
        let perfect = coco_figures(&truths, &detections, 4);
        assert!(near(perfect.ap, 1.0) && near(perfect.recall_by_detections[2], 1.0), "{perfect:?}");
        let nothing = coco_figures(&truths, &[], 4);
        assert_eq!((nothing.ap, nothing.recall_by_area), (Some(0.0), [Some(0.0); 3]));
        assert_eq!(coco_figures(&[], &detections, 4).named().map(|(_, figure)| figure), [None; 12]);
    }

    #[test]
    fn a_crowd_is_neither_found_nor_missed() {
        let crowd = GroundTruth { crowd: true, ..GroundTruth::new(0, 0, [20.0, 0.0, 60.0, 20.0]) };
        let truths = [GroundTruth::new(0, 0, BOX), crowd];
        let in_crowd = |x: f64| found(0, [x, 0.0, x + 8.0, 20.0], 0.9);
        let detections = [in_crowd(22.0), in_crowd(45.0), found(0, BOX, 0.5)];
        assert!(near(coco_figures(&truths, &detections, 1).ap, 1.0));
    }

    #[test]
    fn at_most_a_hundred_detections_of_an_image_count() {
        let mut detections: Vec<_> = (0..100).map(|_| found(0, [50.0, 0.0, 60.0, 20.0], 0.9)).collect();
        detections.push(found(0, BOX, 0.5));
        let figures = coco_figures(&[GroundTruth::new(0, 0, BOX)], &detections, 1);
        assert_eq!(figures.recall_by_detections, [Some(0.0); 3]);
        detections.remove(0);
        let figures = coco_figures(&[GroundTruth::new(0, 0, BOX)], &detections, 1);
        assert_eq!(figures.recall_by_detections, [Some(0.0), Some(0.0), Some(1.0)]);
    }

    #[test]
    #[ignore = "a timing: run it alone, with --release --ignored --nocapture"]
    fn time_of_a_set_of_cocos_size() {
        let (truths, mut detections) = random_case(1, 5_000, 80, 4);
        detections.truncate(26_000);
        println!("{} truths, {} detections", truths.len(), detections.len());
        for _ in 0..5 {
            let begin = std::time::Instant::now();
            let figures = coco_figures(&truths, &detections, 80);
            println!("{:.4} s, AP {:?}", begin.elapsed().as_secs_f64(), figures.ap);
        }
    }

    proptest! {
        #[test]
        fn the_order_of_images_and_a_scale_of_scores_change_nothing(seed in 0..500u64) {
            let (truths, mut detections) = random_case(seed, 6, 3, 4);
            for (detection, at) in detections.iter_mut().zip(0..) {
                detection.score += f64::from(at) * 1e-6; // no ties: those go by the order
            }
            let figures = coco_figures(&truths, &detections, 3);
            for (_, figure) in figures.named() {
                prop_assert!(figure.is_none_or(|figure| (0.0..=1.0).contains(&figure)));
            }
            let turned = |image: usize| 5 - image;
            let truths: Vec<_> =
                truths.iter().map(|truth| GroundTruth { image: turned(truth.image), ..*truth }).collect();
            let detections: Vec<_> = detections
                .iter()
                .map(|found| Detection { image: turned(found.image), score: 3.0 * found.score - 7.0, ..*found })
                .collect();
            prop_assert_eq!(coco_figures(&truths, &detections, 3), figures);
        }

        #[test]
        fn a_false_alarm_never_helps(seed in 0..500u64, class in 0..3usize, score in 0.0..50.0f64) {
            let (truths, mut detections) = random_case(seed, 6, 3, 4);
            let before = coco_figures(&truths, &detections, 3);
            let nowhere = [2000.0, 2000.0, 2050.0, 2050.0];
            detections.push(Detection { image: 0, class, box_in_image: nowhere, score });
            let after = coco_figures(&truths, &detections, 3);
            for ((name, before), (_, after)) in before.named().into_iter().zip(after.named()) {
                // A hundred detections an image are not reached.
                prop_assert!(name == "AR 1" || name == "AR 10" || after <= before, "{}", name);
            }
        }
    }
}
