//! GeoTIFF files of any size for tests: tiles packed by deflate, in UTM zone 33 north, half a metre a pixel.

use anyhow::Result;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use tiff::encoder::TiffEncoder;
use tiff::tags::Tag;

/// Side of a tile, px.
const TILE: usize = 256;
/// East and north of the first corner, m, and the length of a px, m.
pub const PLACE: (f64, f64, f64) = (500_000.0, 5_000_000.0, 0.5);
const RGB: usize = 3;
const DEFLATE: u16 = 8;

/// Writes a square image of `side` px whose rows of RGB `row(top, count)` gives, so many of them at once, with overviews
/// of the halves, quarters, ... down to 512 px where they are requested: every second pixel of the one before.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, side: usize, has_overviews: bool, rows: impl Fn(usize, usize) -> Vec<u8>) -> Result<()> {
    let mut encoder = TiffEncoder::new(BufWriter::new(File::create(path)?))?;
    let mut step = 1;
    loop {
        let side_here = side.div_ceil(step);
        let mut directory = encoder.image_directory()?;
        let across = side_here.div_ceil(TILE);
        let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
        for top in (0..side_here).step_by(TILE) {
            let count = TILE.min(side_here - top);
            let mut band = Vec::with_capacity(count);
            for row in top..top + count {
                let full = rows(row * step, 1);
                band.push(full.chunks_exact(RGB).step_by(step).flatten().copied().collect::<Vec<u8>>());
            }
            for column in 0..across {
                let mut tile = vec![0; RGB * TILE * TILE];
                for (row, pixels) in band.iter().enumerate() {
                    let left = RGB * column * TILE;
                    let pixels = &pixels[left..pixels.len().min(left + RGB * TILE)];
                    tile[RGB * TILE * row..][..pixels.len()].copy_from_slice(pixels);
                }
                let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
                packer.write_all(&tile)?;
                let packed = packer.finish()?;
                lengths.push(packed.len() as u32);
                offsets.push(u32::try_from(directory.write_data(packed.as_slice())?)?);
            }
        }
        if step > 1 {
            directory.write_tag(Tag::NewSubfileType, 1_u32)?;
        }
        directory.write_tag(Tag::ImageWidth, side_here as u32)?;
        directory.write_tag(Tag::ImageLength, side_here as u32)?;
        directory.write_tag(Tag::BitsPerSample, [8_u16; RGB].as_slice())?;
        directory.write_tag(Tag::Compression, DEFLATE)?;
        directory.write_tag(Tag::PhotometricInterpretation, 2_u16)?;
        directory.write_tag(Tag::SamplesPerPixel, RGB as u16)?;
        directory.write_tag(Tag::TileWidth, TILE as u32)?;
        directory.write_tag(Tag::TileLength, TILE as u32)?;
        directory.write_tag(Tag::TileOffsets, offsets.as_slice())?;
        directory.write_tag(Tag::TileByteCounts, lengths.as_slice())?;
        if step == 1 {
            let (east, north, length) = PLACE;
            directory.write_tag(Tag::ModelPixelScaleTag, [length, length, 0.0].as_slice())?;
            directory.write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, east, north, 0.0].as_slice())?;
            let keys = [1_u16, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633];
            directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice())?;
        }
        directory.finish()?;
        step *= 2;
        if !has_overviews || side.div_ceil(step) < 512 {
            return Ok(());
        }
    }
}

/// Writes generated scenes of `block` px beside each other, `blocks` different ones over and over, over a square of
/// `side` px.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_scenes(path: &Path, side: usize, block: usize, blocks: u64, has_overviews: bool) -> Result<()> {
    let scenes: Vec<Vec<u8>> =
        (0..blocks).map(|seed| nadir_scene::generate(seed + 1, block, block).image.pixels).collect();
    let row = |top: usize| {
        let mut row = Vec::with_capacity(RGB * side);
        for left in (0..side).step_by(block) {
            // Not the same in every row of blocks.
            let which = (left / block + 3 * (top / block)) % scenes.len();
            let pixels = &scenes[which][RGB * block * (top % block)..][..RGB * block.min(side - left)];
            row.extend_from_slice(pixels);
        }
        row
    };
    write(path, side, has_overviews, |top, count| (top..top + count).flat_map(row).collect())
}
