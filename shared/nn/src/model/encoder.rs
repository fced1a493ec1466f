//! The encoder: images to embeddings, whichever network does it.

use super::Precision;
use super::efficientnet::{EfficientnetLite, efficientnet_name};
use super::resnet::{ResNet, ResNetConfig};
use super::squeezenet::{self, SqueezeNet};
use super::weights::{Weights, WeightsError, export_module, import_module};
use crate::kernels::wasm::WasmEncoder;
use burn::module::Module;
use burn::tensor::{DType, Device, FloatDType, Tensor};
use nadir_core::bundle::{Architecture, EncoderKind};

/// A network from images to embeddings.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_core::bundle::{Architecture, EncoderKind, Stem};
/// # use nadir_nn::model::{Encoder, init};
/// let device = Device::flex();
/// let shape = Architecture { encoder: EncoderKind::Resnet18, width: 4, stem: Stem::Compact, stages: 4, bands: 3 };
/// let encoder = init::seeded(Encoder::new(&shape, false, &device), 1);
/// let embedding = encoder.forward(Tensor::ones([2, 3, 32, 32], &device));
/// assert_eq!(embedding.dims(), [2, shape.embedding_len()]);
/// assert_eq!(encoder.export().0["layer4.1.conv2.weight"].shape, [32, 32, 3, 3]);
/// ```
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a process has one or two encoders")]
pub enum Encoder {
    /// ResNet-18, -34, -50 or -101, of any width.
    ResNet(ResNet),
    /// SqueezeNet 1.1, of one width only.
    SqueezeNet(SqueezeNet),
    /// EfficientNet-Lite0.
    EfficientnetLite(EfficientnetLite),
}

/// The ResNet that `architecture` describes; `None` if it is another network.
pub(crate) fn resnet_config(architecture: &Architecture, folded: bool) -> Option<ResNetConfig> {
    let blocks = architecture.resnet_blocks()?;
    let bottleneck = architecture.has_bottlenecks();
    let Architecture { width, stem, bands, .. } = *architecture;
    Some(ResNetConfig { blocks, bottleneck, width, bands, stem, folded })
}

impl Encoder {
    /// The network of this shape, with weights still to be set. `folded`: for evaluation, BatchNorm inside the
    /// convolutions.
    pub fn new(architecture: &Architecture, folded: bool, device: &Device) -> Self {
        match resnet_config(architecture, folded) {
            Some(config) => Self::ResNet(config.init(device)),
            None if architecture.encoder == EncoderKind::EfficientnetLite0 => {
                Self::EfficientnetLite(EfficientnetLite::new(architecture.bands, folded, true, device))
            }
            None => Self::SqueezeNet(SqueezeNet::new(device)),
        }
    }

    /// Whether the network normalises by batches, and so differs between training and evaluation.
    pub fn has_batch_norm(&self) -> bool {
        !matches!(self, Self::SqueezeNet(_))
    }

