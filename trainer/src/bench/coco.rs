//! COCO's figures of a set of its size, from files to figures, beside pycocotools.

use super::figure::{Figure, Repeats};
use super::python::python_says;
use crate::data::objects::{ImageFile, ObjectImage, Part};
use crate::detect::images::Detected;
use crate::evaluate::detection::coco_files;
use crate::evaluate::external::{self, boxes};
use anyhow::{Context, Result, ensure};
use nadir_core::metric::detection::coco::MAX_DETECTIONS;
use nadir_core::metric::detection::{Detection, GroundTruth};
use nadir_core::rng::Rng;
use std::path::Path;
use std::time::Instant;

const IMAGES: usize = 5_000;
const CLASSES: usize = 80;
/// Objects of an image at most; detections come to about 26,000.
const MOST_OBJECTS: usize = 10;
/// Share of objects that are detected, of those detected twice, and of images with a detection of nothing.
const FOUND: f64 = 0.85;
const TWICE: f64 = 0.1;
const NOTHING: f64 = 0.5;
/// Figures of the same files may differ by so much: both sum in f64, in orders of their own.
const TOLERANCE: f64 = 1e-9;

/// Seconds for reading both files and computing the figures, three times over.
///
/// # Errors
/// Where pycocotools has other figures.
pub(super) fn figure(python: Option<&Path>) -> Result<Figure> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let file = folder.path().join("found.json");
    let drawn = drawn();
    let image = |at: usize| ObjectImage {
        name: format!("{at}.jpg"),
        file: ImageFile::Path(format!("{at}.jpg").into()),
        size_px: Some([640, 480]),
        part: Part::Test,
        objects: Vec::new(),
        unlabelled: Vec::new(),
    };
    let images: Vec<ObjectImage> = (0..IMAGES).map(image).collect();
    let classes: Vec<String> = (0..CLASSES).map(|class| format!("class {class}")).collect();
    coco_files::write(&file, &drawn, &images.iter().collect::<Vec<_>>(), &classes)?;
    let truth = coco_files::ground_truth_file(&file);

    let mut seconds = Vec::new();
    let mut figures = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        figures = external::coco(&boxes::read(&truth, &file)?, MAX_DETECTIONS).figures;
        seconds.push(started.elapsed().as_secs_f64());
    }
    let arguments = [truth.display().to_string(), file.display().to_string()];
    let answer: Option<Option<(f64, Vec<f64>)>> = python_says(python, include_str!("coco.py"), &arguments)?;
    let baseline = answer.flatten();
    if let Some((_, theirs)) = &baseline {
        ensure_same(&figures, theirs)?;
    }
    let what = format!("COCO's figures, {IMAGES} images, {} detections, from files", drawn.detections.len());
    let baseline = baseline.map(|(seconds, _)| seconds.into());
    Ok(Figure::new(&what, Repeats::of(seconds), "s").beside("pycocotools", baseline))
}

/// Fails if pycocotools has other figures, in the same order; it gives -1 if there is nothing to measure.
fn ensure_same(own: &[(String, Option<f64>)], theirs: &[f64]) -> Result<()> {
    ensure!(own.len() == theirs.len(), "{} figures here, and {} by pycocotools", own.len(), theirs.len());
    for ((name, own), theirs) in own.iter().zip(theirs) {
        let own = own.unwrap_or(-1.0);
        ensure!((own - theirs).abs() <= TOLERANCE, "{name} is {own} here, and {theirs} by pycocotools");
    }
    Ok(())
}

/// Objects, and detections that are off by a little, doubled, of another class, or of nothing.
fn drawn() -> Detected {
    let mut rng = Rng::new(1);
    let mut drawn = Detected::default();
    for image in 0..IMAGES {
        for _ in 0..rng.below(MOST_OBJECTS + 1) {
            let (class, x, y) = (rng.below(CLASSES), rng.range(0.0, 540.0), rng.range(0.0, 380.0));
            let corners = [x, y, x + rng.range(5.0, 100.0), y + rng.range(5.0, 100.0)];
            drawn.truths.push(GroundTruth::new(image, class, corners));
            let times = usize::from(rng.chance(FOUND)) + usize::from(rng.chance(TWICE));
            for _ in 0..times {
                let box_in_image = corners.map(|corner| corner + 3.0 * rng.normal());
                let class = if rng.chance(TWICE) { rng.below(CLASSES) } else { class };
                drawn.detections.push(Detection { image, class, box_in_image, score: rng.uniform() });
            }
        }
        if rng.chance(NOTHING) {
            let box_in_image = [5.0, 5.0, 60.0, 90.0];
            drawn.detections.push(Detection { image, class: rng.below(CLASSES), box_in_image, score: rng.uniform() });
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_figures_than_pycocotools_are_named() {
        let own = [("AP".to_owned(), Some(0.5)), ("AP small".to_owned(), None)];
        assert!(ensure_same(&own, &[0.5, -1.0]).is_ok());
        let message = |theirs: &[f64]| ensure_same(&own, theirs).expect_err("other figures").to_string();
        assert_eq!(message(&[0.5 + 1e-6, -1.0]), "AP is 0.5 here, and 0.500001 by pycocotools");
        assert_eq!(message(&[0.5, 0.0]), "AP small is -1 here, and 0 by pycocotools");
        assert_eq!(message(&[0.5]), "2 figures here, and 1 by pycocotools");
    }

    #[test]
    fn what_is_drawn_is_of_cocos_size_and_as_often_right_as_meant() {
        let drawn = drawn();
        assert!((24_000..28_000).contains(&drawn.truths.len()), "{} objects", drawn.truths.len());
        assert!((24_000..28_000).contains(&drawn.detections.len()), "{} detections", drawn.detections.len());
        assert!(drawn.truths.iter().all(|truth| truth.image < IMAGES && truth.class < CLASSES));
    }
}
