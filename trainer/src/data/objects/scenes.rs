//! Generated scenes with their objects.

use super::object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part};
use crate::progress::Progress;
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_scene::LABELS;
use rayon::prelude::*;

/// What is told by the ground that it covers: scenes have no boxes of these.
const WITHOUT_BOXES: [&str; 6] = ["field", "parking lot", "road", "sand", "trees", "water"];

/// Scenes with seeds `first_seed..first_seed + count`, of `size` x `size` px; `test_share` of them, drawn by `seed`,
/// are for testing. The classes are the labels that have boxes.
pub fn load(count: usize, size: usize, first_seed: u64, test_share: f64, seed: u64) -> ObjectSet {
    let labels: Vec<usize> = (0..LABELS.len()).filter(|&label| !WITHOUT_BOXES.contains(&LABELS[label])).collect();
    let mut order: Vec<usize> = (0..count).collect();
    Rng::from_parts(&[seed, fnv1a_64(b"test scenes")]).shuffle(&mut order);
    let mut parts = vec![Part::Train; count];
    order.iter().take((count as f64 * test_share).round() as usize).for_each(|&scene| parts[scene] = Part::Test);

    let progress = Progress::new("generating scenes", count as u64, "scenes");
    let mut images: Vec<ObjectImage> = parts
        .into_par_iter()
        .enumerate()
        .map(|(at, part)| {
            let seed = first_seed + at as u64;
            let found = nadir_scene::generate(seed, size, size).objects;
            progress.advance(1);
            let objects = found.iter().enumerate().filter_map(|(number, object)| {
                let class = labels.binary_search(&object.label).ok()?;
                let box_in_image = object.box_in_image;
                Some(Object { number, class, box_in_image, difficult: false, truncated: false, crowd: false })
            });
            ObjectImage {
                name: format!("scene-{seed}"),
                file: ImageFile::Scene { seed, size },
                size_px: Some([size; 2]),
                part,
                objects: objects.collect(),
                unlabelled: Vec::new(),
            }
        })
        .collect();
    progress.finish();
    // A stable sort: training scenes first, each part by seed.
    images.sort_by_key(|image| image.part == Part::Test);
    let classes = labels.iter().map(|&label| LABELS[label].to_owned()).collect();
    ObjectSet { classes, images, ignored: Vec::new(), cut_off: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_with_boxes_is_a_class_and_no_other() {
        let mut has_box = [false; LABELS.len()];
        for seed in 0..150 {
            nadir_scene::generate(seed, 160, 160).objects.iter().for_each(|object| has_box[object.label] = true);
        }
        for (label, has_box) in LABELS.iter().zip(has_box) {
            assert_eq!(has_box, !WITHOUT_BOXES.contains(label), "{label}");
        }
    }

    #[test]
    fn boxes_are_the_scenes_own_and_parts_are_drawn_by_seed() {
        let set = load(20, 64, 100, 0.25, 1);
        assert_eq!(set.classes.len(), 14);
        assert_eq!(set.images.iter().map(|image| image.part).collect::<Vec<_>>(), {
            let mut parts = vec![Part::Train; 15];
            parts.extend([Part::Test; 5]);
            parts
        });
        for image in &set.images {
            let ImageFile::Scene { seed, size } = image.file else { panic!("{:?} is no scene", image.file) };
            assert_eq!(image.name, format!("scene-{seed}"));
            let scene = nadir_scene::generate(seed, size, size);
            assert_eq!(image.objects.len(), scene.objects.len());
            for (object, expected) in image.objects.iter().zip(&scene.objects) {
                assert_eq!(object.box_in_image, expected.box_in_image);
                assert_eq!(set.classes[object.class], LABELS[expected.label]);
            }
        }
        let names = |seed| load(20, 16, 100, 0.25, seed).images.into_iter().map(|image| image.name).collect::<Vec<_>>();
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
    }
}
