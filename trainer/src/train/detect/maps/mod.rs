//! The maps of a backbone's frozen parts, computed once and kept: of each image one file, named after everything that they
//! depend on, so that a resumed run, and any other with the same backbone, images and sizes, finds them.

mod file;
#[cfg(test)]
mod tests;

pub use file::{BackboneMaps, StoredMaps};

use crate::config::{DetectAugmentConfig, DetectConfig};
use crate::data::ahead;
use crate::data::objects::{ImageFile, ObjectImage};
use crate::progress::Progress;
use crate::resources::bytes_text;
use crate::train::stop::{self, Interrupted};
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use file::{FORMAT, MapFile};
use nadir_core::bundle::{Architecture, sha256_hex};
use nadir_core::detection::Size;
use nadir_core::detection::augment::{DetectorAugment, Orientation};
use nadir_core::detection::resize::{DetectorResize, bilinear};
use nadir_core::image::Planes;
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::model::detector::{FasterRcnn, batch};
use nadir_nn::model::weights::Dtype;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracing::info;

/// One way in which a training image is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Index into `augment.scales`.
    pub scale: usize,
    /// How it lies.
    pub orientation: Orientation,
}

/// What is drawn of a training image: its way to lie and its scale, and with kept maps the colours stay.
pub fn augment(config: &DetectAugmentConfig) -> DetectorAugment {
    DetectorAugment { flip: config.flip, quarter_turns: config.quarter_turns, jitter: config.jitter }
}

/// How large an image is seen at `augment.scales[scale]`.
pub fn scaled(config: &DetectConfig, scale: usize) -> DetectorResize {
    let side = |side: usize| ((side as f64 * config.augment.scales[scale]).round() as usize).max(1);
    let resize = config.resize;
    DetectorResize { min_size: side(resize.min_size), max_size: side(resize.max_size), ..resize }
}

/// The variants of the training image `at` whose maps are kept, in the order of their file.
pub fn variants(config: &DetectConfig, at: usize) -> Vec<Variant> {
    let orientations = augment(&config.augment).orientations();
    let mut all: Vec<Variant> = (0..config.augment.scales.len())
        .flat_map(|scale| orientations.iter().map(move |&orientation| Variant { scale, orientation }))
        .collect();
    let kept = config.train.cached_variants;
    if (1..all.len()).contains(&kept) {
        Rng::from_parts(&[config.seed, fnv1a_64(b"cached variants"), at as u64]).shuffle(&mut all);
        all.truncate(kept);
    }
    all
}

/// In how many variants the maps of each training image are kept.
pub fn cached_variants(config: &DetectConfig) -> usize {
    variants(config, 0).len()
}

/// A backbone whose frozen parts make maps of images.
pub struct Backbone<'a> {
    network: &'a FasterRcnn,
    /// How many of its parts, from the first on, are frozen.
    parts: usize,
    architecture: Architecture,
    device: Device,
    /// SHA-256 of its weights, its shape and how much of it is frozen.
    hash: String,
}

impl<'a> Backbone<'a> {
    /// That of `network`, on a device without gradients.
    pub fn new(network: &'a FasterRcnn, config: &DetectConfig, device: &Device) -> Result<Self> {
        let weights = network.export().below("backbone").below("body").to_safetensors(Dtype::F32, BTreeMap::new());
        let shape = serde_json::to_string(&config.detector.architecture).context("an architecture is JSON")?;
        let parts = config.train.frozen_parts;
        let hash = sha256_hex(&[weights.as_slice(), shape.as_bytes(), &parts.to_le_bytes()].concat());
        Ok(Self { network, parts, architecture: config.detector.architecture.clone(), device: device.clone(), hash })
    }

    /// The maps of an image that lies in this way, `seen` being what it is resized to before it is turned.
    fn maps(&self, whole: &Planes, resize: DetectorResize, orientation: Orientation) -> BackboneMaps {
        let seen = resize.resized(Size::new(whole.height, whole.width));
        let image = orientation.of_image(bilinear(whole, seen));
        let size = Size::new(image.height, image.width);
        let padded = resize.padded(&[size]).expect("one image");
        let input = batch(&[image], padded, &self.architecture, &self.device);
        BackboneMaps { size, padded, maps: self.network.frozen_maps(input, self.parts) }
    }
}

/// The kept maps of a list of images.
#[derive(Debug)]
pub struct MapCache {
    /// Of each image its file, or why it cannot be read.
    files: Vec<Result<MapFile, String>>,
}

