//! A training whose losses PyTorch's stand beside: the same first weights and the same views in the same order, from
//! files that both read.

use super::case::{Case, Outcome};
use super::child::say_warm;
use super::step::{memory, stepped};
use crate::device::ChosenDevice;
use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir_core::image::augment::{AugmentConfig, normalise_into};
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// Pairs of normalised views, [pairs, 2, 3, side, side], f32.
const POOL: &str = "pool.f32";
/// First weights, one behind the other, f32, and what stands where.
const WEIGHTS: &str = "weights.f32";
const INDEX: &str = "weights.json";
/// SGD's, on both sides.
pub(super) const LEARNING_RATE: f64 = 0.02;
/// Steps between two readings of the memory in use.
const MEMORY_EVERY: usize = 10;

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    shape: &'a [usize],
}

/// Writes what both sides read: `pairs` pairs of views of generated scenes, and first weights.
pub(super) fn prepare(case: &Case, batch: usize, pairs: usize, folder: &Path) -> Result<()> {
    let side = case.scale.side;
    let augment = AugmentConfig { size: side, ..AugmentConfig::default() };
    let view_len = 3 * side * side;
    let mut views = vec![0.0_f32; pairs * 2 * view_len];
    views.par_chunks_exact_mut(2 * view_len).enumerate().for_each(|(pair, out)| {
        let image = nadir_scene::generate(pair as u64, 256, 256).image;
        for (view, out) in out.chunks_exact_mut(view_len).enumerate() {
            let planes = augment.view(image.view(), 1, 0, pair as u64, view as u64);
            normalise_into(&planes, &[0.4; 3], &[0.2; 3], out);
        }
    });
    write(&folder.join(POOL), &views)?;
    let config = case.config(batch);
    let weights = TrainState::init(&config, &["label".to_owned()], &[], &Device::flex())?.model.export();
    let index: Vec<Entry<'_>> = weights.0.iter().map(|(name, tensor)| Entry { name, shape: &tensor.shape }).collect();
    std::fs::write(folder.join(INDEX), serde_json::to_vec(&index)?)?;
    let values: Vec<f32> = weights.0.values().flat_map(|tensor| tensor.values.iter().copied()).collect();
    write(&folder.join(WEIGHTS), &values)
}

fn write(path: &Path, values: &[f32]) -> Result<()> {
    std::fs::write(path, bytemuck::cast_slice(values)).with_context(|| format!("cannot write {}", path.display()))
}

/// Trains on the prepared views, and looks at the loss and the memory.
pub(super) fn train(case: &Case, steps: usize, batch: usize, folder: &Path, chosen: &ChosenDevice) -> Result<Outcome> {
    let config = case.config(batch);
    let bytes = std::fs::read(folder.join(POOL)).context("the prepared views")?;
    let pool: Vec<f32> =
        bytes.chunks_exact(4).map(|value| f32::from_le_bytes([value[0], value[1], value[2], value[3]])).collect();
    let view_len = 3 * case.scale.side.pow(2);
    let pairs = pool.len() / (2 * view_len);
    ensure!(pairs >= batch, "{pairs} prepared pairs do not fill a batch of {batch}");
    let mut state = TrainState::init(&config, &["label".to_owned()], &[], &chosen.device)?;
    let mut outcome = Outcome::default();
    let mut started = Instant::now();
    for step in 0..steps {
        let view = |at: usize| {
            let pair = (step * batch + at % batch) % pairs;
            &pool[(2 * pair + at / batch) * view_len..][..view_len]
        };
        let values: Vec<f32> = (0..2 * batch).flat_map(|at| view(at).iter().copied()).collect();
        let pairs = PairBatch::whole(values.into(), vec![1.0; batch], batch);
        state = stepped(state, pairs, LEARNING_RATE, &mut outcome.losses)?;
        if step == 0 {
            // The rate is that of the steps that compile nothing.
            state.wait();
            outcome.first_s = Some(started.elapsed().as_secs_f64());
            say_warm()?;
            started = Instant::now();
        }
        if step % MEMORY_EVERY == 0
            && let Some(bytes) = memory(&chosen.device)
        {
            outcome.memory.push([step as f64, bytes as f64]);
        }
    }
    state.wait();
    let (seconds, count) = (started.elapsed().as_secs_f64(), steps.saturating_sub(1));
    outcome.images_per_second = Some((2 * batch * count) as f64 / seconds);
    outcome.call_s = (count > 0).then(|| seconds / count as f64);
    outcome.memory_bytes = memory(&chosen.device);
    Ok(outcome)
}
