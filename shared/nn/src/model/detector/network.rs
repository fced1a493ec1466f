//! The detector's network and its names.

use super::backbone::{Backbone, WasmBackbone, backbone_name};
use super::fpn::FeaturePyramid;
use super::heads::{BoxHead, RpnHead};
use super::host::HostDetector;
use super::levels::{ALIGN, BINS, Levels};
use super::roi_align::roi_align;
use crate::model::encoder::Encoder;
use crate::model::init::{self, Drawn};
use crate::model::weights::{Weights, WeightsError, export_module, import_module};
use burn::module::{Module, ParamGroup};
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::DetectorShape;
use nadir_core::detection::Size;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::roi_align::RoiAlign;

/// Height over width of the anchors.
pub const ANCHOR_RATIOS: [f32; 3] = [0.5, 1.0, 2.0];

/// Backbone, pyramid and both heads.
#[derive(Module, Debug)]
pub struct FasterRcnn {
    body: Backbone,
    fpn: FeaturePyramid,
    rpn: RpnHead,
    boxes: BoxHead,
}

impl FasterRcnn {
    /// With weights still to be set; `classes` with the background. `folded`: BatchNorm is in the convolutions.
    ///
    /// # Errors
    /// Where no detector can stand on the architecture.
    pub fn new(shape: &DetectorShape, classes: usize, folded: bool, device: &Device) -> Result<Self, WeightsError> {
        let DetectorShape { architecture, channels, hidden, .. } = shape;
        let body = Backbone::new(architecture, folded, device)?;
        let stages = architecture.pyramid_channels().unwrap_or_default();
        Ok(Self {
            body,
            fpn: FeaturePyramid::new(&stages, *channels, device),
            rpn: RpnHead::new(*channels, ANCHOR_RATIOS.len(), device),
            boxes: BoxHead::new(*channels, BINS, *hidden, classes, device),
        })
    }

    /// Images [batch, 3, height, width] to the pyramid's maps, finest first, [batch, channels, rows, columns]: as many as
    /// the backbone's, and one pooled from the last.
    pub fn maps(&self, images: Tensor<4>) -> Vec<Tensor<4>> {
        self.pyramid(self.backbone_maps(images))
    }

    /// The first half of [`Self::maps`]: the backbone's maps, finest first, of its own channels
    /// ([`nadir_core::bundle::Architecture::pyramid_channels`]).
    pub fn backbone_maps(&self, images: Tensor<4>) -> Vec<Tensor<4>> {
        self.body.maps(images)
    }

    /// The maps of the backbone's first `parts` (one at least; see [`Self::freeze_first`]), from which
    /// [`Self::backbone_maps_after`] goes on. Where these parts are frozen, they can be kept.
    pub fn frozen_maps(&self, images: Tensor<4>, parts: usize) -> Vec<Tensor<4>> {
        self.body.first_parts(images, parts)
    }

    /// [`Self::backbone_maps`] from [`Self::frozen_maps`] of as many parts.
    pub fn backbone_maps_after(&self, maps: Vec<Tensor<4>>, parts: usize) -> Vec<Tensor<4>> {
        self.body.maps_after(maps, parts)
    }

    /// The second half of [`Self::maps`]: the pyramid over the backbone's maps.
    pub(super) fn pyramid(&self, backbone_maps: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        self.fpn.forward(backbone_maps)
    }

    /// The network on the host, where BatchNorm is folded.
    pub(super) fn on_host(&self) -> Option<HostDetector> {
        self.on_host_by(self.body.on_host()?)
    }

    /// Likewise, on a backbone that is there already.
    pub(super) fn on_host_by(&self, body: WasmBackbone) -> Option<HostDetector> {
        HostDetector::new(body, &self.fpn, &self.rpn, &self.boxes)
    }

    /// A level's map to objectness logits [batch, cells * anchors] and box deltas [batch, cells * anchors, 4], in the
    /// order of the anchors.
    pub(super) fn rpn(&self, map: Tensor<4>) -> (Tensor<2>, Tensor<3>) {
        self.rpn.forward(map)
    }

    /// Class logits [regions, classes] and box deltas [regions, 4 * classes] of regions in px, each with the index of
    /// its image, and the order that they are in: by level. `image` has the largest height and width of the images
    /// without padding. There must be a region.
    pub(super) fn box_outputs(
        &self,
        maps: &[Tensor<4>],
        regions: &[(usize, PixelBox)],
        image: Size,
    ) -> (Tensor<2>, Tensor<2>, Vec<usize>) {
        let sizes: Vec<Size> = maps.iter().map(|map| Size::new(map.dims()[2], map.dims()[3])).collect();
        let levels = Levels::new(&sizes, image);
        let boxes: Vec<PixelBox> = regions.iter().map(|(_, of)| *of).collect();
        let by_level = levels.mapper.by_level(&boxes);
        let read = by_level.iter().zip(maps).zip(&levels.scales).filter(|((indices, _), _)| !indices.is_empty());
        let crops = read.map(|((indices, map), &spatial_scale)| {
            let of_level: Vec<(usize, PixelBox)> = indices.iter().map(|&at| regions[at]).collect();
            roi_align(RoiAlign { spatial_scale, ..ALIGN }, map.clone(), &of_level)
        });
        let (logits, deltas) = self.boxes.forward(Tensor::cat(crops.collect(), 0));
        (logits, deltas, by_level.concat())
    }

