//! An image of any size: a TIFF from its file, another kind from memory.

use crate::levels;
use anyhow::Result;
use nadir_core::image::{RGB, RgbImage};
use nadir_geo::windows::Window;
use nadir_raster::{Raster, RgbScene, RgbWindow, Source};

/// Unpacked pixels that are kept: a row of tiles over 20,000 px takes 15 MB.
pub const KEPT_BYTES: usize = 32 << 20;
/// Likewise of each overview.
const KEPT_BYTES_OF_OVERVIEW: usize = 4 << 20;

/// An opened image.
pub enum SceneImage<S: Source> {
    /// Read by windows.
    Tiff {
        /// With bands and scaling chosen.
        scene: Box<RgbScene<S>>,
        /// At reduced resolutions, the largest first.
        overviews: Vec<Raster<S>>,
    },
    /// Whole, in memory.
    Memory(RgbImage),
}

/// A part for the screen, RGBA.
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

impl<S: Source> SceneImage<S> {
    /// Of a TIFF that is open.
    pub fn of_tiff(scene: RgbScene<S>) -> Self {
        let overviews = scene.raster().overviews(KEPT_BYTES_OF_OVERVIEW);
        Self::Tiff { scene: Box::new(scene), overviews }
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Tiff { scene, .. } => scene.size(),
            Self::Memory(image) => (image.width, image.height),
        }
    }

    /// Sizes of the overviews.
    pub fn overviews(&self) -> Vec<[usize; 2]> {
        match self {
            Self::Tiff { overviews, .. } => {
                overviews.iter().map(|overview| [overview.layout().width, overview.layout().height]).collect()
            }
            Self::Memory(_) => Vec::new(),
        }
    }

    /// The pixels of a window.
    ///
    /// # Errors
    /// Names the file, and the place of pixels that cannot be read.
    pub fn read(&self, window: Window) -> Result<RgbWindow> {
        match self {
            Self::Tiff { scene, .. } => scene.read(window),
            Self::Memory(image) => RgbWindow::of_memory(image, window, 1),
        }
    }

    /// A picture of a window with a px for each square of `step` px.
    ///
    /// # Errors
    /// As [`SceneImage::read`].
    pub fn picture(&self, window: Window, step: usize) -> Result<Picture> {
        let read = match self {
            Self::Tiff { scene, overviews } => {
                let reduced = levels::reduced(self.size(), &self.overviews(), window, step);
                let raster = reduced.overview.map_or(scene.raster(), |index| &overviews[index]);
                scene.read_every(raster, reduced.window, reduced.step)?
            }
            Self::Memory(image) => RgbWindow::of_memory(image, window, step)?,
        };
        let RgbImage { width, height, pixels } = read.image;
        let rgba = pixels.chunks_exact(RGB).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        Ok(Picture { width, height, rgba })
    }
}
