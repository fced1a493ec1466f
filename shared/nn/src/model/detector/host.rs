//! The whole detector in the host's kernels, from map to map: what a browser without a GPU runs. No map becomes a tensor
//! and is laid out anew between two layers, and the weights are in the order of their use.

use super::backbone::WasmBackbone;
use super::fpn::FeaturePyramid;
use super::heads::{BoxHead, RpnHead};
use super::levels::{ALIGN, BINS, Levels};
use crate::kernels::wasm::{Conv, ConvShape, Epilogue, Map, read_regions};
use crate::kernels::{Activation, Padding};
use crate::model::convolve::on_host;
use burn::module::Param;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::detection::Size;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::roi_align::{BinWeights, RoiAlign};

const RELU: Epilogue<'static> = Epilogue { sum: None, activation: Activation::Relu };
/// Behind convolutions whose output a 3x3 convolution reads.
const FRAME: usize = 1;

/// Faster R-CNN of one image at a time, BatchNorm folded.
#[derive(Debug)]
pub(super) struct HostDetector {
    body: WasmBackbone,
    /// Lateral and output convolutions of each level, finest first.
    pyramid: Vec<[Conv; 2]>,
    rpn: Conv,
    /// Objectness and deltas of a cell's anchors behind one another.
    rpn_outputs: Conv,
    anchors: usize,
    box_layers: [Conv; 2],
    /// Logits and deltas of all classes behind one another.
    box_outputs: Conv,
}

impl HostDetector {
    /// Of the network's parts; `None` if one has a convolution that the host does not compute.
    pub fn new(body: WasmBackbone, fpn: &FeaturePyramid, rpn: &RpnHead, boxes: &BoxHead) -> Option<Self> {
        let levels = fpn.inner.iter().zip(&fpn.layer).map(|(inner, layer)| Some([on_host(inner)?, on_host(layer)?]));
        let [inputs, hidden] = boxes.fc6.weight.dims();
        // By channel, then by bin, as torch flattens crops; here by bin, then by channel.
        let (bins, channels) = (BINS * BINS, inputs / (BINS * BINS));
        let by_bin = boxes.fc6.weight.val().reshape([channels, bins, hidden]).swap_dims(0, 1).reshape([inputs, hidden]);
        let bias = |linear: &Linear| linear.bias.as_ref().map(Param::val);
        let weights = vec![boxes.cls_score.weight.val(), boxes.bbox_pred.weight.val()];
        let biases =
            bias(&boxes.cls_score).zip(bias(&boxes.bbox_pred)).map(|(one, other)| Tensor::cat(vec![one, other], 0));
        Some(Self {
            body,
            pyramid: levels.collect::<Option<_>>()?,
            rpn: on_host(&rpn.conv)?,
            rpn_outputs: joined(&rpn.cls_logits, &rpn.bbox_pred),
            anchors: rpn.cls_logits.weight.dims()[0],
            box_layers: [
                fully_connected(by_bin, bias(&boxes.fc6)),
                fully_connected(boxes.fc7.weight.val(), bias(&boxes.fc7)),
            ],
            box_outputs: fully_connected(Tensor::cat(weights, 1), biases),
        })
    }

    /// The pyramid's maps of an image [1, 3, height, width], finest first, and one pooled from the last.
    pub fn maps(&self, image: Tensor<4>) -> Vec<Map> {
        let [_, _, height, width] = image.dims();
        let image = image.into_data();
        self.pyramid_of(&self.body.maps(image.as_slice().expect("the networks are of f32"), [height, width]))
    }

    fn pyramid_of(&self, stages: &[Map]) -> Vec<Map> {
        let mut maps = Vec::with_capacity(stages.len() + 1);
        let mut above: Option<Map> = None;
        for (stage, [inner, layer]) in stages.iter().zip(&self.pyramid).rev() {
            let mut lateral = inner.forward_framed(stage, FRAME, Epilogue::default());
            if let Some(above) = &above {
                lateral.add_enlarged(above);
            }
            maps.push(layer.forward_framed(&lateral, FRAME, Epilogue::default()));
            above = Some(lateral);
        }
        maps.reverse();
        maps.push(maps.last().expect("one level at least").every_second());
        maps
    }

    /// Of all levels' anchors, in their order: logits of objectness, [anchors], and box deltas, [anchors, 4].
    pub fn rpn(&self, maps: &[Map]) -> [Vec<f32>; 2] {
        let mut outputs = [Vec::new(), Vec::new()];
        for map in maps {
            let of_level =
                self.rpn_outputs.forward_framed(&self.rpn.forward_framed(map, 0, RELU), 0, Epilogue::default());
            for cell in of_level.pixels() {
                let (logits, deltas) = cell.split_at(self.anchors);
                outputs[0].extend(logits);
                outputs[1].extend(deltas);
            }
        }
        outputs
    }

    /// Of each region in px its class logits, then its box deltas, [regions, 5 * classes]. `image` is the image's size
    /// without padding.
    pub fn boxes(&self, maps: &[Map], regions: &[PixelBox], image: Size) -> Vec<f32> {
        let sizes: Vec<Size> = maps.iter().map(size).collect();
        let levels = Levels::new(&sizes, image);
        let weights = |&of: &PixelBox| -> (usize, BinWeights) {
            let level = levels.mapper.level(of);
            (level, RoiAlign { spatial_scale: levels.scales[level], ..ALIGN }.weights(of, sizes[level]))
        };
        let weights: Vec<(usize, BinWeights)> = regions.iter().map(weights).collect();
        let crops = read_regions(maps, BINS * BINS, &weights);
        let hidden = self.box_layers.iter().fold(crops, |rows, layer| layer.forward_framed(&rows, 0, RELU));
        let outputs = self.box_outputs.forward_framed(&hidden, 0, Epilogue::default());
        outputs.pixels().take(regions.len()).flatten().copied().collect()
    }
}

