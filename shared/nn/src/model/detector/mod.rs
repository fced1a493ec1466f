//! Faster R-CNN with a feature pyramid (Ren et al. 2015; Lin et al. 2017), torchvision's `fasterrcnn_resnet50_fpn` in
//! every convention and name, on any of the ResNets at any width or on EfficientNet-Lite0. Boxes are decoded and sifted on the host
//! ([`nadir_core::detection`]), after asynchronous readbacks, so that a browser runs the same code.

mod backbone;
mod fpn;
mod heads;
mod host;
mod levels;
mod network;
mod roi_align;
mod training;

use backbone::WasmBackbone;
use host::HostDetector;
pub use levels::{BINS, SAMPLES};
pub use network::{ANCHOR_RATIOS, FasterRcnn};
pub use training::{Losses, TrainingSettings};

use super::convolve::runs_on_host;
use super::predictor::Network;
use super::weights::{Weights, WeightsError};
use crate::kernels::wasm::Map;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::{Architecture, DetectorShape, ObjectsModel};
use nadir_core::detection::Size;
use nadir_core::detection::anchors::AnchorGenerator;
use nadir_core::detection::boxes::{PixelBox, scale};
use nadir_core::detection::postprocess::{
    DetectedObject, DetectionSettings, PostprocessError, candidates, candidates_by_proposal, regions_to_refine,
};
use nadir_core::detection::proposals::{LevelOutput, Proposal, ProposalSettings, filter_proposals};
use nadir_core::detection::resize::{DetectorResize, bilinear};
use nadir_core::image::Planes;

/// The most candidates of an image that [`Detector::candidates`] gives.
pub const MOST_CANDIDATES: usize = 1000;
/// A detector's shape and what it keeps of what it finds.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectorConfig {
    /// Backbone, pyramid, heads and anchors.
    pub shape: DetectorShape,
    /// BatchNorm is folded into the convolutions, as in a bundle.
    pub folded: bool,
    /// Classes, without the background.
    pub classes: usize,
    /// How large images are seen.
    pub resize: DetectorResize,
    /// Which proposals go on to the box head.
    pub proposals: ProposalSettings,
    /// Which detections are kept.
    pub detections: DetectionSettings,
}

/// A detector ready to run, BatchNorm frozen.
#[derive(Debug)]
pub struct Detector {
    network: FasterRcnn,
    /// Where the device is the host and that is the fastest.
    on_host: Option<HostDetector>,
    config: DetectorConfig,
    device: Device,
}

/// Why an image has no detections.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The device failed (a lost GPU).
    #[error("the device does not give its values back: {0}")]
    Device(String),
    /// What came back does not fit together.
    #[error("the network's values do not fit together: {0}")]
    Values(String),
}

/// An image's maps, and what the first stage made of them.
#[derive(Debug)]
pub struct FirstStage {
    /// The image as the network sees it, without padding.
    pub size: Size,
    maps: PyramidMaps,
    /// Boxes that may hold an object, of whatever class, the highest-scoring first.
    pub proposals: Vec<Proposal>,
}

/// Where the pyramid's maps are, finest first.
#[derive(Debug)]
enum PyramidMaps {
    OnDevice(Vec<Tensor<4>>),
    OnHost(Vec<Map>),
}

impl FirstStage {
    /// The pyramid's maps, finest first, [1, channels, rows, columns] each.
    pub fn maps(&self) -> Vec<Tensor<4>> {
        match &self.maps {
            PyramidMaps::OnDevice(maps) => maps.clone(),
            PyramidMaps::OnHost(maps) => maps.iter().map(host::to_tensor).collect(),
        }
    }
}

impl DetectorConfig {
    /// A bundle's detector: torchvision's settings, BatchNorm folded.
    pub fn of_bundle(objects: &ObjectsModel) -> Self {
        Self {
            shape: objects.detector.clone(),
            folded: true,
            classes: objects.labels.len(),
            resize: objects.resize,
            proposals: ProposalSettings::INFERENCE,
            detections: DetectionSettings { refinement: objects.refinement, ..DetectionSettings::DEFAULT },
        }
    }
}

impl Detector {
    /// With torchvision's weights, by name.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape; also where no detector can stand on the architecture.
    pub fn new(config: DetectorConfig, weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        let network = FasterRcnn::new(&config.shape, config.classes + 1, config.folded, device)?.import(weights)?;
        let on_host = if runs_on_host(device) { network.on_host() } else { None };
        Ok(Self { network, on_host, config, device: device.clone() })
    }

