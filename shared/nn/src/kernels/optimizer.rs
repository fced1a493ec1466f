//! Steps of optimizers: all of a parameter's arithmetic in one pass over it, in place of one for each operation.

use super::native::optimizer as cpu;
#[cfg(all(feature = "gpu", not(feature = "fusion")))]
use super::{gpu::optimizer as gpu, own_gpu_kernels};
use burn::tensor::Tensor;

/// A step of Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1), as PyTorch computes it.
#[derive(Debug, Clone, Copy)]
pub struct Adam {
    /// Decays of the mean and of the mean square.
    pub betas: [f64; 2],
    /// Added to the root of the corrected mean square.
    pub epsilon: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The step's number, from 1.
    pub step: usize,
}

/// A step of SGD with momentum, as PyTorch computes it, or of LARS (You et al. 2017, "Large batch training of
/// convolutional networks", algorithm 1).
#[derive(Debug, Clone, Copy)]
pub struct Sgd {
    /// Decay of the velocity.
    pub momentum: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The rate is part of the velocity, as LARS has it, and not of what it changes.
    pub is_in_velocity: bool,
    /// LARS' trust coefficient: the rate times this, times the parameter's length over the gradient's; 1 in place of
    /// both where one of the lengths is 0.
    pub trust: Option<f64>,
}

/// What Adam's values are multiplied by, as f32.
pub(super) struct AdamFactors {
    /// Of the old mean and mean square.
    pub kept: [f32; 2],
    /// Of the gradient and its square.
    pub new: [f32; 2],
    pub epsilon: f32,
    pub weight_decay: f32,
    /// The learning rate with the mean's correction of its bias.
    pub rate: f32,
    /// The root of the mean square's correction, which its root is divided by.
    pub root: f32,
}

impl Adam {
    pub(super) fn factors(&self) -> AdamFactors {
        let step = i32::try_from(self.step).unwrap_or(i32::MAX);
        let [of_mean, of_square] = self.betas.map(|beta| 1.0 - beta.powi(step));
        AdamFactors {
            kept: self.betas.map(|beta| beta as f32),
            new: self.betas.map(|beta| (1.0 - beta) as f32),
            epsilon: self.epsilon as f32,
            weight_decay: self.weight_decay as f32,
            rate: (self.learning_rate / of_mean) as f32,
            root: of_square.sqrt() as f32,
        }
    }

    /// Brings the parameter, its mean and its mean square up to date, given the gradient: all flat, of one length and in
    /// f32, none tracked by autodiff. `false`, with nothing done, if that has to be put together from burn's operations.
    ///
    /// ```
    /// # use burn::tensor::{Device, Tensor};
    /// # use nadir_nn::kernels::optimizer::Adam;
    /// let adam = Adam { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0, learning_rate: 0.1, step: 1 };
    /// let device = Device::flex();
    /// let mut weight = Tensor::<1>::from_floats([1.0, -1.0], &device);
    /// let [mut mean, mut square] = [weight.zeros_like(), weight.zeros_like()];
    /// assert!(adam.step(&mut weight, &Tensor::from_floats([3.0, 0.5], &device), [&mut mean, &mut square]));
    /// // The first step is as long as the rate, whatever the gradient's size.
    /// let weight: Vec<f32> = weight.into_data().try_to_vec()?;
    /// assert!((weight[0] - 0.9).abs() < 1e-6 && (weight[1] + 1.1).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn step(&self, parameter: &mut Tensor<1>, gradient: &Tensor<1>, moments: [&mut Tensor<1>; 2]) -> bool {
        let [mean, square] = moments;
        if cpu::adam(self, [parameter, mean, square], gradient) {
            return true;
        }
        #[cfg(all(feature = "gpu", not(feature = "fusion")))]
        if own_gpu_kernels()
            && let Some(new) = gpu::adam(self, parameter, gradient, [mean, square])
        {
            [*parameter, *mean, *square] = new;
            return true;
        }
        false
    }
}

impl Sgd {
    /// The rate within the velocity, and behind it.
    pub(super) fn rates(&self) -> [f32; 2] {
        let rate = self.learning_rate as f32;
        if self.is_in_velocity { [rate, 1.0] } else { [1.0, rate] }
    }

    /// Brings the parameter and its velocity up to date, as [`Adam::step`] does.
    pub fn step(&self, parameter: &mut Tensor<1>, gradient: &Tensor<1>, velocity: &mut Tensor<1>) -> bool {
        if cpu::sgd(self, [parameter, velocity], gradient) {
            return true;
        }
        #[cfg(all(feature = "gpu", not(feature = "fusion")))]
        if own_gpu_kernels()
            && let Some(new) = gpu::sgd(self, parameter, gradient, velocity)
        {
            [*parameter, *velocity] = new;
            return true;
        }
        false
    }
}

/// Moves an average towards `value`: it becomes `kept` times itself plus the rest times the value (He et al. 2020,
/// "Momentum contrast for unsupervised visual representation learning", equation 2). As [`Adam::step`], but `false` on
/// GPUs too.
pub fn follow(average: &mut Tensor<1>, value: &Tensor<1>, kept: f64) -> bool {
    cpu::follow(average, value, kept)
}
