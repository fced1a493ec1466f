//! What a folder of images is, before a pretraining on it: how many there are and how large.

use crate::config::{Config, DataConfig, Tiling};
use crate::data::decode::read_dimensions;
use crate::data::image_folder::{class_files, image_files};
use crate::data::raster::is_tiff_file;
use anyhow::{Context, Result, bail, ensure};
use nadir_geo::windows::windows;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The config of a pretraining on all images below a folder: its `data`, then a file's settings, then `key=value` pairs. A
/// path is kept as an absolute one, since the run may be read from elsewhere. Of the values, those of `data` alone are looked
/// at: what else is not set follows from the images.
///
/// # Errors
/// Where it is no folder; as [`Config::read`]; a setting of the data that cannot be.
pub fn config_of_folder(folder: &Path, file: Option<&Path>, sets: &[String]) -> Result<Config> {
    ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let absolute = std::path::absolute(folder).with_context(|| format!("cannot find {}", folder.display()))?;
    let text = absolute.to_str().with_context(|| format!("the path {} is not UTF-8", absolute.display()))?;
    let images = format!("data.images={}", toml::Value::String(text.to_owned()));
    let config = Config::read(file, &[&["data.kind=images".to_owned(), images], sets].concat())?;
    config.data.check()?;
    Ok(config)
}

/// The images of a folder, as far as their headers tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFacts {
    /// Width and height of every image whose header can be read, px, by their shorter side.
    pub sizes: Vec<[usize; 2]>,
    /// Bytes that a pixel takes decoded.
    pub channels: usize,
    /// Bytes that the images take in memory where they are not cached.
    pub held_bytes: u64,
    /// Of these, those of images that are no TIFF and so cannot be read by windows.
    pub not_tiff_bytes: u64,
    /// Why the others cannot be read.
    pub unreadable: Vec<String>,
}

impl FolderFacts {
    /// Reads the header of every image of a data set that is a folder.
    ///
    /// # Errors
    /// Names the folder that cannot be read, or holds no image; where no image's header can be read, the first reason.
    pub fn read(data: &DataConfig) -> Result<Self> {
        let folder = data.image_folder().context("data.kind must be \"images\" or \"class_folders\" for a folder")?;
        let files: Vec<PathBuf> = match data {
            DataConfig::ClassFolders(_) => class_files(folder)?.files.into_iter().map(|(file, _)| file).collect(),
            _ => image_files(folder)?,
        };
        let channels = data.band_settings().channels();
        let read = |file: &PathBuf| {
            let path = folder.join(file);
            Ok((read_dimensions(&path)?, is_tiff_file(&path)?))
        };
        let headers: Vec<Result<((usize, usize), bool)>> = files.par_iter().map(read).collect();
        let (mut sizes, mut unreadable, mut not_tiff_bytes) = (Vec::new(), Vec::new(), 0);
        for header in headers {
            match header {
                Ok(((width, height), is_tiff)) => {
                    sizes.push([width, height]);
                    not_tiff_bytes += if is_tiff { 0 } else { bytes_of(&[width, height], channels) };
                }
                Err(error) => unreadable.push(format!("{error:#}")),
            }
        }
        if let Some(first) = unreadable.first().filter(|_| sizes.is_empty()) {
            bail!("none of the {} images below {} can be read; the first: {first}", files.len(), folder.display());
        }
        sizes.sort_unstable_by_key(|size| (shorter_side(size), size[0].max(size[1])));
        let held_bytes = sizes.iter().map(|size| bytes_of(size, channels)).sum();
        Ok(Self { sizes, channels, held_bytes, not_tiff_bytes, unreadable })
    }

    /// The tiles of these images, as if none of them was nodata.
    ///
    /// # Errors
    /// A tiling that cannot be.
    pub fn tiled(&self, tiling: Tiling) -> Result<Self> {
        let mut sizes = Vec::new();
        for &[width, height] in &self.sizes {
            let places = windows(width, height, tiling.side, tiling.stride).context("data.tile and data.stride")?;
            sizes.extend(places.iter().map(|place| [place.width, place.height]));
        }
        sizes.sort_unstable_by_key(|size| (shorter_side(size), size[0].max(size[1])));
        let (held_bytes, unreadable) = (self.not_tiff_bytes, self.unreadable.clone());
        Ok(Self { sizes, channels: self.channels, held_bytes, not_tiff_bytes: self.not_tiff_bytes, unreadable })
    }

    /// The shorter side of the image in the middle, px.
    pub fn median_side(&self) -> usize {
        self.sizes.get(self.sizes.len() / 2).map_or(0, shorter_side)
    }

    /// How many images have a shorter side below this, px.
    pub fn smaller_than(&self, side: usize) -> usize {
        self.sizes.partition_point(|size| shorter_side(size) < side)
    }

    /// Bytes of all pixels, decoded.
    pub fn decoded_bytes(&self) -> u64 {
        self.sizes.iter().map(|size| bytes_of(size, self.channels)).sum()
    }

    /// `40 images of 48 x 48 px`, or `... of 48 x 48 to 64 x 70 px`, and how many cannot be read.
    pub fn text(&self) -> String {
        let size =
            |size: Option<&[usize; 2]>| size.map_or(String::new(), |[width, height]| format!("{width} x {height}"));
        let (smallest, largest) = (size(self.sizes.first()), size(self.sizes.last()));
        let sizes = if smallest == largest { smallest } else { format!("{smallest} to {largest}") };
        let unreadable = match self.unreadable.as_slice() {
            [] => String::new(),
            [first, ..] => format!("; {} more cannot be read, the first: {first}", self.unreadable.len()),
        };
        format!("{} images of {sizes} px{unreadable}", self.sizes.len())
    }
}

fn bytes_of(size: &[usize; 2], channels: usize) -> u64 {
    channels as u64 * size[0] as u64 * size[1] as u64
}

fn shorter_side(size: &[usize; 2]) -> usize {
    size[0].min(size[1])
}