    /// With the weights of all but the backbone, by name; the backbone is the encoder `shared`, BatchNorm folded, whose
    /// weights are not held a second time on the device.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape; also where `shared` is another network than the
    /// detector's architecture.
    pub(super) fn sharing(
        config: DetectorConfig,
        weights: &Weights,
        shared: &Network,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let network = FasterRcnn::new(&config.shape, config.classes + 1, config.folded, device)?;
        let (network, on_host) = match shared {
            Network::OnDevice(encoder) => (network.import_sharing(weights, Some(encoder))?, None),
            Network::Wasm(encoder) => {
                let network = network.import_sharing(weights, None)?;
                let on_host = WasmBackbone::of(encoder).and_then(|body| network.on_host_by(body));
                // The network itself has no backbone then.
                let other = || WeightsError::Values {
                    name: "backbone.body".into(),
                    what: "the detector shares the bundle's encoder, which has no maps for a pyramid".into(),
                };
                let on_host = on_host.ok_or_else(other)?;
                (network, Some(on_host))
            }
        };
        Ok(Self { network, on_host, config, device: device.clone() })
    }

    /// The objects in an image given as planes in [0, 1], in px of that image, the highest-scoring first.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn detect(&self, image: &Planes) -> Result<Vec<DetectedObject>, DetectError> {
        let first = self.first_stage(image).await?;
        self.objects(&first, Size::new(image.height, image.width)).await
    }

    /// [`Self::detect`] from the first stage on; `image` is the image's size as it was.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn objects(&self, first: &FirstStage, image: Size) -> Result<Vec<DetectedObject>, DetectError> {
        let found = self.classified(first, image).await?;
        Ok(self.config.detections.kept(&found))
    }

    /// What [`Self::detect`] chooses from: every class of every proposal that scores above the settings' score
    /// threshold, before boxes suppress each other; in px of the image, the highest-scoring first, at most
    /// [`MOST_CANDIDATES`].
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn candidates(&self, image: &Planes) -> Result<Vec<DetectedObject>, DetectError> {
        let first = self.first_stage(image).await?;
        let mut found = self.classified(&first, Size::new(image.height, image.width)).await?;
        found.truncate(MOST_CANDIDATES);
        Ok(found)
    }

    /// Every class of every proposal that scores above the settings' threshold; with a refinement, of where these were
    /// moved to.
    async fn classified(&self, first: &FirstStage, image: Size) -> Result<Vec<DetectedObject>, DetectError> {
        let mut boxes: Vec<PixelBox> = first.proposals.iter().map(|proposal| proposal.box_in_image).collect();
        let (classes, settings) = (self.config.classes + 1, &self.config.detections);
        let invalid = |error: PostprocessError| DetectError::Values(error.to_string());
        if settings.refinement.is_some() {
            let (logits, deltas) = self.second_stage(first, &boxes).await?;
            let found = candidates_by_proposal(&boxes, &logits, &deltas, classes, first.size, settings);
            boxes = regions_to_refine(found.map_err(invalid)?);
        }
        let (logits, deltas) = self.second_stage(first, &boxes).await?;
        let mut found = candidates(&boxes, &logits, &deltas, classes, first.size, settings).map_err(invalid)?;
        if let Some(refinement) = settings.refinement {
            found = refinement.voted(&found);
        }
        let in_image = |object: DetectedObject| DetectedObject {
            box_in_image: scale(object.box_in_image, first.size, image),
            ..object
        };
        Ok(found.into_iter().map(in_image).collect())
    }

    /// Maps and class-agnostic proposals.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn first_stage(&self, image: &Planes) -> Result<FirstStage, DetectError> {
        let (size, padded) = self.sizes(Size::new(image.height, image.width));
        let input = batch(&[bilinear(image, size)], padded, &self.config.shape.architecture, &self.device);
        let Some(network) = &self.on_host else {
            return self.first_stage_of_maps(self.network.backbone_maps(input), size, padded).await;
        };
        let maps = network.maps(input);
        let [objectness, deltas] = network.rpn(&maps);
        let sizes: Vec<Size> = maps.iter().map(host::size).collect();
        let proposals = self.proposals(&sizes, [&objectness, &deltas], size, padded)?;
        Ok(FirstStage { size, maps: PyramidMaps::OnHost(maps), proposals })
    }

    /// An image's size as the network sees it, without and with padding.
    pub fn sizes(&self, image: Size) -> (Size, Size) {
        let size = self.config.resize.resized(image);
        (size, self.config.resize.padded(&[size]).expect("one image"))
    }

    /// The backbone's maps, finest first, from those of its first `parts` ([`FasterRcnn::frozen_maps`]).
    pub fn backbone_maps_after(&self, maps: Vec<Tensor<4>>, parts: usize) -> Vec<Tensor<4>> {
        self.network.backbone_maps_after(maps, parts)
    }

    /// [`Self::first_stage`] from the backbone's maps on; the sizes are those of [`Self::sizes`].
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn first_stage_of_maps(
        &self,
        backbone_maps: Vec<Tensor<4>>,
        size: Size,
        padded: Size,
    ) -> Result<FirstStage, DetectError> {
        let maps = self.network.pyramid(backbone_maps);
        let (logits, deltas): (Vec<Tensor<2>>, Vec<Tensor<3>>) =
            maps.iter().map(|map| self.network.rpn(map.clone())).unzip();
        let logits = Tensor::cat(logits, 1).flatten::<1>(0, 1);
        let anchors = logits.dims()[0];
        // One readback: all levels' logits, then all their deltas.
        let values = read(Tensor::cat(vec![logits, Tensor::cat(deltas, 1).flatten(0, 2)], 0)).await?;
        let sizes: Vec<Size> = maps.iter().map(|map| Size::new(map.dims()[2], map.dims()[3])).collect();
        let proposals = self.proposals(&sizes, [&values[..anchors], &values[anchors..]], size, padded)?;
        Ok(FirstStage { size, maps: PyramidMaps::OnDevice(maps), proposals })
    }

    /// Of all logits [anchors] and deltas [anchors, 4] that the maps of these sizes gave.
    fn proposals(
        &self,
        maps: &[Size],
        [objectness, deltas]: [&[f32]; 2],
        size: Size,
        padded: Size,
    ) -> Result<Vec<Proposal>, DetectError> {
        let invalid = |error: &dyn std::fmt::Display| DetectError::Values(error.to_string());
        let grid = AnchorGenerator::of_pyramid(&self.config.shape.anchor_sizes, &ANCHOR_RATIOS)
            .and_then(|anchors| anchors.grid(padded, maps))
            .map_err(|error| invalid(&error))?;
        let levels = level_outputs(&grid, objectness, deltas);
        filter_proposals(&levels, size, &self.config.proposals).map_err(|error| invalid(&error))
    }

    /// Class logits [boxes, classes + 1] and box deltas [boxes, classes + 1, 4], in the order of the boxes.
    async fn second_stage(&self, first: &FirstStage, boxes: &[PixelBox]) -> Result<(Vec<f32>, Vec<f32>), DetectError> {
        if boxes.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let (values, order) = match &first.maps {
            PyramidMaps::OnDevice(maps) => {
                let regions: Vec<(usize, PixelBox)> = boxes.iter().map(|&of| (0, of)).collect();
                let (logits, deltas, order) = self.network.box_outputs(maps, &regions, first.size);
                (read(Tensor::cat(vec![logits, deltas], 1)).await?, order)
            }
            PyramidMaps::OnHost(maps) => {
                let network =
                    self.on_host.as_ref().ok_or_else(|| DetectError::Values("maps of another detector".into()))?;
                (network.boxes(maps, boxes, first.size), (0..boxes.len()).collect())
            }
        };
        let classes = self.config.classes + 1;
        // Back from the order of levels.
        let mut ordered = (vec![0.0; boxes.len() * classes], vec![0.0; boxes.len() * 4 * classes]);
        for (row, at) in values.chunks_exact(5 * classes).zip(order) {
            ordered.0[at * classes..][..classes].copy_from_slice(&row[..classes]);
            ordered.1[at * 4 * classes..][..4 * classes].copy_from_slice(&row[classes..]);
        }
        Ok(ordered)
    }
}

