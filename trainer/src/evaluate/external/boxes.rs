//! Ground truth and detections as real tools write them, in COCO's JSON.

use super::numbered::Numbered;
use super::results::{self, Found};
use crate::data::json::Id;
use crate::data::objects::coco_file::{CocoAnnotation, CocoFile};
use anyhow::{Context, Result, ensure};
use nadir_core::metric::detection::{BoxAreas, Detection, GroundTruth, corners_from_xywh};
use std::path::Path;

/// Both files, images and classes numbered without gaps, in the order of their ids: pycocotools takes images in that
/// order, whatever the file's, and so breaks ties of scores.
#[derive(Debug, Clone)]
pub struct Boxes {
    /// For each image its file name, or its id where the file does not say.
    pub images: Vec<String>,
    /// Class names in the order of the categories' ids.
    pub classes: Vec<String>,
    /// Ground-truth objects, their boxes in px.
    pub truths: Vec<GroundTruth>,
    /// Detections, their boxes in px.
    pub detections: Vec<Detection>,
    /// Width times height of both, as the files have them.
    pub areas: BoxAreas,
    /// Whether the pixel at x1, y1 belongs to a box and pixels count from 1, as in VOC's own files.
    pub corners_are_inside: bool,
    /// What was read and what was skipped.
    pub notes: Vec<String>,
}

/// Reads both. An object without `area` has that of its box. Detections on images or of categories that the ground
/// truth does not have are skipped and counted.
///
/// # Errors
/// Names the file, line, key and what was expected; also where an annotation names an image or category that does not
/// exist, two categories have one id, or no detection is on an image or of a category of the ground truth.
pub fn read(ground_truth: &Path, detections: &Path) -> Result<Boxes> {
    let truth = CocoFile::read(ground_truth)?;
    let (found, notes_on_found) = results::read(detections)?;
    let images = Numbered::new(truth.images.iter().map(|image| &image.id).collect());
    let mut areas = BoxAreas::default();
    let truths = truths(&truth, &images, &mut areas).with_context(|| format!("in {}", ground_truth.display()))?;
    let mut known = Known { images, truth: &truth, by_zeros: 0, skipped: [Skipped::default(), Skipped::default()] };
    let mut kept = Vec::with_capacity(found.len());
    for found in &found {
        if let Some(detection) = known.detection(found) {
            areas.detections.push(area(found.bbox));
            kept.push(detection);
        }
    }
    known.expect_some(&found, &kept).with_context(|| format!("in {}", detections.display()))?;

    let mut notes = vec![format!(
        "{} images, {} objects of {} classes, {} detections",
        truth.images.len(),
        truths.len(),
        truth.categories.len(),
        kept.len()
    )];
    notes.extend(known.notes());
    notes.extend(notes_on_found);
    if known.images.len() < truth.images.len() {
        notes.push(format!(
            "{} images of the ground truth have an id that another one has; images of one id are one image",
            truth.images.len() - known.images.len()
        ));
    }
    notes.extend(truth.notes_on_ids());
    let classes = truth.categories.iter().map(|category| category.name.clone()).collect();
    let mut images = vec![String::new(); known.images.len()];
    for image in &truth.images {
        if let Some(number) = known.images.get(&image.id) {
            images[number] = image.file_name.clone().unwrap_or_else(|| image.id.to_string());
        }
    }
    Ok(Boxes { images, classes, truths, detections: kept, areas, corners_are_inside: false, notes })
}

fn truths(truth: &CocoFile, images: &Numbered, areas: &mut BoxAreas) -> Result<Vec<GroundTruth>> {
    let of_one = |(at, annotation): (usize, &CocoAnnotation)| {
        let unknown = |what: &str, id: &Id| format!("{}: no {what} has the id {id}", annotation.named(at));
        let image = images.get(&annotation.image_id).with_context(|| unknown("image", &annotation.image_id))?;
        let class = truth.class(&annotation.category_id);
        let class = class.with_context(|| unknown("category", &annotation.category_id))?;
        let bbox = annotation.bbox;
        let bbox = bbox.with_context(|| format!("{}: expected a bbox [x, y, width, height]", annotation.named(at)))?;
        areas.truths.push(area(bbox));
        Ok(GroundTruth {
            area: annotation.area.unwrap_or(area(bbox)),
            crowd: annotation.crowd,
            difficult: annotation.difficult,
            ..GroundTruth::new(image, class, corners_from_xywh(bbox))
        })
    };
    truth.annotations.iter().enumerate().map(of_one).collect()
}

/// What the ground truth knows, and what of the detections it does not.
struct Known<'a> {
    images: Numbered,
    truth: &'a CocoFile,
    /// Detections whose image was found by leaving zeros aside.
    by_zeros: usize,
    /// For images and for categories.
    skipped: [Skipped; 2],
}

/// How many detections were skipped, and the id of the first.
#[derive(Default)]
struct Skipped {
    count: usize,
    first: Option<Id>,
}

impl Skipped {
    fn add(&mut self, id: &Id) {
        self.count += 1;
        self.first.get_or_insert_with(|| id.clone());
    }
}

impl Known<'_> {
    fn detection(&mut self, found: &Found) -> Option<Detection> {
        let image = self.images.get(&found.image_id).or_else(|| {
            let number = self.images.get_without_zeros(&found.image_id);
            self.by_zeros += usize::from(number.is_some());
            number
        });
        let Some(image) = image else {
            self.skipped[0].add(&found.image_id);
            return None;
        };
        let Some(class) = self.truth.class(&found.category_id) else {
            self.skipped[1].add(&found.category_id);
            return None;
        };
        Some(Detection { image, class, box_in_image: corners_from_xywh(found.bbox), score: found.score })
    }

    /// An id of the ground truth, of images and of categories.
    fn examples(&self) -> [String; 2] {
        let category = self.truth.categories.first().map_or_else(|| "none".to_owned(), |first| first.id.to_string());
        [self.images.example(), category]
    }

    fn expect_some(&self, found: &[Found], kept: &[Detection]) -> Result<()> {
        let [images, categories] = self.examples();
        ensure!(
            found.is_empty() || !kept.is_empty(),
            "none of the {} detections is on an image and of a category of the ground truth; the first has the \
             image_id {} and the category_id {}, where the ground truth has ids like {images} and {categories}",
            found.len(),
            found[0].image_id,
            found[0].category_id,
        );
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for ((skipped, what), example) in self.skipped.iter().zip(["images", "categories"]).zip(self.examples()) {
            if let Some(first) = &skipped.first {
                notes.push(format!(
                    "{} detections on {what} that the ground truth does not have were skipped; the first has the id \
                     {first}, and the ground truth has ids like {example}",
                    skipped.count
                ));
            }
        }
        if self.by_zeros > 0 {
            notes.push(format!("zeros in front of the image's id were left aside in {} detections", self.by_zeros));
        }
        notes
    }
}

/// Width times height of a box as COCO's files have it, px².
fn area([_, _, width, height]: [f64; 4]) -> f64 {
    width * height
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
        assert!(fault(&wrong, "[]").contains("annotation number 0 of the list (line 3): no category has the id 4"));
        assert!(fault(&TRUTH.replace("\"image_id\": 7", "\"image_id\": 70"), "[]").contains("no image has the id 70"));
        assert!(fault(&TRUTH[..60], "[]").contains("truth.json"));
        assert!(fault(TRUTH, r#"{"a": 1}"#).contains("found.json: line 1, column 1: expected COCO's results"));
        let twice = TRUTH.replace("{\"id\": 11", "{\"id\": 3");
        assert!(fault(&twice, "[]").contains("expected ids and names of their own"));
    }
}
