//! Faster R-CNN with a feature pyramid (Ren et al. 2015; Lin et al. 2017), torchvision's `fasterrcnn_resnet50_fpn` in every
//! convention and name, on any of the ResNets at any width. Boxes are decoded and sifted on the host
//! ([`crate::detection`]), after asynchronous readbacks, so that a browser runs the same code.

mod fpn;
mod heads;
mod network;
mod roi_align;

pub use network::FasterRcnn;

use super::weights::{Weights, WeightsError};
use crate::bundle::{DetectorShape, ObjectsModel};
use crate::detection::Size;
use crate::detection::anchors::AnchorGenerator;
use crate::detection::boxes::{PixelBox, scale};
use crate::detection::postprocess::{DetectedObject, DetectionSettings, candidates, suppress};
use crate::detection::proposals::{LevelOutput, Proposal, ProposalSettings, filter_proposals};
use crate::detection::resize::{DetectorResize, bilinear};
use crate::detection::roi_align::RoiAlign;
use crate::detection::roi_levels::{LevelMapper, spatial_scale};
use crate::image::Planes;
use crate::image::preprocess::IMAGENET;
use burn::tensor::{Device, Tensor, TensorData};
use roi_align::roi_align;

/// Bins a side of a box's crop of the maps.
const BINS: usize = 7;
/// Samples a side of a bin.
const SAMPLES: usize = 2;
/// The most candidates of an image that [`Detector::candidates`] gives.
pub const MOST_CANDIDATES: usize = 1000;
/// Height over width of the anchors.
const ANCHOR_RATIOS: [f32; 3] = [0.5, 1.0, 2.0];

/// A detector's shape and what it keeps of what it finds.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectorConfig {
    /// The network.
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
    /// The pyramid's maps, finest first, [1, channels, rows, columns] each.
    pub maps: Vec<Tensor<4>>,
    /// Boxes that may hold an object, of whatever class, the surest first.
    pub proposals: Vec<Proposal>,
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
            detections: DetectionSettings::DEFAULT,
        }
    }
}

impl Detector {
    /// With torchvision's weights, by name.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape; also where the architecture is no ResNet.
    pub fn new(config: DetectorConfig, weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        let network = FasterRcnn::new(&config.shape, config.classes + 1, config.folded, device)?.import(weights)?;
        Ok(Self { network, config, device: device.clone() })
    }

