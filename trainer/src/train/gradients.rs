//! Gradients by the parameter's path in its module, flattened: they can be added up, checked and handed to the
//! optimizer whatever the module was cloned or rebuilt from.

use crate::distributed::Group;
use anyhow::Result;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use std::collections::BTreeMap;

/// `inner` as a part of the graphs of `device`'s tensors: burn refuses to mix tensors that checkpoint with ones that do
/// not.
pub fn to_autodiff<const D: usize>(inner: Tensor<D>, device: &Device) -> Tensor<D> {
    match device.gradient_checkpointing_strategy() {
        Some(strategy) => Tensor::from_inner(inner).with_gradient_checkpointing_strategy(strategy),
        None => inner,
    }
}

/// One flat gradient a parameter.
#[derive(Debug, Default)]
pub struct NamedGradients(pub BTreeMap<String, Tensor<1>>);

impl NamedGradients {
    /// Takes the gradients of `module`'s parameters out of a backward pass.
    pub fn take<M: Module>(module: &M, gradients: Gradients) -> Self {
        struct Taker {
            path: Vec<String>,
            gradients: Gradients,
            taken: NamedGradients,
        }
        impl ModuleVisitor for Taker {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.to_owned());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if let Some(gradient) = param.val().grad_remove(&mut self.gradients) {
                    self.taken.0.insert(self.path.join("."), gradient.flatten(0, D - 1));
                }
            }
        }
        let mut taker = Taker { path: Vec::new(), gradients, taken: Self::default() };
        module.visit(&mut taker);
        taker.taken
    }

    /// Adds another part's gradients.
    pub fn add(&mut self, other: Self) {
        for (name, gradient) in other.0 {
            match self.0.remove(&name) {
                Some(sum) => self.0.insert(name, sum + gradient),
                None => self.0.insert(name, gradient),
            };
        }
    }

    /// The sum over all ranks, sent as one piece.
    ///
    /// # Errors
    /// Where another rank is gone.
    pub fn over(self, group: &Group) -> Result<Self> {
        if group.size() == 1 || self.0.is_empty() {
            return Ok(self);
        }
        let (names, parts): (Vec<String>, Vec<Tensor<1>>) = self.0.into_iter().unzip();
        let lengths: Vec<usize> = parts.iter().map(|part| part.dims()[0]).collect();
        let sum = group.sum(Tensor::cat(parts, 0))?;
        let mut at = 0;
        let part = |(name, length): (String, usize)| {
            at += length;
            (name, sum.clone().narrow(0, at - length, length))
        };
        Ok(Self(names.into_iter().zip(lengths).map(part).collect()))
    }

    /// Divides all by `count`.
    pub fn divide(self, count: usize) -> Self {
        if count == 1 {
            return self;
        }
        Self(self.0.into_iter().map(|(name, gradient)| (name, gradient.div_scalar(count as f64))).collect())
    }

    /// Shortened to a length of `longest` over all parameters, where they are longer; 0 leaves them as they are.
    pub fn clip(self, longest: f64) -> Self {
        if longest == 0.0 {
            return self;
        }
        let squares = self.0.values().map(|gradient| gradient.clone().square().sum());
        let length = squares.map(|square| f64::from(square.into_scalar::<f32>())).sum::<f64>().sqrt();
        if length <= longest {
            return self;
        }
        Self(self.0.into_iter().map(|(name, gradient)| (name, gradient.mul_scalar(longest / length))).collect())
    }
}
