//! What a detector finds in annotated images, beside what is there.

use crate::data::ahead;
use crate::data::objects::ObjectImage;
use crate::device::wait;
use crate::progress::Progress;
use anyhow::{Result, ensure};
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::image::{Planes, RgbImage};
use nadir_core::metric::detection::{Detection, GroundTruth};
use nadir_nn::model::detector::Detector;
use tracing::warn;

/// Ground truth and detections of some images, numbered by their index among those requested; classes from 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Detected {
    /// Of the images that could be read.
    pub truths: Vec<GroundTruth>,
    /// Of an image, the highest-scoring first.
    pub detections: Vec<Detection>,
    /// Images that are missing, broken or of another size than annotated, with the reason.
    pub skipped: Vec<String>,
}

/// Runs the detector over images, which other threads decode ahead. An image that cannot be read is skipped with its
/// objects.
///
/// # Errors
/// More unreadable images than the share `max_bad_images` of all; a device that fails.
pub fn detect_images(detector: &Detector, images: &[&ObjectImage], max_bad_images: f64) -> Result<Detected> {
    let mut found = Detected::default();
    found.skipped = over_images("detecting", images, max_bad_images, |at, pixels| {
        let objects = wait(detector.detect(&Planes::from_rgb(pixels.view())))??;
        found.truths.extend(truths(images[at], at));
        found.detections.extend(detections(images[at], at, objects));
        Ok(())
    })?;
    Ok(found)
}

/// Gives `see` the index and pixels of every image that can be read, in order; the others are returned with the reason.
pub(crate) fn over_images(
    what: &str,
    images: &[&ObjectImage],
    max_bad_images: f64,
    mut see: impl FnMut(usize, &RgbImage) -> Result<()>,
) -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    let progress = Progress::new(what, images.len() as u64, "images");
    ahead::in_order(
        images,
        |image| image.read(),
        |at, pixels| {
            match pixels {
                Ok(pixels) => see(at, &pixels)?,
                Err(reason) => {
                    skipped.push(reason);
                    check_skipped(&skipped, images.len(), max_bad_images)?;
                }
            }
            progress.advance(1);
            Ok(())
        },
    )?;
    progress.finish();
    for reason in skipped.iter().take(5) {
        warn!(reason, "skipped: {reason}");
    }
    Ok(skipped)
}

pub(crate) fn check_skipped(skipped: &[String], all: usize, share: f64) -> Result<()> {
    ensure!(
        skipped.len() as f64 <= share * all as f64,
        "{} of {all} images are missing, broken or of another size so far, more than data.max_bad_images = {share} \
         allows; the first: {}",
        skipped.len(),
        skipped[0],
    );
    Ok(())
}

/// The annotated objects of an image that is number `image`.
pub(crate) fn truths(annotated: &ObjectImage, image: usize) -> impl Iterator<Item = GroundTruth> {
    annotated.objects.iter().map(move |object| GroundTruth {
        crowd: object.crowd,
        difficult: object.difficult,
        ..GroundTruth::new(image, object.class, object.box_in_image.map(f64::from))
    })
}

/// The detections of an image that is number `image`. Those of classes that are not annotated in it are dropped: they
/// are neither right nor wrong.
pub(crate) fn detections(
    annotated: &ObjectImage,
    image: usize,
    objects: Vec<DetectedObject>,
) -> impl Iterator<Item = Detection> {
    let is_annotated = |object: &DetectedObject| !annotated.unlabelled.contains(&object.class);
    objects.into_iter().filter(is_annotated).map(move |object| Detection {
        image,
        class: object.class,
        box_in_image: object.box_in_image.map(f64::from),
        score: f64::from(object.score),
    })
}
