//! Boxes that do not fit their image.

/// What of a box (x0, y0, x1, y1 in px) lies inside an image of this width and height, or what is wrong with it. Where
/// the size is not known, the box is only kept from beginning left of the image or above it, and must end somewhere.
pub fn inside(box_in_image: [f32; 4], size_px: Option<[usize; 2]>) -> Result<[f32; 4], String> {
    let [x0, y0, x1, y1] = box_in_image;
    if !(x0 < x1 && y0 < y1) {
        return Err(format!("its box {box_in_image:?} (x0, y0, x1, y1) has no area"));
    }
    let [width, height] = size_px.map_or([f32::INFINITY; 2], |size| size.map(|side| side as f32));
    let inside = [x0.clamp(0.0, width), y0.clamp(0.0, height), x1.clamp(0.0, width), y1.clamp(0.0, height)];
    if inside[0] < inside[2] && inside[1] < inside[3] && inside.iter().all(|side| side.is_finite()) {
        return Ok(inside);
    }
    let image = size_px.map_or(String::new(), |[width, height]| format!(" of {width} x {height} px"));
    Err(format!("its box {box_in_image:?} (x0, y0, x1, y1) lies outside the image{image}"))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn boxes_are_cut_off_at_the_border_and_those_without_area_refused() {
        let size = Some([10, 8]);
        assert_eq!(inside([1.0, 2.0, 10.0, 8.0], size), Ok([1.0, 2.0, 10.0, 8.0]));
        assert_eq!(inside([-3.0, 2.5, 12.0, 99.0], size), Ok([0.0, 2.5, 10.0, 8.0]));
        assert_eq!(inside([-3.0, 2.5, 12.0, 99.0], None), Ok([0.0, 2.5, 12.0, 99.0]));
        for (wrong, word) in [
            ([3.0, 2.0, 3.0, 4.0], "has no area"),
            ([5.0, 2.0, 3.0, 4.0], "has no area"),
            ([f32::NAN, 2.0, 3.0, 4.0], "has no area"),
            ([10.0, 2.0, 12.0, 4.0], "outside the image of 10 x 8 px"),
            ([1.0, -4.0, 3.0, 0.0], "outside the image of 10 x 8 px"),
        ] {
            let message = inside(wrong, size).expect_err("no area inside");
            assert!(message.contains(word), "{message}");
        }
        assert!(inside([-5.0, 1.0, -1.0, 2.0], None).is_err());
        // 1e308 px are infinite as f32.
        assert_eq!(inside([0.0, 1.0, f32::INFINITY, 2.0], size), Ok([0.0, 1.0, 10.0, 2.0]));
        assert!(inside([0.0, 1.0, f32::INFINITY, 2.0], None).is_err());
    }
}
