//! Sizes of boxes, and boxes that stand twice.

use crate::data::listed::Listed;
use crate::data::objects::ObjectSet;
use serde::Serialize;
use std::collections::HashMap;

/// COCO's small objects have an area below this, px2.
const SMALL_BELOW: f64 = 32.0 * 32.0;
/// COCO's large objects have an area from this on, px2.
const LARGE_FROM: f64 = 96.0 * 96.0;

/// How large the boxes are, by area as COCO divides them, and by their sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BoxSizes {
    /// Boxes of less than 32 x 32 px2.
    pub small: usize,
    /// Those in between.
    pub medium: usize,
    /// Boxes of 96 x 96 px2 or more.
    pub large: usize,
    /// Shortest, median and longest width, px; `None` without a box.
    pub width_px: Option<[f32; 3]>,
    /// Likewise of the height.
    pub height_px: Option<[f32; 3]>,
}

impl BoxSizes {
    /// Of all boxes of a set, as they lie inside their images.
    pub(super) fn of(set: &ObjectSet) -> Self {
        let (mut widths, mut heights) = (Vec::new(), Vec::new());
        let mut sizes = Self::default();
        for object in set.images.iter().flat_map(|image| &image.objects) {
            let [x0, y0, x1, y1] = object.box_in_image;
            let (width, height) = (x1 - x0, y1 - y0);
            let area = f64::from(width) * f64::from(height);
            match area {
                area if area < SMALL_BELOW => sizes.small += 1,
                area if area < LARGE_FROM => sizes.medium += 1,
                _ => sizes.large += 1,
            }
            widths.push(width);
            heights.push(height);
        }
        sizes.width_px = least_median_most(widths);
        sizes.height_px = least_median_most(heights);
        sizes
    }
}

/// The median of an even number of values is the higher of the two in the middle.
fn least_median_most(mut values: Vec<f32>) -> Option<[f32; 3]> {
    values.sort_by(f32::total_cmp);
    Some([*values.first()?, values[values.len() / 2], *values.last()?])
}

/// Boxes that stand in their image again to the last digit: with the same class, and with another one. A sentence each.
pub(super) fn same_boxes(set: &ObjectSet) -> (Listed, Listed) {
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for image in &set.images {
        let mut first: HashMap<[u32; 4], usize> = HashMap::new();
        for (at, object) in image.objects.iter().enumerate() {
            let Some(&before) = first.get(&object.box_in_image.map(f32::to_bits)) else {
                first.insert(object.box_in_image.map(f32::to_bits), at);
                continue;
            };
            let before = &image.objects[before];
            let class = |class: usize| &set.classes[class];
            let place = format!("image {:?}, objects {} and {}", image.name, before.number, object.number);
            match before.class == object.class {
                true => same.push(format!("{place} ({}), {:?} px", class(object.class), object.box_in_image)),
                false => other.push(format!("{place} ({} and {})", class(before.class), class(object.class))),
            }
        }
    }
    (same.into_iter().collect(), other.into_iter().collect())
}
