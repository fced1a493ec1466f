//! What a case measures.

use super::case::{Case, Outcome, Work};
use super::child::say_warm;
use super::step::{memory, stepped};
use super::{curve, parity};
use crate::bench::{Repeats, detector, detector_step};
use crate::config::Config;
use crate::device::ChosenDevice;
use crate::tensor::values_of;
use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;
use anyhow::Result;
use burn::tensor::{Tensor, TensorData};
use nadir_nn::model::Encoder;
use nadir_nn::model::init;
use std::time::Instant;

/// Does what a case describes, in this process.
///
/// # Errors
/// Where the device fails, or a loss is not a number.
pub(super) fn measure(case: &Case, chosen: &ChosenDevice) -> Result<Outcome> {
    match &case.work {
        Work::Step { batch, chunk, gradient_checkpointing } => {
            let mut config = case.config(*batch);
            config.pretrain.chunk_size = *chunk;
            config.pretrain.gradient_checkpointing = *gradient_checkpointing;
            steps(&config, case.seconds, chosen)
        }
        Work::Encode { batch } => encode(case, *batch, chosen),
        Work::Detect { side } => {
            timed(case, chosen, 1, |seconds| detector::images_per_second(*side, seconds, &chosen.device))
        }
        Work::DetectStep { images, side } => timed(case, chosen, *images, |seconds| {
            detector_step::images_per_second(*images, *side, seconds, &chosen.device)
        }),
        Work::Curve { steps, batch, folder } => curve::train(case, *steps, *batch, folder, chosen),
        Work::Parity { of } => parity::compare(*of, &case.scale, chosen),
    }
}

/// What `images_per_second` gives for so many seconds, after a call that compiles.
fn timed(
    case: &Case,
    chosen: &ChosenDevice,
    images: usize,
    images_per_second: impl Fn(f64) -> Result<Repeats>,
) -> Result<Outcome> {
    let started = Instant::now();
    images_per_second(0.0)?;
    let first = started.elapsed();
    say_warm()?;
    let rate = images_per_second(case.seconds)?.median;
    Ok(Outcome {
        images_per_second: Some(rate),
        first_s: Some(first.as_secs_f64()),
        call_s: Some(images as f64 / rate).filter(|seconds| seconds.is_finite()),
        memory_bytes: memory(&chosen.device),
        ..Outcome::default()
    })
}

fn steps(config: &Config, seconds: f64, chosen: &ChosenDevice) -> Result<Outcome> {
    let (batch, side) = (config.pretrain.batch_size, config.augment.size);
    let mut state = TrainState::init(config, &["label".to_owned()], &[], &chosen.device)?;
    let values: Vec<f32> = (0..2 * batch * 3 * side * side).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let pairs = PairBatch::whole(values.into(), vec![1.0; batch], batch);
    let started = Instant::now();
    let mut losses = Vec::new();
    state = stepped(state, pairs.clone(), 1e-3, &mut losses)?;
    state.wait();
    let first = started.elapsed();
    // A few more: kernels are still tuned, memory pools still grow.
    for _ in 0..2 {
        state = stepped(state, pairs.clone(), 1e-3, &mut losses)?;
    }
    state.wait();
    say_warm()?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed().as_secs_f64() < seconds {
        state = stepped(state, pairs.clone(), 1e-3, &mut losses)?;
        count += 1;
    }
    state.wait();
    let seconds = started.elapsed().as_secs_f64();
    Ok(Outcome {
        images_per_second: Some((2 * batch) as f64 * f64::from(count) / seconds),
        first_s: Some(first.as_secs_f64()),
        call_s: (count > 0).then(|| seconds / f64::from(count)),
        memory_bytes: memory(&chosen.device),
        losses,
        ..Outcome::default()
    })
}

fn encode(case: &Case, batch: usize, chosen: &ChosenDevice) -> Result<Outcome> {
    let side = case.scale.side;
    let encoder =
        init::seeded(Encoder::new(&case.scale.architecture(), false, &chosen.device), 1).with_precision(case.precision);
    let values: Vec<f32> = (0..batch * 3 * side * side).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let images = Tensor::<4>::from_data(TensorData::new(values, [batch, 3, side, side]), &chosen.device);
    // Reads the embeddings back, as every use of them does.
    let embed = || values_of(encoder.forward(images.clone())).map(drop);
    let started = Instant::now();
    embed()?;
    let first = started.elapsed();
    embed()?;
    say_warm()?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed().as_secs_f64() < case.seconds {
        embed()?;
        count += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(Outcome {
        images_per_second: Some(batch as f64 * f64::from(count) / seconds),
        first_s: Some(first.as_secs_f64()),
        call_s: (count > 0).then(|| seconds / f64::from(count)),
        memory_bytes: memory(&chosen.device),
        ..Outcome::default()
    })
}
