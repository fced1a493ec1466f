//! All that a training step changes: network, optimizer, and the copy and queue of a momentum encoder.

use super::contrastive_model::{ContrastiveModel, Head};
use super::gradient_cache::loss_and_gradients;
use super::gradients::NamedGradients;
use super::loader::PairBatch;
use super::momentum::Momentum;
use super::objective::Criterion;
use super::optimizer::Optimizer;
use crate::config::Config;
use crate::distributed::Group;
use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_nn::model::Weights;

/// A training between two steps.
#[derive(Debug)]
pub struct TrainState<'a> {
    config: &'a Config,
    criterion: Criterion,
    /// The network that is trained: encoder and head.
    pub model: ContrastiveModel,
    momentum: Option<Momentum>,
    optimizer: Optimizer,
    /// The one that trains, with autodiff.
    device: Device,
}

impl<'a> TrainState<'a> {
    /// With the config's first weights. `labels` are the classes trained on, `others` those that a ranking may name
    /// besides; `device` computes.
    ///
    /// # Errors
    /// As [`ContrastiveModel::init`] and [`Criterion::new`].
    pub fn init(config: &'a Config, labels: &[String], others: &[String], device: &Device) -> Result<Self> {
        let settings = &config.pretrain;
        let device = match settings.gradient_checkpointing {
            true => device.clone().autodiff().gradient_checkpointing(),
            false => device.clone().autodiff(),
        };
        let momentum = settings.queue.map(|queue| Momentum::new(queue, config, labels.len(), &device));
        Ok(Self {
            config,
            criterion: Criterion::new(config, labels, others, &device)?,
            model: ContrastiveModel::init(config, labels.len(), &device)?,
            momentum: momentum.transpose()?,
            optimizer: Optimizer::new(&settings.optimizer),
            device,
        })
    }

    /// Loss and gradients of a batch, over all ranks. The momentum encoder's queue takes up the batch's keys.
    ///
    /// # Errors
    /// Where another rank is gone.
    pub fn gradients(&mut self, batch: PairBatch, group: &Group) -> Result<(NamedGradients, f64)> {
        let size = self.config.augment.size;
        let keys = match &mut self.momentum {
            Some(momentum) => Some(momentum.keys(&batch, size, group, &self.device)?),
            None => None,
        };
        loss_and_gradients(&self.model, batch, self.config, &self.criterion, keys, group, &self.device)
    }

    /// The optimizer's step; the momentum encoder follows.
    pub fn step(mut self, gradients: NamedGradients, learning_rate: f64) -> Self {
        self.model = self.optimizer.step(self.model, gradients, learning_rate);
        self.momentum = self.momentum.map(|momentum| momentum.follow(&self.model));
        self
    }

    /// A step on a global batch by this process alone, and its loss.
    ///
    /// # Errors
    /// Where the loss is no number; nothing of the step was kept then.
    pub fn step_alone(mut self, batch: PairBatch, learning_rate: f64) -> Result<(Self, f64)> {
        let (gradients, loss) = self.gradients(batch, &Group::alone())?;
        ensure!(loss.is_finite(), "the loss is {loss}");
        Ok((self.step(gradients, learning_rate), loss))
    }

    /// Everything as named tensors: `encoder.*`, `projector.*` or `classifier.*`, `optimizer.*`, `momentum.*`.
    pub fn export(&self) -> Weights {
        let mut tensors = self.model.export().merge(self.optimizer.export().with_prefix("optimizer"));
        if let Some(momentum) = &self.momentum {
            tensors = tensors.merge(momentum.export().with_prefix("momentum"));
        }
        tensors
    }

