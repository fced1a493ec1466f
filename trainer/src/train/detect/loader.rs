//! Training images at the size that the detector sees them, changed by chance, with their objects.

use crate::config::DetectConfig;
use crate::data::objects::ObjectImage;
use nadir_core::detection::Size;
use nadir_core::detection::augment::DetectorAugment;
use nadir_core::detection::resize::{DetectorResize, bilinear};
use nadir_core::detection::targets::Truths;
use nadir_core::image::{Planes, RgbImage};
use nadir_core::rng::{Rng, fnv1a_64};
use rayon::prelude::*;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};

/// A step's images that could be read, each with its objects, and why others could not.
#[derive(Debug, Default)]
pub struct DetectBatch {
    /// Images at the sizes that the network sees, with their objects.
    pub images: Vec<(Planes, Truths)>,
    /// Missing or broken ones, with the reason.
    pub skipped: Vec<String>,
}

/// Decoded images are kept where they take no more than this, bytes: generating a scene or decoding a large image takes as
/// long as a small network needs for it.
const KEPT_BYTES: usize = 2 << 30;

/// Makes batches.
#[derive(Debug)]
pub struct DetectLoader<'a> {
    config: &'a DetectConfig,
    images: &'a [ObjectImage],
    /// Of each image its pixels, once they were wanted; `None` if they are too many.
    kept: Vec<OnceLock<RgbImage>>,
}

impl<'a> DetectLoader<'a> {
    /// For the training `images`.
    pub fn new(config: &'a DetectConfig, images: &'a [ObjectImage]) -> Self {
        let bytes = |image: &ObjectImage| image.size_px.map(|[width, height]| 3 * width * height);
        let all: Option<usize> = images.iter().map(bytes).sum();
        let kept = if all.is_some_and(|all| all <= KEPT_BYTES) { images.len() } else { 0 };
        Self { config, images, kept: (0..kept).map(|_| OnceLock::new()).collect() }
    }

    /// An image's pixels in [0, 1], or why it cannot be used.
    fn planes(&self, at: usize) -> Result<Planes, String> {
        let Some(kept) = self.kept.get(at) else { return Ok(Planes::from_rgb(self.images[at].read()?.view())) };
        if kept.get().is_none() {
            // Another thread may have been quicker, with the same pixels.
            let _ = kept.set(self.images[at].read()?);
        }
        Ok(Planes::from_rgb(kept.get().expect("just set").view()))
    }

    /// Steps an epoch; the last images that fill no batch are skipped (other ones each epoch).
    pub fn steps_per_epoch(&self) -> usize {
        self.images.len() / self.config.train.batch_size
    }

    /// The images' order in `epoch`.
    fn order(&self, epoch: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        Rng::from_parts(&[self.config.seed, fnv1a_64(b"detector order"), epoch as u64]).shuffle(&mut order);
        order
    }

    /// One image; every draw comes from (seed, epoch, image).
    fn image(&self, epoch: usize, at: usize) -> Result<(Planes, Truths), String> {
        let image = &self.images[at];
        let config = self.config;
        let mut rng = Rng::from_parts(&[config.seed, fnv1a_64(b"detector view"), epoch as u64, at as u64]);
        let whole = self.planes(at)?;
        let size = Size::new(whole.height, whole.width);
        let scales = &config.augment.scales;
        let scale = scales[rng.below(scales.len())];
        let side = |side: usize| ((side as f64 * scale).round() as usize).max(1);
        let resize = config.resize;
        let resize = DetectorResize { min_size: side(resize.min_size), max_size: side(resize.max_size), ..resize };
        let seen = resize.resized(size);
        let truths = truths(image, config.data.use_difficult).resized(size, seen);
        let augment = DetectorAugment {
            flip: config.augment.flip,
            quarter_turns: config.augment.quarter_turns,
            jitter: config.augment.jitter,
        };
        Ok(augment.apply(bilinear(&whole, seen), truths, &mut rng))
    }

    fn batch(&self, epoch: usize, images: &[usize]) -> DetectBatch {
        let read: Vec<_> = images.par_iter().map(|&at| self.image(epoch, at)).collect();
        let mut batch = DetectBatch::default();
        for image in read {
            match image {
                Ok(image) => batch.images.push(image),
                Err(reason) => batch.skipped.push(reason),
            }
        }
        batch
    }

    /// Makes the batches of the steps from `first_step` up to `steps` in a thread of their own, two ahead, while `consume`
    /// takes them. Ends early where the receiver is dropped.
    pub fn run<R>(&self, first_step: usize, steps: usize, consume: impl FnOnce(Receiver<DetectBatch>) -> R) -> R {
        let (a_step, an_epoch) = (self.config.train.batch_size, self.steps_per_epoch());
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(2);
            scope.spawn(move || {
                let mut order = (usize::MAX, Vec::new());
                for step in first_step..steps {
                    let (epoch, at) = (step / an_epoch, step % an_epoch);
                    if order.0 != epoch {
                        order = (epoch, self.order(epoch));
                    }
                    if sender.send(self.batch(epoch, &order.1[at * a_step..(at + 1) * a_step])).is_err() {
                        return;
                    }
                }
            });
            consume(receiver)
        })
    }
}

/// Objects to be found, with classes from 1; crowds are ignored, and difficult ones unless they are to be found.
fn truths(image: &ObjectImage, use_difficult: bool) -> Truths {
    let mut truths = Truths::default();
    for object in &image.objects {
        if object.crowd || (object.difficult && !use_difficult) {
            truths.ignored.push(object.box_in_image);
        } else {
            truths.boxes.push(object.box_in_image);
            truths.classes.push(object.class + 1);
        }
    }
    truths
}
