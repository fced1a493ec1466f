//! The messages between the page of large images (web/scenes) and the reader in its Worker (web/reader), posted as those
//! of [`super`] are. The reader reads the file by windows, and keeps what was found in it: it knows the place of every
//! pixel and writes the files of results. The networks are the engine's: the page carries pixels there.

use crate::bundle::CropPrediction;
use crate::detection::boxes::PixelBox;
use crate::detection::postprocess::DetectedObject;
use crate::detection::tiles::Tile;
use crate::image::bands::BandSettings;
use serde::{Deserialize, Serialize};

/// Side of a picture for the screen, px.
pub const PICTURE_PX: usize = 256;

/// A message from the page to the reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneRequest {
    /// Chosen by the page; repeated by every answer.
    pub id: u64,
    /// What the reader is to do.
    pub task: SceneTask,
}

/// A message from the reader to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneResponse {
    /// The request that this answers.
    pub id: u64,
    /// Result or failure of the request.
    pub answer: SceneAnswer,
}

/// What is searched for in an image, tile by tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Labels of tiles side by side, as `nadir predict --tile`.
    Labels,
    /// Objects in tiles that overlap, as `nadir detect run`.
    Objects,
}

/// What the page can request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneTask {
    /// Open the file that comes with the message. This or `Generate` once in a reader's life. Answer: `Opened`.
    Open {
        /// The file's name, for messages and results.
        name: String,
        /// What is taken of a TIFF's bands.
        bands: BandSettings,
        /// The text of a world file, where one came with the image.
        world_file: Option<String>,
    },
    /// Draw a scene, for who has no file at hand. Answer: `Opened`.
    Generate {
        /// Seed that decides the scene.
        seed: u64,
        /// Width and height, px.
        side: usize,
    },
    /// A part of the image for the screen. Answer: `Picture`.
    Picture {
        /// 0 for its own pixels, and each next one for half as many along a side.
        level: u32,
        /// In [`PICTURE_PX`] of that level, from the left.
        column: usize,
        /// Likewise from the top.
        row: usize,
    },
    /// Where a place of the image is. Answer: `Place`.
    Locate {
        /// Column and row, px.
        at: [f64; 2],
    },
    /// Begin to label tiles; what an earlier search found is forgotten. Answer: `Tiles`.
    BeginLabels {
        /// Side of a tile, and the way to the next, px.
        side: usize,
        /// A tile with a smaller share of valid pixels is skipped.
        min_valid: f64,
        /// The bundle's labels.
        labels: Vec<String>,
        /// Their thresholds.
        thresholds: Vec<f32>,
    },
    /// Begin to search for objects; what an earlier search found is forgotten. Answer: `Tiles`.
    BeginObjects {
        /// The longest side that the detector sees, px.
        longest_seen: usize,
        /// The detector's labels.
        labels: Vec<String>,
        /// The crop classifier's labels; empty without one.
        crop_labels: Vec<String>,
        /// Objects from this probability on are shown.
        score_from: f32,
        /// Of boxes that overlap by more than this, whatever their classes, the highest-scoring is shown.
        stacked_above: f64,
    },
    /// The pixels of a tile. Answer: `Tile`.
    Tile {
        /// Whose tile.
        search: Search,
        /// Its index in the list of `Tiles`.
        index: usize,
    },
    /// Keep what was found in a tile. Answer: `Kept`.
    KeepLabels {
        /// The tile's index.
        index: usize,
        /// Probability of each label.
        scores: Vec<f32>,
        /// The tile as a crop, where the bundle classifies crops.
        crop: Option<CropPrediction>,
    },
    /// Keep what was found in a tile. Answer: `Kept`.
    KeepObjects {
        /// The tile's index.
        index: usize,
        /// In px of the tile.
        objects: Vec<DetectedObject>,
    },
    /// Merge what was found in the tiles so far. Answer: `Objects`.
    Merge,
    /// The crops of the objects that are shown, from this one on, as many as fit together. Answer: `Crops`.
    Crops {
        /// Index in the list of `Objects`.
        from: usize,
    },
    /// Keep the classes of those crops. Answer: `Kept`.
    KeepCrops {
        /// Index of the first of them.
        from: usize,
        /// In the order of the objects.
        crops: Vec<Option<CropPrediction>>,
    },
    /// A file of what was found so far. Answer: `File`.
    File {
        /// Of which search.
        search: Search,
        /// `geojson`, `csv` or `json`.
        ending: String,
    },
}

