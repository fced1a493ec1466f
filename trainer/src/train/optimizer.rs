//! Adam and SGD as PyTorch computes them, and LARS, with their state by parameter name, so that a checkpoint holds it
//! beside the weights in one safetensors file.
//!
//! burn's own optimizers are not used for two reasons: their saved state comes back on the process's default device
//! (burn 0.22, `ModuleOptimizer::load_record`), and it is keyed by parameter numbers that a rebuilt network does not
//! have.

use super::gradients::{NamedGradients, to_autodiff};
use crate::config::OptimizerConfig;
use anyhow::{Context, Result, bail};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_nn::kernels::optimizer::{Adam, Sgd};
use nadir_nn::model::weights::{WeightTensor, Weights};
use std::collections::BTreeMap;

/// An optimizer with its state.
#[derive(Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    /// Steps taken; Adam's bias correction needs it.
    steps: usize,
    /// For each parameter: Adam's mean and mean square, or the velocity; flat, on the device.
    state: BTreeMap<String, Vec<Tensor<1>>>,
}

impl Optimizer {
    /// An optimizer before its first step.
    pub fn new(config: &OptimizerConfig) -> Self {
        Self { config: config.clone(), steps: 0, state: BTreeMap::new() }
    }

    /// One step of a module. Parameters without a gradient stay as they are.
    pub fn step<M: Module>(&mut self, module: M, gradients: NamedGradients, learning_rate: f64) -> M {
        self.begin_step();
        let mut stepper = Stepper { optimizer: self, gradients, learning_rate, path: Vec::new() };
        module.map(&mut stepper)
    }

    /// A step begins: every parameter's [`Optimizer::update`] belongs to it until the next one begins.
    pub fn begin_step(&mut self) {
        self.steps += 1;
    }

    /// The new value of a flat parameter. `is_matrix`: a weight of two dimensions or more, no bias and no scale.
    pub fn update(
        &mut self,
        name: &str,
        mut parameter: Tensor<1>,
        gradient: Tensor<1>,
        learning_rate: f64,
        is_matrix: bool,
    ) -> Tensor<1> {
        let mut state =
            self.state.remove(name).unwrap_or_else(|| vec![parameter.zeros_like(); state_tensors(&self.config)]);
        if !self.at_once(&mut parameter, &gradient, &mut state, learning_rate, is_matrix) {
            let change = self.change(&parameter, gradient, &mut state, learning_rate, is_matrix);
            parameter = parameter - change;
        }
        self.state.insert(name.to_owned(), state);
        parameter
    }

    /// Brings parameter and state up to date in one pass; `false`, with nothing done, where there is no kernel for the
    /// device.
    fn at_once(
        &self,
        parameter: &mut Tensor<1>,
        gradient: &Tensor<1>,
        state: &mut [Tensor<1>],
        learning_rate: f64,
        is_matrix: bool,
    ) -> bool {
        let sgd = |momentum: f64, weight_decay: f64| Sgd {
            momentum,
            weight_decay,
            learning_rate,
            is_in_velocity: false,
            trust: None,
        };
        match (&self.config, state) {
            (&OptimizerConfig::Adam { beta1, beta2, epsilon, weight_decay }, [mean, square]) => {
                let adam = Adam { betas: [beta1, beta2], epsilon, weight_decay, learning_rate, step: self.steps };
                adam.step(parameter, gradient, [mean, square])
            }
            (&OptimizerConfig::Sgd { momentum, weight_decay }, [velocity]) => {
                sgd(momentum, weight_decay).step(parameter, gradient, velocity)
            }
            (&OptimizerConfig::Lars { momentum, weight_decay, trust }, [velocity]) => {
                let (weight_decay, trust) = if is_matrix { (weight_decay, Some(trust)) } else { (0.0, None) };
                let lars = Sgd { is_in_velocity: true, trust, ..sgd(momentum, weight_decay) };
                lars.step(parameter, gradient, velocity)
            }
            (config, state) => panic!("{} tensors are no state of {config:?}", state.len()),
        }
    }

