//! The images of a data set, as an audit looks at them: where each lies, what it is for, which labels it has.

use crate::data::Sample;
use crate::data::image_index::ImageIndex;
use crate::data::label_table::{self, image_key};
use crate::data::object_source::ObjectSource;
use crate::data::objects::{ImageFile, ObjectImage, Part};
use crate::data::split::Split;
use crate::data::statistics::DatasetPaths;
use crate::data::walk::slashed;
use crate::embed::Shard;
use crate::embed::folder;
use anyhow::{Context, Result, ensure};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use tracing::warn;

/// Images with what a data set says of them.
#[derive(Debug, Clone)]
pub struct AuditedSet {
    /// Its files, for a person.
    pub described: String,
    /// Class names, in the order of the images' targets.
    pub labels: Vec<String>,
    /// In the order of the table, of the annotations, or of the paths.
    pub images: Vec<AuditedImage>,
    /// Images that a table names and that are not there, a sentence each.
    pub missing: Vec<String>,
    /// Whether the images have boxes.
    pub has_boxes: bool,
}

/// An image of a data set.
#[derive(Debug, Clone)]
pub struct AuditedImage {
    /// As the data set names it, or its path below the folder.
    pub name: String,
    /// Where its pixels come from.
    pub file: ImageFile,
    /// What it is for, where the set says so.
    pub part: Option<Part>,
    /// For each class whether the image has it; `None` for an image without labels.
    pub targets: Option<Vec<bool>>,
}

impl AuditedImage {
    /// `train`, `validation`, `test`, or nothing.
    pub fn part_name(&self) -> &'static str {
        self.part.map_or("", Part::name)
    }
}

impl AuditedSet {
    /// A table of labels with its images; files that no row names are images without labels.
    ///
    /// # Errors
    /// Without an image folder; names the table, the split file, or the folder, and what is wrong with it.
    pub fn of_labels(paths: &DatasetPaths) -> Result<Self> {
        let folder = paths.images.as_deref();
        let folder = folder.context("an audit looks at images: name their folder by --images")?;
        let table = label_table::read(&paths.labels)?;
        table.notes.iter().for_each(|note| warn!("{note}"));
        let index = ImageIndex::read(folder)?;
        table.expect_headers(|name| index.has(name))?;
        let resolved = index.resolve(table.rows.iter().map(|row| row.image.as_str()))?;
        let (mut samples, mut files, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for (row, resolved) in table.rows.into_iter().zip(resolved) {
            match resolved {
                Ok(file) => {
                    samples.push(Sample { name: image_key(&row.image), targets: row.targets });
                    files.push(file);
                }
                Err(sentence) => missing.push(sentence),
            }
        }
        ensure!(
            !samples.is_empty(),
            "none of the images that {} names is in {}",
            paths.labels.display(),
            folder.display()
        );
        let parts = match &paths.split {
            Some(split) => parts(&Split::new(split, &samples, missing.len(), paths.seed)?, samples.len()),
            None => vec![None; samples.len()],
        };
        let named: HashSet<&Path> = files.iter().map(PathBuf::as_path).collect();
        let mut others: Vec<&Path> = index.files().filter(|file| !named.contains(file)).collect();
        others.sort();
        let others = others.into_iter().map(|file| image_without_labels(folder, file));
        let of_row = |((sample, file), part): ((Sample, &PathBuf), Option<Part>)| {
            let file = ImageFile::Path(folder.join(file));
            AuditedImage { name: sample.name, file, part, targets: Some(sample.targets) }
        };
        let images = samples.into_iter().zip(&files).zip(parts).map(of_row).chain(others).collect();
        Ok(Self {
            described: paths.labels.display().to_string(),
            labels: table.labels,
            images,
            missing,
            has_boxes: false,
        })
    }

    /// Images with boxes; an image has the classes of its objects.
    ///
    /// # Errors
    /// As [`ObjectSource::load`].
    pub fn of_objects(source: &ObjectSource) -> Result<Self> {
        let set = source.load()?;
        let classes = set.classes.len();
        let of_image = |image: ObjectImage| {
            let mut targets = vec![false; classes];
            image.objects.iter().for_each(|object| targets[object.class] = true);
            AuditedImage { name: image.name, file: image.file, part: Some(image.part), targets: Some(targets) }
        };
        let (missing, there): (Vec<ObjectImage>, Vec<ObjectImage>) =
            set.images.into_iter().partition(|image| matches!(&image.file, ImageFile::Path(path) if !path.is_file()));
        let sentence = |image: &ObjectImage| match &image.file {
            ImageFile::Path(path) => format!("image {:?} is not there: expected {}", image.name, path.display()),
            ImageFile::Scene { .. } => String::new(),
        };
        let missing: Vec<String> = missing.iter().map(sentence).collect();
        ensure!(!there.is_empty(), "no image of {} is there; the first: {}", source.described(), missing.concat());
        let images = there.into_iter().map(of_image).collect();
        Ok(Self { described: source.described(), labels: set.classes, images, missing, has_boxes: true })
    }

    /// The images of a folder, at any depth, without labels or parts.
    ///
    /// # Errors
    /// A folder that cannot be read or holds no image.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let files = folder::images(folder, Shard::WHOLE)?;
        let images = files.iter().map(|file| image_without_labels(folder, Path::new(file))).collect();
        Ok(Self {
            described: folder.display().to_string(),
            labels: Vec::new(),
            images,
            missing: Vec::new(),
            has_boxes: false,
        })
    }
}

fn image_without_labels(folder: &Path, file: &Path) -> AuditedImage {
    AuditedImage { name: slashed(file), file: ImageFile::Path(folder.join(file)), part: None, targets: None }
}

/// What each of so many samples is for.
fn parts(split: &Split, samples: usize) -> Vec<Option<Part>> {
    let mut parts = vec![None; samples];
    for (part, indices) in Part::ALL.into_iter().zip([&split.train, &split.validation, &split.test]) {
        indices.iter().for_each(|&index| parts[index] = Some(part));
    }
    parts
}