    /// First weights: backbone and box head as [`init::seeded`] draws them, convolutions of the pyramid uniform with He
    /// et al. 2015's fan-in variance, those of the region proposal network normal with standard deviation 0.01
    /// (torchvision's).
    pub fn seeded(self, seed: u64) -> Self {
        let small = |shape: &[usize]| if shape.len() == 4 { Drawn::Normal(0.01) } else { Drawn::Zero };
        let fan_in = |shape: &[usize]| match shape {
            &[_, from, rows, columns] => Drawn::Uniform((3.0 / (from * rows * columns) as f64).sqrt()),
            _ => Drawn::Zero,
        };
        Self {
            body: init::seeded(self.body, seed),
            fpn: init::drawn(self.fpn, seed, "fpn", fan_in),
            rpn: init::drawn(self.rpn, seed, "rpn", small),
            boxes: init::seeded(self.boxes, seed),
        }
    }

    /// Fixes the first `count` of the backbone's parts as they are, BatchNorm included: first layers, then each stage
    /// ([`nadir_core::bundle::Architecture::backbone_parts`]).
    pub fn freeze_first(self, count: usize) -> Self {
        Self { body: self.body.freeze_first(count), ..self }
    }

    /// Fixes the backbone's BatchNorms: running statistics, scale and shift stay as they are, in training too.
    pub fn freeze_batch_norm(self) -> Self {
        Self { body: self.body.freeze_group(ParamGroup::from_predicate("norm")), ..self }
    }

    /// Weights under torchvision's names.
    pub fn export(&self) -> Weights {
        export_module(self, name)
    }

    /// Takes the weights of all but the backbone from `weights`, by torchvision's names; the backbone becomes `encoder`, or
    /// stays unset where it is computed elsewhere.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape; also where the encoder is another network.
    pub(super) fn import_sharing(self, weights: &Weights, encoder: Option<&Encoder>) -> Result<Self, WeightsError> {
        Ok(Self {
            body: match encoder {
                Some(encoder) => self.body.shared(encoder)?,
                None => self.body,
            },
            fpn: import_module(self.fpn, weights, |path| name_in("fpn", path))?,
            rpn: import_module(self.rpn, weights, |path| name_in("rpn", path))?,
            boxes: import_module(self.boxes, weights, |path| name_in("boxes", path))?,
        })
    }

    /// Takes every weight from `weights`, by torchvision's names.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn import(self, weights: &Weights) -> Result<Self, WeightsError> {
        import_module(self, weights, name).map_err(|error| weights.truncated("backbone.body.", error))
    }
}

/// [`name`] of a tensor of the part that is called `part`.
fn name_in(part: &str, path: &[String]) -> String {
    let path: Vec<String> = std::iter::once(part.to_owned()).chain(path.iter().cloned()).collect();
    name(&path)
}

/// `body.layer1.0.conv2.norm.gamma` to `backbone.body.layer1.0.bn2.weight`, of EfficientNet-Lite
/// `body.conv_stem.conv.weight` to `backbone.body._conv_stem.weight`, `fpn.inner.0.weight` to
/// `backbone.fpn.inner_blocks.0.0.weight`, `boxes.fc6.bias` to `roi_heads.box_head.fc6.bias`.
fn name(path: &[String]) -> String {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["body", ..] => format!("backbone.body.{}", backbone_name(&path[1..])),
        ["fpn", "inner", level, leaf] => format!("backbone.fpn.inner_blocks.{level}.0.{leaf}"),
        ["fpn", "layer", level, leaf] => format!("backbone.fpn.layer_blocks.{level}.0.{leaf}"),
        ["rpn", "conv", leaf] => format!("rpn.head.conv.0.0.{leaf}"),
        ["rpn", rest @ ..] => format!("rpn.head.{}", rest.join(".")),
        ["boxes", layer @ ("fc6" | "fc7"), leaf] => format!("roi_heads.box_head.{layer}.{leaf}"),
        ["boxes", rest @ ..] => format!("roi_heads.box_predictor.{}", rest.join(".")),
        _ => parts.join("."),
    }
}