    /// The same network, whose layers compute in `precision`; embeddings and weights stay f32. SqueezeNet, which has no
    /// BatchNorm to keep its numbers small, stays as it is.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        match self {
            Self::ResNet(network) => Self::ResNet(network.with_precision(precision)),
            Self::SqueezeNet(network) => Self::SqueezeNet(network),
            Self::EfficientnetLite(network) => Self::EfficientnetLite(network.with_precision(precision)),
        }
    }

    /// The last feature map, [batch, channels, rows, columns]; images are normalised, [batch, bands, height, width].
    pub fn feature_map(&self, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::ResNet(network) => network.feature_map(images),
            Self::SqueezeNet(network) => network.feature_map(images),
            Self::EfficientnetLite(network) => network.feature_map(images),
        }
    }

    /// The embedding, [batch, embedding_len]: the feature map's mean over all places.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        mean_over_places(self.feature_map(images))
    }

    /// The network on the host, where BatchNorm is folded.
    pub(super) fn on_host(&self) -> Option<WasmEncoder> {
        match self {
            Self::ResNet(network) => network.on_host().map(WasmEncoder::ResNet),
            Self::SqueezeNet(network) => network.on_host().map(WasmEncoder::SqueezeNet),
            Self::EfficientnetLite(network) => network.on_host().map(WasmEncoder::Efficientnet),
        }
    }

    /// Weights under torchvision's `state_dict` names, read back from the device.
    pub fn export(&self) -> Weights {
        match self {
            Self::ResNet(network) => export_module(network, resnet_name),
            Self::SqueezeNet(network) => export_module(network, squeezenet_name),
            Self::EfficientnetLite(network) => export_module(network, efficientnet_name),
        }
    }

    /// The name of the first convolution's weights, [channels, bands, rows, columns].
    pub fn first_convolution(&self) -> &'static str {
        match self {
            Self::ResNet(_) => "conv1.weight",
            Self::SqueezeNet(_) => "features.0.weight",
            Self::EfficientnetLite(_) => "_conv_stem.weight",
        }
    }

    /// Takes every weight from `weights`, by torchvision's names, or EfficientNet-Lite's published ones. Tensors that this network does not have
    /// (a classifier) are ignored.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape; the network is lost then, build it again.
    pub fn import(self, weights: &Weights) -> Result<Self, WeightsError> {
        Ok(match self {
            Self::ResNet(network) => Self::ResNet(
                import_module(network, weights, resnet_name).map_err(|error| weights.truncated("", error))?,
            ),
            Self::SqueezeNet(network) => Self::SqueezeNet(import_module(network, weights, squeezenet_name)?),
            Self::EfficientnetLite(network) => {
                Self::EfficientnetLite(import_module(network, weights, efficientnet_name)?)
            }
        })
    }
}

/// Mean over rows and columns: [batch, channels, rows, columns] to [batch, channels].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::model::encoder::mean_over_places;
/// let map = Tensor::<4>::from_floats([[[[1.0, 2.0], [3.0, 6.0]]]], &Device::flex());
/// let mean: f32 = mean_over_places(map).into_scalar();
/// assert_eq!(mean, 3.0);
/// ```
pub fn mean_over_places(feature_map: Tensor<4>) -> Tensor<2> {
    let [batch, channels, rows, columns] = feature_map.dims();
    // Of a half-precision map too, whose sum would lose digits.
    let feature_map = if feature_map.dtype() == DType::F32 { feature_map } else { feature_map.cast(FloatDType::F32) };
    feature_map.reshape([batch, channels, rows * columns]).mean_dim(2).reshape([batch, channels])
}

/// `layer1.0.conv2.norm.gamma` to `layer1.0.bn2.weight`, `layer2.0.downsample.conv.weight` to
/// `layer2.0.downsample.0.weight`.
pub(super) fn resnet_name(path: &[String]) -> String {
    let mut parts: Vec<String> = Vec::with_capacity(path.len());
    for part in path {
        let owner = parts.last().map(String::as_str).unwrap_or_default();
        match (owner, part.as_str()) {
            ("downsample", "conv") => parts.push("0".into()),
            ("downsample", "norm") => parts.push("1".into()),
            (_, "conv") => {}
            (owner, "norm") => {
                let norm = owner.replacen("conv", "bn", 1);
                parts.pop();
                parts.push(norm);
            }
            (_, "gamma") => parts.push("weight".into()),
            (_, "beta") => parts.push("bias".into()),
            (_, part) => parts.push(part.into()),
        }
    }
    parts.join(".")
}

