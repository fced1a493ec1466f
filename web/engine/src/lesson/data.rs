//! The images that a visitor trains on, generated scenes or the visitor's own, and batches of two views of them.

use nadir_core::image::augment::{AugmentConfig, normalise_into};
use nadir_core::image::{Planes, RgbImage};
use nadir_core::protocol::lesson::HeldOut;
use nadir_core::rng::Rng;
use nadir_scene::lesson::{PlaceScene, SIZE_PX};

/// Values of one image: [3, height, width].
pub const IMAGE_LEN: usize = 3 * SIZE_PX * SIZE_PX;
/// Of the visitor's images one in so many is held out,
const HELD_OUT_OF: usize = 3;
/// but at least so many: a query and five neighbours.
const LEAST_HELD_OUT: usize = 6;
/// Fewer of the visitor's images are refused.
pub const LEAST_OWN: usize = 16;

/// Images to train on and images held out. Labels are for measuring alone; training never sees them.
#[derive(Debug, Clone)]
pub struct LessonData {
    /// Images that the network trains on.
    pub train: Vec<RgbImage>,
    /// Images that it never trains on.
    pub held_out: Vec<RgbImage>,
    /// What is known of those.
    pub known: HeldOut,
    /// The kind of each image of `train`; empty where none is known.
    pub train_classes: Vec<usize>,
    mean: [f32; 3],
    std: [f32; 3],
}

impl LessonData {
    /// The first `train` of these scenes are trained on, the others held out.
    pub fn of_scenes(mut scenes: Vec<PlaceScene>, train: usize) -> Self {
        let held_out = scenes.split_off(train.min(scenes.len()));
        let classes = |scenes: &[PlaceScene]| scenes.iter().map(|scene| scene.class).collect();
        let (known, train_classes) = (HeldOut::Scenes { classes: classes(&held_out) }, classes(&scenes));
        let images = |scenes: Vec<PlaceScene>| scenes.into_iter().map(|scene| scene.image).collect();
        Self::new(images(scenes), images(held_out), known, train_classes)
    }

    /// The visitor's images: `pixels` has the RGB of `count`, each of the size of a scene. The seed decides which are
    /// held out: a third, and at least six.
    ///
    /// # Errors
    /// Too few images, or pixels of another number of them.
    pub fn of_own(pixels: &[u8], count: usize, seed: u64) -> Result<Self, String> {
        if count < LEAST_OWN || pixels.len() != count * IMAGE_LEN {
            let found = pixels.len();
            return Err(format!(
                "{found} bytes are not the pixels of {count} images, or those are fewer than {LEAST_OWN}"
            ));
        }
        let mut order: Vec<usize> = (0..count).collect();
        Rng::from_parts(&[seed, 1]).shuffle(&mut order);
        let train = order.split_off((count / HELD_OUT_OF).max(LEAST_HELD_OUT));
        let image = |&at: &usize| RgbImage {
            width: SIZE_PX,
            height: SIZE_PX,
            pixels: pixels[at * IMAGE_LEN..(at + 1) * IMAGE_LEN].to_vec(),
        };
        let (train, held_out) = (train.iter().map(image).collect(), order.iter().map(image).collect());
        Ok(Self::new(train, held_out, HeldOut::Own { images: order }, Vec::new()))
    }

    fn new(train: Vec<RgbImage>, held_out: Vec<RgbImage>, known: HeldOut, train_classes: Vec<usize>) -> Self {
        let (mean, std) = mean_and_std(&train);
        Self { train, held_out, known, train_classes, mean, std }
    }

    /// Both views of the images of step `step`: [2 * batch, 3, height, width], all first views, then all second ones.
    /// An epoch shows each image once; its last images stay out where they do not fill a batch.
    pub fn views(&self, seed: u64, step: usize, batch: usize, augment: &AugmentConfig) -> Vec<f32> {
        let steps = (self.train.len() / batch).max(1);
        let (epoch, batch_index) = ((step / steps) as u64, step % steps);
        let mut order: Vec<usize> = (0..self.train.len()).collect();
        Rng::from_parts(&[seed, epoch]).shuffle(&mut order);
        let images = &order[batch_index * batch..(batch_index + 1) * batch];
        let mut values = vec![0.0; 2 * images.len() * IMAGE_LEN];
        let mut out = values.chunks_exact_mut(IMAGE_LEN);
        for view in 0..2 {
            for (&image, out) in images.iter().zip(&mut out) {
                let planes = augment.view(self.train[image].view(), seed, epoch, image as u64, view);
                normalise_into(&planes, &self.mean, &self.std, out);
            }
        }
        values
    }

    /// Images as they are: [n, 3, height, width].
    pub fn whole(&self, images: &[RgbImage]) -> Vec<f32> {
        let mut values = Vec::new();
        for image in images {
            let at = values.len();
            values.resize(at + IMAGE_LEN, 0.0);
            normalise_into(&Planes::from_rgb(image.view()), &self.mean, &self.std, &mut values[at..]);
        }
        values
    }
}

/// Of each channel over all pixels, in [0, 1].
fn mean_and_std(images: &[RgbImage]) -> ([f32; 3], [f32; 3]) {
    let (mut sums, mut squares, mut count) = ([0.0_f64; 3], [0.0_f64; 3], 0.0_f64);
    for pixel in images.iter().flat_map(|image| image.pixels.chunks_exact(3)) {
        count += 1.0;
        for channel in 0..3 {
            let value = f64::from(pixel[channel]) / 255.0;
            sums[channel] += value;
            squares[channel] += value * value;
        }
    }
    let mean = sums.map(|sum| sum / count.max(1.0));
    let std =
        [0, 1, 2].map(|channel| (squares[channel] / count.max(1.0) - mean[channel].powi(2)).max(1e-6).sqrt() as f32);
    (mean.map(|mean| mean as f32), std)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_visitors_images_is_held_out_and_the_seed_decides_which() {
        let count = 30;
        let pixels: Vec<u8> = (0..count).flat_map(|image| vec![image as u8; IMAGE_LEN]).collect();
        let held_out = |seed| {
            let data = LessonData::of_own(&pixels, count, seed).expect("whole images");
            assert_eq!((data.train.len(), data.held_out.len(), data.train_classes.len()), (20, 10, 0));
            let HeldOut::Own { images } = data.known else { panic!("no kind is known") };
            for (image, &at) in data.held_out.iter().zip(&images) {
                assert!(image.pixels.iter().all(|&value| usize::from(value) == at));
            }
            let mut all: Vec<usize> = data.train.iter().map(|image| usize::from(image.pixels[0])).collect();
            all.extend(&images);
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "each image once");
            images
        };
        assert_eq!(held_out(1), held_out(1));
        assert_ne!(held_out(1), held_out(2));
    }

    #[test]
    fn few_images_leave_six_and_fewer_are_refused() {
        let of = |count: usize| LessonData::of_own(&vec![7; count * IMAGE_LEN], count, 1);
        assert_eq!(of(16).map(|data| (data.train.len(), data.held_out.len())), Ok((10, 6)));
        assert!(of(15).is_err() && LessonData::of_own(&[0; IMAGE_LEN], 16, 1).is_err());
    }
}
