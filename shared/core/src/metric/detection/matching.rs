//! Which detection finds which true object: the greedy rule of COCO's evaluation, which the other scores share.

use super::ground_truth::{BoxAreas, Detection, GroundTruth, area};
use crate::metric::rank_score;

/// Shared area by the area of both together, or by the detection's alone where the truth is a crowd.
pub(super) fn overlap(detection: [f64; 4], truth: [f64; 4], crowd: bool) -> f64 {
    overlap_of(detection, truth, [area(detection), area(truth)], crowd)
}

/// [`overlap`] of boxes with these `areas`: the detection's, the truth's.
fn overlap_of(detection: [f64; 4], truth: [f64; 4], areas: [f64; 2], crowd: bool) -> f64 {
    let width = detection[2].min(truth[2]) - detection[0].max(truth[0]);
    let height = detection[3].min(truth[3]) - detection[1].max(truth[1]);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    shared / if crowd { areas[0] } else { areas[0] + areas[1] - shared }
}

/// Truths and detections in the order of classes, then images; detections of one image from the highest score down,
/// equal ones in the order given.
pub(super) struct Grouped<'a> {
    truths: &'a [GroundTruth],
    detections: &'a [Detection],
    pub areas: BoxAreas,
    truth_order: Vec<u32>,
    detection_order: Vec<u32>,
}

/// Indices of one class's truths and detections in one image.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub truths: &'a [u32],
    pub detections: &'a [u32],
}

impl<'a> Grouped<'a> {
    /// # Panics
    /// If a class is `classes` or more, or there are 2^32 truths or detections.
    pub fn new(truths: &'a [GroundTruth], detections: &'a [Detection], classes: usize) -> Self {
        Self::with_areas(truths, detections, BoxAreas::of_corners(truths, detections), classes)
    }

    /// # Panics
    /// As [`Grouped::new`], and if there is not one area a box.
    pub fn with_areas(truths: &'a [GroundTruth], detections: &'a [Detection], areas: BoxAreas, classes: usize) -> Self {
        assert_eq!([areas.truths.len(), areas.detections.len()], [truths.len(), detections.len()], "one area a box");
        let named = truths.iter().map(|truth| truth.class).chain(detections.iter().map(|detection| detection.class));
        assert!(named.max().is_none_or(|highest| highest < classes), "classes below {classes}");
        let count = |len: usize| u32::try_from(len).expect("fewer than 2^32 truths and detections");
        let mut truth_order: Vec<u32> = (0..count(truths.len())).collect();
        truth_order.sort_unstable_by_key(|&at| (truths[at as usize].class, truths[at as usize].image, at));
        let mut ranked: Vec<(usize, usize, f64, u32)> = detections
            .iter()
            .zip(0..count(detections.len()))
            .map(|(detection, at)| (detection.class, detection.image, rank_score(detection.score), at))
            .collect();
        ranked
            .sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| b.2.total_cmp(&a.2)).then(a.3.cmp(&b.3)));
        let detection_order = ranked.into_iter().map(|ranked| ranked.3).collect();
        Self { truths, detections, areas, truth_order, detection_order }
    }

    /// The class's images that have a truth or a detection, ascending.
    pub fn images(&self, class: usize) -> impl Iterator<Item = Group<'_>> {
        let mut truths = of_class(&self.truth_order, class, |at| self.truths[at].class);
        let mut detections = of_class(&self.detection_order, class, |at| self.detections[at].class);
        std::iter::from_fn(move || {
            let image_of_truth = |at: &u32| self.truths[*at as usize].image;
            let image_of_detection = |at: &u32| self.detections[*at as usize].image;
            let next = [truths.first().map(image_of_truth), detections.first().map(image_of_detection)];
            let image = next.into_iter().flatten().min()?;
            let count = truths.iter().take_while(|at| image_of_truth(at) == image).count();
            let of_image = truths.split_at(count);
            let count = detections.iter().take_while(|at| image_of_detection(at) == image).count();
            let found = detections.split_at(count);
            (truths, detections) = (of_image.1, found.1);
            Some(Group { truths: of_image.0, detections: found.0 })
        })
    }
}