/// Images at their sizes as the network sees them, scaled as the published weights of its backbone were trained with
/// ([`Architecture::published_scaling`]), each in the upper left corner of its plane and 0 elsewhere: [images, 3, height,
/// width].
///
/// # Panics
/// If an image is larger than `padded`.
pub fn batch(images: &[Planes], padded: Size, architecture: &Architecture, device: &Device) -> Tensor<4> {
    let (mean, std) = architecture.published_scaling();
    let plane = padded.height * padded.width;
    let mut values = vec![0.0; images.len() * 3 * plane];
    for (image, to) in images.iter().zip(values.chunks_exact_mut(3 * plane)) {
        for channel in 0..3 {
            for row in 0..image.height {
                let from = &image.values[(channel * image.height + row) * image.width..][..image.width];
                let to = &mut to[channel * plane + row * padded.width..][..image.width];
                to.iter_mut().zip(from).for_each(|(to, from)| *to = (from - mean[channel]) / std[channel]);
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [images.len(), 3, padded.height, padded.width]), device)
}

/// What the network says of an image's anchors, level by level, out of all its logits [anchors] and deltas [anchors,
/// 4].
fn level_outputs<'a>(grid: &'a [Vec<PixelBox>], mut logits: &'a [f32], mut deltas: &'a [f32]) -> Vec<LevelOutput<'a>> {
    grid.iter()
        .map(|anchors| {
            let (objectness, other_logits) = logits.split_at(anchors.len());
            let (of_level, other_deltas) = deltas.split_at(4 * anchors.len());
            (logits, deltas) = (other_logits, other_deltas);
            LevelOutput { anchors, objectness, deltas: of_level }
        })
        .collect()
}

/// All values of a tensor, row-major, by one asynchronous readback.
async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DetectError> {
    let data = tensor.into_data_async().await.map_err(|error| DetectError::Device(error.to_string()))?;
    data.convert::<f32>().try_to_vec::<f32>().map_err(|error| DetectError::Device(format!("{error:?}")))
}
