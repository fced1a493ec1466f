//! A bundle: its description, the files that it names, and its gallery's parts.

use super::scratch;
use crate::golden::{fill, fill_model};
use crate::now::now;
use burn::tensor::Device;
use nadir::artifacts::bundle::{read_bundle, read_gallery};
use nadir_core::bundle::{
    Architecture, Bundle, BundleFile, ClassMeanClassifier, DESCRIPTION_FILE, DetectorShape, EncoderKind, GalleryMap,
    GalleryModel, Imagery, ObjectsModel, SCHEMA_VERSION, SceneCheck, Stem, Thumbnails,
};
use nadir_core::detection::resize::DetectorResize;
use nadir_core::image::RgbImage;
use nadir_core::image::bands::{BandSettings, Scaling};
use nadir_core::image::preprocess::Preprocess;
use nadir_core::neighbours::{LabelRows, map_points, names_from_text};
use nadir_nn::model::detector::FasterRcnn;
use nadir_nn::model::objects::ObjectWeights;
use nadir_nn::model::weights::{Dtype, WeightTensor, Weights};
use nadir_nn::model::{Encoder, ObjectDetector, Predictor};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The classes of the bundle.
const LABELS: [&str; 2] = ["ship", "sea"];
/// Images of the gallery.
const COUNT: usize = 6;
/// Length of its embeddings.
const DIMENSIONS: usize = 2;
const ARCHITECTURE: Architecture =
    Architecture { encoder: EncoderKind::Resnet18, width: 1, stem: Stem::Imagenet, stages: 4, bands: 3 };
/// An input that a network of the tests looks at in no time.
const SMALL_PX: usize = 64;

/// A bundle that has every part, with the files beside its description.
#[derive(Debug)]
pub struct Whole {
    /// Its description.
    pub bundle: Bundle,
    /// All other files by name.
    pub files: BTreeMap<&'static str, Vec<u8>>,
    weights: Weights,
    detector: Weights,
}

/// The bundle that the bytes are a part of.
pub fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(make)
}

fn labels() -> Vec<String> {
    LABELS.map(str::to_owned).to_vec()
}

fn make() -> Whole {
    let device = Device::flex();
    let len = ARCHITECTURE.embedding_len();
    let drawn = |name: &str, shape: Vec<usize>| {
        let values = fill(name, shape.iter().product()).into_iter().map(|value| value as f32).collect();
        (name.to_owned(), WeightTensor { shape, values })
    };
    let encoder = fill_model(&Encoder::new(&ARCHITECTURE, true, &device).export());
    let weights = encoder.merge(Weights(BTreeMap::from([
        drawn("probe.weight", vec![LABELS.len(), len]),
        drawn("probe.bias", vec![LABELS.len()]),
        drawn("probe.class_means", vec![LABELS.len(), len]),
    ])));
    let shape = DetectorShape { channels: 2, hidden: 4, ..DetectorShape::of(ARCHITECTURE) };
    let detector = FasterRcnn::new(&shape, LABELS.len() + 1, true, &device).expect("a detector stands on a ResNet");
    let detector = fill_model(&detector.export());
    let bytes = |name: &str, count: usize| -> Vec<u8> {
        fill(name, count).into_iter().flat_map(|value| (value as f32).to_le_bytes()).collect()
    };
    let names: String = (0..COUNT).map(|at| format!("image {at}\n")).collect();
    let f16 = |weights: &Weights| weights.to_safetensors(Dtype::F16, BTreeMap::new());
    let files = BTreeMap::from([
        ("weights.safetensors", f16(&weights)),
        ("detector.safetensors", f16(&detector)),
        ("projection.f32", bytes("projection", len * (DIMENSIONS + 1))),
        // 0x34 and 0x38 are the upper bytes of 0.25 and 0.5 as f16.
        ("embeddings.f16", [0, 0x34, 0, 0x38].repeat(COUNT * DIMENSIONS / 2)),
        ("labels.bits", vec![1, 2, 3, 0, 1, 2]),
        ("names.txt", names.into_bytes()),
        ("map.u16", (0..4 * COUNT as u8).collect()),
        ("thumbnails.jpg", vec![0xff, 0xd8, 0xff]),
    ]);
    let file = |name: &str| BundleFile::describe(name, &files[name]);
    let classifier = ClassMeanClassifier { temperature: 0.1, unknown_above: 0.5, similar: vec![vec![1], vec![]] };
    let bundle = Bundle {
        ood: None,
        schema_version: SCHEMA_VERSION,
        name: "mutated".to_owned(),
        title: "a test".to_owned(),
        imagery: Imagery::Photographs,
        description: "A test.".to_owned(),
        architecture: ARCHITECTURE,
        labels: labels(),
        thresholds: vec![0.25, 0.75],
        preprocess: Preprocess { size: SMALL_PX, mean: vec![0.5; 3], std: vec![0.25; 3] },
        bands: Some(BandSettings {
            bands: Some(vec!["4".to_owned(), "nir".to_owned(), "1".to_owned()]),
            scaling: Some(Scaling::Range(vec![[0.0, 3000.0]])),
        }),
        weights: file("weights.safetensors"),
        figures: BTreeMap::from([("test_map".to_owned(), 0.5)]),
        check: Some(SceneCheck {
            size: 64,
            first_seed: 7,
            count: 50,
            shares: [0.7, 0.1, 0.2],
            split_seed: 1,
            scenes: 10,
            figures: BTreeMap::from([("map".to_owned(), 0.5)]),
        }),
        crops: Some(classifier),
        objects: Some(ObjectsModel {
            labels: labels(),
            detector: shape,
            resize: DetectorResize { min_size: 64, max_size: 64, divisible_by: 32 },
            score_threshold: 0.5,
            stacked_above: 0.75,
            refinement: None,
            weights: file("detector.safetensors"),
            shares_encoder: false,
            figures: BTreeMap::new(),
            crop_classifier: None,
        }),
        gallery: Some(GalleryModel {
            description: "images of a test".to_owned(),
            count: COUNT,
            labels: labels(),
            dimensions: DIMENSIONS,
            projection: file("projection.f32"),
            embeddings: file("embeddings.f16"),
            label_rows: file("labels.bits"),
            names: file("names.txt"),
            map: GalleryMap { method: "UMAP".to_owned(), points: file("map.u16") },
            thumbnails: Thumbnails { tile_px: 8, columns: 4, rows: 4, sheets: vec![file("thumbnails.jpg")] },
            figures: BTreeMap::new(),
        }),
        command: "nadir export".to_owned(),
    };
    Whole { bundle, files, weights, detector }
}

