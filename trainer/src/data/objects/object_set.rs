//! Images with annotated objects, as every format is read into.

use crate::data::decode::{read_dimensions, read_image};
use crate::data::image_index::ImageIndex;
use crate::data::label_table::{plain_path, without_ending};
use anyhow::Result;
use nadir_core::image::RgbImage;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use tracing::info;

/// Images with their objects.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectSet {
    /// Class names, by the objects' class index.
    pub classes: Vec<String>,
    /// In the order of the files, training images first. None of them is for validation yet.
    pub images: Vec<ObjectImage>,
    /// Objects that were skipped because of their box, a sentence each.
    pub ignored: Vec<String>,
    /// Objects whose box reached out of its image and was cut off at its border, a sentence each.
    pub cut_off: Vec<String>,
}

/// One image with its annotated objects.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectImage {
    /// As the annotations name it, or `scene-SEED`.
    pub name: String,
    /// Where its pixels come from.
    pub file: ImageFile,
    /// Width and height as annotated, or else as the file's header has them; `None` if neither says.
    pub size_px: Option<[usize; 2]>,
    /// What it is for.
    pub part: Part,
    /// In the order of the file.
    pub objects: Vec<Object>,
    /// Classes whose objects are not annotated in this image, ascending: in training what is no annotated object may be
    /// one of them, and in evaluation they are not counted. None but in sets that are joined, or measured by a detector
    /// of more classes.
    pub unlabelled: Vec<usize>,
}

/// Where an image's pixels come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFile {
    /// An image file.
    Path(PathBuf),
    /// A generated scene, drawn when it is read.
    Scene {
        /// Seed that the scene is drawn by.
        seed: u64,
        /// Width and height, px.
        size: usize,
    },
}

/// What an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// For training.
    Train,
    /// For thresholds and choices.
    Validation,
    /// For the reported figures, and for no choice.
    Test,
}

/// One object of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object {
    /// Index among the image's objects in the file, from 0; skipped ones are counted.
    pub number: usize,
    /// Index into the classes.
    pub class: usize,
    /// x0, y0, x1, y1 in px; inside the image where its size is known, with an area above 0.
    pub box_in_image: [f32; 4],
    /// Marked as hard to recognise (VOC).
    pub difficult: bool,
    /// Marked as reaching out of the image or covered (VOC).
    pub truncated: bool,
    /// The box holds a crowd of objects and not one (COCO).
    pub crowd: bool,
}

impl ObjectImage {
    /// The pixels, or why they cannot be used: missing, broken, or of another size than annotated, where the boxes
    /// would lie somewhere else.
    ///
    /// # Errors
    /// A sentence that names the image.
    pub fn read(&self) -> Result<RgbImage, String> {
        let pixels = self.file.read().map_err(|error| format!("{error:#}"))?;
        self.expect_size([pixels.width, pixels.height])?;
        Ok(pixels)
    }

    /// What [`ObjectImage::read`] would say, as far as the file's header tells.
    ///
    /// # Errors
    /// A sentence that names the image.
    pub fn check(&self) -> Result<(), String> {
        let ImageFile::Path(path) = &self.file else { return Ok(()) };
        let (width, height) = read_dimensions(path).map_err(|error| format!("{error:#}"))?;
        self.expect_size([width, height])
    }

    fn expect_size(&self, [has_width, has_height]: [usize; 2]) -> Result<(), String> {
        match self.size_px.filter(|annotated| *annotated != [has_width, has_height]) {
            Some([width, height]) => Err(format!(
                "image {:?} is annotated as {width} x {height} px, and has {has_width} x {has_height} px",
                self.name,
            )),
            None => Ok(()),
        }
    }
}

impl ImageFile {
    /// The pixels, decoded or generated.
    ///
    /// # Errors
    /// As [`read_image`].
    pub fn read(&self) -> Result<RgbImage> {
        match self {
            Self::Path(path) => read_image(path),
            Self::Scene { seed, size } => Ok(nadir_scene::generate(*seed, *size, *size).image),
        }
    }
}

impl Part {
    /// All, in the order of a split.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// `train`, `validation` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// The annotated size, or that of the file's header where a side is not known. A file that cannot be read has none: it
/// is named once its pixels are read.
pub(super) fn known_size(annotated: [usize; 2], path: &Path) -> Option<[usize; 2]> {
    if annotated.iter().all(|&side| side > 0) {
        return Some(annotated);
    }
    read_dimensions(path).ok().map(|(width, height)| [width, height])
}

/// For each name the path of its image: right below the folder where it lies there, else wherever below, by
/// [`ImageIndex`]. A missing image has the path that it would lie at.
pub(super) fn image_paths(folder: &Path, names: &[&str]) -> Result<Vec<PathBuf>> {
    let paths = found_below(folder, names, names.iter().map(|name| folder.join(name)).collect())?;
    let other_ending = |(name, path): &(&&str, &PathBuf)| {
        let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        ending(&plain_path(name)) != path.to_str().and_then(ending) && without_ending(name) != **name && path.is_file()
    };
    let mut others = names.iter().zip(&paths).filter(other_ending);
    if let Some((name, path)) = others.next() {
        let count = 1 + others.count();
        info!(
            "objects: {count} images lie there with another ending than is written: {} is read for {name:?}",
            path.display()
        );
    }
    Ok(paths)
}

/// [`image_paths`] for names without endings, which are JPEGs in most sets.
pub(super) fn images_without_ending(folder: &Path, names: &[&str]) -> Result<Vec<PathBuf>> {
    let usual = names.iter().map(|name| folder.join(format!("{name}.jpg"))).collect();
    // Without the folder each image is named where its pixels are read.
    if folder.is_dir() { found_below(folder, names, usual) } else { Ok(usual) }
}

/// The `paths`, or where there is no file that which the folder's images have for the name.
fn found_below(folder: &Path, names: &[&str], mut paths: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let elsewhere: Vec<usize> = (0..names.len()).into_par_iter().filter(|&at| !paths[at].is_file()).collect();
    if elsewhere.is_empty() {
        return Ok(paths);
    }
    let found = ImageIndex::read(folder)?.resolve(elsewhere.iter().map(|&at| names[at]))?;
    for (at, found) in elsewhere.into_iter().zip(found) {
        if let Ok(path) = found {
            paths[at] = folder.join(path);
        }
    }
    Ok(paths)
}
