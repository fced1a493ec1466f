//! One image's maps as a file: a line that names the format, the length of a JSON header, the header, then the maps of
//! one variant after another, their channels together, in half precision, little-endian.
//!
//! A file is written aside and renamed, so one with a whole name is whole; each variant has a checksum all the same,
//! which is looked at when it is read.

use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use nadir_core::detection::Size;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The format; a change of what is in a file is a change of this.
pub const FORMAT: &str = "nadir backbone maps 1\n";

/// Where an image's maps lie, and what they are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    /// Height and width of the image as it was, px.
    image: [usize; 2],
    variants: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Height and width of the image as the network sees it, px, and with its padding.
    size: [usize; 2],
    padded: [usize; 2],
    /// Rows, columns and channels of each map, finest first.
    maps: Vec<[usize; 3]>,
    crc32: u32,
}

/// The maps of a backbone's frozen parts, of one image, on a device.
#[derive(Debug, Clone)]
pub struct BackboneMaps {
    /// The image as the network sees it, without padding.
    pub size: Size,
    /// With it.
    pub padded: Size,
    /// Finest first, [1, channels, rows, columns] each.
    pub maps: Vec<Tensor<4>>,
}

/// The maps of one variant, on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMaps {
    /// The image as the network sees it, without padding.
    pub size: Size,
    /// With it.
    pub padded: Size,
    /// Rows, columns and channels of each map, with the bits of its values, channels together.
    maps: Vec<([usize; 3], Vec<u16>)>,
}

/// An image's file, of which the header is read.
#[derive(Debug, Clone, PartialEq)]
pub struct MapFile {
    path: PathBuf,
    header: Header,
    /// Where the maps begin, bytes.
    start: u64,
}

impl StoredMaps {
    /// In half precision; `None` if a value is too large for it, or no number.
    pub fn new(backbone: BackboneMaps) -> Option<Self> {
        let BackboneMaps { size, padded, maps } = backbone;
        let on_host = |map: Tensor<4>| {
            let [_, channels, rows, columns] = map.dims();
            let values = map.permute([0, 2, 3, 1]).into_data().convert::<f32>().try_to_vec::<f32>().ok()?;
            let mut halves = vec![f16::ZERO; values.len()];
            halves.convert_from_f32_slice(&values);
            let bits = halves.reinterpret_cast().to_vec();
            halves.iter().all(|value| value.is_finite()).then_some(([rows, columns, channels], bits))
        };
        Some(Self { size, padded, maps: maps.into_iter().map(on_host).collect::<Option<_>>()? })
    }

    /// As the backbone gives them.
    pub fn on_device(&self, device: &Device) -> BackboneMaps {
        let to_device = |(shape, bits): &([usize; 3], Vec<u16>)| {
            let [rows, columns, channels] = *shape;
            let mut values = vec![0.0; bits.len()];
            bits.reinterpret_cast::<f16>().convert_to_f32_slice(&mut values);
            let map = Tensor::<4>::from_data(TensorData::new(values, [1, rows, columns, channels]), device);
            map.permute([0, 3, 1, 2])
        };
        BackboneMaps { size: self.size, padded: self.padded, maps: self.maps.iter().map(to_device).collect() }
    }

    /// What they take in a file, bytes.
    pub fn bytes_len(&self) -> u64 {
        self.maps.iter().map(|(_, values)| 2 * values.len() as u64).sum()
    }

    fn bytes(&self) -> Vec<u8> {
        self.maps.iter().flat_map(|(_, bits)| bits).flat_map(|bits| bits.to_le_bytes()).collect()
    }
}

