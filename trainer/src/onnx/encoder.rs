//! The encoders as ONNX nodes, from weights with BatchNorm folded.

use super::graph::{Attribute, Graph};
use super::layers::weight_and_bias;
use anyhow::{Context, Result, bail, ensure};
use nadir_core::bundle::efficientnet::{PYRAMID_STAGES, STAGES};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::Weights;

/// What follows a convolution.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Activation {
    None,
    Relu,
    Relu6,
}

/// A network on the way to its feature map.
pub(super) struct EncoderGraph<'a> {
    pub graph: &'a mut Graph,
    pub weights: &'a Weights,
    /// Width and height of the maps so far, px: TensorFlow's padding depends on it.
    pub side: usize,
    /// Those of ReLU6, once they are there.
    pub limits: Option<[String; 2]>,
}

impl EncoderGraph<'_> {
    /// The nodes from preprocessed images to the feature map, whose name it gives.
    ///
    /// # Errors
    /// Names the weight that is missing.
    pub(super) fn feature_map(&mut self, architecture: &Architecture, images: &str) -> Result<String> {
        let last = |stages: Vec<String>| stages.into_iter().next_back().context("no stage");
        match architecture.encoder {
            EncoderKind::EfficientnetLite0 => {
                let x = last(self.efficientnet(images)?)?;
                self.conv(&x, "_conv_head", 1, Padding::TensorFlow, Activation::Relu6)
            }
            EncoderKind::Squeezenet11 => self.squeezenet(images),
            _ => last(self.resnet(architecture, images)?),
        }
    }

    /// The nodes from preprocessed images to the maps that a feature pyramid stands on, finest first.
    ///
    /// # Errors
    /// Names the weight that is missing, or the network that has none.
    pub(super) fn pyramid(&mut self, architecture: &Architecture, images: &str) -> Result<Vec<String>> {
        match architecture.encoder {
            EncoderKind::EfficientnetLite0 => {
                let stages = self.efficientnet(images)?.into_iter().enumerate();
                Ok(stages.filter(|(at, _)| PYRAMID_STAGES.contains(at)).map(|(_, stage)| stage).collect())
            }
            EncoderKind::Squeezenet11 => bail!("no feature pyramid stands on SqueezeNet"),
            _ => self.resnet(architecture, images),
        }
    }

    fn resnet(&mut self, architecture: &Architecture, images: &str) -> Result<Vec<String>> {
        let mut stages = Vec::new();
        let stride = if architecture.stem == Stem::Small { 1 } else { 2 };
        let mut x = self.conv(images, "conv1", stride, Padding::Same, Activation::Relu)?;
        if architecture.stem == Stem::Imagenet {
            x = self.max_pool(&x, &[1, 1, 1, 1], false);
        }
        for layer in 1..=architecture.stages {
            let mut block = 0;
            while self.has(&format!("layer{layer}.{block}.conv1")) {
                let name = format!("layer{layer}.{block}");
                let stride = if block == 0 && layer > 1 { 2 } else { 1 };
                let side = self.side;
                let is_bottleneck = self.has(&format!("{name}.conv3"));
                // The stride of a bottleneck stands on its 3x3 convolution (torchvision's v1.5).
                let first = if is_bottleneck { 1 } else { stride };
                let hidden = self.conv(&x, &format!("{name}.conv1"), first, Padding::Same, Activation::Relu)?;
                let output = if is_bottleneck {
                    let hidden =
                        self.conv(&hidden, &format!("{name}.conv2"), stride, Padding::Same, Activation::Relu)?;
                    self.conv(&hidden, &format!("{name}.conv3"), 1, Padding::Same, Activation::None)?
                } else {
                    self.conv(&hidden, &format!("{name}.conv2"), 1, Padding::Same, Activation::None)?
                };
                let after = std::mem::replace(&mut self.side, side);
                let shortcut = match self.has(&format!("{name}.downsample.0")) {
                    true => self.conv(&x, &format!("{name}.downsample.0"), stride, Padding::Same, Activation::None)?,
                    false => x,
                };
                self.side = after;
                let sum = self.graph.node("Add", &[&output, &shortcut], &[]);
                x = self.graph.node("Relu", &[&sum], &[]);
                block += 1;
            }
            ensure!(block > 0, "the weights have no layer{layer}.0.conv1");
            stages.push(x.clone());
        }
        Ok(stages)
    }

    fn squeezenet(&mut self, images: &str) -> Result<String> {
        let mut x = self.conv(images, "features.0", 2, Padding::None, Activation::Relu)?;
        // As torchvision numbers them: the gaps in front of 3, 6 and 9 are the poolings.
        for (at, is_pooled) in
            [(3, true), (4, false), (6, true), (7, false), (9, true), (10, false), (11, false), (12, false)]
        {
            if is_pooled {
                x = self.max_pool(&x, &[0; 4], true);
            }
            let name = |part: &str| format!("features.{at}.{part}");
            let squeezed = self.conv(&x, &name("squeeze"), 1, Padding::Same, Activation::Relu)?;
            let one = self.conv(&squeezed, &name("expand1x1"), 1, Padding::Same, Activation::Relu)?;
            let three = self.conv(&squeezed, &name("expand3x3"), 1, Padding::Same, Activation::Relu)?;
            x = self.graph.node("Concat", &[&one, &three], &[Attribute::Int("axis", 1)]);
        }
        Ok(x)
    }

    fn efficientnet(&mut self, images: &str) -> Result<Vec<String>> {
        let mut stages = Vec::new();
        let mut x = self.conv(images, "_conv_stem", 2, Padding::TensorFlow, Activation::Relu6)?;
        let mut at = 0;
        for stage in STAGES {
            for block in 0..stage.blocks {
                let name = |part: &str| format!("_blocks.{at}._{part}_conv");
                let stride = if block == 0 { stage.stride } else { 1 };
                let mut inner = x.clone();
                if stage.expansion > 1 {
                    inner = self.conv(&inner, &name("expand"), 1, Padding::TensorFlow, Activation::Relu6)?;
                }
                inner = self.conv(&inner, &name("depthwise"), stride, Padding::TensorFlow, Activation::Relu6)?;
                let output = self.conv(&inner, &name("project"), 1, Padding::TensorFlow, Activation::None)?;
                // A stage's first block changes the channels.
                x = if block > 0 { self.graph.node("Add", &[&output, &x], &[]) } else { output };
                at += 1;
            }
            stages.push(x.clone());
        }
        Ok(stages)
    }

    fn has(&self, layer: &str) -> bool {
        self.weights.0.contains_key(&format!("{layer}.weight"))
    }

    /// A convolution with bias, and what follows it.
    fn conv(
        &mut self,
        input: &str,
        layer: &str,
        stride: usize,
        padding: Padding,
        activation: Activation,
    ) -> Result<String> {
        let [weight_name, bias_name] = weight_and_bias(self.graph, self.weights, layer)?;
        let shape = &self.weights.0[&weight_name].shape;
        ensure!(shape.len() == 4, "{weight_name} is no convolution's");
        let (kernel, is_depthwise) = (shape[3], shape[1] == 1);
        let groups = if is_depthwise { shape[0] } else { 1 };
        let (pads, side) = padding.of(self.side, kernel, stride);
        self.side = side;
        let output = self.graph.node(
            "Conv",
            &[input, &weight_name, &bias_name],
            &[
                Attribute::Ints("kernel_shape", &[kernel as u64; 2]),
                Attribute::Ints("strides", &[stride as u64; 2]),
                Attribute::Ints("pads", &pads),
                Attribute::Int("group", groups as u64),
            ],
        );
        Ok(match activation {
            Activation::None => output,
            Activation::Relu => self.graph.node("Relu", &[&output], &[]),
            Activation::Relu6 => {
                let [zero, six] = self.limits.get_or_insert_with(|| [0.0, 6.0].map(|value| self.graph.float(value)));
                self.graph.node("Clip", &[&output, zero, six], &[])
            }
        })
    }

    /// Of 3x3 px with stride 2.
    fn max_pool(&mut self, input: &str, pads: &[u64; 4], rounds_up: bool) -> String {
        let span = self.side + 2 * pads[0] as usize - 3;
        self.side = if rounds_up { span.div_ceil(2) } else { span / 2 } + 1;
        self.graph.node(
            "MaxPool",
            &[input],
            &[
                Attribute::Ints("kernel_shape", &[3, 3]),
                Attribute::Ints("strides", &[2, 2]),
                Attribute::Ints("pads", pads),
                Attribute::Int("ceil_mode", u64::from(rounds_up)),
            ],
        )
    }
}

