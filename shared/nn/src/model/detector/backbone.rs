//! What a detector stands on: an encoder's maps of several strides.

use crate::kernels::wasm::{Map, WasmEfficientnet, WasmEncoder, WasmResNet};
use crate::model::efficientnet::{EfficientnetLite, efficientnet_name, pyramid_blocks};
use crate::model::encoder::{Encoder, resnet_config, resnet_name};
use crate::model::resnet::ResNet;
use crate::model::weights::WeightsError;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::{Architecture, EncoderKind};

/// An encoder without its last layers, as a detector uses it.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a process has one or two detectors")]
pub(super) enum Backbone {
    ResNet(ResNet),
    EfficientnetLite(EfficientnetLite),
}

/// A backbone on the host.
#[derive(Debug, Clone)]
pub(super) enum WasmBackbone {
    ResNet(WasmResNet),
    EfficientnetLite(WasmEfficientnet),
}

impl Backbone {
    /// With weights still to be set.
    ///
    /// # Errors
    /// Where no detector can stand on the network.
    pub fn new(architecture: &Architecture, folded: bool, device: &Device) -> Result<Self, WeightsError> {
        let other = || WeightsError::Values {
            name: format!("{:?}", architecture.encoder),
            what: "a detector stands on a whole ResNet or EfficientNet-Lite0".into(),
        };
        if architecture.pyramid_channels().is_none() {
            return Err(other());
        }
        if architecture.encoder == EncoderKind::EfficientnetLite0 {
            return Ok(Self::EfficientnetLite(EfficientnetLite::new(architecture.bands, folded, false, device)));
        }
        Ok(Self::ResNet(resnet_config(architecture, folded).ok_or_else(other)?.init(device)))
    }

    /// The maps that the pyramid stands on, finest first; images are [batch, 3, height, width].
    pub fn maps(&self, images: Tensor<4>) -> Vec<Tensor<4>> {
        match self {
            Self::ResNet(network) => network.stages(images),
            Self::EfficientnetLite(network) => network.pyramid_maps(images),
        }
    }

    /// What [`Self::maps_after`] needs of the first `count` (one at least) of the parts that [`Self::freeze_first`]
    /// counts: the pyramid's maps that they make, and last their output, where it is none of them.
    pub fn first_parts(&self, images: Tensor<4>, count: usize) -> Vec<Tensor<4>> {
        match self {
            Self::ResNet(network) => network.first_parts(images, count),
            Self::EfficientnetLite(network) => network.first_parts(images, count),
        }
    }

    /// [`Self::maps`] from what [`Self::first_parts`] of as many parts gave.
    pub fn maps_after(&self, maps: Vec<Tensor<4>>, count: usize) -> Vec<Tensor<4>> {
        match self {
            Self::ResNet(network) => network.stages_after(maps, count),
            Self::EfficientnetLite(network) => network.pyramid_maps_after(maps, count),
        }
    }

    /// The encoder as this backbone, its tensors shared.
    ///
    /// # Errors
    /// Where it is another network.
    pub fn shared(self, encoder: &Encoder) -> Result<Self, WeightsError> {
        match (self, encoder) {
            (Self::ResNet(_), Encoder::ResNet(network)) => Ok(Self::ResNet(network.clone())),
            (Self::EfficientnetLite(_), Encoder::EfficientnetLite(network)) => {
                Ok(Self::EfficientnetLite(network.without_head()))
            }
            _ => Err(WeightsError::Values {
                name: "backbone.body".into(),
                what: "the detector shares the bundle's encoder, which is another network than the detector's backbone"
                    .into(),
            }),
        }
    }

    /// The network on the host, where BatchNorm is folded.
    pub fn on_host(&self) -> Option<WasmBackbone> {
        match self {
            Self::ResNet(network) => network.on_host().map(WasmBackbone::ResNet),
            Self::EfficientnetLite(network) => network.on_host().map(WasmBackbone::EfficientnetLite),
        }
    }

