//! Batches of two augmented views, made on other threads while the device computes.

use super::device_views::{ViewFamily, ViewMaker};
use super::normalise::normalise_into;
use super::pixels::{BufferPool, PixelBuffer, Pixels};
use crate::data::Dataset;
use anyhow::Result;
use burn::tensor::{Device, Tensor};
use nadir_core::image::augment::AugmentConfig;
use nadir_core::rng::{Rng, fnv1a_64};
use rayon::prelude::*;
use std::sync::mpsc::{Receiver, sync_channel};

/// What a batch is made of.
#[derive(Debug, Clone)]
pub struct PairLoader {
    /// The two views' family.
    pub augment: AugmentConfig,
    /// Seed that order and views are drawn by.
    pub seed: u64,
    /// Images a step, over all ranks.
    pub batch_size: usize,
    /// Which of them this rank makes.
    pub shard: Shard,
    /// Draws every class as often as every other; each image has one label.
    pub class_balanced: bool,
    /// Channel means in [0, 1].
    pub mean: Vec<f32>,
    /// Channel standard deviations in [0, 1].
    pub std: Vec<f32>,
    /// Where views are made; their draws are the same.
    pub views: ViewMaker,
}

/// One rank's shard of every global batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Index of the rank, from 0.
    pub rank: usize,
    /// Number of ranks that share a batch.
    pub ranks: usize,
    /// Second views go to other ranks than first views, drawn anew each step.
    pub shuffled: bool,
}

impl Shard {
    /// The only rank of one: the global batch.
    pub const WHOLE: Self = Self { rank: 0, ranks: 1, shuffled: false };

    /// For each view, which of a batch's `images` this rank makes.
    ///
    /// Shuffled BatchNorm (He et al. 2020, section 3.3): ranks take BatchNorm's statistics over their own images, so an
    /// anchor could know its positive by the statistics that they share. MoCo sends images to other ranks; here each
    /// rank makes other images' second views in the first place, and nothing is sent.
    pub(crate) fn indices(self, images: usize, draw: &[u64]) -> [Vec<usize>; 2] {
        let own = self.rank * images / self.ranks..(self.rank + 1) * images / self.ranks;
        let mut order: Vec<usize> = (0..images).collect();
        if self.shuffled && self.ranks > 1 {
            Rng::from_parts(&[draw, &[fnv1a_64(b"second views")]].concat()).shuffle(&mut order);
        }
        [own.clone().collect(), order[own].to_vec()]
    }
}

/// A rank's views of a step's images: `values` is [views * images, channels, size, size], first views before second ones.
#[derive(Debug, Clone)]
pub struct PairBatch {
    /// Normalised pixels of all views.
    pub values: Pixels,
    /// 0 or 1, [images of the global batch, labels]; one column of 0 where there are no labels.
    pub labels: Vec<f32>,
    /// Images (pairs) of the global batch.
    pub global_images: usize,
    /// For each row of `values`, its row among all views of the global batch, first views before second ones.
    pub rows: Vec<usize>,
    /// Images (pairs) in this shard.
    pub images: usize,
    /// Views of an image: two, or one after [`PairBatch::first_views`].
    pub views: usize,
}

impl PairBatch {
    /// Both views of a global batch of `images`, on one rank.
    pub fn whole(values: Pixels, labels: Vec<f32>, images: usize) -> Self {
        Self { values, labels, global_images: images, rows: (0..2 * images).collect(), images, views: 2 }
    }

    /// In `chunks` of equal size, each with all views of its images; the number of images must be a multiple of
    /// `chunks`.
    pub fn split(self, chunks: usize) -> Vec<Self> {
        if chunks == 1 {
            return vec![self];
        }
        let images = self.images / chunks;
        (0..chunks)
            .map(|chunk| {
                let of_view = |view: usize| {
                    let first = view * self.images + chunk * images;
                    first..first + images
                };
                Self {
                    values: self.values.slices(self.views * self.images, (0..self.views).map(of_view)),
                    labels: self.labels.clone(),
                    global_images: self.global_images,
                    rows: (0..self.views).flat_map(|view| self.rows[of_view(view)].iter().copied()).collect(),
                    images,
                    views: self.views,
                }
            })
            .collect()
    }

