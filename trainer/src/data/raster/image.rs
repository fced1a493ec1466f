//! Any image file as a scene that is read by windows: a TIFF from the file, another from memory.

use super::header::is_tiff;
use super::rgb::{BandSettings, RgbScene, RgbWindow, read_whole};
use crate::data::stored_image;
use anyhow::{Context, Result, ensure};
use nadir_core::image::RgbImage;
use nadir_geo::windows::Window;
use std::io::Read;
use std::path::Path;

/// An opened image.
#[derive(Debug)]
pub enum SceneImage {
    /// Whole, in memory.
    Memory(RgbImage),
    /// Read from the file by windows.
    Tiff(Box<RgbScene>),
}

impl SceneImage {
    /// Opens an image file by its content.
    ///
    /// # Errors
    /// Names the file: not there, broken, or of a kind that is not read; of a TIFF only what its directory tells.
    pub fn open(path: &Path, settings: &BandSettings) -> Result<Self> {
        if is_tiff_file(path)? {
            return Ok(Self::Tiff(Box::new(RgbScene::open(path, settings)?)));
        }
        stored_image::read(path).map(Self::Memory)
    }

    /// As [`SceneImage::open`], for one of many images that are open at once: of a TIFF, no more than `kept_bytes` of
    /// unpacked pixels are kept.
    ///
    /// # Errors
    /// As [`SceneImage::open`].
    pub fn open_keeping(path: &Path, settings: &BandSettings, kept_bytes: usize) -> Result<Self> {
        if is_tiff_file(path)? {
            return Ok(Self::Tiff(Box::new(RgbScene::open_keeping(path, settings, kept_bytes)?)));
        }
        stored_image::read(path).map(Self::Memory)
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Memory(image) => (image.width, image.height),
            Self::Tiff(scene) => scene.size(),
        }
    }

    /// The pixels of a window that lies in the image.
    ///
    /// # Errors
    /// Names the file, and the place of pixels that cannot be read.
    pub fn read(&self, window: Window) -> Result<RgbWindow> {
        match self {
            Self::Memory(image) => {
                let Window { left, top, width, height } = window;
                ensure!(
                    left + width <= image.width && top + height <= image.height,
                    "the window {window:?} is not in an image of {} x {} px",
                    image.width,
                    image.height
                );
                let row = |row: usize| &image.pixels[3 * ((top + row) * image.width + left)..][..3 * width];
                let pixels = (0..height).flat_map(row).copied().collect();
                Ok(RgbWindow { image: RgbImage { width, height, pixels }, valid: width * height })
            }
            Self::Tiff(scene) => scene.read(window),
        }
    }
}

/// Reads an image file, whatever its name's ending says; a TIFF by `settings`.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image_by(path: &Path, settings: &BandSettings) -> Result<RgbImage> {
    if is_tiff_file(path)? { read_whole(path, settings) } else { stored_image::read(path) }
}

/// Whether a file's content begins as a TIFF's.
///
/// # Errors
/// Names a file that cannot be read.
pub fn is_tiff_file(path: &Path) -> Result<bool> {
    let cannot = || format!("cannot read the image {}", path.display());
    let mut beginning = Vec::new();
    std::fs::File::open(path).with_context(cannot)?.take(4).read_to_end(&mut beginning).with_context(cannot)?;
    Ok(is_tiff(&beginning))
}
