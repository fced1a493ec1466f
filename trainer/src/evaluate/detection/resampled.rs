//! COCO's figures over resampled images.

use crate::detect::figures::truths_as_coco;
use crate::detect::images::Detected;
use crate::evaluate::resampled::{Resampled, Resamples, Sampled};
use nadir_core::metric::detection::coco::{CocoFigures, coco_figures};
use nadir_core::metric::detection::{Detection, GroundTruth};
use std::collections::BTreeMap;

/// A figure's name and where it stands.
type Figure = (&'static str, fn(&CocoFigures) -> f64);

/// The figures that get an interval and that arms are compared by.
const RESAMPLED: [Figure; 3] = [
    ("AP", |figures| figures.ap.unwrap_or(0.0)),
    ("AP50", |figures| figures.ap50.unwrap_or(0.0)),
    ("AP75", |figures| figures.ap75.unwrap_or(0.0)),
];

/// The figures of `images` images, by name; `None` if nothing can be measured, or no resample is asked for.
pub fn resampled(found: &Detected, images: usize, classes: usize, resamples: Resamples) -> BTreeMap<String, Resampled> {
    if resamples.number == 0 {
        return BTreeMap::new();
    }
    let truths = by_image(images, truths_as_coco(&found.truths), |truth| truth.image);
    let detections = by_image(images, found.detections.clone(), |detection| detection.image);
    let figures_over = |counts: &[u32]| {
        let (mut drawn_truths, mut drawn_detections) = (Vec::new(), Vec::new());
        let drawn = counts.iter().enumerate().flat_map(|(image, &count)| std::iter::repeat_n(image, count as usize));
        for (image, of) in drawn.enumerate() {
            drawn_truths.extend(truths[of].iter().map(|truth| GroundTruth { image, ..*truth }));
            drawn_detections.extend(detections[of].iter().map(|found| Detection { image, ..*found }));
        }
        let figures = coco_figures(&drawn_truths, &drawn_detections, classes);
        figures.ap.is_some().then_some(figures)
    };
    let experiment = [Sampled { examples: images, figures: Box::new(figures_over) }];
    let found = resamples.of_experiments(&experiment, &RESAMPLED.map(|(_, figure)| figure)).unwrap_or_default();
    RESAMPLED.iter().zip(found).map(|((name, _), figure)| ((*name).to_owned(), figure)).collect()
}

fn by_image<T>(images: usize, all: Vec<T>, image: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut lists: Vec<Vec<T>> = (0..images).map(|_| Vec::new()).collect();
    all.into_iter().for_each(|one| lists[image(&one)].push(one));
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_that_of_all_images_and_the_interval_is_about_it() {
        let corners = [0.0, 0.0, 10.0, 10.0];
        let truths: Vec<GroundTruth> = (0..40).map(|image| GroundTruth::new(image, 0, corners)).collect();
        // Three of four objects are found.
        let found = truths.iter().filter(|truth| truth.image % 4 > 0);
        let detections =
            found.map(|truth| Detection { image: truth.image, class: 0, box_in_image: corners, score: 0.9 });
        let detected = Detected { detections: detections.collect(), truths, skipped: Vec::new() };
        let figures = resampled(&detected, 40, 1, Resamples { seed: 1, number: 200 });
        let ap50 = &figures["AP50"];
        let all = coco_figures(&detected.truths, &detected.detections, 1).ap50;
        assert_eq!(Some(ap50.scalar.mean), all);
        // A share of 0.75 over 40 images deviates by 0.068: 95 % lie within 1.96 of that.
        let [low, high] = ap50.scalar.interval.expect("200 resamples");
        assert!((0.56..0.68).contains(&low) && (0.82..0.94).contains(&high), "[{low}, {high}]");
        assert!(resampled(&detected, 40, 1, Resamples { seed: 1, number: 0 }).is_empty());
        assert!(resampled(&Detected::default(), 3, 1, Resamples { seed: 1, number: 20 }).is_empty());
    }
}
