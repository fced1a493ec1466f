//! What is read: the path that was named, and its text.

use std::path::{Path, PathBuf};

/// Annotations on the disk.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// File or folder, as the format has it.
    pub path: &'a Path,
    /// Folder of the images, where it is not the format's own.
    pub images: Option<&'a Path>,
}

impl Source<'_> {
    /// The folder that the annotations lie in.
    pub(super) fn folder(&self) -> PathBuf {
        if self.path.is_dir() {
            return self.path.to_owned();
        }
        self.path.parent().map_or_else(PathBuf::new, Path::to_owned)
    }

    /// Where images may lie: the named folder alone, or these below the annotations' folder and that itself.
    pub(super) fn image_folders(&self, own: &[&str]) -> Vec<PathBuf> {
        if let Some(images) = self.images {
            return vec![images.to_owned()];
        }
        let folder = self.folder();
        let mut folders: Vec<PathBuf> = own.iter().map(|own| folder.join(own)).collect();
        folders.push(folder);
        folders
    }
}
