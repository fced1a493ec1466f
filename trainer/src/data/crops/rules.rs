//! Which objects are cut out.

use super::super::objects::{Object, ObjectSet, Part};
use crate::config::CropsConfig;
use std::collections::HashSet;
use tracing::{info, warn};

/// An image with the objects that are cut out of it, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Index into the set's images.
    pub image: usize,
    /// Those objects.
    pub objects: Vec<Object>,
}

/// Whether an object is cut out, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Kept,
    Crowd,
    Difficult,
    Small,
}

/// The images with objects to cut out, in the set's order.
pub fn choose(set: &ObjectSet, settings: &CropsConfig) -> Vec<Chosen> {
    let chosen = set.images.iter().enumerate().map(|(at, image)| {
        let kept = image.objects.iter().filter(|object| verdict(object, settings) == Verdict::Kept);
        Chosen { image: at, objects: kept.copied().collect() }
    });
    chosen.filter(|chosen| !chosen.objects.is_empty()).collect()
}

/// Says on standard error how many objects of each part were cut out, why others were not, and which classes have none.
pub fn report(set: &ObjectSet, kept: &[Chosen], settings: &CropsConfig) {
    let good: HashSet<usize> = kept.iter().map(|chosen| chosen.image).collect();
    for part in Part::ALL {
        let [mut crops, mut crowd, mut difficult, mut small, mut in_bad_images] = [0usize; 5];
        for (at, image) in set.images.iter().enumerate().filter(|(_, image)| image.part == part) {
            for object in &image.objects {
                *match verdict(object, settings) {
                    Verdict::Kept if good.contains(&at) => &mut crops,
                    Verdict::Kept => &mut in_bad_images,
                    Verdict::Crowd => &mut crowd,
                    Verdict::Difficult => &mut difficult,
                    Verdict::Small => &mut small,
                } += 1;
            }
        }
        info!(
            "crops: {}: {crops} of {} objects; skipped: {difficult} difficult, {crowd} crowds, {small} with a side \
             under {} px, {in_bad_images} in missing or broken images",
            part.name(),
            crops + crowd + difficult + small + in_bad_images,
            settings.min_side,
        );
    }
    let has_crop: HashSet<usize> = kept.iter().flat_map(|chosen| &chosen.objects).map(|object| object.class).collect();
    let without = (0..set.classes.len()).filter(|class| !has_crop.contains(class));
    let without: Vec<&str> = without.map(|class| set.classes[class].as_str()).collect();
    if !without.is_empty() {
        warn!("crops: skipped as classes, for they have no crop: {}", without.join(", "));
    }
}

fn verdict(object: &Object, settings: &CropsConfig) -> Verdict {
    let [x0, y0, x1, y1] = object.box_in_image;
    if object.crowd {
        Verdict::Crowd
    } else if object.difficult && !settings.use_difficult {
        Verdict::Difficult
    } else if (x1 - x0).min(y1 - y0) < settings.min_side as f32 {
        Verdict::Small
    } else {
        Verdict::Kept
    }
}
