//! A training step and the memory that is held after it.

use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;
use anyhow::{Context, Result};
use burn::tensor::Device;

/// After a step, whose loss is noted.
///
/// # Errors
/// Where the loss is not a number.
pub(super) fn stepped<'a>(
    state: TrainState<'a>,
    pairs: PairBatch,
    learning_rate: f64,
    losses: &mut Vec<f64>,
) -> Result<TrainState<'a>> {
    let (state, loss) =
        state.step_alone(pairs, learning_rate).with_context(|| format!("in step {}", losses.len() + 1))?;
    losses.push(loss);
    Ok(state)
}

/// Bytes that the device's allocator holds; on the CPU the most that this process ever had (Linux).
pub(super) fn memory(device: &Device) -> Option<u64> {
    match device.clone().inner().memory_pool_usage() {
        Some(usage) => Some(usage.bytes_reserved),
        None => highest_resident().ok(),
    }
}

fn highest_resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: u64 = line.split_whitespace().next().context("no number")?.parse()?;
    Ok(1024 * kilobytes)
}
