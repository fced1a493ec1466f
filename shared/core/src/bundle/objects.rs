//! The objects' part of a bundle: the detector that finds them, and the encoder that classifies their crops.

use super::architecture::Architecture;
use super::crops::ClassMeanClassifier;
use super::file::BundleFile;
use crate::detection::refinement::Refinement;
use crate::detection::resize::DetectorResize;
use crate::image::RGB;
use crate::image::preprocess::Preprocess;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The page warns of a detector with less: average precision at an overlap of 0.5, on validation images.
pub const WEAK_AP50: f64 = 0.2;
/// The name of that figure.
const VALIDATION_AP50: &str = "validation_ap50";

/// A detector, and perhaps an encoder of its own for the crops that it finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ObjectsModel {
    /// Class names, in the order of the detector's classes; the background has none.
    pub labels: Vec<String>,
    /// The detector's network, enough to build it.
    pub detector: DetectorShape,
    /// How large the detector sees an image.
    pub resize: DetectorResize,
    /// Detections from this probability on are shown at first; chosen on validation at an overlap of 0.5, by F1 or by a
    /// precision that was requested: `validation_precision` and `validation_recall` in `figures` are what it gave.
    pub score_threshold: f32,
    /// Of shown boxes that overlap by more than this, whatever their classes, the highest-scoring stays (see
    /// [`crate::detection::postprocess::suppress_across_classes`]); 1: all do.
    #[serde(default = "ObjectsModel::default_stacked_above")]
    pub stacked_above: f64,
    /// What the box head found is looked at once more; without it as torchvision does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refinement: Option<Refinement>,
    /// f16 weights under torchvision's names, BatchNorm folded; without `backbone.body` if [`Self::shares_encoder`].
    pub weights: BundleFile,
    /// The detector's backbone is the bundle's own encoder, weight by weight, and its weight file does not hold it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shares_encoder: bool,
    /// Figures of the run that made it, for example `test_ap50`.
    pub figures: BTreeMap<String, f64>,
    /// Classifies the crops. Without it the bundle's own encoder does, where the bundle has [`super::Bundle::crops`];
    /// else the detector's classes are all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop_classifier: Option<CropClassifierModel>,
}

/// A detector's shape: enough to build it without its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DetectorShape {
    /// The backbone: a whole ResNet or EfficientNet-Lite0.
    pub architecture: Architecture,
    /// Channels of the feature pyramid and of both heads; torchvision: 256.
    #[serde(default = "DetectorShape::default_channels")]
    pub channels: usize,
    /// Length of the box head's hidden layers; torchvision: 1024.
    #[serde(default = "DetectorShape::default_hidden")]
    pub hidden: usize,
    /// Side of the square anchor of each level, px of the resized image, finest first; torchvision: 32 to 512. As many as
    /// the backbone's maps and one, which is pooled from the last: 5 for a ResNet, 4 for EfficientNet-Lite0.
    #[serde(default = "DetectorShape::default_anchor_sizes")]
    pub anchor_sizes: Vec<f32>,
}

/// An encoder with class means, as [`ClassMeanClassifier`] has it. The weight file holds encoder, `probe.weight`,
/// `probe.bias` and `probe.class_means`, as a bundle's does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CropClassifierModel {
    /// The encoder's shape.
    pub architecture: Architecture,
    /// Class names, in the order of the class means; not always the detector's.
    pub labels: Vec<String>,
    /// What is done to a crop before the network sees it.
    pub preprocess: Preprocess,
    /// How the classes are told apart.
    pub classifier: ClassMeanClassifier,
    /// f16 weights of the encoder, with `probe.class_means`.
    pub weights: BundleFile,
}

/// The average precision of a detector with these `figures` where it is below [`WEAK_AP50`]; `None` if it is not, or
/// was not measured.
pub fn weak_ap50(figures: &BTreeMap<String, f64>) -> Option<f64> {
    figures.get(VALIDATION_AP50).copied().filter(|&ap50| ap50 < WEAK_AP50)
}

impl DetectorShape {
    /// The most channels, far more than any published detector has: a number that memory could never hold is a broken
    /// file's.
    const MOST_CHANNELS: usize = 1 << 16;