/// What the reader can answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneAnswer {
    /// The file is open.
    Opened(Box<SceneInfo>),
    /// `bytes` has RGBA pixels of the part; those that are nodata are black.
    Picture {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Where the place is.
    Place(ScenePlace),
    /// The tiles of a search.
    Tiles {
        /// In the image, row by row.
        tiles: Vec<Tile>,
    },
    /// `bytes` has the RGB pixels of the tile, unless it is skipped.
    Tile {
        /// Too few of its pixels are valid: nothing is to be found there.
        is_skipped: bool,
    },
    /// It is kept.
    Kept,
    /// All objects that are found in the tiles so far, merged, the highest-scoring first.
    Objects {
        /// In px of the image.
        objects: Vec<DetectedObject>,
    },
    /// `bytes` has the RGB pixels of crops, one below the other.
    Crops {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Where each is, px.
        places: Vec<PixelBox>,
    },
    /// `bytes` has the file.
    File,
    /// The request could not be carried out; the reader can go on.
    Failed {
        /// A sentence for the visitor: what went wrong, and how to mend it.
        message: String,
    },
}

/// What an opened file is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneInfo {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What is taken of it, in words: bands, types, scaling.
    pub reading: String,
    /// Sizes of the images at reduced resolution that the file has.
    pub overviews: Vec<[usize; 2]>,
    /// The coordinate system by its code or name; `None` if the file names none.
    pub crs: Option<String>,
    /// What its coordinates are, or why there are none, in words.
    pub place: String,
    /// The coarsest level of pictures.
    pub levels: u32,
}

/// Where a place of the image is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScenePlace {
    /// Longitude and latitude, degrees; `None` if the image is not placed on Earth.
    pub longitude_latitude: Option<[f64; 2]>,
    /// In the file's own coordinates; `None` without any.
    pub on_map: Option<[f64; 2]>,
    /// Length of a px there, along a row; `None` where it is not known.
    pub metres_per_px: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::Size;
    use serde::de::DeserializeOwned;
    use std::fmt::Debug;

    fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: T) {
        let json = serde_json::to_string(&message).expect("messages hold only what JSON can hold");
        assert_eq!(serde_json::from_str::<T>(&json).unwrap_or_else(|error| panic!("{json}: {error}")), message);
    }

    #[test]
    fn every_message_survives() {
        let bands = BandSettings { bands: Some(vec!["4".into(), "nir".into()]), scaling: None };
        let object = DetectedObject { box_in_image: [0.1, 1.0, 20.25, 30.0], class: 2, score: 0.9 };
        let crop = CropPrediction { label: 1, probabilities: vec![0.1, 0.9], ood_score: 0.1, unknown: false };
        let labels = vec!["a \"b\"".to_owned()];
        let tasks = [
            SceneTask::Open { name: "a.tif".into(), bands, world_file: Some("0.5\n".into()) },
            SceneTask::Generate { seed: 1, side: 4096 },
            SceneTask::Picture { level: 3, column: 7, row: 0 },
            SceneTask::Locate { at: [0.1, 1e5] },
            SceneTask::BeginLabels { side: 256, min_valid: 0.5, labels: labels.clone(), thresholds: vec![0.1] },
            SceneTask::BeginObjects {
                longest_seen: 832,
                labels: labels.clone(),
                crop_labels: labels,
                score_from: 0.9371349,
                stacked_above: 0.75,
            },
            SceneTask::Tile { search: Search::Objects, index: 2 },
            SceneTask::KeepLabels { index: 2, scores: vec![0.1, f32::MIN_POSITIVE], crop: Some(crop.clone()) },
            SceneTask::KeepObjects { index: 2, objects: vec![object] },
            SceneTask::Merge,
            SceneTask::Crops { from: 256 },
            SceneTask::KeepCrops { from: 256, crops: vec![None, Some(crop)] },
            SceneTask::File { search: Search::Labels, ending: "csv".into() },
        ];
        for task in tasks {
            survives(SceneRequest { id: 1 << 40, task });
        }
        let info = SceneInfo {
            width: 20_000,
            height: 1,
            reading: "bands 1".into(),
            overviews: vec![[10_000, 1]],
            crs: None,
            place: String::new(),
            levels: 4,
        };
        let place = ScenePlace { longitude_latitude: Some([15.1, -0.1]), on_map: None, metres_per_px: Some(0.5) };
        let answers = [
            SceneAnswer::Opened(Box::new(info)),
            SceneAnswer::Picture { width: 256, height: 12 },
            SceneAnswer::Place(place),
            SceneAnswer::Tiles { tiles: vec![Tile { left: 5, top: 6, size: Size::new(7, 8) }] },
            SceneAnswer::Tile { is_skipped: true },
            SceneAnswer::Kept,
            SceneAnswer::Objects { objects: vec![object] },
            SceneAnswer::Crops { width: 30, height: 90, places: vec![[0.0, 0.0, 30.0, 12.0]] },
            SceneAnswer::File,
            SceneAnswer::Failed { message: "why".into() },
        ];
        for answer in answers {
            survives(SceneResponse { id: 1, answer });
        }
    }
}
