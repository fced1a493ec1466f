//! A step's gradient, whole or in chunks.
//!
//! Gradient caching (Gao et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup"): a
//! contrastive loss sees the batch through its projections alone. So the chunks are encoded without keeping their graphs,
//! the loss's gradient by the projections is computed and kept, and each chunk is encoded again and pulled by its share
//! of that gradient. The sum is the gradient of the whole batch at once, at the memory of one chunk.
//!
//! Several ranks do the same with each other's projections: they are gathered, every rank computes the loss of the whole
//! batch, in which every image is every other's negative, and pulls its own images by their share. The sum of the ranks'
//! gradients is that of one rank with the whole batch.

use super::contrastive_model::ContrastiveModel;
use super::gradients::{NamedGradients, to_autodiff};
use super::loader::PairBatch;
use super::objective::{Criterion, Keys};
use crate::config::Config;
use crate::distributed::Group;
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Loss and gradients of one step, over all ranks of `group`. Against `keys`, only the first views are anchors.
///
/// # Errors
/// Where another rank is gone.
pub fn loss_and_gradients(
    model: &ContrastiveModel,
    batch: PairBatch,
    config: &Config,
    criterion: &Criterion,
    keys: Option<Keys>,
    group: &Group,
    device: &Device,
) -> Result<(NamedGradients, f64)> {
    let settings = &config.pretrain;
    let size = config.augment.size;
    let images = batch.images;
    let shape = [batch.of, batch.labels.len() / batch.of];
    let labels = Tensor::<2>::from_data(TensorData::new(batch.labels.clone(), shape), device);
    let loss = |outputs| criterion.loss(outputs, labels, keys.clone());
    let chunks: Vec<PairBatch> = match keys {
        Some(_) => batch.first_views(),
        None => batch,
    }
    .split(images.div_ceil(settings.images_a_pass().min(images)));
    let encode =
        |model: &ContrastiveModel, chunk: &PairBatch| -> Tensor<2> { model.forward(chunk.pixels(size, device)) };
    if let ([only], 1) = (chunks.as_slice(), group.size()) {
        let loss = loss(encode(model, only));
        let value = loss.clone().into_scalar::<f32>();
        return Ok((NamedGradients::take(model, loss.backward()), f64::from(value)));
    }

    let waves = ParallelChunks::new(model, settings.chunks_at_once.min(chunks.len()), device);
    let keep_graphs = chunks.len() <= settings.chunks_at_once;
    // Weights without gradients: burn would keep the graph of every chunk until the next backward pass, wanted or not.
    let without_graphs =
        (!keep_graphs).then(|| ParallelChunks::new(&model.clone().no_grad(), waves.models.len(), device));
    let outputs: Vec<Tensor<2>> = without_graphs.as_ref().unwrap_or(&waves).map(&chunks, encode);
    drop(without_graphs);
    let rows: Vec<usize> = chunks.iter().flat_map(|chunk| chunk.rows.iter().copied()).collect();
    let own = Tensor::cat(outputs.iter().map(|output| output.clone().inner()).collect(), 0);
    let leaf = to_autodiff(in_places(own, &rows, group)?, device).require_grad();
    let loss = loss(leaf.clone());
    let value = f64::from(loss.clone().into_scalar::<f32>());
    let gradient = leaf.grad(&loss.backward()).expect("the loss depends on every projection");

    let work: Vec<(PairBatch, Option<Tensor<2>>, Tensor<2>)> = chunks
        .into_iter()
        .zip(outputs)
        .map(|(chunk, output)| {
            let share = gradient.clone().select(0, indices(&chunk.rows, &gradient.device()));
            (chunk, keep_graphs.then_some(output), share)
        })
        .collect();
    // In the chunks' order, whichever was done first: sums of floats depend on it. Wave by wave, so that no more gradients
    // are held than are computed at once.
    let mut sum = NamedGradients::default();
    for wave in work.chunks(waves.models.len()) {
        let gradients = waves.map(wave, |model, (chunk, output, share)| {
            let output = output.clone().unwrap_or_else(|| encode(model, chunk));
            NamedGradients::take(model, (output * to_autodiff(share.clone(), device)).sum().backward())
        });
        gradients.into_iter().for_each(|part| sum.add(part));
    }
    Ok((sum.over(group)?, value))
}

/// Rows of all ranks, each in its place in the whole batch: `rows` says where those given here belong.
///
/// # Errors
/// Where another rank is gone.
pub(super) fn in_places(own: Tensor<2>, rows: &[usize], group: &Group) -> Result<Tensor<2>> {
    if group.size() == 1 && rows.iter().enumerate().all(|(at, &row)| at == row) {
        return Ok(own);
    }
    let row_bytes: Vec<u8> = rows.iter().flat_map(|&row| (row as u64).to_le_bytes()).collect();
    let all_rows: Vec<usize> = group
        .gather(&row_bytes)?
        .iter()
        .flat_map(|rank| rank.chunks_exact(8))
        .map(|row| u64::from_le_bytes(row.try_into().expect("chunks of eight bytes")) as usize)
        .collect();
    let all = group.gather_rows(own)?;
    let mut from = vec![0; all_rows.len()];
    for (at, &row) in all_rows.iter().enumerate() {
        *from.get_mut(row).context("the ranks took other parts of the batch than were due")? = at;
    }
    let device = all.device();
    Ok(all.select(0, indices(&from, &device)))
}

fn indices(rows: &[usize], device: &Device) -> Tensor<1, Int> {
    let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}