impl MapFile {
    /// Writes the variants of an image of the size `image`.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(path: &Path, image: Size, variants: &[StoredMaps]) -> Result<Self> {
        let mut data = Vec::new();
        let of_variant = |maps: &StoredMaps| {
            let bytes = maps.bytes();
            let crc32 = crc32fast::hash(&bytes);
            data.extend(bytes);
            let [size, padded] = [maps.size, maps.padded].map(|size| [size.height, size.width]);
            Entry { size, padded, maps: maps.maps.iter().map(|(shape, _)| *shape).collect(), crc32 }
        };
        let variants = variants.iter().map(of_variant).collect();
        let header = Header { image: [image.height, image.width], variants };
        let json = serde_json::to_vec(&header).context("a header is JSON")?;
        let mut bytes = FORMAT.as_bytes().to_vec();
        bytes.extend((json.len() as u64).to_le_bytes());
        bytes.extend(json);
        let start = bytes.len() as u64;
        bytes.extend(data);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create the folder {}", folder.display()))?;
        }
        write_atomically(path, &bytes)?;
        Ok(Self { path: path.to_owned(), header, start })
    }

    /// Reads the header; `None` if there is no such file.
    ///
    /// # Errors
    /// Where it is none of these files, or is cut off.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let damaged = || format!("{} is damaged; delete it, and it is made again", path.display());
        let mut start = [0; FORMAT.len() + 8];
        file.read_exact(&mut start).with_context(damaged)?;
        let (format, length) = start.split_at(FORMAT.len());
        let length = u64::from_le_bytes(length.try_into().with_context(damaged)?);
        ensure!(format == FORMAT.as_bytes() && length < 1 << 24, damaged());
        let mut json = vec![0; length as usize];
        file.read_exact(&mut json).with_context(damaged)?;
        let header: Header = serde_json::from_slice(&json).with_context(damaged)?;
        let start = start.len() as u64 + length;
        let expected = start + header.variants.iter().map(Entry::bytes).sum::<u64>();
        let found = file.metadata().with_context(damaged)?.len();
        ensure!(found == expected, "{} of {found} bytes, expected {expected}: {}", path.display(), damaged());
        Ok(Some(Self { path: path.to_owned(), header, start }))
    }

    /// What its maps take, bytes.
    pub fn bytes(&self) -> u64 {
        self.header.variants.iter().map(Entry::bytes).sum()
    }

    /// Height and width of the image as it was.
    pub fn image(&self) -> Size {
        let [height, width] = self.header.image;
        Size::new(height, width)
    }

    /// The maps of a variant.
    ///
    /// # Errors
    /// Names the file where it cannot be read or has changed.
    pub fn read(&self, variant: usize) -> Result<StoredMaps> {
        let path = self.path.display();
        let entry = self
            .header
            .variants
            .get(variant)
            .with_context(|| format!("{path} has no variant {variant} of its image"))?;
        let before: u64 = self.header.variants[..variant].iter().map(Entry::bytes).sum();
        let mut bytes = vec![0; entry.bytes() as usize];
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.start + before))?;
            file.read_exact(&mut bytes)
        });
        read.with_context(|| format!("cannot read {path}"))?;
        ensure!(
            crc32fast::hash(&bytes) == entry.crc32,
            "{path} is damaged: variant {variant} has another checksum; delete it and go on with --resume"
        );
        let mut bits: Vec<u16> = bytemuck::pod_collect_to_vec(&bytes);
        if cfg!(target_endian = "big") {
            bits.iter_mut().for_each(|bits| *bits = bits.swap_bytes());
        }
        let mut rest = bits.as_slice();
        let of_map = |&shape: &[usize; 3]| {
            let (of_map, others) = rest.split_at(shape.iter().product());
            rest = others;
            (shape, of_map.to_vec())
        };
        let [size, padded] = [entry.size, entry.padded].map(|[height, width]| Size::new(height, width));
        Ok(StoredMaps { size, padded, maps: entry.maps.iter().map(of_map).collect() })
    }
}

impl Entry {
    fn bytes(&self) -> u64 {
        self.maps.iter().map(|shape| 2 * shape.iter().product::<usize>() as u64).sum()
    }
}
