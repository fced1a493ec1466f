//! First weights, drawn from a seed and a tensor's name alone: the same on every device.

use super::weights::map_values;
use burn::module::Module;
use nadir_core::rng::{Rng, fnv1a_64};

/// Fills a module from `seed`: convolutions normal with He et al. 2015's fan-out variance (torchvision's ResNet),
/// linear layers uniform in +-1/sqrt(in) (PyTorch's default), BatchNorm as the identity, biases of convolutions zero.
///
/// ```
/// # use burn::tensor::Device;
/// # use nadir_nn::model::{init, projector::ProjectorConfig};
/// let drawn = |seed| init::seeded(ProjectorConfig::default().init(8, &Device::flex()), seed).export();
/// assert_eq!(drawn(1), drawn(1));
/// assert_ne!(drawn(1), drawn(2));
/// ```
pub fn seeded<M: Module>(module: M, seed: u64) -> M {
    let mut linear_fan_in = 1;
    let filled = map_values(module, |path, shape| {
        let leaf = path.last().map(String::as_str).unwrap_or_default();
        let count = shape.iter().product();
        let mut rng = Rng::from_parts(&[seed, fnv1a_64(path.join(".").as_bytes())]);
        Ok(match (leaf, shape) {
            ("gamma" | "running_var", _) => vec![1.0; count],
            ("beta" | "running_mean", _) => vec![0.0; count],
            (_, &[out, _, rows, columns]) => {
                let std = (2.0 / (out * rows * columns) as f64).sqrt();
                (0..count).map(|_| (rng.normal() * std) as f32).collect()
            }
            (_, &[_, fan_in]) => {
                linear_fan_in = fan_in;
                uniform(&mut rng, fan_in, count)
            }
            // The bias of a linear layer comes right after its weight; a convolution's has no linear layer before it.
            (_, _) if linear_fan_in > 1 => uniform(&mut rng, linear_fan_in, count),
            _ => vec![0.0; count],
        })
    });
    filled.expect("no file is read")
}

/// How a tensor's first values are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) enum Drawn {
    Zero,
    /// With mean 0 and this standard deviation.
    Normal(f64),
    /// From - this to this.
    Uniform(f64),
}

/// Fills a module whose field path in its network is `prefix`, by the shape of each tensor.
pub(super) fn drawn<M: Module>(module: M, seed: u64, prefix: &str, how: impl Fn(&[usize]) -> Drawn) -> M {
    let filled = map_values(module, |path, shape| {
        let count = shape.iter().product();
        let mut rng = Rng::from_parts(&[seed, fnv1a_64(format!("{prefix}.{}", path.join(".")).as_bytes())]);
        Ok(match how(shape) {
            Drawn::Zero => vec![0.0; count],
            Drawn::Normal(std) => (0..count).map(|_| (rng.normal() * std) as f32).collect(),
            Drawn::Uniform(bound) => (0..count).map(|_| rng.range(-bound, bound) as f32).collect(),
        })
    });
    filled.expect("no file is read")
}

fn uniform(rng: &mut Rng, fan_in: usize, count: usize) -> Vec<f32> {
    let bound = 1.0 / (fan_in as f64).sqrt();
    (0..count).map(|_| rng.range(-bound, bound) as f32).collect()
}
