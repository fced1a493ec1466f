//! The messages between the page (web/ui) and the engine in its Worker (web/engine).
//!
//! Each message is posted as a JavaScript object `{ json: string, bytes?: ArrayBuffer }`: `json` is a [`Request`] or
//! a [`Response`] in serde's JSON, `bytes` is transferred, not copied. A request carries a number that its answers
//! repeat, so that an answer to a request that no longer matters can be dropped.

pub mod lesson;
pub mod scene;
mod teaching;

pub use teaching::{EmbeddedImage, HeadSpace};

use crate::bundle::{CropPrediction, OodScore};
use crate::detection::boxes::PixelBox;
use crate::detection::postprocess::DetectedObject;
use crate::neighbours::Neighbour;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A message from the page to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the page; repeated by every answer.
    pub id: u64,
    /// What the engine is to do.
    pub task: Task,
}

/// What the page can request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Choose a device, load the bundle and run it once. Once in an engine's life; answers: `Progress`..., `Ready`.
    Start {
        /// Absolute address of the bundle's folder, ending in `/`.
        bundle_url: String,
        /// Which device to run on.
        device: DeviceChoice,
    },
    /// Label an image. Answers: `Image`, `Prediction`.
    Predict {
        /// The image to label.
        image: ImageInput,
    },
    /// Find the objects in an image; the first time, the detector is fetched. Answers: `Image`, `Progress`...,
    /// `Objects`. Fails if [`Ready::objects`] is `None`.
    FindObjects {
        /// The image to search.
        image: ImageInput,
    },
    /// Classify what these boxes hold, in px of the image of the last `FindObjects`. Answer: `Names`.
    NameObjects {
        /// Left, top, right, bottom of each box; any number of boxes.
        boxes: Vec<PixelBox>,
    },
    /// Label a tile of a large image, whose RGB pixels are in `bytes`. Answer: `TileLabels`.
    LabelTile {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Find the objects in such a tile; the first time, the detector is fetched. Answers: `Progress`..., `TileObjects`.
    FindInTile {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Classify what boxes of the image hold whose RGB pixels are in `bytes`. Answer: `Names`.
    NameInSheet {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Left, top, right, bottom of each box, px; any number of boxes.
        boxes: Vec<PixelBox>,
    },
    /// Fetch the gallery, unless it is here. Answers: `Progress`..., `Gallery`. Fails if [`Ready::gallery`] is `None`.
    LoadGallery,
    /// Find the gallery's images nearest to the image of the last `Predict`. Answer: `Neighbours`.
    FindNeighbours {
        /// How many images at most.
        count: usize,
    },
    /// Fetch some of the gallery's thumbnails. Answer: `GallerySheet`.
    GallerySheet {
        /// Index of the sheet.
        sheet: usize,
    },
    /// What heads are taught on, and the gallery's rows. Answer: `HeadSpace`. Fails before `LoadGallery` was answered,
    /// where the bundle has a gallery.
    HeadSpace,
    /// Embed an image, to teach with. Answer: `Embedded`. Fails as `HeadSpace`.
    Embed {
        /// The image to embed.
        image: ImageInput,
        /// Width and height of the thumbnail that is wanted, px.
        thumbnail_px: usize,
    },
}

/// An image as the page gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageInput {
    /// The encoded image file (JPEG, PNG, ...) in `bytes`.
    File {
        /// The file's name, for messages only.
        name: String,
    },
    /// Decoded pixels in `bytes`: RGBA, as `ImageData` has them.
    Pixels {
        /// Width in px.
        width: usize,
        /// Height in px.
        height: usize,
    },
    /// A scene to be generated.
    Scene {
        /// Seed that decides the scene.
        seed: u64,
        /// Width and height in px.
        size: usize,
    },
}

/// Which device the engine runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// WebGPU where there is a real adapter, else the CPU.
    Auto,
    /// WebGPU even on a software adapter; an error where there is none.
    WebGpu,
    /// The CPU, in WASM with SIMD.
    Cpu,
}

/// A message from the engine to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The request that this answers.
    pub id: u64,
    /// Result, progress or failure of the request.
    pub answer: Answer,
}

