//! The feature pyramid (Lin et al. 2017, "Feature pyramid networks for object detection"), as torchvision's.

#[cfg(not(target_arch = "wasm32"))]
use crate::kernels::native;
use crate::model::convolve::convolve;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Lateral 1x1 and output 3x3 convolutions of each level, finest first.
#[derive(Module, Debug)]
pub struct FeaturePyramid {
    pub(super) inner: Vec<Conv2d>,
    pub(super) layer: Vec<Conv2d>,
}

impl FeaturePyramid {
    /// Over stages with so many channels each, to maps of `channels`.
    pub fn new(stages: &[usize], channels: usize, device: &Device) -> Self {
        let conv = |from: usize, kernel: usize| {
            let pad = kernel / 2;
            Conv2dConfig::new([from, channels], [kernel; 2])
                .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
                .init(device)
        };
        Self {
            inner: stages.iter().map(|&from| conv(from, 1)).collect(),
            layer: stages.iter().map(|_| conv(channels, 3)).collect(),
        }
    }

    /// The stages' maps, finest first, to as many of the pyramid and a coarser one (every second cell of the last).
    pub(super) fn forward(&self, stages: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        let mut maps = Vec::with_capacity(stages.len() + 1);
        let mut above: Option<Tensor<4>> = None;
        for ((stage, inner), layer) in stages.into_iter().zip(&self.inner).zip(&self.layer).rev() {
            let lateral = convolve(inner, stage);
            let [_, _, height, width] = lateral.dims();
            let merged = match above {
                Some(above) => plus_enlarged(lateral, above, [height, width]),
                None => lateral,
            };
            maps.push(convolve(layer, merged.clone()));
            above = Some(merged);
        }
        maps.reverse();
        let last = maps.last().cloned().expect("one level at least");
        maps.push(every_second(last));
        maps
    }
}

/// A lateral map plus the one above, enlarged to its size.
fn plus_enlarged(lateral: Tensor<4>, above: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(merged) = native::plus_enlarged(&lateral, &above) {
        return merged;
    }
    lateral + nearest(above, size)
}

/// A map enlarged by repeating its cells, as torch's `interpolate` to a given size in nearest mode.
fn nearest(map: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [_, _, rows, columns] = map.dims();
    let device = map.device();
    let from = |length: usize, of: usize| (0..length).map(|at| at * of / length).collect();
    map.select(2, indices(from(height, rows), &device)).select(3, indices(from(width, columns), &device))
}

/// Max pooling of one cell at stride 2.
fn every_second(map: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = map.dims();
    let device = map.device();
    let even = |length: usize| (0..length).step_by(2).collect();
    map.select(2, indices(even(height), &device)).select(3, indices(even(width), &device))
}

fn indices(rows: Vec<usize>, device: &Device) -> Tensor<1, Int> {
    let rows: Vec<i64> = rows.into_iter().map(|row| row as i64).collect();
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(dims: [usize; 4], by: usize) -> Tensor<4> {
        let values: Vec<f32> = (0..dims.iter().product()).map(|at: usize| (at * by % 31) as f32 / 8.0 - 1.5).collect();
        Tensor::from_data(TensorData::new(values, dims), &Device::flex().autodiff())
    }

    #[test]
    fn the_kernel_of_the_cpu_gives_what_burns_operators_give_and_their_gradients() {
        for (fine, coarse) in
            [([2, 3, 8, 6], [4, 3]), ([1, 2, 7, 5], [4, 3]), ([1, 1, 3, 4], [3, 4]), ([1, 2, 5, 1], [2, 1])]
        {
            let of_way = |way: fn(Tensor<4>, Tensor<4>, [usize; 2]) -> Tensor<4>| {
                let lateral = map(fine, 7).require_grad();
                let above = map([fine[0], fine[1], coarse[0], coarse[1]], 11).require_grad();
                let merged = way(lateral.clone(), above.clone(), [fine[2], fine[3]]);
                let gradients = (merged.clone() * map(fine, 5)).sum().backward();
                let of = |tensor: &Tensor<4>| tensor.grad(&gradients).expect("a gradient").into_data();
                [merged.into_data(), of(&lateral), of(&above)].map(|data| data.try_to_vec::<f32>().expect("f32"))
            };
            let ours = of_way(plus_enlarged);
            // Sums of eighths, which are exact.
            assert_eq!(ours, of_way(|lateral, above, size| lateral + nearest(above, size)), "{fine:?}, {coarse:?}");
        }
    }
}
