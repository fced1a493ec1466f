//! Non-maximum suppression: of boxes that overlap much, only the one with the highest score stays.

use super::boxes::{PixelBox, area};
use crate::metric::nan_last;

// What `suppress_in_order` calls is inlined into the page, as in `nadir_plot::number`; nor does it push onto a vector,
// whose growth would be called in this crate.

/// Goes through the boxes from the highest score down and keeps each that overlaps no kept one by more than
/// `iou_threshold`. Gives the indices of the kept boxes, from the highest score down; equal scores stay in the order
/// given, as on torchvision's CPU. NaN counts as the lowest score (torch has it highest).
///
/// The threshold is f64, as torchvision compares f32 overlaps with it: 0.3 is not an f32.
///
/// # Panics
/// If there are not as many scores as boxes.
pub fn nms(boxes: &[PixelBox], scores: &[f32], iou_threshold: f64) -> Vec<usize> {
    assert_eq!(boxes.len(), scores.len(), "one score a box");
    suppress_in_order(highest_first(scores, scores.len()), |at| (boxes[at], 0), 1, iou_threshold, usize::MAX)
}

/// [`nms`] among the boxes of each group alone: a class, or a level of the feature pyramid. At most `limit` are kept,
/// the first ones of what `nms` would keep.
///
/// torchvision's `batched_nms` of more than 1,000 boxes keeps the same, and leaves the order of equal scores open; with
/// fewer boxes it first shifts the groups apart in f32, which rounds the overlaps to about 1e-5.
///
/// # Panics
/// If there are not as many scores and groups as boxes.
pub fn batched_nms(
    boxes: &[PixelBox],
    scores: &[f32],
    groups: &[usize],
    iou_threshold: f64,
    limit: usize,
) -> Vec<usize> {
    assert_eq!(boxes.len(), groups.len(), "one group a box");
    assert_eq!(boxes.len(), scores.len(), "one score a box");
    let count = groups.iter().max().map_or(0, |highest| highest + 1);
    let order = highest_first(scores, scores.len());
    suppress_in_order(order, |at| (boxes[at], groups[at]), count, iou_threshold, limit)
}

/// [`batched_nms`] of boxes that come from the highest score down; `at` gives an index's box and its group, which is
/// below `groups`.
pub(super) fn suppress_in_order(
    order: impl IntoIterator<Item = usize>,
    at: impl Fn(usize) -> (PixelBox, usize),
    groups: usize,
    iou_threshold: f64,
    limit: usize,
) -> Vec<usize> {
    let threshold = at_most(iou_threshold);
    // A box is compared with the kept ones alone, the highest first: it mostly falls to one of the first.
    let mut kept_of_groups: Vec<KeptOfGroup> = vec![KeptOfGroup::default(); groups];
    let stays = |&index: &usize| {
        let (candidate, group) = at(index);
        let stays = !kept_of_groups[group].any_overlaps(candidate, threshold);
        if stays {
            kept_of_groups[group].push(candidate);
        }
        stays
    };
    order.into_iter().filter(stays).take(limit).collect()
}

/// The largest f32 that is not above the threshold: an f32 is above the one where it is above the other.
#[inline]
fn at_most(threshold: f64) -> f32 {
    let rounded = threshold as f32;
    if f64::from(rounded) > threshold { rounded.next_down() } else { rounded }
}

/// How many boxes are compared at once.
const LANES: usize = 8;

/// Kept boxes, \[x0, y0, x1, y1, area\] of [`LANES`] at a time, so that the compiler compares them together. The last
/// ones are filled up with boxes at 0 without an area, which overlap nothing.
#[derive(Clone, Default)]
struct KeptOfGroup {
    len: usize,
    lanes: Vec<[[f32; LANES]; 5]>,
}