/// The part of an order by class that is of `class`.
fn of_class(order: &[u32], class: usize, class_of: impl Fn(usize) -> usize) -> &[u32] {
    let start = order.partition_point(|&at| class_of(at as usize) < class);
    let end = order.partition_point(|&at| class_of(at as usize) <= class);
    &order[start..end]
}

/// Overlaps of one [`Group`], and what is matched; kept from group to group so that nothing is allocated for each.
#[derive(Default)]
pub(super) struct Matcher {
    /// Truths (by index in the group) that overlap a detection by the lowest threshold or more, one detection after the
    /// other.
    candidates: Vec<(usize, f64)>,
    /// Of every detection of the group, where its candidates end.
    ends: Vec<usize>,
    /// Of every truth, one bit a threshold: a detection found it.
    taken: Vec<u32>,
}

impl Matcher {
    /// Takes on a group; `lowest` is the lowest threshold that [`Self::assign`] is given later.
    pub fn load(&mut self, grouped: &Grouped, group: Group, lowest: f64) {
        self.candidates.clear();
        self.ends.clear();
        self.taken.clear();
        self.taken.resize(group.truths.len(), 0);
        for &at in group.detections {
            let found = grouped.detections[at as usize].box_in_image;
            self.candidates.extend(group.truths.iter().enumerate().filter_map(|(index, &truth)| {
                let areas = [grouped.areas.detections[at as usize], grouped.areas.truths[truth as usize]];
                let truth = &grouped.truths[truth as usize];
                let overlap = overlap_of(found, truth.box_in_image, areas, truth.crowd);
                (overlap >= lowest).then_some((index, overlap))
            }));
            self.ends.push(self.candidates.len());
        }
    }