    /// torchvision's `fasterrcnn_*_fpn` on this backbone; with fewer levels, its finest anchors.
    pub fn of(architecture: Architecture) -> Self {
        let levels = architecture.pyramid_channels().map_or(5, |channels| channels.len() + 1);
        Self {
            architecture,
            channels: Self::default_channels(),
            hidden: Self::default_hidden(),
            anchor_sizes: Self::default_anchor_sizes().into_iter().take(levels).collect(),
        }
    }

    fn default_channels() -> usize {
        256
    }

    fn default_hidden() -> usize {
        1024
    }

    fn default_anchor_sizes() -> Vec<f32> {
        vec![32.0, 64.0, 128.0, 256.0, 512.0]
    }
}

impl ObjectsModel {
    /// What [`Self::stacked_above`] is unless a bundle says otherwise: boxes of two classes that agree so well are of
    /// one object.
    pub const STACKED_ABOVE: f64 = 0.75;

    fn default_stacked_above() -> f64 {
        Self::STACKED_ABOVE
    }

    /// What cannot be, as a sentence; `None` if all fits.
    pub(super) fn fault(&self) -> Option<String> {
        if self.labels.is_empty() {
            return Some("its detector names no class".into());
        }
        if !(0.0..=1.0).contains(&self.score_threshold) {
            return Some(format!("detections shown from a probability of {}", self.score_threshold));
        }
        if !(0.0..=1.0).contains(&self.stacked_above) {
            return Some(format!("boxes that are stacked from an overlap of {}", self.stacked_above));
        }
        if let Some(fault) = self
            .detector
            .fault()
            .or_else(|| self.resize.fault())
            .or_else(|| self.refinement.and_then(Refinement::fault))
        {
            return Some(fault);
        }
        let crop_classifier = self.crop_classifier.as_ref();
        let of_crops = crop_classifier.map_or(RGB, |crop_classifier| crop_classifier.preprocess.channels());
        if of_crops != RGB || crop_classifier.is_some_and(|crop_classifier| crop_classifier.architecture.bands != RGB) {
            return Some("a crop classifier of other bands than three".into());
        }
        self.weights
            .fault()
            .or_else(|| crop_classifier.and_then(|crop_classifier| crop_classifier.weights.fault()))
            .or_else(|| {
                crop_classifier
                    .and_then(|crop_classifier| crop_classifier.classifier.fault(crop_classifier.labels.len()))
            })
            .or_else(|| crop_classifier.and_then(|crop_classifier| crop_classifier.preprocess.fault()))
    }
}

impl DetectorShape {
    /// What cannot be, as a sentence; `None` if all fits.
    pub fn fault(&self) -> Option<String> {
        if self.channels == 0 || self.hidden == 0 {
            return Some("a detector without channels".into());
        }
        let Self { channels, hidden, .. } = self;
        if (*channels).max(*hidden) > Self::MOST_CHANNELS {
            return Some(format!(
                "a detector of {channels} channels and hidden layers of {hidden}: expected {} at most",
                Self::MOST_CHANNELS
            ));
        }
        if let Some(fault) = self.architecture.fault() {
            return Some(fault);
        }
        if self.architecture.bands != RGB {
            return Some(format!("a detector on an encoder of {} bands: it reads three", self.architecture.bands));
        }
        let Some(maps) = self.architecture.pyramid_channels() else {
            let Architecture { encoder, stages, .. } = self.architecture;
            return Some(format!(
                "a detector on {encoder:?} of {stages} stages: expected a whole ResNet or EfficientNet-Lite0"
            ));
        };
        let sizes = &self.anchor_sizes;
        if sizes.len() != maps.len() + 1 {
            return Some(format!(
                "{} anchor sizes, {sizes:?}: expected {}, one for each of the backbone's {} maps and one for the pooled map",
                sizes.len(),
                maps.len() + 1,
                maps.len()
            ));
        }
        (!sizes.iter().all(|&size| size.is_finite() && size > 0.0))
            .then(|| format!("anchor sizes of {sizes:?} px: expected numbers above 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_is_weak_below_the_limit_and_only_where_it_was_measured() {
        let figures = |ap50: f64| BTreeMap::from([(VALIDATION_AP50.to_owned(), ap50)]);
        assert_eq!(
            [0.0, 0.19, WEAK_AP50, 0.9].map(|ap50| weak_ap50(&figures(ap50))),
            [Some(0.0), Some(0.19), None, None]
        );
        assert_eq!(weak_ap50(&BTreeMap::from([("test_ap50".to_owned(), 0.0)])), None);
    }
}