    /// What the parameter changes by, from burn's operations; the state is brought up to date.
    fn change(
        &self,
        parameter: &Tensor<1>,
        gradient: Tensor<1>,
        state: &mut [Tensor<1>],
        learning_rate: f64,
        is_matrix: bool,
    ) -> Tensor<1> {
        let decayed = |gradient: Tensor<1>, weight_decay: f64| {
            if weight_decay == 0.0 { gradient } else { gradient + parameter.clone().mul_scalar(weight_decay) }
        };
        let moved = |past: &Tensor<1>, kept: f64, new: Tensor<1>| past.clone().mul_scalar(kept) + new;
        match self.config {
            OptimizerConfig::Adam { beta1, beta2, epsilon, weight_decay } => {
                let gradient = decayed(gradient, weight_decay);
                let square = gradient.clone().square();
                state[0] = moved(&state[0], beta1, gradient.mul_scalar(1.0 - beta1));
                state[1] = moved(&state[1], beta2, square.mul_scalar(1.0 - beta2));
                let correction = |beta: f64| 1.0 - beta.powi(i32::try_from(self.steps).unwrap_or(i32::MAX));
                let scale = learning_rate / correction(beta1);
                let root = state[1].clone().sqrt().div_scalar(correction(beta2).sqrt()).add_scalar(epsilon);
                state[0].clone().mul_scalar(scale) / root
            }
            OptimizerConfig::Sgd { momentum, weight_decay } => {
                state[0] = moved(&state[0], momentum, decayed(gradient, weight_decay));
                state[0].clone().mul_scalar(learning_rate)
            }
            OptimizerConfig::Lars { momentum, weight_decay, trust } => {
                let scaled = if is_matrix {
                    let gradient = decayed(gradient, weight_decay);
                    let length = |values: &Tensor<1>| values.clone().square().sum().sqrt();
                    let (of_weights, of_gradient) = (length(parameter), length(&gradient));
                    let is_zero = of_weights.clone().equal_elem(0.0).bool_or(of_gradient.clone().equal_elem(0.0));
                    let ratio = (of_weights.mul_scalar(trust) / of_gradient.clamp_min(1e-30)).mask_fill(is_zero, 1.0);
                    gradient * ratio
                } else {
                    gradient
                };
                state[0] = moved(&state[0], momentum, scaled.mul_scalar(learning_rate));
                state[0].clone()
            }
        }
    }

    /// The state as named tensors, read back from the device.
    pub fn export(&self) -> Weights {
        let mut tensors = BTreeMap::new();
        for (name, state) in &self.state {
            for (index, tensor) in state.iter().enumerate() {
                let values: Vec<f32> = tensor.to_data().convert::<f32>().try_to_vec::<f32>().expect("converted to f32");
                tensors.insert(format!("{name}.{index}"), WeightTensor { shape: vec![values.len()], values });
            }
        }
        Weights(tensors)
    }

    /// Takes up the state that [`Optimizer::export`] gave after `steps` steps.
    ///
    /// # Errors
    /// Where a tensor's name is not one that `export` writes, or a parameter has another number of them.
    pub fn restore(config: &OptimizerConfig, steps: usize, state: &Weights, device: &Device) -> Result<Self> {
        let mut optimizer = Self { config: config.clone(), steps, state: BTreeMap::new() };
        // The map is sorted, so a parameter's tensors come in their order (there are two at the most).
        for (name, tensor) in &state.0 {
            let (parameter, _) =
                name.rsplit_once('.').with_context(|| format!("optimizer state {name:?} has no index"))?;
            let data = TensorData::new(tensor.values.clone(), [tensor.values.len()]);
            optimizer.state.entry(parameter.to_owned()).or_default().push(Tensor::from_data(data, device));
        }
        let expected = state_tensors(config);
        if let Some((name, found)) = optimizer.state.iter().find(|(_, state)| state.len() != expected) {
            bail!("optimizer state of {name:?} has {} tensors in place of {expected}", found.len());
        }
        Ok(optimizer)
    }
}