/// How a convolution's border is filled with zeros.
#[derive(Clone, Copy)]
enum Padding {
    /// Half the kernel on each side.
    Same,
    /// TensorFlow's SAME: as much as the stride needs, the odd one at the end.
    TensorFlow,
    /// Not at all.
    None,
}

impl Padding {
    /// Top, left, bottom, right, and the output's side.
    fn of(self, side: usize, kernel: usize, stride: usize) -> ([u64; 4], usize) {
        let (first, last) = match self {
            Self::Same => (kernel / 2, kernel / 2),
            Self::None => (0, 0),
            Self::TensorFlow => {
                let total = ((side.div_ceil(stride) - 1) * stride + kernel).saturating_sub(side);
                (total / 2, total - total / 2)
            }
        };
        let (begin, end) = (first as u64, last as u64);
        ([begin, begin, end, end], (side + first + last - kernel) / stride + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paddings_are_those_of_pytorch_and_tensorflow() {
        assert_eq!(Padding::Same.of(224, 7, 2), ([3, 3, 3, 3], 112));
        assert_eq!(Padding::None.of(224, 3, 2), ([0; 4], 111));
        assert_eq!(Padding::TensorFlow.of(224, 3, 2), ([0, 0, 1, 1], 112));
        assert_eq!(Padding::TensorFlow.of(28, 5, 1), ([2, 2, 2, 2], 28));
        assert_eq!(Padding::TensorFlow.of(7, 1, 1), ([0; 4], 7));
    }
}
