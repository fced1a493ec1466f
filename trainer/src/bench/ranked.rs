//! The training step of the ranking study: anchors against the keys of a momentum encoder, three ranks.

use super::{STEP, rate};
use crate::config::{Config, Objective, OptimizerConfig, QueueConfig};
use crate::ranking_file::RankingFile;
use crate::train::gradient_cache::loss_and_gradients;
use crate::train::learner::Learner;
use crate::train::loader::PairBatch;
use crate::train::momentum::Momentum;
use crate::train::objective::Criterion;
use crate::train::optimizer::Optimizer;
use anyhow::Result;
use burn::tensor::Device;
use nadir_shared::loss::Form;

/// Keys that each anchor is compared with, beside those of its batch.
const KEYS: usize = 2048;

/// Crops (two views each, one of them through the momentum encoder) a second.
pub(super) fn crops_rate(seconds: f64) -> Result<f64> {
    let (crops, size) = STEP;
    let device = Device::flex().autodiff();
    let mut config = Config::default();
    config.augment.size = size;
    config.ranking.file = Some("vhr10".into());
    config.pretrain.batch_size = crops;
    config.pretrain.objective = Objective::Ranked { ranks: 3, form: Form::In };
    config.pretrain.optimizer = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 1e-4 };
    let classes = RankingFile::read("vhr10")?.classes();
    let criterion = Criterion::new(&config, &classes, &[], &device)?;
    let mut model = Some(Learner::first(&config, classes.len(), &device)?);
    let mut momentum = Momentum::new(QueueConfig { length: KEYS, momentum: 0.99 }, &config, classes.len(), &device)?;
    let mut optimizer = Optimizer::new(&config.pretrain.optimizer);
    let values: Vec<f32> = (0..2 * crops * 3 * size * size).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let labels: Vec<f32> = (0..crops * classes.len())
        .map(|at| f32::from(u8::from(at / classes.len() % classes.len() == at % classes.len())))
        .collect();
    let batch = PairBatch { values: values.into(), labels, images: crops, views: 2 };
    let steps_until_full = KEYS / crops;
    (0..steps_until_full).for_each(|_| drop(momentum.keys(&batch, size, &device)));
    let steps = rate(seconds, |_| {
        let Some(current) = model.take() else { return };
        let keys = momentum.keys(&batch, size, &device);
        let (gradients, _) = loss_and_gradients(&current, batch.clone(), &config, &criterion, Some(keys), &device);
        let next = optimizer.step(current, gradients, 1e-3);
        momentum.follow(&next);
        model = Some(next);
    });
    Ok(steps * crops as f64)
}
