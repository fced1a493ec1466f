//! What a set of annotated images holds, and what is wrong with it: in whichever format it was.

mod boxes;
mod images;
mod sentences;
#[cfg(test)]
mod tests;

pub use boxes::BoxSizes;
pub use images::ImageFindings;

use super::listed::Listed;
use super::objects::{ObjectImage, ObjectSet, Part};
use serde::Serialize;
use std::path::Path;

/// Figures of a set of annotated images.
#[derive(Debug, Clone, Serialize)]
pub struct ObjectStatistics {
    /// Images and objects of each part that has images.
    pub parts: Vec<PartCount>,
    /// Every class, in the set's order.
    pub classes: Vec<ClassCount>,
    /// How large the boxes are.
    pub boxes: BoxSizes,
    /// Objects that are skipped for their boxes: without an area, or outside their image.
    pub skipped: Listed,
    /// Objects whose boxes reach out of their image and are cut off at its border.
    pub cut_off: Listed,
    /// Boxes that stand in their image again to the last digit, with the same class.
    pub same_boxes: Listed,
    /// Boxes that stand in their image again to the last digit, with another class.
    pub same_boxes_of_other_class: Listed,
    /// Images without an object.
    pub without_objects: Listed,
    /// What the image files say.
    pub images: ImageFindings,
}

/// A part of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartCount {
    /// train, validation or test.
    pub name: &'static str,
    /// Number of images.
    pub images: usize,
    /// Number of objects in them.
    pub objects: usize,
}

/// How often a class occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Name of the class.
    pub class: String,
    /// Its objects in the training images.
    pub train: usize,
    /// Its objects in the other images.
    pub test: usize,
    /// Images that have at least one.
    pub images: usize,
    /// Those of its objects that are marked as difficult (VOC) or as a crowd (COCO).
    pub difficult_or_crowd: usize,
}

/// Looks at every box, and decodes every image. `image_folder` is where all of the set's image files should lie; without
/// it files that no annotation names are not looked for.
pub fn object_statistics(set: &ObjectSet, image_folder: Option<&Path>) -> ObjectStatistics {
    let part = |part: Part| {
        let images: Vec<&ObjectImage> = set.images.iter().filter(|image| image.part == part).collect();
        let objects = images.iter().map(|image| image.objects.len()).sum();
        PartCount { name: part.name(), images: images.len(), objects }
    };
    let without = set.images.iter().filter(|image| image.objects.is_empty());
    let (same_boxes, same_boxes_of_other_class) = boxes::same_boxes(set);
    ObjectStatistics {
        parts: Part::ALL.map(part).into_iter().filter(|part| part.images > 0).collect(),
        classes: class_counts(set),
        boxes: BoxSizes::of(set),
        skipped: set.ignored.iter().cloned().collect(),
        cut_off: set.cut_off.iter().cloned().collect(),
        same_boxes,
        same_boxes_of_other_class,
        without_objects: without.map(|image| image.name.clone()).collect(),
        images: images::findings(set, image_folder),
    }
}

fn class_counts(set: &ObjectSet) -> Vec<ClassCount> {
    let empty =
        |class: &String| ClassCount { class: class.clone(), train: 0, test: 0, images: 0, difficult_or_crowd: 0 };
    let mut counts: Vec<ClassCount> = set.classes.iter().map(empty).collect();
    for image in &set.images {
        let mut seen = vec![false; counts.len()];
        for object in &image.objects {
            let count = &mut counts[object.class];
            match image.part {
                Part::Train => count.train += 1,
                Part::Validation | Part::Test => count.test += 1,
            }
            count.difficult_or_crowd += usize::from(object.difficult || object.crowd);
            count.images += usize::from(!std::mem::replace(&mut seen[object.class], true));
        }
    }
    counts
}
