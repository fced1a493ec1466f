//! Axis-aligned boxes in an image.

use super::Size;

/// Corners \[x0, y0, x1, y1\] in px, from the image's upper left corner; x1 and y1 are exclusive, so the width is
/// x1 - x0. The whole of an image of 20 by 10 px is \[0, 0, 20, 10\].
pub type PixelBox = [f32; 4];

/// Width times height, px².
#[inline]
pub fn area([x0, y0, x1, y1]: PixelBox) -> f32 {
    (x1 - x0) * (y1 - y0)
}

/// The area that two boxes share, px²; 0 where they only touch.
pub fn intersection(a: PixelBox, b: PixelBox) -> f32 {
    let width = a[2].min(b[2]) - a[0].max(b[0]);
    let height = a[3].min(b[3]) - a[1].max(b[1]);
    if width > 0.0 && height > 0.0 { width * height } else { 0.0 }
}

/// Shared area by the area of both together, from 0 to 1. Boxes without an area overlap nothing, 0; torchvision's
/// `box_iou` gives 0 / 0 for two of them.
pub fn intersection_over_union(a: PixelBox, b: PixelBox) -> f32 {
    let shared = intersection(a, b);
    if shared > 0.0 { shared / (area(a) + area(b) - shared) } else { 0.0 }
}

/// [`intersection_over_union`] of every pair, \[rows, columns\], row-major.
pub fn iou_matrix(rows: &[PixelBox], columns: &[PixelBox]) -> Vec<f32> {
    rows.iter().flat_map(|&row| columns.iter().map(move |&column| intersection_over_union(row, column))).collect()
}

/// The part of the box that is in the image. A box wholly outside has no width or no height left.
pub fn clip([x0, y0, x1, y1]: PixelBox, image: Size) -> PixelBox {
    let (width, height) = (image.width as f32, image.height as f32);
    [x0.clamp(0.0, width), y0.clamp(0.0, height), x1.clamp(0.0, width), y1.clamp(0.0, height)]
}

/// Whether both sides are `min_size` px or more; no box with a NaN is.
pub fn is_at_least([x0, y0, x1, y1]: PixelBox, min_size: f32) -> bool {
    x1 - x0 >= min_size && y1 - y0 >= min_size
}

/// Where in `boxes` those are that [`is_at_least`] `min_size`, as torchvision's `remove_small_boxes`.
pub fn indices_of_at_least(boxes: &[PixelBox], min_size: f32) -> Vec<usize> {
    (0..boxes.len()).filter(|&at| is_at_least(boxes[at], min_size)).collect()
}

/// The box in the image mirrored left to right.
pub fn flip_horizontal([x0, y0, x1, y1]: PixelBox, image: Size) -> PixelBox {
    let width = image.width as f32;
    [width - x1, y0, width - x0, y1]
}

/// The box of an image of size `from` in the same image resized to `to`, as torchvision's `resize_boxes`.
pub fn scale([x0, y0, x1, y1]: PixelBox, from: Size, to: Size) -> PixelBox {
    let by_width = to.width as f32 / from.width as f32;
    let by_height = to.height as f32 / from.height as f32;
    [x0 * by_width, y0 * by_height, x1 * by_width, y1 * by_height]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const IMAGE: Size = Size::new(10, 20);

    #[test]
    fn overlaps_by_hand() {
        // 4 by 4 and 4 by 2 share 2 by 2: 4 of 16 + 8 - 4.
        let (a, b) = ([0.0, 0.0, 4.0, 4.0], [2.0, 1.0, 6.0, 3.0]);
        assert_eq!((area(a), area(b), intersection(a, b)), (16.0, 8.0, 4.0));
        assert_eq!(intersection_over_union(a, b), 4.0 / 20.0);
        let touching = [4.0, 0.0, 8.0, 4.0];
        assert_eq!(iou_matrix(&[a, touching], &[a, b]), [1.0, 0.2, 0.0, 4.0 / 20.0]);
    }

    #[test]
    fn empty_and_inverted_boxes_overlap_nothing() {
        let point = [1.0, 1.0, 1.0, 1.0];
        assert_eq!(intersection_over_union(point, point), 0.0);
        assert_eq!(intersection_over_union([4.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, 4.0]), 0.0);
        assert_eq!(intersection_over_union([f32::NAN; 4], [0.0, 0.0, 4.0, 4.0]).max(0.0), 0.0);
    }

    #[test]
    fn clipping_flipping_and_scaling_by_hand() {
        assert_eq!(clip([-3.0, 2.0, 25.0, 11.0], IMAGE), [0.0, 2.0, 20.0, 10.0]);
        assert_eq!(clip([30.0, -9.0, 40.0, -1.0], IMAGE), [20.0, 0.0, 20.0, 0.0]);
        assert_eq!(flip_horizontal([1.0, 2.0, 5.0, 9.0], IMAGE), [15.0, 2.0, 19.0, 9.0]);
        assert_eq!(scale([1.0, 2.0, 5.0, 9.0], IMAGE, Size::new(5, 60)), [3.0, 1.0, 15.0, 4.5]);
    }

    #[test]
    fn a_side_of_exactly_the_least_size_stays() {
        let boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.5, 9.0], [3.0, 3.0, 2.0, 9.0], [0.0, 0.0, f32::NAN, 9.0]];
        assert_eq!(indices_of_at_least(&boxes, 1.0), [0]);
    }

    fn any_box() -> impl Strategy<Value = PixelBox> {
        (-9.0..30.0f32, -9.0..20.0f32, 0.0..15.0f32, 0.0..15.0f32).prop_map(|(x, y, w, h)| [x, y, x + w, y + h])
    }

    proptest! {
        #[test]
        fn overlap_is_symmetric_and_between_0_and_1(a in any_box(), b in any_box()) {
            let overlap = intersection_over_union(a, b);
            prop_assert!((0.0..=1.0 + 1e-6).contains(&overlap));
            prop_assert_eq!(overlap, intersection_over_union(b, a));
        }

        #[test]
        fn a_clipped_box_is_in_the_image_and_stays_there(a in any_box()) {
            let clipped = clip(a, IMAGE);
            prop_assert!(clipped[0] >= 0.0 && clipped[2] <= 20.0 && clipped[1] >= 0.0 && clipped[3] <= 10.0);
            prop_assert_eq!(clip(clipped, IMAGE), clipped);
        }

        #[test]
        fn flipping_twice_gives_the_box_again(a in any_box()) {
            let again = flip_horizontal(flip_horizontal(a, IMAGE), IMAGE);
            // Twice the rounding of a difference of numbers below 64.
            for (again, first) in again.into_iter().zip(a) {
                prop_assert!((again - first).abs() < 1e-5);
            }
        }
    }
}