    /// Takes up what [`TrainState::export`] gave after `steps` steps.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn restore(self, steps: usize, tensors: &Weights) -> Result<Self> {
        let momentum = self.momentum.map(|momentum| momentum.import(&tensors.below("momentum"))).transpose()?;
        let state = tensors.below("optimizer");
        let optimizer =
            Optimizer::restore(&self.config.pretrain.optimizer, steps, &state, &self.device.clone().inner())?;
        Ok(Self { model: self.model.import(tensors)?, momentum, optimizer, ..self })
    }

    /// BatchNorm's running statistics, of which each rank has its own, become their mean, on all ranks.
    ///
    /// # Errors
    /// Where another rank is gone.
    pub fn share_statistics(mut self, group: &Group) -> Result<Self> {
        if group.size() == 1 {
            return Ok(self);
        }
        let device = self.device.clone().inner();
        let mean = |mut weights: Weights| -> Result<Weights> {
            let is_statistic = |name: &str| name.ends_with("running_mean") || name.ends_with("running_var");
            let own: Vec<f32> = weights
                .0
                .iter()
                .filter(|(name, _)| is_statistic(name))
                .flat_map(|(_, tensor)| tensor.values.clone())
                .collect();
            if own.is_empty() {
                return Ok(weights);
            }
            let count = own.len();
            let sum = group.sum(Tensor::from_data(TensorData::new(own, [count]), &device))?;
            let mut shared = crate::tensor::values_of(sum.div_scalar(group.size() as f64))?.into_iter();
            for (_, tensor) in weights.0.iter_mut().filter(|(name, _)| is_statistic(name)) {
                tensor.values.iter_mut().zip(&mut shared).for_each(|(value, mean)| *value = mean);
            }
            Ok(weights)
        };
        let shared = mean(self.model.export())?;
        self.model = self.model.import(&shared)?;
        if let Some(momentum) = self.momentum {
            let shared = mean(momentum.export())?;
            self.momentum = Some(momentum.import(&shared)?);
        }
        Ok(self)
    }

    /// The classifier's `weight` and `bias`, where the objective trains one.
    pub fn classifier(&self) -> Option<Weights> {
        match &self.model.head {
            Head::Classifier(head) => Some(head.export()),
            Head::Projector(_) => None,
        }
    }

    /// Waits until the device has done all its queued work.
    pub fn wait(&self) {
        // A backend that cannot wait has nothing to wait for.
        let _ = self.device.sync();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{OptimizerConfig, QueueConfig};
    use crate::tensor::values_of;
    use nadir_core::bundle::EncoderKind;
    use nadir_core::rng::Rng;
    use nadir_nn::model::Precision;

    const IMAGES: usize = 8;
    const SIDE: usize = 64;

    fn config(encoder: EncoderKind) -> Config {
        let mut config = Config::default();
        (config.encoder.encoder, config.encoder.width) = (encoder, 8);
        config.augment.size = SIDE;
        config.pretrain.batch_size = IMAGES;
        // Adam would turn rounding of a gradient near 0 into whole steps.
        config.pretrain.optimizer = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 0.0 };
        config
    }

    /// Loss and gradients, one behind the other, after so many steps.
    fn after_steps(steps: usize, config: &Config) -> (f64, Vec<f32>) {
        let mut rng = Rng::new(2);
        let values: Vec<f32> = (0..2 * IMAGES * 3 * SIDE * SIDE).map(|_| rng.normal() as f32).collect();
        let batch = || PairBatch::whole(values.clone().into(), vec![1.0; IMAGES], IMAGES);
        let mut state = TrainState::init(config, &["a".to_owned()], &[], &Device::flex()).expect("no file is read");
        for _ in 0..steps {
            let (gradients, _) = state.gradients(batch(), &Group::alone()).expect("no other rank");
            state = state.step(gradients, 1e-3);
        }
        let (gradients, loss) = state.gradients(batch(), &Group::alone()).expect("no other rank");
        (loss, gradients.0.into_values().flat_map(|gradient| values_of(gradient).expect("f32")).collect())
    }

    fn cosine(one: &[f32], other: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
    }

    #[test]
    fn gradient_checkpointing_changes_no_gradient() {
        let queue = Some(QueueConfig { length: 16, momentum: 0.9 });
        for (queue, chunk_size) in [(None, 0), (None, 4), (queue, 0)] {
            let mut config = config(EncoderKind::Resnet18);
            (config.pretrain.queue, config.pretrain.chunk_size) = (queue, chunk_size);
            // After a step too, so that the optimizer's new weights are used.
            let whole = [0, 1].map(|steps| after_steps(steps, &config));
            config.pretrain.gradient_checkpointing = true;
            let less = [0, 1].map(|steps| after_steps(steps, &config));
            for ((loss, whole), (loss_of_less, less)) in whole.iter().zip(&less) {
                // Other kernels sum in another order, and where a sum is about 0 its sign decides.
                assert!((loss - loss_of_less).abs() < 1e-4, "{loss_of_less}, whole {loss}");
                let cosine = cosine(whole, less);
                assert!(cosine > 0.999, "{queue:?}, {chunk_size}: {cosine}");
            }
        }
    }

    #[test]
    fn bfloat16_keeps_the_loss_and_the_direction_of_the_gradient() {
        for kind in [EncoderKind::Resnet18, EncoderKind::Resnet50] {
            let mut config = config(kind);
            let (loss, exact) = after_steps(0, &config);
            config.pretrain.precision = Precision::Bf16;
            let (loss_of_half, half) = after_steps(0, &config);
            assert!(loss != loss_of_half, "something is rounded");
            // Eight bits: each multiplication is off by up to 0.4 %, in either direction.
            assert!((loss - loss_of_half).abs() < 0.01 * loss, "{kind:?}: {loss_of_half}, in f32 {loss}");
            let cosine = cosine(&exact, &half);
            // Of noise through random weights, PyTorch's autocast keeps 0.92 for this ResNet-18 and 0.19 for ResNet-50.
            assert!(kind != EncoderKind::Resnet18 || cosine > 0.9, "{kind:?}: {cosine}");
        }
    }
}
