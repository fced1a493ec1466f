//! Labels that hardly occur, and labels that never come alone.

use super::images::AuditedImage;
use crate::data::objects::Part;
use serde::Serialize;

/// Fewer images than this in a part say little of a label.
const FEW: usize = 10;
/// A label on fewer images is with others by chance.
const OFTEN_ENOUGH: usize = 5;
/// A label that more of all images have is with any other.
const NEARLY_EVERYWHERE: f64 = 0.8;

/// How many images of each part have a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RareLabel {
    /// Index of the label.
    pub label: usize,
    /// Images that have it, in all.
    pub images: usize,
    /// In training, validation and test.
    pub in_parts: [usize; 3],
}

/// A label that never comes without another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Together {
    /// The label.
    pub label: usize,
    /// What all images with it have, too.
    pub with: usize,
    /// Images that have both.
    pub images: usize,
    /// Whether the other never comes without it either: one label by two names.
    pub is_mutual: bool,
}

/// The labels with fewer than ten images in training, or in all where nothing is in a part, or none in a part that has
/// images; fewest first.
pub fn rare_labels(images: &[AuditedImage], labels: usize) -> Vec<RareLabel> {
    let in_part =
        |label: usize, part: Part| images.iter().filter(|image| image.part == Some(part) && has(image, label)).count();
    let is_there = Part::ALL.map(|part| images.iter().any(|image| image.part == Some(part) && image.targets.is_some()));
    let mut rare: Vec<RareLabel> = (0..labels)
        .map(|label| RareLabel {
            label,
            images: images.iter().filter(|image| has(image, label)).count(),
            in_parts: Part::ALL.map(|part| in_part(label, part)),
        })
        .filter(|count| {
            let learned = if is_there[0] { count.in_parts[0] } else { count.images };
            learned < FEW || count.in_parts.iter().zip(is_there).any(|(&images, is_there)| is_there && images == 0)
        })
        .collect();
    rare.sort_by_key(|count| (count.images, count.label));
    rare
}

/// The pairs of labels of which the first never comes without the second, most images first.
pub fn always_together(images: &[AuditedImage], labels: usize) -> Vec<Together> {
    let targets: Vec<&[bool]> = images.iter().filter_map(|image| image.targets.as_deref()).collect();
    let count = |of: &dyn Fn(&[bool]) -> bool| targets.iter().filter(|targets| of(targets)).count();
    let of_each: Vec<usize> = (0..labels).map(|label| count(&|targets| targets[label])).collect();
    let mut found = Vec::new();
    for label in (0..labels).filter(|&label| of_each[label] >= OFTEN_ENOUGH) {
        for with in (0..labels).filter(|&with| with != label) {
            let is_everywhere = of_each[with] as f64 > NEARLY_EVERYWHERE * targets.len() as f64;
            let images = of_each[label];
            if !is_everywhere && of_each[with] >= images && count(&|targets| targets[label] && targets[with]) == images
            {
                let is_mutual = of_each[with] == images;
                // One line for a pair of one meaning.
                if !is_mutual || label < with {
                    found.push(Together { label, with, images, is_mutual });
                }
            }
        }
    }
    found.sort_by_key(|pair| (std::cmp::Reverse(pair.images), pair.label, pair.with));
    found
}

fn has(image: &AuditedImage, label: usize) -> bool {
    image.targets.as_ref().is_some_and(|targets| targets[label])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::objects::ImageFile;

    fn images(rows: &[(usize, Part, [bool; 3])]) -> Vec<AuditedImage> {
        let of = |&(count, part, targets): &(usize, Part, [bool; 3])| {
            let image = AuditedImage {
                name: String::new(),
                file: ImageFile::Scene { seed: 0, size: 1 },
                part: Some(part),
                targets: Some(targets.to_vec()),
            };
            vec![image; count]
        };
        rows.iter().flat_map(of).collect()
    }

    #[test]
    fn counts_by_hand() {
        // Label 0 never comes without 1; label 2 is on twelve training images and no test image.
        let images = images(&[
            (12, Part::Train, [true, true, false]),
            (6, Part::Train, [false, true, false]),
            (12, Part::Train, [false, false, true]),
            (6, Part::Test, [true, true, false]),
        ]);
        assert_eq!(rare_labels(&images, 3), [RareLabel { label: 2, images: 12, in_parts: [12, 0, 0] }]);
        let together = always_together(&images, 3);
        assert_eq!(together, [Together { label: 0, with: 1, images: 18, is_mutual: false }]);
    }
}