/// The field path `fires.2.squeeze.weight` as torchvision's name, `features.6.squeeze.weight`.
fn squeezenet_name(path: &[String]) -> String {
    let mut parts: Vec<String> = vec!["features".into()];
    let mut path = path.iter();
    match path.next().map(String::as_str) {
        Some("fires") => {
            let order = path.next().and_then(|index| index.parse::<usize>().ok());
            parts.extend(order.and_then(|index| squeezenet::FIRE_AT.get(index)).map(ToString::to_string));
        }
        _ => parts.push("0".into()),
    }
    parts.extend(path.cloned());
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::wasm::same_on_all_pools;
    use burn::tensor::TensorData;
    use nadir_core::bundle::{EncoderKind, Stem};

    fn name(rule: fn(&[String]) -> String, path: &str) -> String {
        rule(&path.split('.').map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn on_the_host_every_kind_of_encoder_gives_the_same_on_any_number_of_threads() {
        let device = &Device::flex();
        let kinds = [
            (EncoderKind::Resnet18, 8, Stem::Imagenet, 4, 3),
            (EncoderKind::Resnet18, 8, Stem::Imagenet, 3, 5),
            (EncoderKind::Resnet50, 4, Stem::Compact, 4, 3),
            (EncoderKind::Resnet18, 6, Stem::Small, 4, 3),
            // Both multiples of four, which is a case of its own.
            (EncoderKind::Resnet18, 8, Stem::Small, 4, 4),
            (EncoderKind::Squeezenet11, 64, Stem::Imagenet, 4, 3),
            (EncoderKind::EfficientnetLite0, 1, Stem::Imagenet, 4, 3),
            (EncoderKind::EfficientnetLite0, 1, Stem::Imagenet, 4, 13),
        ];
        for (encoder, width, stem, stages, bands) in kinds {
            let network = crate::model::init::seeded(
                Encoder::new(&Architecture { encoder, width, stem, stages, bands }, true, device),
                3,
            );
            for [height, width] in [[64, 64], [75, 50], [70, 97]] {
                let mut rng = nadir_core::rng::Rng::new(5);
                let image: Vec<f32> = (0..bands * height * width).map(|_| rng.uniform() as f32 - 0.5).collect();
                let mut ours = Vec::new();
                let on_host = network.on_host().expect("folded");
                same_on_all_pools(|| on_host.feature_map(&image, [height, width]).values);
                let map = on_host.feature_map(&image, [height, width]);
                map.append_planes(&mut ours);
                let image = TensorData::new(image, [1, bands, height, width]);
                let expected = network.feature_map(Tensor::<4>::from_data(image, device));
                assert_eq!(expected.dims(), [1, map.channels, map.height, map.width], "{encoder:?}");
                let expected = expected.into_data().try_to_vec::<f32>().expect("f32");
                let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
                let worst = ours.iter().zip(&expected).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
                assert!(
                    largest > 0.0 && worst < 1e-4 * largest,
                    "{encoder:?} of {height}x{width}: {worst} of {largest}"
                );
            }
        }
    }

    #[test]
    fn names_are_torchvisions() {
        assert_eq!(name(resnet_name, "conv1.conv.weight"), "conv1.weight");
        assert_eq!(name(resnet_name, "conv1.norm.running_var"), "bn1.running_var");
        assert_eq!(name(resnet_name, "layer1.0.conv2.norm.gamma"), "layer1.0.bn2.weight");
        assert_eq!(name(resnet_name, "layer2.0.downsample.conv.weight"), "layer2.0.downsample.0.weight");
        assert_eq!(name(resnet_name, "layer2.0.downsample.norm.beta"), "layer2.0.downsample.1.bias");
        assert_eq!(name(efficientnet_name, "conv_stem.norm.running_mean"), "_bn0.running_mean");
        assert_eq!(name(efficientnet_name, "conv_head.norm.gamma"), "_bn1.weight");
        assert_eq!(name(efficientnet_name, "blocks.3.expand.conv.weight"), "_blocks.3._expand_conv.weight");
        assert_eq!(name(efficientnet_name, "blocks.3.depthwise.norm.beta"), "_blocks.3._bn1.bias");
        assert_eq!(name(efficientnet_name, "blocks.0.project.conv.bias"), "_blocks.0._project_conv.bias");
        assert_eq!(name(squeezenet_name, "conv1.bias"), "features.0.bias");
        assert_eq!(name(squeezenet_name, "fires.7.expand3x3.weight"), "features.12.expand3x3.weight");
    }
}
