//! Ground truth and detections as real tools write them, in COCO's JSON.

use crate::data::objects::coco_values::{Flag, Id};
use anyhow::{Context, Result, ensure};
use nadir_core::metric::detection::{BoxAreas, Detection, GroundTruth, corners_from_xywh};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// Both files, images and classes numbered without gaps, in the order of their ids: pycocotools takes images in that
/// order, whatever the file's, and so breaks ties of scores.
#[derive(Debug, Clone)]
pub struct Boxes {
    /// Class names in the order of the categories' ids.
    pub classes: Vec<String>,
    /// Ground-truth objects, their boxes in px.
    pub truths: Vec<GroundTruth>,
    /// Detections, their boxes in px.
    pub detections: Vec<Detection>,
    /// Width times height of both, as the files have them.
    pub areas: BoxAreas,
    /// What was read and what was skipped.
    pub notes: Vec<String>,
}

/// What is needed of a ground-truth file; `info`, `licenses` and `segmentation` may be there, null or missing.
#[derive(Deserialize)]
struct TruthFile {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
    id: Id,
}

#[derive(Deserialize)]
struct Category {
    id: Id,
    name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: Id,
    category_id: Id,
    bbox: [f64; 4],
    area: Option<f64>,
    iscrowd: Option<Flag>,
    difficult: Option<Flag>,
}

#[derive(Deserialize)]
struct Found {
    image_id: Id,
    category_id: Id,
    bbox: [f64; 4],
    score: f64,
}

/// Reads both. An object without `area` has that of its box. Detections on images or of categories that the ground
/// truth does not have are skipped and counted.
///
/// # Errors
/// Names the file and what was expected; also where an annotation names an image or category that does not exist, or
/// two categories have one id.
pub fn read(ground_truth: &Path, detections: &Path) -> Result<Boxes> {
    let truth: TruthFile = parse(ground_truth, "COCO's ground truth: images, annotations and categories")?;
    let found: Vec<Found> =
        parse(detections, "COCO's results: a list of image_id, category_id, bbox [x, y, width, height] and score")?;
    let image_at = numbered(truth.images.iter().map(|image| &image.id).collect());
    let mut categories: Vec<&Category> = truth.categories.iter().collect();
    categories.sort_by(|a, b| a.id.order(&b.id));
    let class_at = numbered(categories.iter().map(|category| &category.id).collect());
    ensure!(class_at.len() == categories.len(), "{}: two categories have one id", ground_truth.display());

    let mut areas = BoxAreas::default();
    let mut truths = Vec::with_capacity(truth.annotations.len());
    for (at, annotation) in truth.annotations.iter().enumerate() {
        let unknown = |what: &str, id: &Id| {
            format!("{}: annotation number {at} of the list: no {what} has the id {id}", ground_truth.display())
        };
        let image =
            *image_at.get(&annotation.image_id.to_string()).with_context(|| unknown("image", &annotation.image_id))?;
        let class = *class_at
            .get(&annotation.category_id.to_string())
            .with_context(|| unknown("category", &annotation.category_id))?;
        areas.truths.push(area(annotation.bbox));
        truths.push(GroundTruth {
            area: annotation.area.unwrap_or(area(annotation.bbox)),
            crowd: annotation.iscrowd.as_ref().is_some_and(Flag::is_set),
            difficult: annotation.difficult.as_ref().is_some_and(Flag::is_set),
            ..GroundTruth::new(image, class, corners_from_xywh(annotation.bbox))
        });
    }
    let mut kept = Vec::with_capacity(found.len());
    let (mut without_image, mut without_class) = (0, 0);
    for found in &found {
        match (image_at.get(&found.image_id.to_string()), class_at.get(&found.category_id.to_string())) {
            (Some(&image), Some(&class)) => {
                areas.detections.push(area(found.bbox));
                kept.push(Detection { image, class, box_in_image: corners_from_xywh(found.bbox), score: found.score });
            }
            (None, _) => without_image += 1,
            (_, None) => without_class += 1,
        }
    }
    let mut notes = vec![format!(
        "{} images, {} objects of {} classes, {} detections",
        truth.images.len(),
        truths.len(),
        categories.len(),
        kept.len()
    )];
    for (count, what) in [(without_image, "images"), (without_class, "categories")] {
        if count > 0 {
            notes.push(format!("{count} detections on {what} that the ground truth does not have were skipped"));
        }
    }
    let classes = categories.iter().map(|category| category.name.clone()).collect();
    Ok(Boxes { classes, truths, detections: kept, areas, notes })
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path, expected: &str) -> Result<T> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not {expected}", path.display()))
}

