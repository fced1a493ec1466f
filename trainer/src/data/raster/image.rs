//! Any image file as a scene that is read by windows: a TIFF from the file, another from memory.

use super::file::{RgbScene, told};
use super::whole::{read_whole, read_whole_window};
use crate::data::stored_image;
use anyhow::{Context, Result, bail, ensure};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::{RGB, RgbImage};
use nadir_geo::windows::Window;
use nadir_raster::{KEPT_BYTES, RgbWindow, is_tiff};
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
        Self::open_keeping(path, settings, KEPT_BYTES)
    }

    /// As [`SceneImage::open`], for one of many images that are open at once: of a TIFF, no more than `kept_bytes` of
    /// unpacked pixels are kept.
    ///
    /// # Errors
    /// As [`SceneImage::open`].
    pub fn open_keeping(path: &Path, settings: &BandSettings, kept_bytes: usize) -> Result<Self> {
        if is_tiff_file(path)? {
            return Ok(Self::Tiff(Box::new(told(RgbScene::open_keeping(path, settings, kept_bytes)?))));
        }
        read_stored(path, settings).map(Self::Memory)
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
            Self::Memory(image) => RgbWindow::of_memory(image, window, 1),
            Self::Tiff(scene) => scene.read(window),
        }
    }
}

/// Reads an image file, whatever its name's ending says; a TIFF by `settings`.
///
/// # Errors
/// Names the file: not there, empty, cut off, too large, or of another format.
pub fn read_image_by(path: &Path, settings: &BandSettings) -> Result<RgbImage> {
    if is_tiff_file(path)? { read_whole(path, settings) } else { read_stored(path, settings) }
}

/// As [`read_image_by`], of an image that is to be learned from: one without a valid pixel has nothing to learn.
///
/// # Errors
/// As [`read_image_by`]; a TIFF all of whose pixels are nodata, NaN or transparent.
pub fn read_valid_image(path: &Path, settings: &BandSettings) -> Result<RgbImage> {
    if !is_tiff_file(path)? {
        return read_stored(path, settings);
    }
    let RgbWindow { image, valid } = read_whole_window(path, settings)?;
    ensure!(valid > 0, "no pixel of {} is valid: all are nodata, NaN or transparent", path.display());
    Ok(image)
}

/// A JPEG, PNG, WebP or BMP file, whose bands are red, green and blue, and of which any are taken as often as they are
/// chosen. Its values are bytes, which are not scaled.
fn read_stored(path: &Path, settings: &BandSettings) -> Result<RgbImage> {
    const NAMES: [&str; 3] = ["red", "green", "blue"];
    let image = stored_image::read(path)?;
    let Some(names) = &settings.bands else { return Ok(image) };
    let band = |name: &String| {
        let number = || name.parse::<usize>().ok().filter(|number| (1..=3).contains(number)).map(|number| number - 1);
        NAMES.iter().position(|known| known == name).or_else(number).with_context(|| {
            format!("{} has no band {name}: it has the bands 1 to 3, named {}", path.display(), NAMES.join(", "))
        })
    };
    let bands: Vec<usize> = names.iter().map(band).collect::<Result<_>>()?;
    if let Some(fault) = settings.fault() {
        bail!("{}: {fault}", path.display());
    }
    let bands = if let [one] = bands[..] { vec![one; RGB] } else { bands };
    let pixels = image.pixels.chunks_exact(RGB).flat_map(|pixel| bands.iter().map(|&band| pixel[band])).collect();
    Ok(RgbImage { pixels, ..image })
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
