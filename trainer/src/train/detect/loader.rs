//! Training images at the size that the detector sees them, changed by chance, with their objects; or, of a frozen
//! backbone, its kept maps of them.

use super::maps::{MapCache, StoredMaps, augment, scaled, variants};
use crate::config::DetectConfig;
use crate::data::objects::ObjectImage;
use anyhow::Result;
use nadir_core::detection::Size;
use nadir_core::detection::resize::bilinear;
use nadir_core::detection::targets::Truths;
use nadir_core::image::{Planes, RgbImage};
use nadir_core::rng::{Rng, fnv1a_64};
use rayon::prelude::*;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};

/// A step's images that could be read, each with its objects, and why others could not.
#[derive(Debug, Default)]
pub struct DetectBatch {
    /// Images as the network sees them, with their objects.
    pub images: Vec<(DetectInput, Truths)>,
    /// Missing or broken ones, with the reason.
    pub skipped: Vec<String>,
}

/// What a training step is given of an image.
#[derive(Debug, Clone)]
pub enum DetectInput {
    /// Its pixels, at the size that the network sees.
    Pixels(Planes),
    /// The frozen backbone's maps of them.
    Maps(StoredMaps),
}

/// Decoded images are kept where they take no more than this, bytes: generating a scene or decoding a large image takes
/// as long as a small network needs for it.
const KEPT_BYTES: usize = 2 << 30;

/// Makes batches of the training images.
#[derive(Debug)]
pub struct DetectLoader<'a> {
    config: &'a DetectConfig,
    images: &'a [ObjectImage],
    /// Of each image its pixels, once they were read; `None` if they are too many.
    kept: Vec<OnceLock<RgbImage>>,
    /// The frozen backbone's maps of the images in their [`variants`].
    maps: Option<&'a MapCache>,
}

impl<'a> DetectLoader<'a> {
    /// For the training `images`, by their kept maps if there are some.
    pub fn new(config: &'a DetectConfig, images: &'a [ObjectImage], maps: Option<&'a MapCache>) -> Self {
        let bytes = |image: &ObjectImage| image.size_px.map(|[width, height]| 3 * width * height);
        let all: Option<usize> = images.iter().map(bytes).sum();
        let kept = if all.is_some_and(|all| all <= KEPT_BYTES) { images.len() } else { 0 };
        Self { config, images, kept: (0..kept).map(|_| OnceLock::new()).collect(), maps }
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
    fn steps_per_epoch(&self) -> usize {
        self.images.len() / self.config.train.batch_size
    }

    /// The images' order in `epoch`.
    fn order(&self, epoch: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        Rng::from_parts(&[self.config.seed, fnv1a_64(b"detector order"), epoch as u64]).shuffle(&mut order);
        order
    }

    /// One image, or the reason why it is skipped; every draw comes from (seed, epoch, image).
    fn image(&self, epoch: usize, at: usize) -> Result<Result<(DetectInput, Truths), String>> {
        let mut rng = Rng::from_parts(&[self.config.seed, fnv1a_64(b"detector view"), epoch as u64, at as u64]);
        match self.maps {
            Some(maps) => self.stored(maps, at, &mut rng),
            None => Ok(self.planes(at).map(|whole| self.changed(at, &whole, &mut rng))),
        }
    }

    fn changed(&self, at: usize, whole: &Planes, rng: &mut Rng) -> (DetectInput, Truths) {
        let config = self.config;
        let size = Size::new(whole.height, whole.width);
        let seen = scaled(config, rng.below(config.augment.scales.len())).resized(size);
        let truths = truths(&self.images[at], config.data.use_difficult).resized(size, seen);
        let (image, truths) = augment(&config.augment).apply(bilinear(whole, seen), truths, rng);
        (DetectInput::Pixels(image), truths)
    }

    /// What [`Self::changed`] gives, as maps: the same way to lie and the same scale, where all are kept.
    fn stored(&self, maps: &MapCache, at: usize, rng: &mut Rng) -> Result<Result<(DetectInput, Truths), String>> {
        let config = self.config;
        let kept = variants(config, at);
        let way = if config.train.cached_variants == 0 {
            let scale = rng.below(config.augment.scales.len());
            let orientation = augment(&config.augment).orientation(rng);
            kept.iter().position(|kept| kept.scale == scale && kept.orientation == orientation).unwrap_or_default()
        } else {
            rng.below(kept.len())
        };
        let (size, stored) = match (maps.image(at), maps.read(at, way)?) {
            (Ok(size), Ok(stored)) => (size, stored),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
        };
        let seen = scaled(config, kept[way].scale).resized(size);
        let truths = truths(&self.images[at], config.data.use_difficult).resized(size, seen);
        Ok(Ok((DetectInput::Maps(stored), kept[way].orientation.of_truths(truths, seen))))
    }

    fn batch(&self, epoch: usize, images: &[usize]) -> Result<DetectBatch> {
        let read: Vec<_> = images.par_iter().map(|&at| self.image(epoch, at)).collect();
        let mut batch = DetectBatch::default();
        for image in read {
            match image? {
                Ok(image) => batch.images.push(image),
                Err(reason) => batch.skipped.push(reason),
            }
        }
        Ok(batch)
    }

    /// Makes the batches of the steps from `first_step` up to `steps` in a thread of their own, two ahead, while
    /// `consume` takes them. Ends early where the receiver is dropped. A batch is an error where a file of kept maps has
    /// changed.
    pub fn run<R>(
        &self,
        first_step: usize,
        steps: usize,
        consume: impl FnOnce(Receiver<Result<DetectBatch>>) -> R,
    ) -> R {
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

/// Objects to be detected, and the classes that are not annotated, with classes from 1; crowds are ignored, and difficult ones unless they are to be detected.
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
    truths.unlabelled = image.unlabelled.iter().map(|class| class + 1).collect();
    truths
}