impl MapCache {
    /// Computes what `folder` does not hold yet of the `images`' maps in these `ways` (of each image, how it is resized
    /// and how it lies).
    ///
    /// # Errors
    /// A folder that cannot be written, a damaged file, maps too large for half precision. [`Interrupted`] after Ctrl-C:
    /// what is done stays.
    pub fn open(
        folder: &Path,
        backbone: &Backbone,
        images: &[ObjectImage],
        ways: impl Fn(usize) -> Vec<(DetectorResize, Orientation)>,
    ) -> Result<Self> {
        let ways: Vec<_> = (0..images.len()).map(ways).collect();
        let numbered: Vec<usize> = (0..images.len()).collect();
        let progress = Progress::new("maps of the backbone", images.len() as u64, "images");
        let (mut files, mut computed) = (Vec::with_capacity(images.len()), 0);
        ahead::in_order(
            &numbered,
            |&at| Self::look(folder, &backbone.hash, &images[at], &ways[at]),
            |at, looked| {
                let image = &images[at];
                files.push(match looked? {
                    Looked::Kept(file) => Ok(file),
                    Looked::Unreadable(reason) => Err(reason),
                    Looked::New(path, whole) => {
                        if stop::requested() {
                            bail!(Interrupted(format!(
                                "stopped after the maps of {at} of {} images, which are kept in {}; the same command \
                                 goes on",
                                images.len(),
                                folder.display()
                            )));
                        }
                        computed += 1;
                        let of_way = |&(resize, orientation): &(DetectorResize, Orientation)| {
                            StoredMaps::new(backbone.maps(&whole, resize, orientation)).with_context(|| {
                                format!(
                                    "the maps of image {:?} do not fit half precision; train without train.cache_maps",
                                    image.name
                                )
                            })
                        };
                        let maps = ways[at].iter().map(of_way).collect::<Result<Vec<_>>>()?;
                        Ok(MapFile::write(&path, Size::new(whole.height, whole.width), &maps)?)
                    }
                });
                progress.advance(1);
                Ok(())
            },
        )?;
        progress.finish();
        let cache = Self { files };
        info!(
            "maps: {} images, {} of them computed now, {} in {}",
            images.len(),
            computed,
            bytes_text(cache.bytes()),
            folder.display()
        );
        Ok(cache)
    }

    /// What is to be done for an image, by a thread that works ahead.
    fn look(
        folder: &Path,
        backbone: &str,
        image: &ObjectImage,
        ways: &[(DetectorResize, Orientation)],
    ) -> Result<Looked> {
        let pixels = match &image.file {
            ImageFile::Scene { seed, size } => format!("scene {seed} {size}"),
            ImageFile::Path(path) => match std::fs::read(path) {
                Ok(bytes) => sha256_hex(&bytes),
                Err(error) => return Ok(Looked::Unreadable(format!("{}: {error}", path.display()))),
            },
        };
        let ways: Vec<String> = ways
            .iter()
            .map(|(resize, lies)| {
                let DetectorResize { min_size, max_size, divisible_by } = resize;
                format!("{min_size} {max_size} {divisible_by} {} {}", lies.flipped, lies.quarters)
            })
            .collect();
        let key = sha256_hex(format!("{FORMAT}{backbone}\n{pixels}\n{}", ways.join("\n")).as_bytes());
        let path = folder.join(&key[..2]).join(format!("{}.maps", &key[2..40]));
        if let Some(file) = MapFile::open(&path)? {
            return Ok(Looked::Kept(file));
        }
        Ok(match image.read() {
            Ok(pixels) => Looked::New(path, Planes::from_rgb(pixels.view())),
            Err(reason) => Looked::Unreadable(reason),
        })
    }

    /// The size of an image as it was, or why it cannot be read.
    pub fn image(&self, at: usize) -> Result<Size, String> {
        Ok(self.files[at].as_ref().map_err(Clone::clone)?.image())
    }

    /// The maps of an image in one of its ways; the inner error is an image that cannot be read.
    ///
    /// # Errors
    /// Where its file has changed.
    pub fn read(&self, at: usize, way: usize) -> Result<Result<StoredMaps, String>> {
        match &self.files[at] {
            Ok(file) => file.read(way).map(Ok),
            Err(reason) => Ok(Err(reason.clone())),
        }
    }

    fn bytes(&self) -> u64 {
        self.files.iter().flatten().map(MapFile::bytes).sum()
    }
}

enum Looked {
    Kept(MapFile),
    /// The file that it is to be written to, and the image's pixels.
    New(PathBuf, Planes),
    Unreadable(String),
}
