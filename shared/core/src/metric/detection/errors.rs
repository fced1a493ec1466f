//! What kinds of errors a detector makes (Bolya et al. 2020, "TIDE: a general toolbox for identifying object detection
//! errors", section 2.2).

use super::ground_truth::{Detection, GroundTruth};
use super::matching::{Grouped, Matcher, overlap};

/// A detection that overlaps an object by this or more is well localised.
pub const FOREGROUND_OVERLAP: f64 = 0.5;
/// A detection that overlaps no object by this or more is on background.
pub const BACKGROUND_OVERLAP: f64 = 0.1;

/// How often each kind occurs; every detection and object that counts is in one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCounts {
    /// No error: the detection found an object of its class.
    pub right: usize,
    /// On an object of another class: the box is right, the class is not.
    pub classification: usize,
    /// Near an object of its class: the class is right, the box is not.
    pub localisation: usize,
    /// Near an object of another class: neither is right.
    pub both: usize,
    /// On an object of its class that a higher-scoring detection found.
    pub duplicate: usize,
    /// On background: it overlaps no object by [`BACKGROUND_OVERLAP`].
    pub background: usize,
    /// Objects that no detection found and that no classification or localisation error is about.
    pub missed: usize,
}

impl ErrorCounts {
    /// Every kind of error with its name, in the paper's order.
    pub fn named(&self) -> [(&'static str, usize); 6] {
        [
            ("classification", self.classification),
            ("localisation", self.localisation),
            ("classification and localisation", self.both),
            ("duplicate", self.duplicate),
            ("background", self.background),
            ("missed", self.missed),
        ]
    }

    /// The counts of all classes together.
    pub fn total(per_class: &[Self]) -> Self {
        per_class.iter().fold(Self::default(), |sum, class| Self {
            right: sum.right + class.right,
            classification: sum.classification + class.classification,
            localisation: sum.localisation + class.localisation,
            both: sum.both + class.both,
            duplicate: sum.duplicate + class.duplicate,
            background: sum.background + class.background,
            missed: sum.missed + class.missed,
        })
    }
}

/// The kinds of errors of every class: of the detections by the class they name, of missed objects by their own.
///
/// A detection is right where COCO's rule gives it an object at [`FOREGROUND_OVERLAP`], with any number of detections.
/// The paper's kinds are not exclusive: a wrong detection can be on an object of another class and near one of its own.
/// Here being on an object ([`FOREGROUND_OVERLAP`] or more) goes before being near one ([`BACKGROUND_OVERLAP`] or
/// more), and in each the own class before another: duplicate, classification, localisation, both, background. Crowds
/// and difficult objects do not count, nor do detections that find one.
///
/// ```
/// use nadir_core::metric::detection::errors::error_counts;
/// use nadir_core::metric::detection::{Detection, GroundTruth};
/// // Two objects of one class; one is found, and one detection is on background.
/// let at = |left: f64| [left, 0.0, left + 10.0, 10.0];
/// let truths = [GroundTruth::new(0, 0, at(0.0)), GroundTruth::new(0, 0, at(20.0))];
/// let found = |left: f64, score: f64| Detection { image: 0, class: 0, box_in_image: at(left), score };
/// let detections = [found(0.0, 0.9), found(50.0, 0.8)];
/// let errors = error_counts(&truths, &detections, 1)[0];
/// assert_eq!((errors.right, errors.background, errors.missed), (1, 1, 1));
/// ```
///
/// # Panics
/// If a class is `classes` or more.
pub fn error_counts(truths: &[GroundTruth], detections: &[Detection], classes: usize) -> Vec<ErrorCounts> {
    let counts = |truth: &GroundTruth| !truth.crowd && !truth.difficult;
    let grouped = Grouped::new(truths, detections, classes);
    // Of every detection whether it is wrong, of every object whether something is about it.
    let (mut wrong, mut covered) = (vec![true; detections.len()], vec![false; truths.len()]);
    let mut errors = vec![ErrorCounts::default(); classes];
    let mut matcher = Matcher::default();
    for (class, errors) in errors.iter_mut().enumerate() {
        for group in grouped.images(class) {
            let truth = |index: usize| &truths[group.truths[index] as usize];
            matcher.load(&grouped, group, FOREGROUND_OVERLAP);
            let (ignored, crowd) = (|index: usize| !counts(truth(index)), |index: usize| truth(index).crowd);
            matcher.assign(&[FOREGROUND_OVERLAP], ignored, crowd, |detection, _, index| {
                wrong[group.detections[detection] as usize] = false;
                covered[group.truths[index] as usize] = true;
                errors.right += usize::from(counts(truth(index)));
            });
        }
    }
    let mut by_image: Vec<usize> = (0..truths.len()).filter(|&at| counts(&truths[at])).collect();
    by_image.sort_by_key(|&at| truths[at].image);
    for (detection, _) in detections.iter().zip(wrong).filter(|(_, wrong)| *wrong) {
        let start = by_image.partition_point(|&at| truths[at].image < detection.image);
        let end = by_image.partition_point(|&at| truths[at].image <= detection.image);
        let (own, other) = nearest(detection, truths, &by_image[start..end]);
        let errors = &mut errors[detection.class];
        let (kind, about) = match (own, other) {
            ((overlap, _), _) if overlap >= FOREGROUND_OVERLAP => (&mut errors.duplicate, None),
            (_, (overlap, at)) if overlap >= FOREGROUND_OVERLAP => (&mut errors.classification, at),
            ((overlap, at), _) if overlap >= BACKGROUND_OVERLAP => (&mut errors.localisation, at),
            (_, (overlap, _)) if overlap >= BACKGROUND_OVERLAP => (&mut errors.both, None),
            _ => (&mut errors.background, None),
        };
        *kind += 1;
        if let Some(at) = about {
            covered[at] = true;
        }
    }
    for truth in truths.iter().zip(covered).filter(|(truth, covered)| counts(truth) && !covered).map(|(truth, _)| truth)
    {
        errors[truth.class].missed += 1;
    }
    errors
}

/// An overlap and which object has it.
type Nearest = (f64, Option<usize>);

/// The highest overlap with an object of the detection's class, and with one of another.
fn nearest(detection: &Detection, truths: &[GroundTruth], in_image: &[usize]) -> (Nearest, Nearest) {
    let (mut own, mut other) = ((0.0, None), (0.0, None));
    for &at in in_image {
        let best = if truths[at].class == detection.class { &mut own } else { &mut other };
        let overlap = overlap(detection.box_in_image, truths[at].box_in_image, false);
        if overlap > best.0 {
            *best = (overlap, Some(at));
        }
    }
    (own, other)
}

#[cfg(test)]
mod tests {
    use super::super::random_case;
    use super::*;
    use proptest::prelude::*;