impl KeptOfGroup {
    #[inline]
    fn push(&mut self, kept: PixelBox) {
        if self.len.is_multiple_of(LANES) {
            self.lanes.extend([[[0.0; LANES]; 5]]);
        }
        let [x0, y0, x1, y1] = kept;
        for (lanes, value) in self.lanes[self.len / LANES].iter_mut().zip([x0, y0, x1, y1, area(kept)]) {
            lanes[self.len % LANES] = value;
        }
        self.len += 1;
    }

    /// Whether one of them overlaps the box by more than the threshold, in torchvision's own steps.
    #[inline]
    fn any_overlaps(&self, candidate: PixelBox, threshold: f32) -> bool {
        let own_area = area(candidate);
        self.lanes.iter().any(|[x0, y0, x1, y1, area]| {
            let mut over = 0;
            for lane in 0..LANES {
                let width = above_0(lesser(x1[lane], candidate[2]) - greater(x0[lane], candidate[0]));
                let height = above_0(lesser(y1[lane], candidate[3]) - greater(y0[lane], candidate[1]));
                let shared = width * height;
                over += u32::from(shared / (area[lane] + own_area - shared) > threshold);
            }
            over > 0
        })
    }
}

// One instruction each: f32's own min and max have to look for NaN, which here makes a width of 0.
#[inline]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline]
fn above_0(side: f32) -> f32 {
    if side > 0.0 { side } else { 0.0 }
}