    /// The objects in an image given as planes in [0, 1], in px of that image, the surest first.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn detect(&self, image: &Planes) -> Result<Vec<DetectedObject>, DetectError> {
        let found = self.all_candidates(image).await?;
        let kept = suppress(&found, self.config.detections.iou_threshold, self.config.detections.per_image);
        Ok(kept.into_iter().map(|at| found[at]).collect())
    }

    /// What [`Self::detect`] chooses from: every class of every proposal that is surer than the settings' score
    /// threshold, before boxes suppress each other; in px of the image, the surest first, at most
    /// [`MOST_CANDIDATES`].
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn candidates(&self, image: &Planes) -> Result<Vec<DetectedObject>, DetectError> {
        let mut found = self.all_candidates(image).await?;
        found.truncate(MOST_CANDIDATES);
        Ok(found)
    }

    async fn all_candidates(&self, image: &Planes) -> Result<Vec<DetectedObject>, DetectError> {
        let first = self.first_stage(image).await?;
        let boxes: Vec<PixelBox> = first.proposals.iter().map(|proposal| proposal.box_in_image).collect();
        let (logits, deltas) = self.second_stage(&first, &boxes).await?;
        let (classes, settings) = (self.config.classes + 1, &self.config.detections);
        let found = candidates(&boxes, &logits, &deltas, classes, first.size, settings)
            .map_err(|error| DetectError::Values(error.to_string()))?;
        let whole = Size::new(image.height, image.width);
        let in_image = |object: DetectedObject| DetectedObject {
            box_in_image: scale(object.box_in_image, first.size, whole),
            ..object
        };
        Ok(found.into_iter().map(in_image).collect())
    }

    /// Maps and class-agnostic proposals.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn first_stage(&self, image: &Planes) -> Result<FirstStage, DetectError> {
        let size = self.config.resize.resized(Size::new(image.height, image.width));
        let padded = self.config.resize.padded(&[size]).expect("one image");
        let maps = self.network.maps(self.tensor(image, size, padded));
        let outputs: Vec<(Tensor<2>, Tensor<3>)> = maps.iter().map(|map| self.network.rpn(map.clone())).collect();
        // One readback of all levels: logits, then deltas.
        let flat: Vec<Tensor<1>> = outputs
            .iter()
            .flat_map(|(logits, deltas)| [logits.clone().flatten(0, 1), deltas.clone().flatten(0, 2)])
            .collect();
        let values = read(Tensor::cat(flat, 0)).await?;
        let sizes: Vec<Size> = maps.iter().map(|map| Size::new(map.dims()[2], map.dims()[3])).collect();
        let invalid = |error: &dyn std::fmt::Display| DetectError::Values(error.to_string());
        let grid = AnchorGenerator::of_pyramid(&self.config.shape.anchor_sizes, &ANCHOR_RATIOS)
            .and_then(|anchors| anchors.grid(padded, &sizes))
            .map_err(|error| invalid(&error))?;
        let mut rest = values.as_slice();
        let levels: Vec<LevelOutput> = grid
            .iter()
            .map(|anchors| {
                let (objectness, after) = rest.split_at(anchors.len());
                let (deltas, after) = after.split_at(4 * anchors.len());
                rest = after;
                LevelOutput { anchors, objectness, deltas }
            })
            .collect();
        let proposals = filter_proposals(&levels, size, &self.config.proposals).map_err(|error| invalid(&error))?;
        Ok(FirstStage { size, maps, proposals })
    }

    /// Class logits [boxes, classes + 1] and box deltas [boxes, classes + 1, 4], in the order of the boxes.
    async fn second_stage(&self, first: &FirstStage, boxes: &[PixelBox]) -> Result<(Vec<f32>, Vec<f32>), DetectError> {
        if boxes.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let by_level = LevelMapper::new(2, 5).expect("four levels").by_level(boxes);
        let crops = by_level.iter().zip(&first.maps).filter(|(boxes, _)| !boxes.is_empty()).map(|(at, map)| {
            let of_level: Vec<PixelBox> = at.iter().map(|&at| boxes[at]).collect();
            let spatial_scale = spatial_scale(Size::new(map.dims()[2], map.dims()[3]), first.size);
            let output = Size::new(BINS, BINS);
            let align = RoiAlign { output, sampling_ratio: SAMPLES, spatial_scale, aligned: false };
            roi_align(align, map.clone(), &of_level)
        });
        let (logits, deltas) = self.network.boxes(Tensor::cat(crops.collect(), 0));
        let classes = logits.dims()[1];
        let values = read(Tensor::cat(vec![logits, deltas], 1)).await?;
        // Back from the order of levels.
        let mut ordered = (vec![0.0; boxes.len() * classes], vec![0.0; boxes.len() * 4 * classes]);
        for (row, &at) in values.chunks_exact(5 * classes).zip(by_level.iter().flatten()) {
            ordered.0[at * classes..][..classes].copy_from_slice(&row[..classes]);
            ordered.1[at * 4 * classes..][..4 * classes].copy_from_slice(&row[classes..]);
        }
        Ok(ordered)
    }

    /// Resized, normalised by ImageNet's statistics, padded with 0 at the right and below: [1, 3, height, width].
    fn tensor(&self, image: &Planes, size: Size, padded: Size) -> Tensor<4> {
        let resized = bilinear(image, size);
        let (mean, std) = IMAGENET;
        let mut values = vec![0.0; 3 * padded.height * padded.width];
        for channel in 0..3 {
            for row in 0..size.height {
                let from = &resized.values[(channel * size.height + row) * size.width..][..size.width];
                let to = &mut values[(channel * padded.height + row) * padded.width..][..size.width];
                to.iter_mut().zip(from).for_each(|(to, from)| *to = (from - mean[channel]) / std[channel]);
            }
        }
        Tensor::from_data(TensorData::new(values, [1, 3, padded.height, padded.width]), &self.device)
    }
}

/// All values of a tensor, row-major, by one asynchronous readback.
async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DetectError> {
    let data = tensor.into_data_async().await.map_err(|error| DetectError::Device(error.to_string()))?;
    data.convert::<f32>().try_to_vec::<f32>().map_err(|error| DetectError::Device(format!("{error:?}")))
}