/// Chunks, several at a time.
struct ParallelChunks {
    /// One for each thread. Forks have weights of their own for autodiff, which keeps graphs that share a weight behind
    /// one lock (burn 0.22, `GraphMutexClient`); BatchNorm's running statistics stay shared.
    models: Vec<ContrastiveModel>,
}

impl ParallelChunks {
    fn new(model: &ContrastiveModel, at_once: usize, device: &Device) -> Self {
        let models = match at_once {
            1 => vec![model.clone()],
            _ => (0..at_once).map(|_| model.clone().fork(device)).collect(),
        };
        Self { models }
    }

    /// `work` of each item, in the items' order, as many at a time as there are models, on threads of their own.
    fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&ContrastiveModel, &T) -> R + Sync) -> Vec<R> {
        if let [model] = self.models.as_slice() {
            return items.iter().map(|item| work(model, item)).collect();
        }
        let mut results = Vec::with_capacity(items.len());
        for wave in items.chunks(self.models.len()) {
            let work = &work;
            results.extend(std::thread::scope(|scope| {
                let threads: Vec<_> =
                    wave.iter().zip(&self.models).map(|(item, model)| scope.spawn(move || work(model, item))).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect::<Vec<R>>()
            }));
            // burn keeps BatchNorm's running statistics by thread; this joins those of the threads that just ended.
            drop(self.models[0].encoder.valid());
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Objective;
    use nadir_core::bundle::EncoderKind;
    use nadir_core::rng::Rng;

    const IMAGES: usize = 8;
    const SIZE: usize = 32;

    fn config(objective: Objective, chunk_size: usize, chunks_at_once: usize) -> Config {
        let mut config = Config::default();
        // No BatchNorm: a network with it sees other statistics in a chunk than in the whole batch.
        config.encoder.encoder = EncoderKind::Squeezenet11;
        config.augment.size = SIZE;
        config.projector.hidden = 16;
        config.projector.output = 8;
        config.pretrain.batch_size = IMAGES;
        config.pretrain.objective = objective;
        config.pretrain.chunk_size = chunk_size;
        config.pretrain.chunks_at_once = chunks_at_once;
        config
    }

    fn batch() -> PairBatch {
        let mut rng = Rng::new(3);
        let values: Vec<f32> = (0..2 * IMAGES * 3 * SIZE * SIZE).map(|_| rng.normal() as f32).collect();
        let labels = (0..IMAGES * 4).map(|_| f32::from(u8::from(rng.chance(0.4)))).collect();
        PairBatch::whole(values.into(), labels, IMAGES)
    }

    fn criterion(config: &Config, device: &Device) -> Criterion {
        Criterion::new(config, &["a", "b", "c", "d"].map(String::from), &[], device).expect("no file is read")
    }

    fn step(config: &Config) -> (Vec<(String, Vec<f32>)>, f64) {
        let device = Device::flex().autodiff();
        let model = ContrastiveModel::first(config, 4, &device).expect("no file is read");
        let criterion = criterion(config, &device);
        let group = Group::alone();
        let step = loss_and_gradients(&model, batch(), config, &criterion, None, &group, &device);
        let (gradients, loss) = step.expect("no other rank");
        let values = gradients
            .0
            .into_iter()
            .map(|(name, gradient)| (name, gradient.into_data().try_to_vec::<f32>().expect("f32")));
        (values.collect(), loss)
    }

    #[test]
    fn chunks_give_the_gradient_of_the_whole_batch() {
        for objective in [Objective::NtXent, Objective::Dcl, Objective::MulSupCon, Objective::Supervised] {
            let (whole, loss) = step(&config(objective, 0, 1));
            assert!(whole.len() > 40, "every layer has a gradient: {}", whole.len());
            // Two passes one by one; two passes in pairs; one pass with all graphs kept.
            for (chunk_size, chunks_at_once) in [(2, 1), (2, 2), (4, 2)] {
                let (parts, loss_of_parts) = step(&config(objective, chunk_size, chunks_at_once));
                assert!((loss - loss_of_parts).abs() < 1e-5, "{objective:?}: {loss_of_parts}, whole {loss}");
                assert_eq!(parts.len(), whole.len());
                for ((name, whole), (_, parts)) in whole.iter().zip(&parts) {
                    let largest = whole.iter().fold(1e-12_f32, |most, value| most.max(value.abs()));
                    for (whole, part) in whole.iter().zip(parts) {
                        assert!((whole - part).abs() <= 1e-5 * largest, "{objective:?}, {name}: {part}, whole {whole}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_views_alone_are_anchors_against_keys() {
        let device = Device::flex().autodiff();
        let objective = Objective::NtXent;
        let loss = |chunk_size| {
            let config = config(objective, chunk_size, 1);
            let model = ContrastiveModel::first(&config, 4, &device).expect("no file is read");
            let mut rng = Rng::new(9);
            let keys: Vec<f32> = (0..20 * 8).map(|_| rng.normal() as f32).collect();
            let keys = Keys {
                projections: Tensor::from_data(TensorData::new(keys, [20, 8]), &device),
                labels: Tensor::zeros([20, 4], &device),
            };
            let (criterion, group) = (criterion(&config, &device), Group::alone());
            let step = loss_and_gradients(&model, batch(), &config, &criterion, Some(keys), &group, &device);
            step.expect("no other rank").1
        };
        assert!((loss(0) - loss(2)).abs() < 1e-5);
    }
}