/// The indices of the `count` highest scores (of all, where there are fewer), from the highest down, equal ones in the
/// order given; NaN is lowest.
pub(super) fn highest_first(scores: &[f32], count: usize) -> Vec<usize> {
    // Zero is added so that -0 equals 0.
    let mut ranked: Vec<(f32, usize)> =
        scores.iter().enumerate().map(|(at, &score)| (nan_last(score) + 0.0, at)).collect();
    let by_rank = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if count < ranked.len() {
        ranked.select_nth_unstable_by(count, by_rank);
        ranked.truncate(count);
    }
    ranked.sort_unstable_by(by_rank);
    ranked.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::super::boxes::intersection_over_union;
    use super::*;
    use proptest::prelude::*;

    const STRIP: [PixelBox; 4] =
        [[0.0, 0.0, 10.0, 1.0], [1.0, 0.0, 11.0, 1.0], [2.0, 0.0, 12.0, 1.0], [30.0, 0.0, 40.0, 1.0]];

    #[test]
    fn a_suppressed_box_suppresses_nothing() {
        // Neighbours overlap by 9 / 11, next but one by 8 / 12.
        assert_eq!(nms(&STRIP, &[0.9, 0.8, 0.7, 0.95], 0.7), [3, 0, 2]);
        assert_eq!(nms(&STRIP, &[0.8, 0.9, 0.7, 0.1], 0.7), [1, 3]);
        assert_eq!(nms(&STRIP, &[0.9, 0.8, 0.7, 0.1], 0.6), [0, 3]);
    }

    #[test]
    fn an_overlap_of_exactly_the_threshold_stays() {
        let halves = [[0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 1.0, 1.0]];
        assert_eq!(nms(&halves, &[0.9, 0.8], 0.5), [0, 1]);
        assert_eq!(nms(&halves, &[0.9, 0.8], 0.499), [0]);
    }

    #[test]
    fn a_threshold_between_two_floats_is_kept_to() {
        // 3 of 10 as f32 is above 0.3, and 7 of 10 below 0.7: torchvision compares them as f64.
        let tenths = |x1: f32| [[0.0, 0.0, 10.0, 1.0], [0.0, 0.0, x1, 1.0]];
        assert_eq!(nms(&tenths(3.0), &[0.9, 0.8], 0.3), [0]);
        assert_eq!(nms(&tenths(7.0), &[0.9, 0.8], 0.7), [0, 1]);
        assert_eq!(nms(&tenths(7.0), &[0.9, 0.8], f64::from(0.7f32)), [0, 1]);
    }

    #[test]
    fn boxes_that_are_not_numbers_suppress_nothing() {
        let boxes = [[f32::NAN; 4], STRIP[0], [0.0, f32::NAN, 10.0, 1.0], STRIP[0]];
        assert_eq!(nms(&boxes, &[0.9, 0.8, 0.7, 0.6], 0.5), [0, 1, 2]);
    }

    #[test]
    fn equal_scores_keep_the_order_given_and_nan_comes_last() {
        assert_eq!(nms(&STRIP, &[0.5; 4], 0.9), [0, 1, 2, 3]);
        assert_eq!(nms(&STRIP, &[f32::NAN, -0.0, 0.0, f32::NEG_INFINITY], 0.9), [1, 2, 0, 3]);
        assert_eq!(nms(&[], &[], 0.5), [0; 0]);
    }

    #[test]
    fn groups_do_not_see_each_other_and_the_limit_cuts_the_lowest() {
        let scores = [0.6, 0.9, 0.8, 0.7];
        assert_eq!(batched_nms(&STRIP, &scores, &[0, 1, 1, 0], 0.5, 9), [1, 3, 0]);
        assert_eq!(batched_nms(&STRIP, &scores, &[0, 1, 1, 0], 0.5, 2), [1, 3]);
        assert_eq!(batched_nms(&STRIP, &scores, &[0, 1, 1, 0], 0.5, 0), [0; 0]);
    }

    fn scored_boxes() -> impl Strategy<Value = Vec<(PixelBox, f32, usize)>> {
        let one = (0.0..40.0f32, 0.0..40.0f32, 1.0..20.0f32, 1.0..20.0f32, 0..12u8, 0..3usize);
        proptest::collection::vec(one, 0..60).prop_map(|boxes| {
            // Twelve scores: many are equal.
            boxes.into_iter().map(|(x, y, w, h, score, group)| ([x, y, x + w, y + h], score.into(), group)).collect()
        })
    }

    proptest! {
        #[test]
        fn kept_boxes_do_not_overlap_and_dropped_ones_overlap_a_kept_higher_one(
            scored in scored_boxes(),
            threshold in 0.0..0.95f64,
        ) {
            let boxes: Vec<PixelBox> = scored.iter().map(|scored| scored.0).collect();
            let scores: Vec<f32> = scored.iter().map(|scored| scored.1).collect();
            let groups: Vec<usize> = scored.iter().map(|scored| scored.2).collect();
            let kept = batched_nms(&boxes, &scores, &groups, threshold, usize::MAX);
            let too_near = |a: usize, b: usize| {
                groups[a] == groups[b] && f64::from(intersection_over_union(boxes[a], boxes[b])) > threshold
            };
            let higher = |a: usize, b: usize| (scores[a], b) > (scores[b], a);
            for pair in kept.windows(2) {
                prop_assert!(higher(pair[0], pair[1]));
            }
            for at in 0..boxes.len() {
                let suppressed = kept.iter().any(|&other| other != at && higher(other, at) && too_near(other, at));
                prop_assert_eq!(suppressed, !kept.contains(&at));
            }
        }

        #[test]
        fn one_group_is_plain_suppression(scored in scored_boxes()) {
            let boxes: Vec<PixelBox> = scored.iter().map(|scored| scored.0).collect();
            let scores: Vec<f32> = scored.iter().map(|scored| scored.1).collect();
            let batched = batched_nms(&boxes, &scores, &vec![2; boxes.len()], 0.4, 7);
            let mut plain = nms(&boxes, &scores, 0.4);
            plain.truncate(7);
            prop_assert_eq!(batched, plain);
        }

        #[test]
        fn the_highest_are_the_first_of_all_in_order(scored in scored_boxes(), count in 0..70usize) {
            let scores: Vec<f32> = scored.iter().map(|scored| scored.1).collect();
            let mut all: Vec<usize> = (0..scores.len()).collect();
            all.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            all.truncate(count);
            prop_assert_eq!(highest_first(&scores, count), all);
        }
    }
}
