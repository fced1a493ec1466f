//! The training step of the ranking study: anchors against the keys of a momentum encoder, three ranks.

use super::figure::{Repeats, rate};
use super::step::{STEP, stepped};
use crate::artifacts::ranking_file::RankingFile;
use crate::config::{Config, Objective, OptimizerConfig, QueueConfig};
use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;
use anyhow::Result;
use burn::tensor::Device;
use nadir_nn::loss::Form;

/// Keys that each anchor is compared with, beside those of its batch.
const KEYS: usize = 2048;

/// Crops (two views each, one of them through the momentum encoder) a second.
pub(super) fn crops_rate(seconds: f64) -> Result<Repeats> {
    let (crops, size) = STEP;
    let mut config = Config::default();
    config.augment.size = size;
    config.ranking.file = Some("vhr10".into());
    config.pretrain.batch_size = crops;
    config.pretrain.objective = Objective::Ranked { ranks: 3, form: Form::In };
    config.pretrain.optimizer = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 1e-4 };
    let classes = RankingFile::read("vhr10")?.classes();
    config.pretrain.queue = Some(QueueConfig { length: KEYS, momentum: 0.99 });
    let mut state = Some(TrainState::init(&config, &classes, &[], &Device::flex())?);
    let values: Vec<f32> = (0..2 * crops * 3 * size * size).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let labels: Vec<f32> = (0..crops * classes.len())
        .map(|at| f32::from(u8::from(at / classes.len() % classes.len() == at % classes.len())))
        .collect();
    let batch = PairBatch::whole(values.into(), labels, crops);
    let mut step = || state = state.take().and_then(|state| stepped(state, &batch));
    let steps_until_full = KEYS / crops;
    (0..steps_until_full).for_each(|_| step());
    let steps = rate(seconds, |_| step());
    Ok(steps.map(|steps| steps * crops as f64))
}
