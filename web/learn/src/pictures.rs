//! Pictures of the classes that lesson 6 asks about, made a little at a time.

use crate::picture;
use nadir_core::image::RgbImage;
use nadir_scene::crops::ObjectCrops;
use web_sys::ImageBitmap;

/// Where the pictures come from.
pub enum Pictures {
    /// Cut out of generated scenes.
    Scenes(Box<ObjectCrops>),
    /// Thumbnails of a gallery.
    Gallery(GalleryPictures),
}

/// Thumbnails that are cut out of a gallery's sheets.
pub struct GalleryPictures {
    /// The sheets that are needed, by their index.
    pub sheets: Vec<Option<ImageBitmap>>,
    /// Side of a thumbnail, px.
    pub tile_px: usize,
    /// Thumbnails in a row of a sheet.
    pub columns: usize,
    /// Rows of a whole sheet.
    pub rows: usize,
    /// Images of each class that are still to be cut out, the first one last.
    pub left: Vec<Vec<usize>>,
    /// By class.
    pub crops: Vec<Vec<RgbImage>>,
}

impl Pictures {
    /// The pictures so far, by class.
    pub fn all(&self) -> &[Vec<RgbImage>] {
        match self {
            Self::Scenes(crops) => crops.crops(),
            Self::Gallery(gallery) => &gallery.crops,
        }
    }

    /// Number of pictures so far.
    pub fn count(&self) -> usize {
        self.all().iter().map(Vec::len).sum()
    }

    /// Whether none is still to come.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Scenes(crops) => crops.is_complete(),
            Self::Gallery(gallery) => gallery.left.iter().all(Vec::is_empty),
        }
    }

    /// Does some milliseconds of what is left.
    pub fn work(&mut self) {
        match self {
            Self::Scenes(crops) => crops.work(),
            Self::Gallery(gallery) => gallery.cut_next(),
        }
    }
}

impl GalleryPictures {
    fn cut_next(&mut self) {
        let Some(class) = self.left.iter().position(|left| !left.is_empty()) else { return };
        let Some(image) = self.left[class].pop() else { return };
        // A thumbnail that cannot be read leaves a place empty.
        if let Some(crop) = self.thumbnail(image) {
            self.crops[class].push(crop);
        }
    }

    fn thumbnail(&self, image: usize) -> Option<RgbImage> {
        let on_a_sheet = self.columns * self.rows;
        let sheet = self.sheets.get(image / on_a_sheet)?.as_ref()?;
        let (place, side) = (image % on_a_sheet, self.tile_px as f64);
        let canvas = picture::hidden_canvas(self.tile_px as u32, self.tile_px as u32)?;
        let context = picture::context(&canvas)?;
        let at = [place % self.columns, place / self.columns].map(|at| at as f64 * side);
        context
            .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                sheet, at[0], at[1], side, side, 0.0, 0.0, side, side,
            )
            .ok()?;
        picture::pixels_of(&context, side, side).ok()
    }
}