/// What the engine can answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// `Start`, or the fetching of the detector or the gallery, is under way.
    Progress {
        /// The step that runs now.
        step: StartStep,
        /// Bytes so far; 0 where the step is not a download.
        done_bytes: u64,
        /// Bytes in all; 0 where unknown or not a download.
        total_bytes: u64,
    },
    /// `Start` is done: the bundle runs.
    Ready(Box<Ready>),
    /// The image as it was decoded or generated; `bytes` has RGBA pixels, `width * height * 4`.
    Image {
        /// Width in px.
        width: usize,
        /// Height in px.
        height: usize,
        /// For a generated scene the labels that it truly has, by index into `nadir_scene::LABELS`; else `None`.
        true_labels: Option<Vec<usize>>,
    },
    /// Scores and activation maps of the image.
    Prediction(Box<Prediction>),
    /// What may be objects.
    Objects(Box<Objects>),
    /// The classes of the boxes' crops.
    Names {
        /// One for each requested box; `None` if its crop cannot be classified.
        names: Vec<Option<CropPrediction>>,
    },
    /// The labels of a tile.
    TileLabels {
        /// Probability of each label, in the bundle's order.
        scores: Vec<f32>,
        /// The tile as a crop of an object; `None` if the bundle classifies none.
        crop: Option<CropPrediction>,
        /// Milliseconds from pixels to scores.
        run_ms: f64,
    },
    /// The objects in a tile, each once.
    TileObjects {
        /// In px of the tile.
        objects: Vec<DetectedObject>,
        /// Milliseconds from pixels to boxes.
        run_ms: f64,
    },
    /// The gallery is here. `bytes` has the map's points ([`crate::neighbours::map_points`], 4 bytes an image), then
    /// the labels ([`crate::neighbours::LabelRows`]), then the names, one a line.
    Gallery(Box<GalleryHere>),
    /// The gallery's images nearest to the image.
    Neighbours(Neighbours),
    /// `bytes` is the sheet, a JPEG file.
    GallerySheet {
        /// Index of the sheet.
        sheet: usize,
    },
    /// What heads are taught on.
    HeadSpace(HeadSpace),
    /// One embedded image.
    Embedded(EmbeddedImage),
    /// The request could not be carried out. The engine can go on unless the kind says otherwise.
    Failed {
        /// What sort of failure, for the page to act on.
        failure: Failure,
        /// A sentence for the visitor: what went wrong, and how to mend it.
        message: String,
    },
}

/// The steps of `Start`, in order; the fetching of the detector has `Download` and `Load`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartStep {
    /// Looking for a WebGPU adapter.
    Adapter,
    /// Downloading (or reading from the browser's cache) the weights.
    Download,
    /// Comparing SHA-256 and building the network.
    Load,
    /// The first run, which compiles the GPU's kernels.
    WarmUp,
}

/// What the engine runs, on what, and how long the start was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// Where the network runs: "WebGPU" or "CPU".
    pub backend: String,
    /// The adapter's name as the browser gives it, or "WebAssembly SIMD".
    pub adapter: String,
    /// Why this device, in one sentence, for example that the browser has no WebGPU.
    pub reason: String,
    /// The bundle's folder name.
    pub bundle: String,
    /// What the model learned from, in one sentence.
    pub description: String,
    /// Class names, in the order of the scores.
    pub labels: Vec<String>,
    /// The score from which on each class counts as present.
    pub thresholds: Vec<f32>,
    /// Input size in px.
    pub input_size: usize,
    /// Bytes of the weights.
    pub weights_bytes: u64,
    /// The weights came from the browser's cache.
    pub from_cache: bool,
    /// Milliseconds of download (or cache read).
    pub download_ms: f64,
    /// Milliseconds from the download's end until the network stood.
    pub load_ms: f64,
    /// Milliseconds of the first run (kernels compiled in it).
    pub first_run_ms: f64,
    /// Figures of the training run, for example `test_map`.
    pub figures: BTreeMap<String, f64>,
    /// What it knows of objects; `None` if the bundle has no detector.
    pub objects: Option<ObjectsOffer>,
    /// Images to compare with; `None` if the bundle has no gallery.
    pub gallery: Option<GalleryOffer>,
}

