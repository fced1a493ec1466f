//! TIFF images of any size, read by windows from files ([`nadir_raster`]), and the other kinds of images, whole.

mod file;
mod image;
mod location;
mod whole;
mod write;

pub use file::{ImageFile, Raster, RgbScene};
pub use image::{SceneImage, is_tiff_file, read_image_by, read_valid_image};
pub use location::{file_place, placement_of};
pub use nadir_core::image::bands::{BandSettings, Scaling};
pub use nadir_raster::{
    FilePlace, Layout, Pixels, RgbWindow, SampleFormat, SampleType, chosen_bands, default_scaling, fewer_of_more,
    percentiles, sampled_values,
};
pub use whole::{read_whole, whole_size};
pub use write::FloatRaster;
