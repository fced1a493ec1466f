//! The scenes that a visitor trains on, and batches of two views of them.

use nadir_core::image::augment::{AugmentConfig, normalise_into};
use nadir_core::image::{Planes, RgbImage};
use nadir_core::rng::Rng;
use nadir_scene::lesson::{PlaceScene, SIZE_PX};

/// Values of one image: [3, height, width].
pub const IMAGE_LEN: usize = 3 * SIZE_PX * SIZE_PX;

/// Scenes to train on and scenes held out. Labels are for measuring alone; training never sees them.
#[derive(Debug, Clone)]
pub struct LessonData {
    /// Scenes that the network trains on.
    pub train: Vec<PlaceScene>,
    /// Scenes that it never trains on.
    pub held_out: Vec<PlaceScene>,
    mean: [f32; 3],
    std: [f32; 3],
}

impl LessonData {
    /// The first `train` of these scenes are trained on, the others held out.
    pub fn new(mut scenes: Vec<PlaceScene>, train: usize) -> Self {
        let held_out = scenes.split_off(train.min(scenes.len()));
        let (mean, std) = mean_and_std(scenes.iter().map(|scene| &scene.image));
        Self { train: scenes, held_out, mean, std }
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
                let planes = augment.view(self.train[image].image.view(), seed, epoch, image as u64, view);
                normalise_into(&planes, &self.mean, &self.std, out);
            }
        }
        values
    }

    /// Images as they are: [n, 3, height, width].
    pub fn whole<'a>(&self, images: impl Iterator<Item = &'a PlaceScene>) -> Vec<f32> {
        let mut values = Vec::new();
        for scene in images {
            let at = values.len();
            values.resize(at + IMAGE_LEN, 0.0);
            normalise_into(&Planes::from_rgb(scene.image.view()), &self.mean, &self.std, &mut values[at..]);
        }
        values
    }
}

/// Of each channel over all pixels, in [0, 1].
fn mean_and_std<'a>(images: impl Iterator<Item = &'a RgbImage>) -> ([f32; 3], [f32; 3]) {
    let (mut sums, mut squares, mut count) = ([0.0_f64; 3], [0.0_f64; 3], 0.0_f64);
    for pixel in images.flat_map(|image| image.pixels.chunks_exact(3)) {
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
