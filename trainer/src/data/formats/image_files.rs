//! Image files of a set: where they lie, how large they are, what their names are in another folder.

use super::annotations::Annotations;
use crate::data::decode::read_dimensions;
use crate::data::image_ending::is_image_ending;
use crate::data::image_index::ImageIndex;
use crate::data::walk::{files_below, slashed};
use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A name as it can stand below a folder: `/` between folders, no drive, no root, no `.` and `..`.
pub(super) fn relative_name(name: &str) -> String {
    let slashed = name.trim().replace('\\', "/");
    let parts = slashed.split('/').filter(|part| !part.is_empty() && *part != "." && *part != ".." && !is_drive(part));
    parts.collect::<Vec<_>>().join("/")
}

fn is_drive(part: &str) -> bool {
    part.len() == 2 && part.ends_with(':') && part.as_bytes()[0].is_ascii_alphabetic()
}

/// A name without an image's ending; other endings (`a.b`) belong to the name.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if is_image_ending(ending) => stem,
        _ => name,
    }
}

/// Whether a file's name is an image's.
pub(super) fn is_image(name: &str) -> bool {
    stem(name) != name
}

/// The files below a folder at any depth that `is_wanted` takes, by name relative to it with `/`, in alphabetical
/// order, as [`files_below`] finds them.
pub(super) fn walk(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for path in files_below(folder, "folder")? {
        if path.file_name().and_then(|own| own.to_str()).is_some_and(&is_wanted) {
            names.push(slashed(&path));
        }
    }
    names.sort();
    Ok(names)
}

/// Finds the files of the images that have none yet, below the first folder that has one of the name, and reads the
/// sizes that the annotations do not say from the files' headers.
///
/// # Errors
/// Where a name fits several files.
pub(super) fn locate(annotations: &mut Annotations, folders: &[PathBuf]) -> Result<()> {
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for image in annotations.images.iter_mut().filter(|image| image.file.is_none()) {
            let subset = image.subset.map(|subset| folder.join(subset.name()).join(&image.name));
            image.file = [Some(folder.join(&image.name)), subset].into_iter().flatten().find(|path| path.is_file());
        }
        let missing: Vec<usize> =
            (0..annotations.images.len()).filter(|&at| annotations.images[at].file.is_none()).collect();
        if missing.is_empty() {
            break;
        }
        // A folder without any image has none of these.
        let Ok(index) = ImageIndex::read(folder) else { continue };
        let found = index.resolve(missing.iter().map(|&at| annotations.images[at].name.as_str()))?;
        for (&at, found) in missing.iter().zip(found) {
            annotations.images[at].file = found.ok().map(|below| folder.join(below));
        }
    }
    annotations.images.par_iter_mut().filter(|image| image.size_px.is_none()).for_each(|image| {
        image.size_px =
            image.file.as_deref().and_then(|file| read_dimensions(file).ok()).map(|(width, height)| [width, height]);
    });
    Ok(())
}

/// The size of an image that a format cannot do without.
///
/// # Errors
/// Names the image.
pub(super) fn required_size(name: &str, size_px: Option<[usize; 2]>, why: &str) -> Result<[usize; 2]> {
    let size = size_px.filter(|[width, height]| *width > 0 && *height > 0);
    size.with_context(|| {
        format!(
            "the size of the image {name:?} is not known, and {why}: neither do the annotations say it, nor is the file \
             there; name the folder of the images by --images-from"
        )
    })
}

/// For each image the name of its own text file, without ending.
///
/// # Errors
/// Where two images would have the same.
pub(super) fn own_stems(annotations: &Annotations, with_subset: bool) -> Result<Vec<String>> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut stems = Vec::with_capacity(annotations.images.len());
    for image in &annotations.images {
        let stem = match image.subset.filter(|_| with_subset) {
            Some(subset) => format!("{}/{}", subset.name(), stem(&image.name)),
            None => stem(&image.name).to_owned(),
        };
        if let Some(other) = taken.insert(stem.to_lowercase(), &image.name) {
            bail!("the images {other:?} and {:?} would have the same annotation file {stem}: rename one", image.name);
        }
        stems.push(stem);
    }
    Ok(stems)
}

/// What becomes of the image files where annotations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageFiles {
    /// They are named, and stay where they are.
    #[default]
    None,
    /// They are copied.
    Copy,
    /// A symbolic link leads to each.
    Link,
}

/// Puts the image files into a folder under these names.
///
/// # Errors
/// Names the image without a file, or what could not be written.
pub(super) fn place(annotations: &Annotations, names: &[String], folder: &Path, how: ImageFiles) -> Result<()> {
    if how == ImageFiles::None {
        return Ok(());
    }
    let without: Vec<&str> =
        annotations.images.iter().filter(|image| image.file.is_none()).map(|image| image.name.as_str()).collect();
    ensure!(
        without.is_empty(),
        "{} of {} image files were not found, the first is {:?}: name their folder by --images-from, or leave --images \
         away",
        without.len(),
        annotations.images.len(),
        without[0]
    );
    for (image, name) in annotations.images.iter().zip(names) {
        let Some(from) = &image.file else { continue };
        let to = folder.join(name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        }
        let cannot = || format!("cannot put the image {} to {}", from.display(), to.display());
        match how {
            ImageFiles::Link => link(from, &to).with_context(cannot)?,
            _ => std::fs::copy(from, &to).map(drop).with_context(cannot)?,
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(std::fs::canonicalize(from)?, to)
}

/// Symbolic links need rights elsewhere; a hard link needs none.
#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::hard_link(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_their_folder() {
        assert_eq!(relative_name(r"C:\data\..\a b.png"), "data/a b.png");
        assert_eq!(relative_name("/root/x/./y.jpg"), "root/x/y.jpg");
        assert_eq!((stem("a/b.c.JPG"), stem("v1.2"), is_image("x.TIFF")), ("a/b.c", "v1.2", true));
    }
}
