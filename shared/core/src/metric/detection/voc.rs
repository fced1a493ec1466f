//! Average precision by PASCAL VOC's rules (Everingham et al. 2010, "The PASCAL visual object classes (VOC) challenge",
//! section 4.2; all points since 2010).

use super::ground_truth::{Detection, GroundTruth, mean_of_some};
use crate::metric::rank_score;

/// The overlap that VOC asks for: more than this.
pub const VOC_OVERLAP: f64 = 0.5;

/// Average precision of every class, from 0 to 1; `None` if a class has no object that is not difficult.
#[derive(Debug, Clone, PartialEq)]
pub struct VocAveragePrecision {
    /// Mean of the best precision at recalls of 0, 0.1, ... 1 or beyond: VOC 2007 and before.
    pub eleven_point: Vec<Option<f64>>,
    /// The area under the curve of the best precision at a recall or beyond: VOC 2010 and after.
    pub area: Vec<Option<f64>>,
}

impl VocAveragePrecision {
    /// Mean over the classes that have one.
    pub fn mean_eleven_point(&self) -> Option<f64> {
        mean_of_some(self.eleven_point.iter().copied())
    }

    /// Mean over the classes that have one.
    pub fn mean_area(&self) -> Option<f64> {
        mean_of_some(self.area.iter().copied())
    }
}

/// VOC's average precision. Boxes are \[xmin, ymin, xmax, ymax\] as VOC's files have them: the pixel at xmax, ymax
/// belongs to the box, so that its width is xmax - xmin + 1.
///
/// From the highest score down (equal ones in the order given), a detection belongs to the object of its image and
/// class that it overlaps most (the first of equal ones). It is right where the overlap is above `overlap` and no
/// higher-scoring detection found that object; where the object is difficult it does not count at all. Crowds are
/// objects like others.
///
/// ```
/// use nadir_core::metric::detection::voc::{VOC_OVERLAP, voc_average_precision};
/// use nadir_core::metric::detection::{Detection, GroundTruth};
/// // Two objects of one class; one is found, and one detection is on background.
/// let at = |left: f64| [left, 0.0, left + 10.0, 10.0];
/// let truths = [GroundTruth::new(0, 0, at(0.0)), GroundTruth::new(0, 0, at(20.0))];
/// let found = |left: f64, score: f64| Detection { image: 0, class: 0, box_in_image: at(left), score };
/// let detections = [found(0.0, 0.9), found(50.0, 0.8)];
/// let found = voc_average_precision(&truths, &detections, 1, VOC_OVERLAP);
/// // Precision 1 up to a recall of 0.5: six of eleven points, half of the area.
/// assert_eq!(found.area, [Some(0.5)]);
/// assert!((found.mean_eleven_point().unwrap() - 6.0 / 11.0).abs() < 1e-12);
/// ```
///
/// # Panics
/// If a class is `classes` or more.
pub fn voc_average_precision(
    truths: &[GroundTruth],
    detections: &[Detection],
    classes: usize,
    overlap: f64,
) -> VocAveragePrecision {
    let mut objects_of: Vec<Vec<&GroundTruth>> = vec![Vec::new(); classes];
    truths.iter().for_each(|truth| objects_of[truth.class].push(truth));
    let mut found_of: Vec<Vec<&Detection>> = vec![Vec::new(); classes];
    detections.iter().for_each(|detection| found_of[detection.class].push(detection));
    let of_class = |(mut objects, mut found): (Vec<&GroundTruth>, Vec<&Detection>)| {
        // Both sorts are stable.
        objects.sort_by_key(|object| object.image);
        found.sort_by(|a, b| rank_score(b.score).total_cmp(&rank_score(a.score)));
        let positives = objects.iter().filter(|object| !object.difficult).count();
        let curve = curve(&objects, &found, overlap, positives);
        if positives > 0 { (Some(eleven_point(&curve)), Some(area_under(&curve))) } else { (None, None) }
    };
    let (eleven_point, area) = objects_of.into_iter().zip(found_of).map(of_class).unzip();
    VocAveragePrecision { eleven_point, area }
}

/// Recall and precision after each detection that counts.
fn curve(objects: &[&GroundTruth], found: &[&Detection], least: f64, positives: usize) -> Vec<(f64, f64)> {
    let mut taken = vec![false; objects.len()];
    let (mut right, mut counted) = (0, 0);
    let mut curve = Vec::with_capacity(found.len());
    for detection in found {
        let start = objects.partition_point(|object| object.image < detection.image);
        let in_image = objects[start..].iter().take_while(|object| object.image == detection.image);
        let (mut most, mut at) = (f64::NEG_INFINITY, 0);
        for (object, index) in in_image.zip(start..) {
            let overlap = inclusive_overlap(detection.box_in_image, object.box_in_image);
            if overlap > most {
                (most, at) = (overlap, index);
            }
        }
        let meant = most > least;
        if meant && objects[at].difficult {
            continue;
        }
        counted += 1;
        if meant && !std::mem::replace(&mut taken[at], true) {
            right += 1;
        }
        curve.push((f64::from(right) / positives.max(1) as f64, f64::from(right) / f64::from(counted)));
    }
    curve
}