/// A map's size without its frame.
pub(super) fn size(map: &Map) -> Size {
    Size::new(map.height, map.width)
}

/// The map as a tensor, [1, channels, height, width].
pub(super) fn to_tensor(map: &Map) -> Tensor<4> {
    let mut planes = Vec::with_capacity(map.channels * map.height * map.width);
    map.append_planes(&mut planes);
    Tensor::from_data(TensorData::new(planes, [1, map.channels, map.height, map.width]), &Device::flex())
}

/// Two 1x1 convolutions of one map, their outputs behind one another.
fn joined(one: &Conv2d, other: &Conv2d) -> Conv {
    let flat = |conv: &Conv2d| conv.weight.val().flatten::<2>(1, 3).transpose();
    let bias = |conv: &Conv2d| conv.bias.as_ref().map(Param::val);
    let biases = bias(one).zip(bias(other)).map(|(one, other)| Tensor::cat(vec![one, other], 0));
    fully_connected(Tensor::cat(vec![flat(one), flat(other)], 1), biases)
}

/// A fully connected layer, `weight` [in, out], as a 1x1 convolution of rows as pixels.
fn fully_connected(weight: Tensor<2>, bias: Option<Tensor<1>>) -> Conv {
    let [channels_in, channels_out] = weight.dims();
    let shape = ConvShape { channels_in, channels_out, kernel: 1, stride: 1, padding: Padding::Each(0) };
    let bias = bias.map(Tensor::into_data);
    let values = |data: &TensorData| data.as_slice::<f32>().expect("the networks are of f32").to_vec();
    Conv::new(shape, &values(&weight.transpose().into_data()), &bias.as_ref().map_or_else(Vec::new, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::wasm::same_on_all_pools;
    use crate::model::detector::FasterRcnn;
    use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};

    const IMAGE: [usize; 2] = [96, 160];

    fn network(encoder: EncoderKind, width: usize, channels: usize) -> FasterRcnn {
        let architecture = Architecture { encoder, width, stem: Stem::Imagenet, stages: 4, bands: 3 };
        let shape = DetectorShape { channels, hidden: 24, ..DetectorShape::of(architecture) };
        FasterRcnn::new(&shape, 4, true, &Device::flex()).expect("a detector stands on it").seeded(3)
    }

    fn image() -> Tensor<4> {
        let [height, width] = IMAGE;
        let values: Vec<f32> = (0..3 * height * width).map(|at| (at * 7919 % 251) as f32 / 125.0 - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &Device::flex())
    }

    /// On all levels, beyond the image, and more than one block of rows.
    fn regions() -> Vec<PixelBox> {
        (0..80)
            .map(|at| {
                let [x, y, side] = [at * 37 % 150, at * 53 % 90, 4 + at * at * 29 % 400].map(|value| value as f32);
                [x - 2.0, y - 2.0, x + side, y + 0.7 * side]
            })
            .collect()
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().expect("f32")
    }

    fn agree(ours: &[f32], burns: &[f32], what: &str) {
        assert_eq!(ours.len(), burns.len(), "{what}");
        let largest = burns.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let worst = ours.iter().zip(burns).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(largest > 0.0 && worst <= 1e-4 * largest, "{what}: {worst} of {largest}");
    }

    #[test]
    fn every_part_gives_what_the_device_gives() {
        let networks =
            [(EncoderKind::EfficientnetLite0, 1, 12), (EncoderKind::Resnet18, 8, 6), (EncoderKind::Resnet50, 4, 8)];
        for (encoder, width, channels) in networks {
            let network = network(encoder, width, channels);
            let host = network.on_host().expect("the host has its layers");
            let (on_device, on_host) = (network.maps(image()), host.maps(image()));
            for (device, host) in on_device.iter().zip(&on_host) {
                assert_eq!(to_tensor(host).dims(), device.dims());
                agree(&values(to_tensor(host)), &values(device.clone()), "a map");
            }
            let (logits, deltas): (Vec<_>, Vec<_>) = on_device.iter().map(|map| network.rpn(map.clone())).unzip();
            let [host_logits, host_deltas] = host.rpn(&on_host);
            agree(&host_logits, &values(Tensor::cat(logits, 1)), "objectness");
            agree(&host_deltas, &values(Tensor::cat(deltas, 1)), "deltas of anchors");

            let size = Size::new(IMAGE[0], IMAGE[1]);
            let of_image: Vec<(usize, PixelBox)> = regions().into_iter().map(|of| (0, of)).collect();
            let (logits, deltas, order) = network.box_outputs(&on_device, &of_image, size);
            let rows = values(Tensor::cat(vec![logits, deltas], 1));
            let ours = host.boxes(&on_host, &regions(), size);
            let in_order: Vec<f32> = order.iter().flat_map(|&at| &ours[20 * at..][..20]).copied().collect();
            agree(&in_order, &rows, "box head");
        }
    }

    #[test]
    fn it_does_not_depend_on_the_threads() {
        let host = network(EncoderKind::EfficientnetLite0, 1, 12).on_host().expect("the host has its layers");
        same_on_all_pools(|| {
            let maps = host.maps(image());
            (host.rpn(&maps), host.boxes(&maps, &regions(), Size::new(IMAGE[0], IMAGE[1])))
        });
    }
}
