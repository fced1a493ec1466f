//! Found objects drawn into their image: a box each, with its label and score.

mod colour;
mod text;

use colour::Colour;
use nadir_core::image::{RgbImage, RgbView};
use text::{GLYPH, draw, width};

/// One object to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked<'a> {
    /// Corners \[x0, y0, x1, y1\], px of the image.
    pub box_in_image: [f32; 4],
    /// Decides the colour.
    pub class: usize,
    /// What stands beside the box.
    pub text: &'a str,
}

/// A side of the image of so many px more makes lines and letters one px thicker.
const THICKER_EVERY: usize = 1200;

/// The image with its objects, the last on top. A label stands above its box, below it or inside, where no label of an
/// object further back in the list stands; where there is no such place it is skipped, so that a crowd of boxes stays to
/// be seen.
pub fn overlay(image: RgbView<'_>, objects: &[Marked]) -> RgbImage {
    let mut drawn = RgbImage { width: image.width, height: image.height, pixels: image.pixels.to_vec() };
    let scale = 1 + image.width.max(image.height) / THICKER_EVERY;
    for object in objects {
        frame(&mut drawn, object.box_in_image, scale, Colour::of_class(object.class));
    }
    let mut taken: Vec<Area> = Vec::new();
    for object in objects.iter().rev() {
        let Some(area) = label_area(&drawn, object, scale, &taken) else { continue };
        let colour = Colour::of_class(object.class);
        fill(&mut drawn, area, colour.ground);
        draw(&mut drawn, object.text, [area.left + scale, area.top + scale], scale, colour.ink);
        taken.push(area);
    }
    drawn
}

/// Whole px of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }
}

/// The outline of a box, its outer edge at the corners, with a thin rim inside that stands out from it.
fn frame(image: &mut RgbImage, [x0, y0, x1, y1]: [f32; 4], scale: usize, colour: Colour) {
    let whole = |at: f32, length: usize| (at.round().max(0.0) as usize).min(length);
    let (left, right) = (whole(x0, image.width), whole(x1, image.width));
    let (top, bottom) = (whole(y0, image.height), whole(y1, image.height));
    for (thickness, rgb) in [(2 * scale + 1, colour.ink), (2 * scale, colour.ground)] {
        let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
        let (across, down) = (thickness.min(width), thickness.min(height));
        fill(image, Area { left, top, width, height: down }, rgb);
        fill(image, Area { left, top: (top + height).saturating_sub(down), width, height: down }, rgb);
        fill(image, Area { left, top, width: across, height }, rgb);
        fill(image, Area { left: (left + width).saturating_sub(across), top, width: across, height }, rgb);
    }
}

/// Where a label stands: the first free of its places; `None` if none is free or the image is too small for it.
fn label_area(image: &RgbImage, object: &Marked, scale: usize, taken: &[Area]) -> Option<Area> {
    let (width, height) = (width(object.text, scale) + 2 * scale, (GLYPH + 2) * scale);
    if object.text.is_empty() || width > image.width || height > image.height {
        return None;
    }
    let [x0, y0, _, y1] = object.box_in_image.map(|at| at.round().max(0.0) as usize);
    let left = x0.min(image.width - width);
    let at = |top: usize| Area { left, top: top.min(image.height - height), width, height };
    let places = [at(y0.saturating_sub(height)), at(y1), at(y0 + 2 * scale), at(y1.saturating_sub(height + 2 * scale))];
    places.into_iter().find(|place| !taken.iter().any(|other| other.meets(place)))
}

fn fill(image: &mut RgbImage, area: Area, rgb: [u8; 3]) {
    let (right, bottom) = ((area.left + area.width).min(image.width), (area.top + area.height).min(image.height));
    for row in area.top..bottom {
        for column in area.left..right {
            let at = 3 * (row * image.width + column);
            image.pixels[at..at + 3].copy_from_slice(&rgb);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(image: &RgbImage, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y * image.width + x);
        [image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]]
    }

    #[test]
    fn a_box_is_outlined_in_its_classs_colour_and_what_is_inside_stays() {
        let grey = RgbImage::filled(120, 90, [90; 3]);
        let drawn =
            overlay(grey.view(), &[Marked { box_in_image: [20.0, 30.0, 80.0, 70.0], class: 1, text: "ship 0.93" }]);
        let colour = Colour::of_class(1).ground;
        for (x, y) in [(20, 50), (79, 50), (50, 30), (50, 69)] {
            assert_eq!(at(&drawn, x, y), colour, "({x}, {y})");
        }
        for (x, y) in [(19, 50), (80, 50), (50, 50), (50, 71)] {
            assert_eq!(at(&drawn, x, y), [90; 3], "({x}, {y})");
        }
        // The label stands above: its ground, and letters on it.
        let label: Vec<[u8; 3]> =
            (20..90).flat_map(|x| (20..30).map(move |y| (x, y))).map(|(x, y)| at(&drawn, x, y)).collect();
        assert!(label.contains(&colour) && label.contains(&Colour::of_class(1).ink));
    }

    #[test]
    fn labels_of_boxes_at_one_place_stand_apart_and_none_leaves_the_image() {
        let grey = RgbImage::filled(160, 100, [90; 3]);
        let boxes = [[0.0, 0.0, 60.0, 40.0], [2.0, 1.0, 62.0, 41.0], [120.0, 80.0, 160.0, 100.0]];
        let marked: Vec<Marked> =
            boxes.iter().map(|&box_in_image| Marked { box_in_image, class: 0, text: "airplane" }).collect();
        let mut taken = Vec::new();
        for object in &marked {
            let area = label_area(&grey, object, 1, &taken).expect("there is room");
            assert!(area.left + area.width <= 160 && area.top + area.height <= 100, "{area:?}");
            assert!(!taken.iter().any(|other: &Area| other.meets(&area)), "{area:?} in {taken:?}");
            taken.push(area);
        }
        overlay(grey.view(), &marked);
        // Every place of a fifth box there is taken.
        let fifth = Marked { box_in_image: [0.0, 0.0, 60.0, 40.0], class: 0, text: "airplane" };
        let full = [Area { left: 0, top: 0, width: 160, height: 100 }];
        assert_eq!(label_area(&grey, &fifth, 1, &full), None);
    }

    #[test]
    fn the_smallest_images_and_boxes_beyond_the_border_are_drawn() {
        for (width, height) in [(1, 1), (3, 50), (50, 3)] {
            let image = RgbImage::filled(width, height, [0; 3]);
            let marked = Marked { box_in_image: [-5.0, -5.0, 500.0, 500.0], class: 300, text: "a long label" };
            let drawn = overlay(image.view(), &[marked]);
            assert_eq!((drawn.width, drawn.height), (width, height));
            assert_ne!(at(&drawn, 0, 0), [0; 3]);
        }
    }
}
