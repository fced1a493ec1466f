//! The detector's network and its names.

use super::fpn::FeaturePyramid;
use super::heads::{BoxHead, RpnHead};
use super::{ANCHOR_RATIOS, BINS};
use crate::bundle::DetectorShape;
use crate::model::encoder::resnet_name;
use crate::model::resnet::ResNet;
use crate::model::weights::{Weights, WeightsError, export_module, import_module};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Backbone, pyramid and both heads.
#[derive(Module, Debug)]
pub struct FasterRcnn {
    body: ResNet,
    fpn: FeaturePyramid,
    rpn: RpnHead,
    boxes: BoxHead,
}

impl FasterRcnn {
    /// With weights still to be set; `classes` with the background. `folded`: BatchNorm is in the convolutions.
    ///
    /// # Errors
    /// Where the architecture is no ResNet.
    pub fn new(shape: &DetectorShape, classes: usize, folded: bool, device: &Device) -> Result<Self, WeightsError> {
        let DetectorShape { architecture, channels, hidden, .. } = shape;
        let config = architecture.resnet(folded).ok_or_else(|| WeightsError::Values {
            name: format!("{:?}", architecture.encoder),
            what: "a detector stands on a ResNet".into(),
        })?;
        let stages: Vec<usize> = (0..4).map(|stage| (config.width << stage) * config.expansion()).collect();
        Ok(Self {
            body: config.init(device),
            fpn: FeaturePyramid::new(&stages, *channels, device),
            rpn: RpnHead::new(*channels, ANCHOR_RATIOS.len(), device),
            boxes: BoxHead::new(*channels, BINS, *hidden, classes, device),
        })
    }

    /// Images [batch, 3, height, width] to the pyramid's five maps, finest first, [batch, channels, rows, columns].
    pub fn maps(&self, images: Tensor<4>) -> Vec<Tensor<4>> {
        self.fpn.forward(self.body.stages(images).to_vec())
    }

    /// A level's map to objectness logits [batch, places * anchors] and box deltas [batch, places * anchors, 4], in the
    /// order of the anchors.
    pub fn rpn(&self, map: Tensor<4>) -> (Tensor<2>, Tensor<3>) {
        self.rpn.forward(map)
    }

    /// Crops of the maps, [boxes, channels, 7, 7], to class logits [boxes, classes] and box deltas [boxes, 4 * classes].
    pub fn boxes(&self, crops: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        self.boxes.forward(crops)
    }

    /// Weights under torchvision's names.
    pub fn export(&self) -> Weights {
        export_module(self, name)
    }

    /// Takes every weight from `weights`, by torchvision's names.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn import(self, weights: &Weights) -> Result<Self, WeightsError> {
        import_module(self, weights, name)
    }
}

/// `body.layer1.0.conv2.norm.gamma` to `backbone.body.layer1.0.bn2.weight`, `fpn.inner.0.weight` to
/// `backbone.fpn.inner_blocks.0.0.weight`, `boxes.fc6.bias` to `roi_heads.box_head.fc6.bias`.
fn name(path: &[String]) -> String {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["body", ..] => format!("backbone.body.{}", resnet_name(&path[1..])),
        ["fpn", "inner", level, leaf] => format!("backbone.fpn.inner_blocks.{level}.0.{leaf}"),
        ["fpn", "layer", level, leaf] => format!("backbone.fpn.layer_blocks.{level}.0.{leaf}"),
        ["rpn", "conv", leaf] => format!("rpn.head.conv.0.0.{leaf}"),
        ["rpn", rest @ ..] => format!("rpn.head.{}", rest.join(".")),
        ["boxes", layer @ ("fc6" | "fc7"), leaf] => format!("roi_heads.box_head.{layer}.{leaf}"),
        ["boxes", rest @ ..] => format!("roi_heads.box_predictor.{}", rest.join(".")),
        _ => parts.join("."),
    }
}
