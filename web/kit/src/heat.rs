//! A class activation map as a picture to lay over the image.

/// Control points of plasma (van der Walt and Smith 2015), a perceptual ramp that colour-blind people can read.
const RAMP: [[f32; 3]; 6] = [
    [84.0, 2.0, 163.0],
    [139.0, 10.0, 165.0],
    [185.0, 50.0, 137.0],
    [219.0, 92.0, 104.0],
    [244.0, 136.0, 73.0],
    [240.0, 249.0, 33.0],
];
/// Opacity of the strongest place.
const OPACITY: f32 = 0.7;
/// What lies over the part that the network did not see: black at this opacity.
const UNSEEN_OPACITY: u8 = 120;

/// RGBA pixels, not premultiplied.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// `width * height * 4` values.
    pub rgba: Vec<u8>,
}

/// One label's map: `values` is [rows, columns] row-major and covers `crop_in_image` (left, top, width, height in px).
#[derive(Debug, Clone, Copy)]
pub struct Map<'a> {
    /// What each place adds to the logit.
    pub values: &'a [f32],
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The part of the image that the network saw.
    pub crop_in_image: [f32; 4],
}

/// Paints the map for an image of `image_size_px`: bilinear between places, only what speaks for the label more than
/// the average place does, the strongest place at full opacity. The picture has the image's shape and at most
/// `longest_px` a side.
pub fn paint(map: Map, image_size_px: (usize, usize), longest_px: usize) -> Option<Heat> {
    let (image_width, image_height) = image_size_px;
    if map.rows * map.columns == 0 || map.values.len() < map.rows * map.columns || image_width * image_height == 0 {
        return None;
    }
    let scale = (longest_px as f32 / image_width.max(image_height) as f32).min(1.0);
    let side = |length: usize| ((length as f32 * scale + 0.5) as usize).max(1);
    let (width, height) = (side(image_width), side(image_height));
    let peak = map.values.iter().copied().fold(0.0_f32, f32::max);
    // The average place is the floor: every place adds a little, and what a person wants to see is where more than that
    // came from.
    let floor = (map.values.iter().sum::<f32>() / map.values.len() as f32).max(0.0);
    let [left, top, crop_width, crop_height] = map.crop_in_image;

    let mut rgba = Vec::with_capacity(width * height * 4);
    for row in 0..height {
        let v = ((row as f32 + 0.5) * image_height as f32 / height as f32 - top) / crop_height;
        for column in 0..width {
            let u = ((column as f32 + 0.5) * image_width as f32 / width as f32 - left) / crop_width;
            if (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v) {
                let strength =
                    if peak > floor { ((bilinear(&map, u, v) - floor) / (peak - floor)).clamp(0.0, 1.0) } else { 0.0 };
                rgba.extend(colour(strength));
            } else {
                rgba.extend([0, 0, 0, UNSEEN_OPACITY]);
            }
        }
    }
    Some(Heat { width, height, rgba })
}

/// The map at `u`, `v` in 0..=1 of the crop; values stand at the middles of their places.
fn bilinear(map: &Map, u: f32, v: f32) -> f32 {
    // Not `clamp`: its panic message would bring the formatting of floats into the download, some 8 kB.
    let x = (u * map.columns as f32 - 0.5).max(0.0).min((map.columns - 1) as f32);
    let y = (v * map.rows as f32 - 0.5).max(0.0).min((map.rows - 1) as f32);
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(map.columns - 1), (y0 + 1).min(map.rows - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let at = |row: usize, column: usize| map.values[row * map.columns + column];
    let upper = at(y0, x0) * (1.0 - fx) + at(y0, x1) * fx;
    let lower = at(y1, x0) * (1.0 - fx) + at(y1, x1) * fx;
    upper * (1.0 - fy) + lower * fy
}

/// RGBA of a strength of 0 to 1, not premultiplied.
pub fn colour(strength: f32) -> [u8; 4] {
    let position = strength * (RAMP.len() - 1) as f32;
    let lower = (position as usize).min(RAMP.len() - 2);
    let between = position - lower as f32;
    let channel = |index: usize| (RAMP[lower][index] * (1.0 - between) + RAMP[lower + 1][index] * between) as u8;
    // Opacity rises faster than colour, so that the edge of a place stays visible over bright ground.
    let opacity = (strength * 1.3).min(1.0) * OPACITY;
    [channel(0), channel(1), channel(2), (opacity * 255.0) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_part_is_dimmed_and_strongest_place_is_opaque() {
        let map = Map { values: &[-1.0, 2.0], rows: 1, columns: 2, crop_in_image: [1.0, 0.0, 2.0, 2.0] };
        let heat = paint(map, (4, 2), 100).expect("the map is well-formed");
        let alpha: Vec<u8> = heat.rgba.chunks(4).map(|pixel| pixel[3]).collect();
        assert_eq!(alpha[..4], [UNSEEN_OPACITY, 0, (OPACITY * 255.0) as u8, UNSEEN_OPACITY]);
        assert_eq!(heat.rgba[8..11], [240, 249, 33]);
    }

    #[test]
    fn a_label_without_support_shows_nothing() {
        let map = Map { values: &[-1.0; 4], rows: 2, columns: 2, crop_in_image: [0.0, 0.0, 8.0, 8.0] };
        let heat = paint(map, (8, 8), 4).expect("the map is well-formed");
        assert_eq!((heat.width, heat.height), (4, 4));
        assert!(heat.rgba.chunks(4).all(|pixel| pixel[3] == 0));
    }

    #[test]
    fn a_map_of_the_wrong_length_is_refused() {
        let map = Map { values: &[1.0], rows: 2, columns: 2, crop_in_image: [0.0, 0.0, 8.0, 8.0] };
        assert_eq!(paint(map, (8, 8), 4), None);
    }
}
