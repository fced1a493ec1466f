//! What a cache is asked for.

use crate::data::decode::read_dimensions;
use crate::data::raster::{BandSettings, read_valid_image};
use crate::data::walk::slashed;
use anyhow::Result;
use nadir_core::image::RgbImage;
use std::path::{Path, PathBuf};

/// An image, or a part of one, that is decoded where a cache does not have it.
pub struct Item<'a> {
    /// Under which the cache keeps it.
    pub name: String,
    /// The file that it is decoded from: where that has changed, it is decoded again.
    pub file: PathBuf,
    /// Decodes it.
    pub read: Box<dyn Fn() -> Result<RgbImage> + Send + Sync + 'a>,
    /// Bytes that it takes decoded, as far as the file's header tells; else 0.
    pub bytes: Box<dyn Fn() -> u64 + Send + Sync + 'a>,
}

impl Item<'static> {
    /// A whole image `file` below the folder `images`. Another choice of bands is another image.
    pub fn whole(images: &Path, file: &Path, bands: &BandSettings) -> Self {
        let (path, bands) = (images.join(file), bands.clone());
        let (of_bytes, channels) = (path.clone(), bands.channels());
        Self {
            name: format!("{}{}", slashed(file), bands.suffix()),
            file: path.clone(),
            read: Box::new(move || read_valid_image(&path, &bands)),
            bytes: Box::new(move || read_dimensions(&of_bytes).map_or(0, |(w, h)| (channels * w * h) as u64)),
        }
    }
}
