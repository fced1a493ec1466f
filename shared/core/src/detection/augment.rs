//! Changes of a training image that its boxes follow.

use super::Size;
use super::boxes::{PixelBox, flip_horizontal};
use super::targets::Truths;
use crate::image::Planes;
use crate::image::colour::{brightness, contrast, saturation};
use crate::rng::Rng;

/// What is drawn for an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorAugment {
    /// Mirrored left to right, half of the time.
    pub flip: bool,
    /// Turned by 0, 90, 180 or 270 degrees: images from above have no up.
    pub quarter_turns: bool,
    /// Brightness, contrast and saturation are multiplied by 1 - this to 1 + this.
    pub jitter: f64,
}

/// How an image lies: mirrored or not, then turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Orientation {
    /// Mirrored left to right, before it is turned.
    pub flipped: bool,
    /// Quarter turns clockwise, 0 to 3.
    pub quarters: usize,
}

impl Orientation {
    /// The image, mirrored and turned.
    pub fn of_image(self, mut image: Planes) -> Planes {
        if self.flipped {
            let width = image.width;
            image.values.chunks_exact_mut(width).for_each(<[f32]>::reverse);
        }
        (0..self.quarters).fold(image, |image, _| turned(&image))
    }

    /// The objects of an image of this size, as it lies before, in the mirrored and turned one.
    pub fn of_truths(self, truths: Truths, image: Size) -> Truths {
        let flipped = if self.flipped { truths.map(|of| flip_horizontal(of, image)) } else { truths };
        let (turned, _) = (0..self.quarters).fold((flipped, image), |(truths, size), _| {
            (truths.map(|of| turned_box(of, size.height)), Size::new(size.width, size.height))
        });
        turned
    }
}

impl DetectorAugment {
    /// Every orientation that may be drawn, as it lies first.
    pub fn orientations(&self) -> Vec<Orientation> {
        let quarters = if self.quarter_turns { 4 } else { 1 };
        let flips: &[bool] = if self.flip { &[false, true] } else { &[false] };
        flips.iter().flat_map(|&flipped| (0..quarters).map(move |quarters| Orientation { flipped, quarters })).collect()
    }

    /// One of them, each with the same chance.
    pub fn orientation(&self, rng: &mut Rng) -> Orientation {
        let flipped = self.flip && rng.chance(0.5);
        Orientation { flipped, quarters: if self.quarter_turns { rng.below(4) } else { 0 } }
    }

    /// The changed image with its objects.
    pub fn apply(&self, image: Planes, truths: Truths, rng: &mut Rng) -> (Planes, Truths) {
        let size = Size::new(image.height, image.width);
        let orientation = self.orientation(rng);
        let (mut image, truths) = (orientation.of_image(image), orientation.of_truths(truths, size));
        if self.jitter > 0.0 {
            for change in [brightness, contrast, saturation] {
                change(&mut image, rng.range(1.0 - self.jitter, 1.0 + self.jitter) as f32);
            }
        }
        (image, truths)
    }
}

/// Turned by 90 degrees clockwise.
fn turned(image: &Planes) -> Planes {
    let (height, width) = (image.height, image.width);
    let mut values = Vec::with_capacity(image.values.len());
    for plane in image.values.chunks_exact(height * width) {
        for column in 0..width {
            values.extend((0..height).rev().map(|row| plane[row * width + column]));
        }
    }
    Planes { width: height, height: width, values }
}

/// The box in the image of this height turned by 90 degrees clockwise.
fn turned_box([x0, y0, x1, y1]: PixelBox, height: usize) -> PixelBox {
    let height = height as f32;
    [height - y1, x0, height - y0, x1]
}

impl Truths {
    fn map(self, change: impl Fn(PixelBox) -> PixelBox) -> Self {
        let all = |boxes: Vec<PixelBox>| boxes.into_iter().map(&change).collect();
        Self { boxes: all(self.boxes), ignored: all(self.ignored), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    /// An image that is 1 in one box of whole px and 0 elsewhere.
    fn marked(size: Size, [x0, y0, x1, y1]: [usize; 4]) -> Planes {
        let plane: Vec<f32> = (0..size.height * size.width)
            .map(|at| (at / size.width, at % size.width))
            .map(|(y, x)| f32::from(u8::from((y0..y1).contains(&y) && (x0..x1).contains(&x))))
            .collect();
        Planes { width: size.width, height: size.height, values: plane.repeat(3) }
    }

    proptest! {
        #[test]
        fn boxes_follow_their_pixels(
            height in 1..9usize, width in 1..9usize, corners: [prop::sample::Index; 4], seed: u64,
        ) {
            let (x0, y0) = (corners[0].index(width), corners[1].index(height));
            let (x1, y1) = (x0 + 1 + corners[2].index(width - x0), y0 + 1 + corners[3].index(height - y0));
            let size = Size::new(height, width);
            let of = [x0, y0, x1, y1].map(|corner| corner as f32);
            let truths = Truths { boxes: vec![of], classes: vec![1], ignored: vec![of], unlabelled: vec![2] };
            let augment = DetectorAugment { flip: true, quarter_turns: true, jitter: 0.0 };
            let (image, truths) = augment.apply(marked(size, [x0, y0, x1, y1]), truths, &mut Rng::new(seed));
            prop_assert_eq!((&truths.boxes, &truths.unlabelled), (&truths.ignored, &vec![2]));
            let moved = truths.boxes[0].map(|corner| corner as usize);
            prop_assert_eq!(image.clone(), marked(Size::new(image.height, image.width), moved));
        }
    }

    #[test]
    fn every_orientation_comes_up() {
        let truths = Truths { boxes: vec![[0.0, 0.0, 1.0, 1.0]], classes: vec![1], ..Truths::default() };
        let augment = DetectorAugment { flip: true, quarter_turns: true, jitter: 0.0 };
        let mut seen: Vec<PixelBox> = (0..200)
            .map(|seed| {
                let image = marked(Size::new(2, 3), [0, 0, 1, 1]);
                augment.apply(image, truths.clone(), &mut Rng::new(seed)).1.boxes[0]
            })
            .collect();
        seen.sort_by(|a, b| a.partial_cmp(b).expect("finite"));
        seen.dedup();
        assert_eq!(augment.orientations().len(), 8);
        assert_eq!(DetectorAugment { flip: false, ..augment }.orientations().len(), 4);
        assert_eq!(DetectorAugment { quarter_turns: false, ..augment }.orientations()[0], Orientation::default());
        // Four corners of the image as it stands, four of the turned one, one of them in both.
        assert_eq!(seen.len(), 7);
    }
}
