//! Detections with their places, as a file.

use super::out_file::{OutFile, OutKind, one_system};
use crate::detect::files::{ImageDetections, LabelledDetection};
use anyhow::{Context, Result};
use nadir_geo::geojson::{Feature, FeatureCollection};
use nadir_geo::placement::Placement;
use serde_json::{Map, Value, json};

/// The detections of an image, and where it is.
#[derive(Debug)]
pub struct SceneObjects {
    /// What was detected.
    pub found: ImageDetections,
    /// Where its pixels are.
    pub placement: Placement,
}

/// Writes the objects of all images into one file: of GeoJSON a feature each, with label, score, box in px, crop class
/// and OOD score.
///
/// # Errors
/// Images of different coordinate systems, a box outside of where the projection is defined, a file that cannot be
/// written.
pub fn write_objects(file: &OutFile, scenes: &[SceneObjects], crop_labels: &[String]) -> Result<()> {
    let bytes = match file.kind {
        OutKind::GeoJson => serde_json::to_vec(&collection(scenes, crop_labels)?)?,
        OutKind::Json => serde_json::to_vec_pretty(&documents(scenes, crop_labels)?)?,
        OutKind::Csv => table(scenes, crop_labels)?,
    };
    file.write(&bytes)
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
