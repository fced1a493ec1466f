//! The visitor's images, decoded and scaled to what lesson 4 trains on.

use nadir_core::image::RgbImage;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_scene::lesson::SIZE_PX;

/// With fewer there are too few to hold some out.
pub const LEAST: usize = 16;
/// As many as there are generated scenes.
pub const MOST: usize = 360;

/// Images to train on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OwnImages {
    /// Where each lies.
    pub names: Vec<String>,
    /// RGB of each, [`SIZE_PX`] wide and high, one after the other.
    pub pixels: Vec<u8>,
    /// Images that there were to choose from.
    pub offered: usize,
    /// Files that could not be read, or are no images, by name.
    pub refused: Vec<String>,
}

impl OwnImages {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Adds an image, of which the middle square is taken.
    pub fn push(&mut self, name: String, image: &RgbImage) {
        let side = image.width.min(image.height);
        let crop =
            CropBox { left: (image.width - side) / 2, top: (image.height - side) / 2, width: side, height: side };
        let scaled = resized_crop(image.view(), crop, SIZE_PX, SIZE_PX, Interpolation::Bilinear).to_rgb();
        self.pixels.extend(scaled.pixels);
        self.names.push(name);
    }
}

/// Which of `count` files are taken where there are more than `most`: evenly spread over all of them.
pub fn spread(count: usize, most: usize) -> Vec<usize> {
    let taken = count.min(most);
    (0..taken).map(|at| at * count / taken).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_files_as_many_as_may_be_are_taken_each_once_from_the_first_to_the_last() {
        assert_eq!(spread(3, 5), [0, 1, 2]);
        assert_eq!(spread(10, 5), [0, 2, 4, 6, 8]);
        assert!(spread(0, 5).is_empty());
        let taken = spread(1001, MOST);
        assert!(taken.len() == MOST && taken.is_sorted_by(|a, b| a < b) && taken[MOST - 1] < 1001);
    }

    #[test]
    fn the_middle_square_is_scaled() {
        let mut image = RgbImage::filled(200, 100, [0; 3]);
        for row in 0..100 {
            image.pixels[(row * 200 + 50) * 3..(row * 200 + 150) * 3].fill(90);
        }
        let mut own = OwnImages::default();
        own.push("a.png".into(), &image);
        own.push("b.png".into(), &RgbImage::filled(1, 1, [7; 3]));
        assert_eq!((own.count(), own.pixels.len()), (2, 2 * SIZE_PX * SIZE_PX * 3));
        let (first, second) = own.pixels.split_at(SIZE_PX * SIZE_PX * 3);
        assert!(first.iter().all(|&value| value == 90) && second.iter().all(|&value| value == 7));
    }
}