    /// Fixes the first `count` parts as they are: first layers, then each stage.
    pub fn freeze_first(self, count: usize) -> Self {
        match self {
            Self::ResNet(network) => Self::ResNet(network.freeze_first(count)),
            Self::EfficientnetLite(network) => Self::EfficientnetLite(network.freeze_first(count)),
        }
    }
}

impl WasmBackbone {
    /// The encoder as a backbone; `None` if no detector can stand on it.
    pub fn of(encoder: &WasmEncoder) -> Option<Self> {
        match encoder {
            WasmEncoder::ResNet(network) => Some(Self::ResNet(network.clone())),
            WasmEncoder::Efficientnet(network) => Some(Self::EfficientnetLite(network.clone())),
            WasmEncoder::SqueezeNet(_) => None,
        }
    }

    /// The maps that the pyramid stands on, of one image, [3, height, width].
    pub fn maps(&self, image: &[f32], sides: [usize; 2]) -> Vec<Map> {
        match self {
            Self::ResNet(network) => network.stages(image, sides).to_vec(),
            Self::EfficientnetLite(network) => network.maps(image, sides, &pyramid_blocks()),
        }
    }
}

/// The name of a tensor of the network, whose field path in [`Backbone`] this is: the variant's name, then its fields.
pub(super) fn backbone_name(path: &[String]) -> String {
    match path.split_first() {
        Some((variant, fields)) if variant == "EfficientnetLite" => efficientnet_name(fields),
        Some((variant, fields)) if variant == "ResNet" => resnet_name(fields),
        _ => path.join("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::detector::FasterRcnn;
    use burn::tensor::TensorData;
    use nadir_core::bundle::{DetectorShape, Stem};

    #[test]
    fn tensors_have_the_published_names() {
        for (encoder, width, names) in [
            (EncoderKind::Resnet18, 8, ["conv1.weight", "bn1.running_mean", "layer2.0.downsample.1.bias"]),
            (
                EncoderKind::EfficientnetLite0,
                1,
                ["_conv_stem.weight", "_blocks.0._depthwise_conv.weight", "_blocks.15._bn2.running_var"],
            ),
        ] {
            let architecture =
                Architecture { encoder, width, stem: Stem::Imagenet, stages: Architecture::ALL_STAGES, bands: 3 };
            let shape = DetectorShape { channels: 8, hidden: 8, ..DetectorShape::of(architecture) };
            let weights = FasterRcnn::new(&shape, 2, false, &Device::flex()).expect("a backbone").export();
            for name in names {
                assert!(weights.0.contains_key(&format!("backbone.body.{name}")), "{name}");
            }
            // No two tensors have one name.
            let again = FasterRcnn::new(&shape, 2, false, &Device::flex()).expect("a backbone").import(&weights);
            assert!(again.is_ok(), "{again:?}");
        }
    }

    #[test]
    fn the_first_parts_and_what_follows_them_are_the_whole() {
        let device = Device::flex();
        for (encoder, width, parts) in [(EncoderKind::Resnet18, 4, 5), (EncoderKind::EfficientnetLite0, 1, 8)] {
            let architecture =
                Architecture { encoder, width, stem: Stem::Imagenet, stages: Architecture::ALL_STAGES, bands: 3 };
            let shape = DetectorShape { channels: 8, hidden: 8, ..DetectorShape::of(architecture) };
            let network = FasterRcnn::new(&shape, 2, false, &device).expect("a backbone").seeded(1);
            let pixels = (0..3 * 64 * 96).map(|at| (at % 89) as f32 / 89.0).collect::<Vec<_>>();
            let images = Tensor::<4>::from_data(TensorData::new(pixels, [1, 3, 64, 96]), &device);
            let whole = network.backbone_maps(images.clone());
            for count in 1..=parts {
                let kept = network.frozen_maps(images.clone(), count);
                let made = network.backbone_maps_after(kept, count);
                assert_eq!(made.len(), whole.len(), "{encoder:?}, {count}");
                for (made, whole) in made.into_iter().zip(&whole) {
                    assert_eq!(made.into_data(), whole.clone().into_data(), "{encoder:?}, {count}");
                }
            }
        }
    }
}