    /// Columns `x0` to `x1`, 10 px high.
    fn columns(x0: f64, x1: f64) -> [f64; 4] {
        [x0, 0.0, x1, 10.0]
    }

    fn detection(class: usize, x0: f64, x1: f64, score: f64) -> Detection {
        Detection { image: 0, class, box_in_image: columns(x0, x1), score }
    }

    /// Of one object of class 0 over columns 0 to 10 and one detection.
    fn of_one(detection: Detection) -> ErrorCounts {
        ErrorCounts::total(&error_counts(&[GroundTruth::new(0, 0, columns(0.0, 10.0))], &[detection], 2))
    }

    const NONE: ErrorCounts =
        ErrorCounts { right: 0, classification: 0, localisation: 0, both: 0, duplicate: 0, background: 0, missed: 0 };

    #[test]
    fn each_kind_by_hand() {
        // Overlaps of 10 / 10, 5 / 10 and 4 / 10, 1 / 10 and 0.9 / 10.
        assert_eq!(of_one(detection(0, 0.0, 10.0, 0.5)), ErrorCounts { right: 1, ..NONE });
        assert_eq!(of_one(detection(0, 0.0, 5.0, 0.5)), ErrorCounts { right: 1, ..NONE });
        assert_eq!(of_one(detection(1, 0.0, 5.0, 0.5)), ErrorCounts { classification: 1, ..NONE });
        assert_eq!(of_one(detection(0, 0.0, 4.0, 0.5)), ErrorCounts { localisation: 1, ..NONE });
        assert_eq!(of_one(detection(0, 0.0, 1.0, 0.5)), ErrorCounts { localisation: 1, ..NONE });
        assert_eq!(of_one(detection(1, 0.0, 4.0, 0.5)), ErrorCounts { both: 1, missed: 1, ..NONE });
        assert_eq!(of_one(detection(0, 0.0, 0.9, 0.5)), ErrorCounts { background: 1, missed: 1, ..NONE });
        assert_eq!(of_one(Detection { image: 1, ..detection(0, 0.0, 10.0, 0.5) }).background, 1);
    }

    #[test]
    fn a_second_detection_of_a_found_object_is_a_duplicate() {
        let truths = [GroundTruth::new(0, 0, columns(0.0, 10.0)), GroundTruth::new(0, 1, columns(0.0, 10.0))];
        let detections = [detection(0, 0.0, 9.0, 0.5), detection(0, 0.0, 6.0, 0.9)];
        let errors = error_counts(&truths, &detections, 2);
        // It is on an object of the other class too: its own goes first. That one stays missed.
        assert_eq!(errors, [ErrorCounts { right: 1, duplicate: 1, ..NONE }, ErrorCounts { missed: 1, ..NONE }]);
    }

    #[test]
    fn on_another_class_goes_before_near_its_own() {
        let truths = [GroundTruth::new(0, 0, columns(0.0, 10.0)), GroundTruth::new(0, 1, columns(6.0, 16.0))];
        // 4 / 16 of class 0 and 10 / 10 of class 1.
        let errors = error_counts(&truths, &[detection(0, 6.0, 16.0, 0.5)], 2);
        assert_eq!(errors, [ErrorCounts { classification: 1, missed: 1, ..NONE }, NONE]);
    }

    #[test]
    fn what_does_not_count_is_no_error() {
        let truth = GroundTruth::new(0, 0, columns(0.0, 10.0));
        let detections = [detection(0, 0.0, 10.0, 0.5), detection(1, 0.0, 10.0, 0.5)];
        for truth in [GroundTruth { crowd: true, ..truth }, GroundTruth { difficult: true, ..truth }] {
            let errors = error_counts(&[truth], &detections, 2);
            assert_eq!(errors, [NONE, ErrorCounts { background: 1, ..NONE }]);
        }
    }

    proptest! {
        #[test]
        fn every_detection_is_of_one_kind_and_no_object_is_both_found_and_missed(seed in 0..500u64) {
            let (truths, detections) = random_case(seed, 6, 3, 4);
            let truths: Vec<_> =
                truths.into_iter().map(|of| GroundTruth { crowd: false, difficult: false, ..of }).collect();
            let total = ErrorCounts::total(&error_counts(&truths, &detections, 3));
            let wrong = total.classification + total.localisation + total.both + total.duplicate + total.background;
            prop_assert_eq!(total.right + wrong, detections.len());
            let about = total.classification + total.localisation;
            prop_assert!(total.right + total.missed <= truths.len());
            prop_assert!(total.right + total.missed + about >= truths.len());
        }
    }
}
