//! What is wrong with a set of annotated images, and what is worth knowing of it, in sentences.

use super::ObjectStatistics;
use crate::data::listed::Listed;

/// `COUNT WHAT; the first: NAME`, where there is one.
fn listed(what: &str, listed: &Listed) -> Option<String> {
    let first = listed.first.first()?;
    let text = if listed.count == 1 { first.clone() } else { format!("the first: {first}") };
    Some(format!("{} {what}; {text}", listed.count))
}

impl ObjectStatistics {
    /// What training would stumble over or do without, and what makes its figures wrong, a sentence each.
    pub fn faults(&self) -> Vec<String> {
        let images = &self.images;
        let mut faults: Vec<String> = [
            listed("images have no file", &images.missing),
            listed("images are broken", &images.broken),
            listed("images have another size than annotated", &images.other_size),
            listed("objects have a box without area or outside their image, and are skipped", &self.skipped),
            listed("images for testing have the same pixels as one for training", &images.same_pixels_across_parts),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.parts.iter().all(|part| part.objects == 0) {
            faults.push("there is no object in any image".to_owned());
        }
        faults
    }

    /// What is worth knowing and stops nothing, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let images = &self.images;
        let mut remarks: Vec<String> = [
            listed("boxes reach out of their image and are cut off at its border", &self.cut_off),
            listed("boxes stand in their image twice, with the same class", &self.same_boxes),
            listed("boxes stand in their image twice, with different classes", &self.same_boxes_of_other_class),
            listed("images have no object: in training they are background", &self.without_objects),
            listed(
                "images are turned by their EXIF orientation; their boxes must be those of the turned image",
                &images.turned,
            ),
            listed("images of one part have the same pixels as another of it", &images.same_pixels),
            listed("image files are in no annotation and not used", &images.without_annotation),
        ]
        .into_iter()
        .flatten()
        .collect();
        let has = |name: &str| self.parts.iter().any(|part| part.name == name && part.objects > 0);
        type Count = fn(&super::ClassCount) -> usize;
        let parts: [(&str, Count); 2] = [("train", |class| class.train), ("test", |class| class.test)];
        for (part, count) in parts {
            let without: Vec<&str> = self
                .classes
                .iter()
                .filter(|class| class.train + class.test > 0 && count(class) == 0)
                .map(|class| class.class.as_str())
                .collect();
            if has(part) && !without.is_empty() {
                remarks.push(format!("{} classes have no object in {part}: {}", without.len(), without.join(", ")));
            }
        }
        let absent: Vec<&str> = self
            .classes
            .iter()
            .filter(|class| class.train + class.test == 0)
            .map(|class| class.class.as_str())
            .collect();
        if !absent.is_empty() {
            remarks.push(format!("{} classes have no object at all: {}", absent.len(), absent.join(", ")));
        }
        remarks
    }
}
