//! Annotations in the formats that people have: a reader and a writer each, over one form in memory.

mod annotations;
mod coco;
mod cvat;
mod dota;
mod fit;
mod format;
mod image_files;
mod label_csv;
mod label_studio;
mod label_studio_config;
mod label_studio_name;
mod labelme;
mod new_folder;
mod number;
mod shape;
mod source;
#[cfg(test)]
mod tests;
mod voc;
mod xml;
mod yaml;
mod yolo;
mod yolo_layout;

pub use annotations::{Annotated, AnnotatedImage, Annotations, Subset};
pub use fit::fit;
pub use format::Format;
pub use image_files::ImageFiles;
pub use new_folder::NewFolder;
pub(crate) use number::side_px;
pub use shape::Shape;
pub use source::Source;

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::Path;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Number of images.
    pub images: usize,
    /// Number of objects.
    pub objects: usize,
    /// Number of labels of whole images.
    pub labels: usize,
    /// A sentence for each kind of thing that the format does not hold, and for what is written otherwise.
    pub remarks: Vec<String>,
}

/// Reads annotations. Images are looked for, and their headers read where a size is not annotated; none is decoded.
///
/// # Errors
/// Names the file, its line or key, and what was expected; a name that stands for two images.
pub fn read(format: Format, source: &Source<'_>) -> Result<Annotations> {
    ensure!(source.path.exists(), "{} does not exist", source.path.display());
    if let Some(images) = source.images {
        ensure!(images.is_dir(), "{} is no folder of images", images.display());
    }
    let annotations = match format {
        Format::Coco => coco::read(source),
        Format::Voc => voc::read(source),
        Format::Yolo | Format::YoloObb | Format::YoloSeg => yolo::read(source),
        Format::Dota => dota::read(source),
        Format::Labelme => labelme::read(source),
        Format::Cvat => cvat::read(source),
        Format::LabelStudio => label_studio::read(source),
        Format::Csv => label_csv::read(source),
    };
    let annotations =
        annotations.with_context(|| format!("cannot read {} as {}", source.path.display(), format.title()))?;
    let mut names: BTreeMap<&str, Option<Subset>> = BTreeMap::new();
    for image in &annotations.images {
        ensure!(!image.name.is_empty(), "{}: an image has an empty name", source.path.display());
        // Each number in a file is finite; what is computed of it, as x + width, need not be.
        if let Some(number) = image.objects.iter().position(|object| !object.is_near()) {
            let (path, name) = (source.path.display(), &image.name);
            anyhow::bail!(
                "{path}: object {number} of the image {name:?} has a corner farther off than any image is large"
            );
        }
        if let Some(other) = names.insert(&image.name, image.subset) {
            let subset = |subset: Option<Subset>| subset.map_or("the set", Subset::name);
            let (a, b) = (subset(other), subset(image.subset));
            anyhow::bail!("{}: image {:?} stands in {a} and again in {b}", source.path.display(), image.name);
        }
    }
    Ok(annotations)
}

/// Writes what the format holds of the annotations into a new folder.
///
/// # Errors
/// Where the folder is not empty, or the format needs what is not known; then nothing is written.
pub fn write(format: Format, annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Written> {
    let (fitted, mut remarks) = fit(annotations, format);
    let new = NewFolder::new(folder)?;
    let path = new.path();
    let more = match format {
        Format::Coco => coco::write(&fitted, &path, images),
        Format::Voc => voc::write(&fitted, &path, images),
        Format::Yolo | Format::YoloObb | Format::YoloSeg => yolo::write(&fitted, format, &path, images),
        Format::Dota => dota::write(&fitted, &path, images),
        Format::Labelme => labelme::write(&fitted, &path, images),
        Format::Cvat => cvat::write(&fitted, &path, images),
        Format::LabelStudio => label_studio::write(&fitted, &path, images),
        Format::Csv => label_csv::write(&fitted, &path, images),
    };
    remarks.extend(more.with_context(|| format!("cannot write {} as {}", folder.display(), format.title()))?);
    new.finish()?;
    let labels = fitted.images.iter().map(|image| image.labels.len()).sum();
    Ok(Written { images: fitted.images.len(), objects: fitted.object_count(), labels, remarks })
}
