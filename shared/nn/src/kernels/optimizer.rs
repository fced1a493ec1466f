//! Steps of optimizers: all of a parameter's arithmetic in one pass over it, in place of one for each operation.

use super::native::optimizer as cpu;
pub use super::optimizer_step::{Adam, Sgd};
#[cfg(all(feature = "gpu", not(feature = "fusion")))]
use super::{gpu::optimizer as gpu, own_gpu_kernels};
use burn::tensor::Tensor;

impl Adam {
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