    /// Without the second views.
    pub fn first_views(mut self) -> Self {
        self.values.truncate(self.views * self.images, self.images);
        self.rows.truncate(self.images);
        self.views = 1;
        self
    }

    /// All views, [views * images, channels, size, size] on this device.
    pub fn pixels(&self, size: usize, device: &Device) -> Tensor<4> {
        let views = self.views * self.images;
        self.values.tensor(views, 0..views, size, device)
    }

    /// The second views, [images, channels, size, size] on this device.
    pub fn second_pixels(&self, size: usize, device: &Device) -> Tensor<4> {
        let views = self.views * self.images;
        self.values.tensor(views, views - self.images..views, size, device)
    }
}

impl PairLoader {
    /// The training images' order in `epoch`. The last images that fill no batch are skipped (other ones each epoch).
    pub fn order(&self, dataset: &Dataset, epoch: usize) -> Vec<usize> {
        let mut rng = Rng::from_parts(&[self.seed, fnv1a_64(b"order"), epoch as u64]);
        let mut order = dataset.split.train.clone();
        if self.class_balanced {
            order = balanced(dataset, &mut rng);
        }
        rng.shuffle(&mut order);
        order.truncate(order.len() / self.batch_size * self.batch_size);
        order
    }

    /// This rank's shard of the global batch of `samples`. Every draw comes from (seed, epoch, sample, view): threads,
    /// ranks and resumption change nothing.
    ///
    /// # Errors
    /// As [`Dataset::image`].
    pub fn batch(&self, dataset: &Dataset, epoch: usize, samples: &[usize]) -> Result<PairBatch> {
        self.batch_in(&BufferPool::default(), dataset, epoch, samples)
    }

    fn batch_in(&self, pool: &BufferPool, dataset: &Dataset, epoch: usize, samples: &[usize]) -> Result<PairBatch> {
        let [first, second] = self.shard.indices(samples.len(), &[self.seed, epoch as u64, samples[0] as u64]);
        let images = first.len();
        let rows: Vec<usize> = first.into_iter().chain(second.into_iter().map(|at| samples.len() + at)).collect();
        let requested: Vec<(u64, usize)> =
            rows.iter().map(|row| ((row / samples.len()) as u64, samples[row % samples.len()])).collect();
        // A tensor has no columns of width 0; no loss without labels looks at them.
        let labels = match dataset.labels.is_empty() {
            true => vec![0.0; samples.len()],
            false => dataset.target_values(samples),
        };
        let values = match &self.views {
            ViewMaker::Host => Pixels::Host(self.on_host(pool, dataset, epoch, &requested)?),
            ViewMaker::Device(views) => {
                let family = ViewFamily { augment: &self.augment, seed: self.seed, mean: &self.mean, std: &self.std };
                Pixels::Device(Box::new(views.make(&family, epoch, &requested)))
            }
        };
        Ok(PairBatch { values, labels, global_images: samples.len(), rows, images, views: 2 })
    }

    /// Normalised pixels of these views of samples, [views, channels, size, size].
    fn on_host(
        &self,
        pool: &BufferPool,
        dataset: &Dataset,
        epoch: usize,
        requested: &[(u64, usize)],
    ) -> Result<PixelBuffer> {
        let view_len = self.mean.len() * self.augment.size * self.augment.size;
        let mut values = PixelBuffer::from_pool(pool, requested.len() * view_len);
        values.par_chunks_exact_mut(view_len).zip(requested).try_for_each(|(out, &(view, sample))| -> Result<()> {
            let image = dataset.image(sample)?;
            let planes = self.augment.view(image.view(), self.seed, epoch as u64, sample as u64, view);
            normalise_into(&planes, &self.mean, &self.std, out);
            Ok(())
        })?;
        Ok(values)
    }

