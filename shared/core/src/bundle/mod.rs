//! The bundle: what the trainer ships and the page runs. A folder with `bundle.json` and the files it names.

mod architecture;
mod crops;
pub mod efficientnet;
mod file;
mod gallery;
mod imagery;
mod kept_values;
mod objects;
mod ood;
mod predicted;
mod scene_check;

pub use architecture::{Architecture, EncoderKind, Stem};
pub use crops::{ClassMeanClassifier, CropPrediction};
pub use file::SCHEMA_VERSION;
pub use file::{BundleError, BundleFile, sha256_hex};
pub use gallery::{GalleryMap, GalleryModel, LONGEST_SHEET_PX, Thumbnails};
pub use imagery::Imagery;
pub use kept_values::KeptValues;
pub use objects::{CropClassifierModel, DetectorShape, ObjectsModel, WEAK_AP50, weak_ap50};
pub use ood::{ImageOod, OodScore};
pub use predicted::{LabelScore, Predicted};
pub use scene_check::{FIGURE_TOLERANCE, SceneCheck};

use crate::image::RGB;
use crate::image::bands::BandSettings;
use crate::image::preprocess::Preprocess;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the description inside a bundle's folder.
pub const DESCRIPTION_FILE: &str = "bundle.json";

/// What `bundle.json` holds: everything about a model but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bundle {
    /// Version of the format; must equal [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The bundle's folder name.
    pub name: String,
    /// What a person chooses it by, for example "aerial photographs"; not empty.
    pub title: String,
    /// What kind of images it is for.
    pub imagery: Imagery,
    /// One sentence for a person: what the model learned from.
    pub description: String,
    /// Network, as the engine builds it.
    pub architecture: Architecture,
    /// Class names, in the order of the scores.
    pub labels: Vec<String>,
    /// A score at or above its class's threshold counts as present; chosen on validation by F1.
    pub thresholds: Vec<f32>,
    /// What is done to an image before the network sees it.
    pub preprocess: Preprocess,
    /// What is taken of images of more than three bands or eight bits; `None` if it learned from none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<BandSettings>,
    /// f16 weights (safetensors, torchvision names, BatchNorm folded into the convolutions, `probe.*` beside them).
    pub weights: BundleFile,
    /// Figures of the run that made it, for example `test_map`.
    pub figures: BTreeMap<String, f64>,
    /// Figures on generated scenes, which anyone can compute again; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<SceneCheck>,
    /// How images unlike those of training are told; `None` if the bundle cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ood: Option<ImageOod>,
    /// How crops of objects are classified; `None` if the bundle is for whole images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crops: Option<ClassMeanClassifier>,
    /// How objects are found; `None` if the bundle has no detector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<ObjectsModel>,
    /// Images to compare with; `None` if the bundle has no gallery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gallery: Option<GalleryModel>,
    /// The command that made it.
    pub command: String,
}

