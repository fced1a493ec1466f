//! A slowly following copy of the network and a queue of its keys (He et al. 2020, "Momentum contrast for unsupervised
//! visual representation learning").

use super::contrastive_model::ContrastiveModel;
use super::gradient_cache::in_global_order;
use super::gradients::to_autodiff;
use super::loader::PairBatch;
use super::objective::Keys;
use crate::config::{Config, QueueConfig};
use crate::distributed::Group;
use anyhow::{Context, Result};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_nn::kernels::optimizer;
use nadir_nn::model::{WeightTensor, Weights};
use std::collections::BTreeMap;

/// The copy and its keys.
#[derive(Debug)]
pub struct Momentum {
    settings: QueueConfig,
    copy: ContrastiveModel,
    /// Oldest first, [keys, projection] and [keys, labels]; none at the beginning.
    queue: Option<(Tensor<2>, Tensor<2>)>,
}

impl Momentum {
    /// A copy of the network as it begins, and an empty queue.
    ///
    /// # Errors
    /// As [`ContrastiveModel::init`].
    pub fn new(settings: QueueConfig, config: &Config, labels: usize, device: &Device) -> Result<Self> {
        // Built anew: a clone would share BatchNorm's running statistics with the network.
        let copy = ContrastiveModel::init(config, labels, device)?.no_grad();
        Ok(Self { settings, copy, queue: None })
    }

    /// Keys of the batch's second views, of all ranks, then the queue's; the batch's are queued for the next step.
    /// BatchNorm takes the rank's own statistics, as in training.
    ///
    /// # Errors
    /// Where another rank is gone.
    pub fn keys(&mut self, batch: &PairBatch, size: usize, group: &Group, device: &Device) -> Result<Keys> {
        let rows: Vec<usize> = batch.rows[batch.images..].iter().map(|row| row - batch.global_images).collect();
        let keys = in_global_order(self.copy.forward(batch.second_pixels(size, device)).inner(), &rows, group)?;
        let labels =
            TensorData::new(batch.labels.clone(), [batch.global_images, batch.labels.len() / batch.global_images]);
        let labels = Tensor::<2>::from_data(labels, &keys.device());
        let stacked = |first: &Tensor<2>, second: &Tensor<2>| Tensor::cat(vec![first.clone(), second.clone()], 0);
        let (candidates, [queued, queued_labels]) = match self.queue.take() {
            None => ((keys.clone(), labels.clone()), [keys, labels]),
            Some((old, old_labels)) => {
                let next = [stacked(&old, &keys), stacked(&old_labels, &labels)];
                ((stacked(&keys, &old), stacked(&labels, &old_labels)), next)
            }
        };
        self.queue = Some((newest(queued, self.settings.length), newest(queued_labels, self.settings.length)));
        Ok(Keys { projections: to_autodiff(candidates.0, device), labels: to_autodiff(candidates.1, device) })
    }

    /// The copy follows: `copy = momentum * copy + (1 - momentum) * model`, BatchNorm's statistics too.
    #[must_use]
    pub fn follow(self, model: &ContrastiveModel) -> Self {
        // Both merge BatchNorm's last statistics first, which burn keeps aside until then.
        drop((self.copy.valid(), model.valid()));
        let mut collector = Collector { path: Vec::new(), values: BTreeMap::new() };
        model.visit(&mut collector);
        let mut follower = Follower { path: Vec::new(), values: collector.values, momentum: self.settings.momentum };
        // Not a clone: values that nobody else has are moved where they lie.
        Self { copy: self.copy.map(&mut follower), ..self }
    }

    /// Copy and queue as named tensors.
    pub fn export(&self) -> Weights {
        let mut tensors = self.copy.export().with_prefix("copy");
        if let Some((keys, labels)) = &self.queue {
            for (name, tensor) in [("queue.keys", keys), ("queue.labels", labels)] {
                let shape = tensor.dims().to_vec();
                let values = tensor.to_data().convert::<f32>().try_to_vec::<f32>().expect("converted to f32");
                tensors.0.insert(name.to_owned(), WeightTensor { shape, values });
            }
        }
        tensors
    }

    /// Takes up what [`Momentum::export`] gave.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn import(self, weights: &Weights) -> Result<Self> {
        let device = self.copy.devices().first().cloned().context("a network has a device")?.inner();
        let tensor = |name: &str| {
            weights.0.get(name).and_then(|tensor| {
                let shape = <[usize; 2]>::try_from(tensor.shape.clone()).ok()?;
                Some(Tensor::<2>::from_data(TensorData::new(tensor.values.clone(), shape), &device))
            })
        };
        let queue = tensor("queue.keys").zip(tensor("queue.labels"));
        Ok(Self { copy: self.copy.import(&weights.below("copy"))?.no_grad(), queue, ..self })
    }
}

/// The last `length` rows.
fn newest(rows: Tensor<2>, length: usize) -> Tensor<2> {
    let count = rows.dims()[0];
    let kept = count.min(length);
    rows.narrow(0, count - kept, kept)
}

/// Collects float parameters, flat, by path.
struct Collector {
    path: Vec<String>,
    values: BTreeMap<String, Tensor<1>>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.values.insert(self.path.join("."), param.val().inner().flatten(0, D - 1));
    }
}

/// Moves values towards those of the same path.
struct Follower {
    path: Vec<String>,
    values: BTreeMap<String, Tensor<1>>,
    momentum: f64,
}

impl ModuleMapper for Follower {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(target) = self.values.remove(&self.path.join(".")) else { return param };
        param.map(|tensor| {
            let (shape, device) = (tensor.shape(), tensor.device());
            let mut new: Tensor<1> = tensor.inner().flatten(0, D - 1);
            if !optimizer::follow(&mut new, &target, self.momentum) {
                new = new.mul_scalar(self.momentum) + target.mul_scalar(1.0 - self.momentum);
            }
            to_autodiff(new.reshape(shape), &device).set_require_grad(false)
        })
    }
}
