//! The feature pyramid (Lin et al. 2017, "Feature pyramid networks for object detection"), as torchvision's.

use crate::model::convolve::convolve;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Lateral 1x1 and output 3x3 convolutions of each level, finest first.
#[derive(Module, Debug)]
pub struct FeaturePyramid {
    inner: Vec<Conv2d>,
    layer: Vec<Conv2d>,
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
    pub fn forward(&self, stages: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        let mut maps = Vec::with_capacity(stages.len() + 1);
        let mut above: Option<Tensor<4>> = None;
        for ((stage, inner), layer) in stages.into_iter().zip(&self.inner).zip(&self.layer).rev() {
            let lateral = convolve(inner, stage);
            let [_, _, height, width] = lateral.dims();
            let merged = match above {
                Some(above) => lateral + nearest(above, [height, width]),
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