/// Width times height of a box as COCO's files have it, px².
fn area([_, _, width, height]: [f64; 4]) -> f64 {
    width * height
}

/// A number for each id, in the order of the ids. A number and the same number as a string are one id.
fn numbered(mut ids: Vec<&Id>) -> HashMap<String, usize> {
    ids.sort_by(|a, b| a.order(b));
    let mut numbers = HashMap::new();
    for id in ids {
        let next = numbers.len();
        numbers.entry(id.to_string()).or_insert(next);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: &str = r#"{"images": [{"id": "7"}, {"id": 9}], "licenses": null,
        "categories": [{"id": 11, "name": "b"}, {"id": 3, "name": "a"}],
        "annotations": [{"image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4], "segmentation": null},
                        {"image_id": "9", "category_id": 11, "bbox": [0, 0, 9, 9], "area": 40.5, "iscrowd": true}]}"#;

    fn read_texts(truth: &str, found: &str) -> Result<Boxes> {
        let folder = tempfile::tempdir()?;
        let (truth_file, found_file) = (folder.path().join("truth.json"), folder.path().join("found.json"));
        std::fs::write(&truth_file, truth)?;
        std::fs::write(&found_file, found)?;
        read(&truth_file, &found_file)
    }

    #[test]
    fn ids_are_numbers_or_strings_with_gaps_and_what_nobody_knows_is_skipped() {
        let found = r#"[{"image_id": "7", "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5},
                        {"image_id": 8, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5},
                        {"image_id": 9, "category_id": 4, "bbox": [1, 2, 3, 4], "score": 0.5}]"#;
        let boxes = read_texts(TRUTH, found).expect("valid");
        assert_eq!(boxes.classes, ["a", "b"]);
        assert_eq!((boxes.truths[0].image, boxes.truths[0].class, boxes.truths[0].area), (1, 0, 12.0));
        assert_eq!((boxes.truths[1].image, boxes.truths[1].crowd, boxes.truths[1].area), (0, true, 40.5));
        assert_eq!(boxes.detections.len(), 1);
        assert_eq!(boxes.detections[0].box_in_image, [1.0, 2.0, 4.0, 6.0]);
        assert!(boxes.notes[1].contains("1 detections on images") && boxes.notes[2].contains("categories"));
    }

    #[test]
    fn images_stand_in_the_order_of_their_ids_and_not_of_the_file() {
        let truth = |ids: &str| {
            let images: Vec<String> = ids.split(' ').map(|id| format!("{{\"id\": {id}}}")).collect();
            format!(
                r#"{{"images": [{}], "annotations": [], "categories": [{{"id": 1, "name": "a"}}]}}"#,
                images.join(",")
            )
        };
        let order = |ids: &str| -> Vec<usize> {
            let found = |id| format!(r#"{{"image_id": {id}, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1}}"#);
            let found: Vec<String> = ids.split(' ').map(found).collect();
            let boxes = read_texts(&truth(ids), &format!("[{}]", found.join(","))).expect("valid");
            boxes.detections.iter().map(|detection| detection.image).collect()
        };
        assert_eq!(order("10 9 2021000000000168 -3"), [2, 1, 3, 0]);
        // Beyond f64's whole numbers; and texts by their letters, as numpy's `unique`.
        assert_eq!(order("9007199254740993 9007199254740992"), [1, 0]);
        assert_eq!(order(r#""10" "9" "1""#), [1, 2, 0]);
    }

    #[test]
    fn faults_name_the_file_and_the_id() {
        let fault = |truth: &str, found: &str| format!("{:#}", read_texts(truth, found).expect_err("refused"));
        let wrong = TRUTH.replace("\"category_id\": 3", "\"category_id\": 4");
        assert!(fault(&wrong, "[]").contains("annotation number 0 of the list: no category has the id 4"));
        assert!(fault(&TRUTH.replace("\"image_id\": 7", "\"image_id\": 70"), "[]").contains("no image has the id 70"));
        assert!(fault(&TRUTH[..60], "[]").contains("truth.json"));
        assert!(fault(TRUTH, r#"{"a": 1}"#).contains("found.json is not COCO's results"));
        let twice = TRUTH.replace("{\"id\": 11", "{\"id\": 3");
        assert!(fault(&twice, "[]").contains("two categories have one id"));
    }
}