    /// COCO's rule at each of at most 32 thresholds: from the highest score down, a detection takes the truth that it
    /// overlaps most, by the threshold or more, of those not taken (the last of equal ones); only where it finds none,
    /// one that is `ignored`. Any number of detections may take the same `crowd`. Both get the index in the group.
    /// `matched` is called with (detection, threshold, truth): the threshold's index, and those of detection and truth
    /// in the group.
    pub fn assign(
        &mut self,
        thresholds: &[f64],
        ignored: impl Fn(usize) -> bool,
        crowd: impl Fn(usize) -> bool,
        mut matched: impl FnMut(usize, usize, usize),
    ) {
        self.taken.fill(0);
        let mut start = 0;
        for (detection, &end) in self.ends.iter().enumerate() {
            let candidates = &self.candidates[start..end];
            start = end;
            if candidates.is_empty() {
                continue;
            }
            for (at, &threshold) in thresholds.iter().enumerate() {
                let free = |truth: usize| self.taken[truth] & (1 << at) == 0 || crowd(truth);
                let best = |of_ignored: bool| {
                    let mut best = (threshold, None);
                    for &(truth, overlap) in candidates {
                        if overlap >= best.0 && ignored(truth) == of_ignored && free(truth) {
                            best = (overlap, Some(truth));
                        }
                    }
                    best.1
                };
                if let Some(truth) = best(false).or_else(|| best(true)) {
                    self.taken[truth] |= 1 << at;
                    matched(detection, at, truth);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A truth or detection over columns `x0` to `x1`, 10 px high.
    fn columns(x0: f64, x1: f64) -> [f64; 4] {
        [x0, 0.0, x1, 10.0]
    }

    fn truth(x0: f64, x1: f64) -> GroundTruth {
        GroundTruth::new(0, 0, columns(x0, x1))
    }

    fn detection(x0: f64, x1: f64, score: f64) -> Detection {
        Detection { image: 0, class: 0, box_in_image: columns(x0, x1), score }
    }

    /// Pairs of detection and truth, by their indices in the lists.
    fn matches(truths: &[GroundTruth], detections: &[Detection], threshold: f64) -> Vec<(usize, usize)> {
        let grouped = Grouped::new(truths, detections, 1);
        let (mut matcher, mut pairs) = (Matcher::default(), Vec::new());
        for group in grouped.images(0) {
            matcher.load(&grouped, group, threshold);
            let ignored = |index: usize| truths[group.truths[index] as usize].difficult;
            let crowd = |index: usize| truths[group.truths[index] as usize].crowd;
            matcher.assign(&[threshold], ignored, crowd, |detection, _, truth| {
                pairs.push((group.detections[detection] as usize, group.truths[truth] as usize));
            });
        }
        pairs
    }

    #[test]
    fn overlaps_by_hand() {
        assert_eq!(overlap(columns(0.0, 10.0), columns(5.0, 15.0), false), 5.0 / 15.0);
        assert_eq!(overlap(columns(0.0, 10.0), columns(5.0, 15.0), true), 0.5);
        assert_eq!(overlap(columns(0.0, 10.0), columns(10.0, 15.0), false), 0.0);
    }

    #[test]
    fn the_highest_scoring_detection_chooses_first() {
        let truths = [truth(0.0, 10.0), truth(6.0, 16.0)];
        // The one of higher score takes truth 1 and leaves the other truth 0, which overlaps by 6 / 14 alone.
        let detections = [detection(4.0, 14.0, 0.8), detection(5.0, 15.0, 0.9)];
        assert_eq!(matches(&truths, &detections, 0.4), [(1, 1), (0, 0)]);
        assert_eq!(matches(&truths, &detections, 0.5), [(1, 1)]);
    }

    #[test]
    fn of_equal_overlaps_the_last_truth_and_of_equal_scores_the_first_detection() {
        let truths = [truth(0.0, 10.0), truth(10.0, 20.0)];
        let detections = [detection(5.0, 15.0, 0.5), detection(0.0, 20.0, 0.5)];
        assert_eq!(matches(&truths, &detections, 0.3), [(0, 1), (1, 0)]);
    }

    #[test]
    fn an_ignored_truth_is_the_last_resort_and_a_crowd_can_be_taken_again() {
        let ignored = GroundTruth { difficult: true, ..truth(0.0, 10.0) };
        let twice = [detection(0.0, 10.0, 0.9), detection(0.0, 10.0, 0.8)];
        assert_eq!(matches(&[ignored, truth(0.0, 8.0)], &twice, 0.5), [(0, 1), (1, 0)]);
        let crowd = GroundTruth { crowd: true, ..ignored };
        assert_eq!(matches(&[crowd], &twice, 0.5), [(0, 0), (1, 0)]);
        assert_eq!(matches(&[ignored], &twice, 0.5), [(0, 0)]);
    }

    #[test]
    fn images_and_classes_are_apart() {
        let of = |image: usize, class: usize| GroundTruth { image, class, ..truth(0.0, 10.0) };
        let found = |image: usize, class: usize| Detection { image, class, ..detection(0.0, 10.0, 0.5) };
        let (truths, detections) = ([of(2, 0), of(0, 1), of(2, 0)], [found(1, 0), found(2, 0), found(0, 0)]);
        let grouped = Grouped::new(&truths, &detections, 3);
        let groups = |class| grouped.images(class).map(|g| (g.truths.to_vec(), g.detections.to_vec()));
        let first: Vec<_> = groups(0).collect();
        assert_eq!(first, [(vec![], vec![2]), (vec![], vec![0]), (vec![0, 2], vec![1])]);
        assert_eq!(groups(1).collect::<Vec<_>>(), [(vec![1], vec![])]);
        assert_eq!(groups(2).count(), 0);
    }
}
