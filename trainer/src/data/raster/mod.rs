//! TIFF images of any size, read by windows: strips and tiles, planes together or apart, 1 to 64 bits, whole numbers and
//! floating point; uncompressed, deflate, LZW, PackBits and JPEG. Reading and unpacking are the `tiff` crate's; what
//! samples mean, which are bands, and which pixels are valid is decided here.

mod chunks;
mod colour;
mod header;
mod image;
mod layout;
mod location;
mod rgb;
mod sample_type;
mod samples;
mod scaling;
mod window;
mod write;

pub use image::{SceneImage, is_tiff_file, read_image_by, read_valid_image};
pub use layout::Layout;
pub use location::{FilePlace, file_place, placement_of};
pub use nadir_core::image::bands::{BandSettings, Scaling};
pub use rgb::{
    RgbScene, RgbWindow, chosen_bands, default_scaling, fewer_of_more, read_whole, sampled_values, whole_size,
};
pub use sample_type::{SampleFormat, SampleType};
pub use scaling::percentiles;
pub use window::{Pixels, Raster};
pub use write::FloatRaster;