/// Tensors of a parameter's state: Adam's mean and mean square, or the velocity.
fn state_tensors(config: &OptimizerConfig) -> usize {
    match config {
        OptimizerConfig::Adam { .. } => 2,
        OptimizerConfig::Sgd { .. } | OptimizerConfig::Lars { .. } => 1,
    }
}

struct Stepper<'a> {
    optimizer: &'a mut Optimizer,
    gradients: NamedGradients,
    learning_rate: f64,
    path: Vec<String>,
}

impl ModuleMapper for Stepper<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let Some(gradient) = self.gradients.0.remove(&name) else { return param };
        param.map(|tensor| {
            let (shape, device) = (tensor.shape(), tensor.device());
            let old = tensor.inner();
            let flat: Tensor<1> = old.flatten(0, D - 1);
            let new = self.optimizer.update(&name, flat, gradient, self.learning_rate, D > 1);
            to_autodiff(new.reshape(shape), &device).require_grad()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: [f32; 2]) -> Tensor<1> {
        Tensor::from_floats(values, &Device::flex())
    }

    fn values(tensor: Tensor<1>) -> Vec<f32> {
        tensor.into_data().try_to_vec::<f32>().expect("f32")
    }

    #[test]
    fn lars_scales_a_weights_step_by_its_length_over_its_gradients() {
        let lars = OptimizerConfig::Lars { momentum: 0.9, weight_decay: 0.0, trust: 0.001 };
        let mut optimizer = Optimizer::new(&lars);
        optimizer.begin_step();
        // Lengths 5 and 10: the step is 0.1 * 0.001 * 5 / 10 * gradient.
        let new = values(optimizer.update("weight", vector([3.0, 4.0]), vector([6.0, 8.0]), 0.1, true));
        assert!((new[0] - (3.0 - 0.1 * 0.001 * 0.5 * 6.0)).abs() < 1e-6, "{new:?}");
        // A bias takes the plain step.
        let bias = values(optimizer.update("bias", vector([3.0, 4.0]), vector([6.0, 8.0]), 0.1, false));
        assert!((bias[0] - 2.4).abs() < 1e-6, "{bias:?}");
        // The next step of the bias: velocity 0.9 * 0.6 + 0.6.
        optimizer.begin_step();
        let bias = values(optimizer.update("bias", vector([2.4, 3.2]), vector([6.0, 8.0]), 0.1, false));
        assert!((bias[0] - (2.4 - 1.14)).abs() < 1e-6, "{bias:?}");
    }

    #[test]
    fn a_state_of_another_number_of_tensors_is_refused_by_name() {
        let adam = OptimizerConfig::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
        let sgd = OptimizerConfig::Sgd { momentum: 0.9, weight_decay: 0.0 };
        let mut optimizer = Optimizer::new(&sgd);
        optimizer.begin_step();
        let new = values(optimizer.update("fc.weight", vector([3.0, 4.0]), vector([6.0, 8.0]), 0.1, true));
        assert!((new[0] - 2.4).abs() < 1e-6, "{new:?}");
        let state = optimizer.export();
        assert!(Optimizer::restore(&sgd, 1, &state, &Device::flex()).is_ok());
        let refused = Optimizer::restore(&adam, 1, &state, &Device::flex()).expect_err("Adam has two").to_string();
        assert_eq!(refused, r#"optimizer state of "fc.weight" has 1 tensors in place of 2"#);
    }

    #[test]
    fn lars_leaves_weights_of_zero_finite() {
        let lars = OptimizerConfig::Lars { momentum: 0.9, weight_decay: 1e-6, trust: 0.001 };
        let mut optimizer = Optimizer::new(&lars);
        optimizer.begin_step();
        for (parameter, gradient) in [([0.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [0.0, 0.0])] {
            let new = values(optimizer.update("weight", vector(parameter), vector(gradient), 0.1, true));
            assert!(new.iter().all(|value| value.is_finite()), "{new:?}");
        }
    }
}
