//! The region proposal network's head and the box head (Ren et al. 2015, "Faster R-CNN"), as torchvision's.

use crate::model::convolve::convolve;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// Objectness and box deltas of every anchor, by one small network over all levels.
#[derive(Module, Debug)]
pub struct RpnHead {
    pub(super) conv: Conv2d,
    pub(super) cls_logits: Conv2d,
    pub(super) bbox_pred: Conv2d,
}

impl RpnHead {
    /// For `anchors` anchors a cell of the map.
    pub fn new(channels: usize, anchors: usize, device: &Device) -> Self {
        let pointwise = |out| Conv2dConfig::new([channels, out], [1, 1]).init(device);
        Self {
            conv: Conv2dConfig::new([channels, channels], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device),
            cls_logits: pointwise(anchors),
            bbox_pred: pointwise(4 * anchors),
        }
    }

    /// One level's map [batch, channels, height, width] to objectness logits [batch, height * width * anchors] and
    /// deltas [batch, height * width * anchors, 4], in the order of the anchors: by row, by column, by anchor.
    pub(super) fn forward(&self, map: Tensor<4>) -> (Tensor<2>, Tensor<3>) {
        let hidden = relu(convolve(&self.conv, map));
        let [batch, _, height, width] = hidden.dims();
        let logits = convolve(&self.cls_logits, hidden.clone());
        let anchors = logits.dims()[1];
        let logits = logits.permute([0, 2, 3, 1]).reshape([batch, height * width * anchors]);
        let deltas = convolve(&self.bbox_pred, hidden).reshape([batch, anchors, 4, height, width]);
        (logits, deltas.permute([0, 3, 4, 1, 2]).reshape([batch, height * width * anchors, 4]))
    }
}

/// Class logits and box deltas of crops of the feature maps.
#[derive(Module, Debug)]
pub struct BoxHead {
    pub(super) fc6: Linear,
    pub(super) fc7: Linear,
    pub(super) cls_score: Linear,
    pub(super) bbox_pred: Linear,
}

impl BoxHead {
    /// For crops of `channels` maps of `side` bins a side, `classes` with the background as class 0.
    pub fn new(channels: usize, side: usize, hidden: usize, classes: usize, device: &Device) -> Self {
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        Self {
            fc6: linear(channels * side * side, hidden),
            fc7: linear(hidden, hidden),
            cls_score: linear(hidden, classes),
            bbox_pred: linear(hidden, 4 * classes),
        }
    }

    /// [boxes, channels, side, side] to logits [boxes, classes] and deltas [boxes, 4 * classes].
    pub(super) fn forward(&self, crops: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let hidden = relu(self.fc6.forward(crops.flatten::<2>(1, 3)));
        let hidden = relu(self.fc7.forward(hidden));
        (self.cls_score.forward(hidden.clone()), self.bbox_pred.forward(hidden))
    }
}
