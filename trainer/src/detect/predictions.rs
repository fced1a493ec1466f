//! Detections as annotations, for `--format`.

use super::files::{ImageDetections, LabelledDetection};
use crate::data::formats::{self, Annotated, AnnotatedImage, Annotations, Format, ImageFiles, Shape, Written};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// An image's detections with its name in the written files, and the file itself.
#[derive(Debug)]
pub struct NamedDetections<'a> {
    /// Path below the folder that was named, with `/`.
    pub name: &'a str,
    /// The image file.
    pub path: PathBuf,
    /// What was found in it.
    pub found: &'a ImageDetections,
}

/// Writes the detections of these classes in a format, into a new folder.
///
/// # Errors
/// Where the folder is not empty, or two images have one name.
pub fn write_predictions(
    format: Format,
    images: &[NamedDetections<'_>],
    classes: &[String],
    folder: &Path,
) -> Result<Written> {
    let annotations = Annotations {
        classes: classes.to_vec(),
        images: images.iter().map(annotated_image).collect(),
        predicted: true,
        ..Annotations::default()
    };
    formats::write(format, &annotations, folder, ImageFiles::None)
}

fn annotated_image(image: &NamedDetections<'_>) -> AnnotatedImage {
    let object = |object: &LabelledDetection| Annotated {
        score: Some(f64::from(object.score)),
        ..Annotated::new(object.class, Shape::Box(object.box_px.map(f64::from)))
    };
    AnnotatedImage {
        name: image.name.to_owned(),
        file: Some(image.path.clone()),
        size_px: Some([image.found.width, image.found.height]),
        objects: image.found.objects.iter().map(object).collect(),
        ..AnnotatedImage::default()
    }
}
