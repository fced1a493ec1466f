//! Detections and their ground truth as COCO's files, for `nadir score coco` and every other tool that reads them.

use crate::artifacts::weight_file::write_atomically;
use crate::data::objects::ObjectImage;
use crate::detect::images::Detected;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Writes the detections as COCO's results to `file`, and the ground truth beside it (see [`ground_truth_file`]).
/// Images are numbered from 1 in their order, categories from 1 in that of the classes. A difficult object is a crowd,
/// as it counts.
///
/// # Errors
/// Names the file.
pub fn write(file: &Path, found: &Detected, images: &[&ObjectImage], classes: &[String]) -> Result<()> {
    let results: Vec<Value> = found
        .detections
        .iter()
        .map(|detection| {
            json!({
                "image_id": detection.image + 1,
                "category_id": detection.class + 1,
                "bbox": xywh(detection.box_in_image),
                "score": detection.score,
            })
        })
        .collect();
    write_atomically(file, &serde_json::to_vec(&results)?)?;
    let annotations: Vec<Value> = found
        .truths
        .iter()
        .zip(1..)
        .map(|(truth, id)| {
            json!({
                "id": id,
                "image_id": truth.image + 1,
                "category_id": truth.class + 1,
                "bbox": xywh(truth.box_in_image),
                "area": truth.area,
                "iscrowd": u8::from(truth.crowd || truth.difficult),
                "difficult": u8::from(truth.difficult),
            })
        })
        .collect();
    let images: Vec<Value> = images
        .iter()
        .zip(1..)
        .map(|(image, id)| match image.size_px {
            Some([width, height]) => json!({ "id": id, "file_name": image.name, "width": width, "height": height }),
            None => json!({ "id": id, "file_name": image.name }),
        })
        .collect();
    let categories: Vec<Value> = classes.iter().zip(1..).map(|(name, id)| json!({ "id": id, "name": name })).collect();
    let truth = json!({ "images": images, "annotations": annotations, "categories": categories });
    write_atomically(&ground_truth_file(file), &serde_json::to_vec(&truth)?)
}

/// The ground truth beside the detections: `found.json` to `found.ground_truth.json`.
pub fn ground_truth_file(detections: &Path) -> PathBuf {
    detections.with_extension("ground_truth.json")
}

fn xywh([x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
    [x0, y0, x1 - x0, y1 - y0]
}
