//! Images of any size, read by windows, the same in trainer and page: strips and tiles, planes together or apart, 1 to 64
//! bits, whole numbers and floating point; uncompressed, deflate, LZW, PackBits and JPEG. Reading and unpacking are the
//! `tiff` crate's; what samples mean, which are bands, and which pixels are valid is decided here. And what is found in
//! such an image, as files ([`results`]).
//!
//! A file is a [`Source`]: opened by the trainer from a disk, by the page's Worker from a Blob. Errors are `anyhow`'s, a
//! chain of sentences for a person, because both ends show them and neither tells one from another.

pub mod results;

mod chunks;
mod colour;
mod header;
mod layout;
mod location;
mod rgb;
mod sample_type;
mod samples;
mod scaling;
mod sheet;
mod source;
mod window;

pub use chunks::KEPT_BYTES;
pub use header::is_tiff;
pub use layout::Layout;
pub use location::{FilePlace, KeyTags, PlaceTags};
pub use rgb::{RgbScene, RgbWindow, chosen_bands, default_scaling, fewer_of_more, sampled_values};
pub use sample_type::{SampleFormat, SampleType};
pub use scaling::percentiles;
pub use sheet::{Sheet, sheets};
pub use source::Source;
pub use window::{Pixels, Raster};