/// Pixels in both boxes by pixels in either; 0 where there is none in both.
fn inclusive_overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let pixels = |[x0, y0, x1, y1]: [f64; 4]| (x1 - x0 + 1.0) * (y1 - y0 + 1.0);
    let width = a[2].min(b[2]) - a[0].max(b[0]) + 1.0;
    let height = a[3].min(b[3]) - a[1].max(b[1]) + 1.0;
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    shared / (pixels(a) + pixels(b) - shared)
}

fn eleven_point(curve: &[(f64, f64)]) -> f64 {
    // 3 * 0.1 is above 0.3, as in the evaluation everyone uses (numpy's arange).
    let recalls = (0..11).map(|at| f64::from(at) * 0.1);
    let best_from = |least: f64| {
        let reached = curve.iter().filter(|(recall, _)| *recall >= least);
        reached.map(|(_, precision)| *precision).fold(0.0, f64::max)
    };
    recalls.map(best_from).sum::<f64>() / 11.0
}

fn area_under(curve: &[(f64, f64)]) -> f64 {
    let mut best = 0.0f64;
    let mut sum = 0.0;
    for (at, &(recall, precision)) in curve.iter().enumerate().rev() {
        best = best.max(precision);
        let before = if at == 0 { 0.0 } else { curve[at - 1].0 };
        sum += (recall - before) * best;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::random_case;
    use super::*;
    use proptest::prelude::*;

    const BOX: [f64; 4] = [0.0, 0.0, 9.0, 9.0];
    const NOWHERE: [f64; 4] = [50.0, 50.0, 59.0, 59.0];

    fn found(image: usize, box_in_image: [f64; 4], score: f64) -> Detection {
        Detection { image, class: 0, box_in_image, score }
    }

    fn close(computed: Option<f64>, expected: f64) -> bool {
        computed.is_some_and(|computed| (computed - expected).abs() < 1e-12)
    }

    #[test]
    fn areas_by_hand() {
        let truths = [GroundTruth::new(0, 0, BOX), GroundTruth::new(1, 0, BOX)];
        // Right, wrong (the object is taken), right: precision 1, 1/2, 2/3 at recalls 1/2, 1/2, 1.
        let detections = [found(0, BOX, 0.9), found(1, BOX, 0.7), found(0, BOX, 0.8)];
        let ap = voc_average_precision(&truths, &detections, 2, VOC_OVERLAP);
        assert!(close(ap.area[0], 0.5 + 0.5 * 2.0 / 3.0), "{ap:?}");
        // Six recalls up to 0.5 have a best precision of 1, five of 2/3.
        assert!(close(ap.eleven_point[0], (6.0 + 5.0 * 2.0 / 3.0) / 11.0), "{ap:?}");
        assert_eq!((ap.area[1], ap.eleven_point[1]), (None, None));
        assert_eq!((ap.mean_area(), ap.mean_eleven_point()), (ap.area[0], ap.eleven_point[0]));
    }

    #[test]
    fn corners_are_pixels_and_the_overlap_has_to_be_above_the_least() {
        // 10 by 10 px, and 10 by 5 of them: exactly half.
        let truths = [GroundTruth::new(0, 0, BOX)];
        let half = [found(0, [0.0, 0.0, 9.0, 4.0], 0.5)];
        assert_eq!(voc_average_precision(&truths, &half, 1, 0.5).area, [Some(0.0)]);
        assert_eq!(voc_average_precision(&truths, &half, 1, 0.499).area, [Some(1.0)]);
        // One shared column: 10 of 190 pixels; without the pixel at the corner, none.
        let touching = [found(0, [9.0, 0.0, 18.0, 9.0], 0.5)];
        assert_eq!(voc_average_precision(&truths, &touching, 1, 0.05).area, [Some(1.0)]);
    }

    #[test]
    fn a_difficult_object_does_not_count_however_often_it_is_found() {
        let difficult = GroundTruth { difficult: true, ..GroundTruth::new(0, 0, BOX) };
        let truths = [difficult, GroundTruth::new(1, 0, BOX)];
        let detections = [found(0, BOX, 0.9), found(0, BOX, 0.8), found(1, BOX, 0.7)];
        let ap = voc_average_precision(&truths, &detections, 1, VOC_OVERLAP);
        assert_eq!((ap.area[0], ap.eleven_point[0]), (Some(1.0), Some(1.0)));
        assert_eq!(voc_average_precision(&truths[..1], &detections, 1, VOC_OVERLAP).area, [None]);
        assert_eq!(voc_average_precision(&truths, &[], 1, VOC_OVERLAP).eleven_point, [Some(0.0)]);
    }

    proptest! {
        #[test]
        fn both_kinds_are_shares_and_a_false_alarm_never_helps(seed in 0..500u64, score in 0.0..50.0f64) {
            let (truths, mut detections) = random_case(seed, 6, 3, 4);
            let before = voc_average_precision(&truths, &detections, 3, VOC_OVERLAP);
            detections.push(found(0, NOWHERE.map(|corner| corner + 3000.0), score));
            let after = voc_average_precision(&truths, &detections, 3, VOC_OVERLAP);
            let all = |ap: &VocAveragePrecision| [ap.area.clone(), ap.eleven_point.clone()].concat();
            for (before, after) in all(&before).into_iter().zip(all(&after)) {
                prop_assert!(before.is_none_or(|ap| (0.0..=1.0 + 1e-12).contains(&ap)));
                prop_assert!(after <= before.map(|ap| ap + 1e-12));
            }
        }
    }
}