impl Bundle {
    /// Reads and checks `bundle.json`. The version is looked at first, so that a bundle of another version gives
    /// [`BundleError::Version`] whatever else it holds.
    pub fn from_json(json: &str) -> Result<Self, BundleError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let Version { schema_version: found } = serde_json::from_str(json)?;
        if found != SCHEMA_VERSION {
            return Err(BundleError::Version { found });
        }
        let bundle: Self = serde_json::from_str(json)?;
        bundle.check()?;
        Ok(bundle)
    }

    /// What of it does not fit the bands that its network reads, as a sentence; `None` if all does.
    fn band_fault(&self) -> Option<String> {
        let bands = self.architecture.bands;
        if self.preprocess.channels() != bands {
            return Some(format!("a mean of {} bands for a network of {bands}", self.preprocess.channels()));
        }
        let settings = self.bands.clone().unwrap_or_default();
        let others = self.objects.is_some() || self.gallery.is_some();
        self.architecture.band_fault(&settings).or_else(|| {
            (others && bands != RGB).then(|| {
                format!("a detector or a gallery beside a network of {bands} bands: they are for images of three")
            })
        })
    }

    /// Which bands of an image the network reads, where these are not red, green and blue of any picture: a sentence.
    pub fn bands_sentence(&self) -> Option<String> {
        let bands = self.bands.as_ref().and_then(|settings| settings.bands.as_ref());
        let names = bands.map_or_else(String::new, |bands| format!(" ({})", bands.join(", ")));
        let count = self.architecture.bands;
        (count != RGB).then(|| {
            format!(
                "Its network reads {count} bands{names} of TIFF images: a picture of red, green and blue cannot be read by it."
            )
        })
    }

    /// All files beside `bundle.json`.
    pub fn files(&self) -> impl Iterator<Item = &BundleFile> {
        let objects = self.objects.as_ref();
        let crop_classifier = objects
            .and_then(|objects| objects.crop_classifier.as_ref())
            .map(|crop_classifier| &crop_classifier.weights);
        let weights = [Some(&self.weights), objects.map(|objects| &objects.weights), crop_classifier];
        weights.into_iter().flatten().chain(self.gallery.iter().flat_map(GalleryModel::files))
    }

    /// The description as it stands in `bundle.json`.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a bundle holds only what JSON can hold")
    }

    fn check(&self) -> Result<(), BundleError> {
        let fail = |what: String| Err(BundleError::Inconsistent(what));
        if self.labels.is_empty() {
            return fail("it names no label".into());
        }
        if self.title.trim().is_empty() {
            return fail("its title is empty".into());
        }
        if self.thresholds.len() != self.labels.len() {
            return fail(format!("{} thresholds for {} labels", self.thresholds.len(), self.labels.len()));
        }
        if let Some(threshold) = self.thresholds.iter().find(|threshold| !threshold.is_finite()) {
            return fail(format!("a threshold of {threshold}"));
        }
        let objects = self.objects.as_ref().filter(|objects| objects.shares_encoder);
        if let Some(objects) = objects.filter(|objects| objects.detector.architecture != self.architecture) {
            return fail(format!(
                "its detector shares the encoder, but stands on {:?} and the encoder is {:?}",
                objects.detector.architecture, self.architecture
            ));
        }
        if let Some(fault) = self.architecture.fault() {
            return fail(fault);
        }
        if let Some(fault) = self.check.as_ref().and_then(SceneCheck::fault) {
            return fail(fault);
        }
        if let Some(fault) = self.ood.as_ref().and_then(|ood| ood.fault(self.architecture.embedding_len())) {
            return fail(fault);
        }
        let crops = self.crops.as_ref().and_then(|crops| crops.fault(self.labels.len()));
        let parts = crops.or_else(|| self.preprocess.fault()).or_else(|| self.weights.fault());
        let parts = parts.or_else(|| self.bands.as_ref().and_then(BandSettings::fault));
        let parts = parts.or_else(|| self.band_fault());
        let parts = parts.or_else(|| self.objects.as_ref().and_then(ObjectsModel::fault));
        if let Some(fault) = parts.or_else(|| self.gallery.as_ref().and_then(GalleryModel::fault)) {
            return fail(fault);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::refinement::Refinement;
    use crate::detection::resize::DetectorResize;
    use proptest::prelude::*;

    fn bundle(labels: usize, size: usize, weights: &[u8]) -> Bundle {
        Bundle {
            schema_version: SCHEMA_VERSION,
            name: "test".into(),
            title: "a test".into(),
            imagery: Imagery::Scenes,
            description: "A test.".into(),
            architecture: Architecture {
                encoder: EncoderKind::Resnet18,
                width: 8,
                stem: Stem::Compact,
                stages: 4,
                bands: 3,
            },
            labels: (0..labels).map(|label| format!("label {label}")).collect(),
            thresholds: (0..labels).map(|label| label as f32 / 7.0).collect(),
            preprocess: Preprocess { size, mean: vec![0.1, 0.2, 0.3], std: vec![0.4, 0.5, 0.6] },
            bands: None,
            weights: BundleFile::describe("weights.safetensors", weights),
            figures: BTreeMap::from([("test_map".into(), 0.5)]),
            check: (labels > 1)
                .then(|| SceneCheck {
                    size,
                    first_seed: 3,
                    count: 40,
                    shares: [0.5, 0.25, 0.25],
                    split_seed: 1,
                    scenes: 10,
                    figures: BTreeMap::from([("map".into(), 0.5)]),
                })
                .filter(|_| (16..=2048).contains(&size)),
            ood: (labels > 1).then_some(ImageOod {
                components: 4,
                unlike_above: 0.75,
                concentrated_below: Some(0.1),
                kept: 0.98,
            }),
            crops: (labels > 2).then(|| ClassMeanClassifier {
                temperature: 0.1,
                unknown_above: 0.4,
                similar: (0..labels).map(|label| vec![(label + 1) % labels]).collect(),
            }),
            objects: (labels > 3).then(|| objects(weights)),
            gallery: (labels > 4).then(gallery::tests::gallery),
            command: "nadir export".into(),
        }
    }

    fn objects(weights: &[u8]) -> ObjectsModel {
        let architecture =
            Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Imagenet, stages: 4, bands: 3 };
        ObjectsModel {
            labels: vec!["ship".into()],
            detector: DetectorShape { channels: 16, ..DetectorShape::of(architecture.clone()) },
            resize: DetectorResize { min_size: 256, max_size: 256, divisible_by: 32 },
            score_threshold: 0.5,
            shares_encoder: false,
            stacked_above: 0.8,
            refinement: Some(Refinement { vote_above: 0.6 }),
            weights: BundleFile::describe("detector.safetensors", weights),
            figures: BTreeMap::from([("test_ap50".into(), 0.25)]),
            crop_classifier: Some(CropClassifierModel {
                architecture,
                labels: vec!["ship".into(), "boat".into()],
                preprocess: Preprocess { size: 64, mean: vec![0.5; 3], std: vec![0.25; 3] },
                classifier: ClassMeanClassifier {
                    temperature: 0.1,
                    unknown_above: 0.5,
                    similar: vec![vec![1], vec![0]],
                },
                weights: BundleFile::describe("crop_classifier.safetensors", weights),
            }),
        }
    }

    proptest! {
        #[test]
        fn a_written_bundle_reads_back_the_same(labels in 1usize..80, size in 1usize..4097, weights: Vec<u8>) {
            let bundle = bundle(labels, size, &weights);
            let read = Bundle::from_json(&bundle.to_json()).expect("just written");
            prop_assert_eq!(&read, &bundle);
            prop_assert!(read.weights.verify(&weights).is_ok());
        }

        #[test]
        fn weights_that_changed_in_one_bit_are_refused(mut weights in prop::collection::vec(any::<u8>(), 1..200), at: usize) {
            let bundle = bundle(1, 64, &weights);
            let at = at % weights.len();
            weights[at] ^= 1;
            prop_assert!(bundle.weights.verify(&weights).is_err());
            prop_assert!(bundle.weights.verify(&weights[..at]).is_err());
        }
    }

    #[test]
    fn another_version_is_named_before_anything_else_is_looked_at() {
        let error = Bundle::from_json(r#"{"schema_version": 7, "whatever": []}"#).expect_err("another version");
        assert!(matches!(error, BundleError::Version { found: 7 }), "{error}");
    }

    #[test]
    fn descriptions_that_cannot_be_are_refused() {
        let whole = bundle(4, 64, b"weights");
        let with = |change: fn(&mut ObjectsModel)| {
            let mut objects = objects(b"weights");
            change(&mut objects);
            Bundle { objects: Some(objects), ..whole.clone() }
        };
        let four =
            || Some(BandSettings { bands: Some(["4", "3", "2", "nir"].map(str::to_owned).into()), scaling: None });
        let of_four = Bundle {
            objects: None,
            architecture: Architecture { bands: 4, ..whole.architecture.clone() },
            preprocess: Preprocess { mean: vec![0.5; 4], std: vec![0.5; 4], ..whole.preprocess.clone() },
            bands: four(),
            ..whole.clone()
        };
        assert_eq!(Bundle::from_json(&of_four.to_json()).expect("can be"), of_four);
        assert!(of_four.bands_sentence().expect("four").contains("4 bands (4, 3, 2, nir)"));
        assert_eq!(whole.bands_sentence(), None);
        let ood = whole.ood.clone().expect("there");
        let broken = [
            Bundle { gallery: Some(GalleryModel { count: 0, ..gallery::tests::gallery() }), ..whole.clone() },
            with(|objects| objects.labels.clear()),
            with(|objects| objects.shares_encoder = true),
            Bundle { architecture: Architecture { stages: 5, ..whole.architecture.clone() }, ..whole.clone() },
            with(|objects| objects.score_threshold = 1.5),
            with(|objects| objects.stacked_above = -0.5),
            with(|objects| objects.detector.channels = 0),
            with(|objects| objects.detector.anchor_sizes[2] = -1.0),
            with(|objects| objects.detector.architecture.encoder = EncoderKind::Squeezenet11),
            with(|objects| objects.resize.max_size = 128),
            with(|objects| objects.weights.name = "../weights".into()),
            with(|objects| objects.crop_classifier.as_mut().expect("there").preprocess.size = 0),
            with(|objects| objects.crop_classifier.as_mut().expect("there").classifier.similar.clear()),
            Bundle { bands: Some(BandSettings { bands: Some(Vec::new()), scaling: None }), ..whole.clone() },
            Bundle { architecture: Architecture { bands: 4, ..whole.architecture.clone() }, ..whole.clone() },
            Bundle { objects: None, bands: four(), ..whole.clone() },
            Bundle { objects: None, architecture: of_four.architecture.clone(), bands: four(), ..whole.clone() },
            Bundle { bands: None, ..of_four.clone() },
            Bundle { objects: whole.objects.clone(), ..of_four.clone() },
            Bundle { labels: Vec::new(), ..whole.clone() },
            Bundle { ood: Some(ImageOod { components: 0, ..ood.clone() }), ..whole.clone() },
            Bundle { ood: Some(ImageOod { concentrated_below: Some(1.5), ..ood.clone() }), ..whole.clone() },
            Bundle { ood: Some(ImageOod { kept: 1.5, ..ood }), ..whole.clone() },
            Bundle { title: " ".into(), ..whole.clone() },
            Bundle {
                crops: whole.crops.clone().map(|crops| ClassMeanClassifier { temperature: 0.0, ..crops }),
                ..whole.clone()
            },
            Bundle {
                crops: whole.crops.clone().map(|crops| ClassMeanClassifier { similar: vec![vec![4]; 4], ..crops }),
                ..whole.clone()
            },
            Bundle { thresholds: vec![0.5], ..whole.clone() },
            Bundle { architecture: Architecture { width: 1 << 40, ..whole.architecture.clone() }, ..whole.clone() },
            with(|objects| objects.detector.channels = 1 << 40),
            with(|objects| objects.detector.hidden = usize::MAX),
            Bundle { preprocess: Preprocess { size: 0, ..whole.preprocess.clone() }, ..whole.clone() },
            Bundle { preprocess: Preprocess { std: vec![0.0; 3], ..whole.preprocess.clone() }, ..whole.clone() },
            Bundle { weights: BundleFile { name: "../weights".into(), ..whole.weights.clone() }, ..whole.clone() },
        ];
        for bundle in broken {
            let error = Bundle::from_json(&bundle.to_json()).expect_err("cannot be");
            assert!(matches!(error, BundleError::Inconsistent(_)), "{error}");
        }
    }
}