    /// Makes the batches from step `first_step` of a run of `steps` in a thread of their own, two ahead, while
    /// `consume` takes them; on a device, whose work is queued, up to four batches are in its memory. Ends early where
    /// the receiver is dropped, and behind a batch that could not be made.
    pub fn run<R>(
        &self,
        dataset: &Dataset,
        first_step: usize,
        steps: usize,
        consume: impl FnOnce(Receiver<Result<PairBatch>>) -> R,
    ) -> R {
        let steps_per_epoch = dataset.split.train.len() / self.batch_size;
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(2);
            scope.spawn(move || {
                let pool = BufferPool::default();
                let mut order = (usize::MAX, Vec::new());
                for step in first_step..steps {
                    let (epoch, at) = (step / steps_per_epoch, step % steps_per_epoch);
                    if order.0 != epoch {
                        order = (epoch, self.order(dataset, epoch));
                    }
                    let samples = &order.1[at * self.batch_size..(at + 1) * self.batch_size];
                    let batch = self.batch_in(&pool, dataset, epoch, samples);
                    let was_made = batch.is_ok();
                    if sender.send(batch).is_err() || !was_made {
                        return;
                    }
                }
            });
            consume(receiver)
        })
    }
}

/// As many training images as there are, of each class as many as of every other (one more of the first ones, where
/// they do not divide): a small class's images come several times, each as often as the others, before chance decides.
fn balanced(dataset: &Dataset, rng: &mut Rng) -> Vec<usize> {
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); dataset.labels.len()];
    for &image in &dataset.split.train {
        let class = dataset.samples[image].targets.iter().position(|&has| has);
        of_class[class.expect("checked before training")].push(image);
    }
    of_class.retain(|images| !images.is_empty());
    let (total, classes) = (dataset.split.train.len(), of_class.len());
    let mut order = Vec::with_capacity(total);
    for (at, images) in of_class.iter_mut().enumerate() {
        let count = total / classes + usize::from(at < total % classes);
        rng.shuffle(images);
        order.extend(images.iter().cycle().take(count));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Sample, split::Split};
    use nadir_core::image::RgbImage;

    #[test]
    fn balanced_classes_come_equally_often_and_every_image_of_a_small_one_does() {
        let sample = |image: usize| {
            let class = if image < 20 { 0 } else { 1 + image % 2 };
            Sample { name: format!("{image}"), targets: (0..3).map(|at| at == class).collect() }
        };
        let samples: Vec<Sample> = (0..24).map(sample).collect();
        let images = vec![RgbImage::filled(2, 2, [0; 3]); 24];
        let split = Split { train: (0..24).collect(), validation: vec![], test: vec![] };
        let labels = ["a", "b", "c"].map(String::from).to_vec();
        let dataset = Dataset::in_memory(labels, samples, images, split, Vec::new());
        let (augment, views) = (AugmentConfig::default(), ViewMaker::Host);
        let (mean, std, shard) = (vec![0.0; 3], vec![1.0; 3], Shard::WHOLE);
        let loader = PairLoader { augment, seed: 1, batch_size: 6, shard, class_balanced: true, mean, std, views };
        let order = loader.order(&dataset, 0);
        let count = |of: &dyn Fn(usize) -> bool| order.iter().filter(|&&image| of(image)).count();
        assert_eq!((count(&|image| image < 20), order.len()), (8, 24));
        assert!((20..24).all(|image| count(&|other| other == image) == 4), "two images a class, eight draws");
        assert_ne!(order, loader.order(&dataset, 1));
        let plain = PairLoader { class_balanced: false, ..loader };
        let mut order = plain.order(&dataset, 0);
        order.sort_unstable();
        assert_eq!(order, (0..24).collect::<Vec<_>>());
    }
}