/// A bundle's gallery, before it is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GalleryOffer {
    /// Number of images.
    pub count: usize,
    /// Bytes to fetch, without the thumbnails.
    pub bytes: u64,
}

/// A gallery that was fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GalleryHere {
    /// Which images these are, for a person.
    pub description: String,
    /// Number of images.
    pub count: usize,
    /// Class names, in the order of the labels' bits.
    pub labels: Vec<String>,
    /// Length of an embedding as it is compared.
    pub dimensions: usize,
    /// How the map was made.
    pub map_method: String,
    /// Thumbnails in a row of a sheet.
    pub columns: usize,
    /// Rows of a whole sheet.
    pub rows: usize,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// The most similar first.
    pub found: Vec<Neighbour>,
    /// Milliseconds of this search, without the image's embedding.
    pub search_ms: f64,
    /// Median of `search_ms` over this engine's life.
    pub median_ms: f64,
    /// How many searches the median is over.
    pub runs: usize,
}

/// What a bundle's detector offers, before it is fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectsOffer {
    /// Names of the detector's classes; class 1 is the first, 0 the background.
    pub labels: Vec<String>,
    /// Detections from this probability on are shown at first.
    pub score_threshold: f32,
    /// Of boxes of several classes that overlap by more than this (intersection over union) the highest-scoring is shown.
    pub stacked_above: f64,
    /// Bytes of the detector's files, and of the crop classifier's where it has its own.
    pub weights_bytes: u64,
    /// Figures of the training run, for example `test_ap50`.
    pub figures: BTreeMap<String, f64>,
    /// The classes of crops; `None` if nothing classifies them.
    pub names: Option<NamesOffer>,
}

/// What the crop classifier offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamesOffer {
    /// Class names, in the order of [`CropPrediction::probabilities`].
    pub labels: Vec<String>,
    /// For each label, the labels that a person ranked as similar to it, most similar first.
    pub similar: Vec<Vec<usize>>,
}

/// What may be objects in one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objects {
    /// In px of the image, the highest-scoring first, before boxes of one object are suppressed
    /// ([`crate::detection::postprocess::suppress`]).
    pub candidates: Vec<DetectedObject>,
    /// A generated scene's true objects; `None` for other images.
    pub truth: Option<Vec<TrueObject>>,
    /// Milliseconds from pixels to boxes, readbacks included.
    pub run_ms: f64,
    /// Median of `run_ms` over this engine's life.
    pub median_ms: f64,
    /// How many runs the median is over.
    pub runs: usize,
}

/// An object that a generated scene truly has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrueObject {
    /// Index of its class in `nadir_scene::LABELS`.
    pub label: usize,
    /// In px of the image.
    pub box_in_image: PixelBox,
}

/// Scores of one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Probability of each label, in the bundle's order.
    pub scores: Vec<f32>,
    /// Class activation maps (Zhou et al. 2016), [label, height, width] row-major: what each place adds to the label's
    /// logit. Places average to the logit less its bias.
    pub activation: Vec<f32>,
    /// Rows of an activation map.
    pub activation_height: usize,
    /// Values a row of an activation map.
    pub activation_width: usize,
    /// The part of the image that the network saw, in px of the image: left, top, width, height.
    pub crop_in_image: [f32; 4],
    /// How far the image is from those of training; `None` if the bundle cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ood: Option<OodScore>,
    /// Milliseconds from pixels to scores, preprocessing and readback included.
    pub run_ms: f64,
    /// Median of `run_ms` over this engine's life.
    pub median_ms: f64,
    /// How many runs the median is over.
    pub runs: usize,
}

/// What the page does about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The image cannot be decoded by the engine (the page may try the browser's own decoder).
    Decode,
    /// The bundle is of another version.
    BundleVersion,
    /// The bundle's network reads other bands than red, green and blue.
    BundleBands,
    /// The bundle is broken or does not match its SHA-256.
    BundleBroken,
    /// A file could not be fetched.
    Network,
    /// WebGPU was requested and is not there.
    NoWebGpu,
    /// The GPU was lost or the engine cannot go on: the page starts a new Worker.
    EngineLost,
    /// The request does not fit the engine's state.
    Protocol,
}

#[cfg(test)]
mod tests;
