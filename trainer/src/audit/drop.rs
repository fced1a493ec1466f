//! What to take out of a data set so that no ground is in two parts, and none twice in one.

use super::images::AuditedImage;
use crate::data::objects::Part;
use nadir_overlap::{Ground, Kind};
use serde::Serialize;

/// An image to drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Its index.
    pub image: usize,
    /// The index of the image that stays.
    pub because_of: usize,
    /// How the two are alike.
    pub kind: Kind,
}

/// Test images stay, so that figures stay comparable: of a pair across parts the training image goes, or the validation
/// image where the other is for testing. Within a part the later of two images of the same view goes; two views that
/// only overlap both stay.
pub fn to_drop(images: &[AuditedImage], ground: &Ground) -> Vec<Dropped> {
    // What is decided first stays: test before validation before training, and in the set's order.
    let mut order: Vec<usize> = (0..images.len()).collect();
    order.sort_by_key(|&image| (std::cmp::Reverse(rank(images[image].part)), image));
    let mut is_decided = vec![false; images.len()];
    let mut dropped = vec![None; images.len()];
    for image in order {
        let is_in_the_way = |&(other, kind): &(usize, Kind)| {
            let is_across = images[other].part != images[image].part;
            is_decided[other] && dropped[other].is_none() && (is_across || kind.is_same_view())
        };
        dropped[image] =
            ground.others(image).find(is_in_the_way).map(|(because_of, kind)| Dropped { image, because_of, kind });
        is_decided[image] = true;
    }
    dropped.into_iter().flatten().collect()
}

fn rank(part: Option<Part>) -> usize {
    match part {
        Some(Part::Test) => 3,
        Some(Part::Validation) => 2,
        Some(Part::Train) => 1,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::objects::ImageFile;
    use nadir_overlap::Overlap;

    #[test]
    fn training_images_go_for_test_images_and_copies_for_the_first() {
        let image = |part| AuditedImage {
            name: String::new(),
            file: ImageFile::Scene { seed: 0, size: 1 },
            part: Some(part),
            targets: None,
        };
        use Part::{Test, Train, Validation};
        let images = [Train, Test, Train, Train, Train, Validation, Train].map(image);
        let shifted = |first, second| Overlap { kind: Kind::Shifted, ..Overlap::exact(first, second) };
        // 0 overlaps the test image 1; 2 and 3 are the same; 3's like overlaps 4 within training; 5 and 6 across.
        let overlaps = [shifted(0, 1), Overlap::exact(2, 3), shifted(2, 4), shifted(5, 6)];
        let dropped = to_drop(&images, &Ground::new(images.len(), &overlaps));
        let dropped: Vec<(usize, usize)> = dropped.iter().map(|drop| (drop.image, drop.because_of)).collect();
        assert_eq!(dropped, [(0, 1), (3, 2), (6, 5)]);
    }
}