/// `bundle.json`: read, the network built by it with the bundle's weights, and an image looked at.
pub fn description(bytes: &[u8]) -> Result<(), String> {
    let json = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let bundle = Bundle::from_json(json).map_err(|error| error.to_string())?;
    assert_eq!(Bundle::from_json(&bundle.to_json()).expect("what was just written"), bundle);
    assert_eq!(bundle.labels.len(), bundle.thresholds.len());
    assert!(bundle.thresholds.iter().all(|threshold| threshold.is_finite()));
    for file in bundle.files() {
        assert!(!file.name.contains(['/', '\\']) && !file.name.starts_with('.'), "{file:?}");
    }
    let (whole, device) = (whole(), Device::flex());
    let predictor = Predictor::new(&bundle, &whole.weights, &device).map_err(|error| error.to_string())?;
    if bundle.preprocess.size <= SMALL_PX {
        let image = RgbImage::filled(40, 30, [200, 100, 50]);
        let scores = now(predictor.predict(bundle.preprocess.apply(image.view()).0))?;
        assert_eq!(scores.probabilities.len(), bundle.labels.len());
        let is_share = |share: &f32| (0.0..=1.0).contains(share);
        assert!(scores.probabilities.iter().all(is_share), "{:?}", scores.probabilities);
        let crop = scores.crop.iter().flat_map(|crop| &crop.probabilities);
        assert!(crop.into_iter().all(is_share), "{:?}", scores.crop);
    }
    if let Some(objects) = &bundle.objects {
        let weights = ObjectWeights { detector: whole.detector.clone(), crop_classifier: None };
        ObjectDetector::new(objects, &weights, &predictor, &device).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A bundle's folder whose weights are these bytes: none but the described ones are taken.
pub fn weights(bytes: &[u8]) -> Result<(), String> {
    let whole = whole();
    let folder = scratch::folder("bundle", |folder| {
        scratch::write(&folder.join(DESCRIPTION_FILE), whole.bundle.to_json().as_bytes());
    });
    scratch::write(&folder.join("weights.safetensors"), bytes);
    read_bundle(&folder).map_err(|error| format!("{error:#}"))?;
    assert!(bytes == whole.files["weights.safetensors"], "other bytes than the described ones were taken");
    Ok(())
}

/// The parts of a gallery, behind their checksums: the first byte says which, the others are its file.
pub fn gallery(bytes: &[u8]) -> Result<(), String> {
    let Some((&part, bytes)) = bytes.split_first() else { return Err("no byte".to_owned()) };
    let whole = whole();
    let len = ARCHITECTURE.embedding_len();
    match part % 5 {
        part @ (0 | 1) => {
            let folder = scratch::folder("gallery", |_| ());
            let mut bundle = whole.bundle.clone();
            let gallery = bundle.gallery.as_mut().expect("there is one");
            let mut files = [&whole.files["projection.f32"], &whole.files["embeddings.f16"]].map(Clone::clone);
            files[usize::from(part)] = bytes.to_vec();
            gallery.projection = BundleFile::describe("projection.f32", &files[0]);
            gallery.embeddings = BundleFile::describe("embeddings.f16", &files[1]);
            scratch::write(&folder.join("projection.f32"), &files[0]);
            scratch::write(&folder.join("embeddings.f16"), &files[1]);
            let gallery = read_gallery(&folder, &bundle).map_err(|error| format!("{error:#}"))?.expect("there is one");
            let found = gallery.nearest(&vec![0.5; len], COUNT);
            assert!(found.iter().all(|found| found.index < COUNT && found.cosine.is_finite()), "{found:?}");
        }
        2 => {
            let rows = LabelRows::from_bytes(bytes, COUNT, LABELS.len()).map_err(|error| error.to_string())?;
            assert!(!rows.has(COUNT, 0));
        }
        3 => {
            let points = map_points(bytes, COUNT).map_err(|error| error.to_string())?;
            assert!(points.iter().flatten().all(|value| (0.0..=1.0).contains(value)));
        }
        _ => {
            let names = names_from_text(bytes, COUNT).map_err(|error| error.to_string())?;
            assert_eq!(names.len(), COUNT);
        }
    }
    Ok(())
}
