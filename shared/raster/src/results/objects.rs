//! Detections with their places, as a file.

use super::coordinates::one_system;
use super::kind::OutKind;
use anyhow::{Context, Result};
use nadir_core::bundle::CropPrediction;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_geo::geojson::{Feature, FeatureCollection};
use nadir_geo::placement::Placement;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The detections of an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageDetections {
    /// Name of the image, as it was given.
    pub image: String,
    /// Width of the image, px.
    pub width: usize,
    /// Height of the image, px.
    pub height: usize,
    /// In so many tiles; 1 for an image that was seen as a whole.
    pub tiles: usize,
    /// Detections, highest score first.
    pub objects: Vec<LabelledDetection>,
}

/// One detection with its class's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledDetection {
    /// Name of the detected class.
    pub label: String,
    /// Probability of the class.
    pub score: f32,
    /// Corners \[x0, y0, x1, y1\], px of the image.
    pub box_px: [f32; 4],
    /// What its pixels are by the nearest class mean; `None` without a crop classifier.
    #[serde(skip)]
    pub crop: Option<CropPrediction>,
    /// The class's number, which decides the colour.
    #[serde(skip)]
    pub class: usize,
}

impl ImageDetections {
    /// What is shown of an image of this width and height, under the names of the detector's `labels`, with the classes
    /// of its `crops`.
    pub fn new(
        image: &str,
        (width, height): (usize, usize),
        tiles: usize,
        labels: &[String],
        shown: Vec<DetectedObject>,
        crops: Vec<Option<CropPrediction>>,
    ) -> Self {
        let objects = shown.into_iter().zip(crops).map(|(object, crop)| LabelledDetection {
            label: labels[object.class].clone(),
            class: object.class,
            score: object.score,
            box_px: object.box_in_image,
            crop,
        });
        Self { image: image.to_owned(), width, height, tiles, objects: objects.collect() }
    }

    /// As JSON, crops under the names of `crop_labels`.
    pub fn to_json(&self, crop_labels: &[String]) -> Value {
        let mut json = json!(self);
        for (entry, object) in json["objects"].as_array_mut().into_iter().flatten().zip(&self.objects) {
            if let Some(crop) = &object.crop {
                entry["crop"] = json!({
                    "label": crop_labels[crop.label],
                    "ood_score": crop.ood_score,
                    "unknown": crop.unknown,
                });
            }
        }
        json
    }
}

/// The detections of an image, and where it is.
#[derive(Debug)]
pub struct SceneObjects {
    /// What was detected.
    pub found: ImageDetections,
    /// Where its pixels are.
    pub placement: Placement,
}

/// One file of the objects of all images: of GeoJSON a feature each, with label, score, box in px, crop class and OOD
/// score.
///
/// # Errors
/// Images of different coordinate systems, a box outside of where the projection is defined.
pub fn objects_file(kind: OutKind, scenes: &[SceneObjects], crop_labels: &[String]) -> Result<Vec<u8>> {
    match kind {
        OutKind::GeoJson => Ok(serde_json::to_vec(&collection(scenes, crop_labels)?)?),
        OutKind::Json => Ok(serde_json::to_vec_pretty(&documents(scenes, crop_labels)?)?),
        OutKind::Csv => table(scenes, crop_labels),
    }
}

fn place_of(scene: &SceneObjects, object: &LabelledDetection) -> String {
    format!("the {} at {:?} px of {}", object.label, object.box_px, scene.found.image)
}

fn collection(scenes: &[SceneObjects], crop_labels: &[String]) -> Result<FeatureCollection<Map<String, Value>>> {
    let (coordinates, crs) = one_system(scenes.iter().map(|scene| (scene.found.image.as_str(), &scene.placement)))?;
    let mut features = Vec::new();
    for scene in scenes {
        for object in &scene.found.objects {
            let geometry = scene.placement.geometry(object.box_px.map(f64::from));
            let mut properties = Map::new();
            properties.insert("image".to_owned(), json!(scene.found.image));
            properties.insert("label".to_owned(), json!(object.label));
            properties.insert("score".to_owned(), json!(object.score));
            properties.insert("box_px".to_owned(), json!(object.box_px));
            if let Some(crop) = &object.crop {
                properties.insert("crop_label".to_owned(), json!(crop_labels[crop.label]));
                properties.insert("ood_score".to_owned(), json!(crop.ood_score));
                properties.insert("unknown".to_owned(), json!(crop.unknown));
            }
            features.push(Feature { geometry: geometry.with_context(|| place_of(scene, object))?, properties });
        }
    }
    Ok(FeatureCollection { name: "objects".to_owned(), crs, coordinates, features })
}

/// As `--json` prints it, with the corners of each box by longitude and latitude where the image is placed on Earth.
fn documents(scenes: &[SceneObjects], crop_labels: &[String]) -> Result<Value> {
    let mut all = Vec::new();
    for scene in scenes {
        let mut document = scene.found.to_json(crop_labels);
        document["crs"] = json!(scene.placement.crs().map(ToString::to_string));
        for (entry, object) in document["objects"].as_array_mut().into_iter().flatten().zip(&scene.found.objects) {
            if let Some([longitude, latitude]) = centre(scene, object)? {
                entry["longitude"] = json!(longitude);
                entry["latitude"] = json!(latitude);
            }
        }
        all.push(document);
    }
    Ok(Value::Array(all))
}

fn table(scenes: &[SceneObjects], crop_labels: &[String]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "image",
        "label",
        "score",
        "x0",
        "y0",
        "x1",
        "y1",
        "longitude",
        "latitude",
        "crop_label",
        "ood_score",
        "unknown",
    ])?;
    for scene in scenes {
        for object in &scene.found.objects {
            let number = |value: f32| value.to_string();
            let [longitude, latitude] =
                centre(scene, object)?.map(|at| at.map(|value| format!("{value:.9}"))).unwrap_or_default();
            let crop = object.crop.as_ref();
            let [x0, y0, x1, y1] = object.box_px.map(number);
            writer.write_record([
                scene.found.image.clone(),
                object.label.clone(),
                number(object.score),
                x0,
                y0,
                x1,
                y1,
                longitude,
                latitude,
                crop.map(|crop| crop_labels[crop.label].clone()).unwrap_or_default(),
                crop.map(|crop| crop.ood_score.to_string()).unwrap_or_default(),
                crop.map(|crop| crop.unknown.to_string()).unwrap_or_default(),
            ])?;
        }
    }
    Ok(writer.into_inner()?)
}

/// Longitude and latitude of a box's centre.
fn centre(scene: &SceneObjects, object: &LabelledDetection) -> Result<Option<[f64; 2]>> {
    let [x0, y0, x1, y1] = object.box_px.map(f64::from);
    let place = scene.placement.longitude_latitude((x0 + x1) / 2.0, (y0 + y1) / 2.0);
    place.with_context(|| place_of(scene, object))
}
