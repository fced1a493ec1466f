//! What a TIFF file's first image is: sizes, types, colours, masks.

use crate::colour::Colour;
use crate::header::TiffDecoder;
use crate::sample_type::SampleType;
use anyhow::{Result, bail, ensure};
use std::io::{Read, Seek};
use tiff::tags::Tag;

/// No chunk may be larger when it is unpacked: memory must not grow with the file.
const MAX_CHUNK_BYTES: u64 = 512 * 1024 * 1024;
/// Rows of an uncompressed strip that are read at once have about this many bytes.
const ROWS_BYTES: u64 = 1024 * 1024;

/// XML, with the bands' descriptions.
const GDAL_METADATA: Tag = Tag::Unknown(42112);

const UNCOMPRESSED: u16 = 1;
/// Names of TIFF's ways of packing that are not read; others are named by their number.
const UNREAD: [(u16, &str); 8] = [
    (2, "CCITT RLE"),
    (3, "CCITT group 3"),
    (4, "CCITT group 4"),
    (6, "old-style JPEG"),
    (34712, "JPEG 2000"),
    (34887, "LERC"),
    (50000, "ZSTD"),
    (50001, "WebP"),
];
const READ: [u16; 7] = [UNCOMPRESSED, 5, 7, 8, 32773, 32946, 0];

/// The image's layout in its file.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples of a pixel, alpha included.
    pub samples: usize,
    /// Type of every sample.
    pub sample_type: SampleType,
    /// The sample (from 0) that says how opaque a pixel is.
    pub alpha: Option<usize>,
    /// The value that stands for nothing (GDAL's tag 42113).
    pub nodata: Option<f64>,
    /// Names of the bands by GDAL's metadata, empty where they have none.
    pub band_names: Vec<String>,
    /// EXIF's orientation, 1 for none.
    pub orientation: u8,
    pub(crate) colour: Colour,
    /// Each sample has chunks of its own.
    pub(crate) planar: bool,
    pub(crate) chunk_width: usize,
    pub(crate) chunk_height: usize,
    /// Strips are read by rows, straight from the file.
    pub(crate) by_rows: Option<Strips>,
    /// Of each chunk, to tell what is cut off and what was never written.
    pub(crate) chunk_offsets: Vec<u64>,
    pub(crate) chunk_lengths: Vec<u64>,
}

/// Uncompressed strips: a strip may be as large as the file, so parts of it are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strips {
    pub(crate) rows_per_strip: usize,
    pub(crate) swap_bytes: bool,
}

impl Layout {
    pub(crate) fn read<R: Read + Seek>(decoder: &mut TiffDecoder<R>, photometric: u16) -> Result<Self> {
        let unsigned = |decoder: &mut TiffDecoder<R>, tag: Tag| -> Result<Option<u32>> {
            Ok(decoder.find_tag_unsigned::<u32>(tag)?)
        };
        let (width, height) = decoder.dimensions()?;
        let compression = unsigned(decoder, Tag::Compression)?.unwrap_or(1) as u16;
        if !READ.contains(&compression) {
            let name = UNREAD.iter().find(|(number, _)| *number == compression);
            let name = name.map_or(format!("compression {compression}"), |(_, name)| (*name).to_owned());
            bail!(
                "its pixels are packed by {name}, which is not read (uncompressed, deflate, LZW, PackBits and JPEG are); \
                 `gdal_translate -co COMPRESS=DEFLATE -co TILED=YES` writes a file that is"
            );
        }
        let samples = unsigned(decoder, Tag::SamplesPerPixel)?.unwrap_or(1) as usize;
        let bits = decoder.find_tag_unsigned_vec::<u16>(Tag::BitsPerSample)?.and_then(|bits| bits.first().copied());
        let format = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat)?;
        let format = format.and_then(|format| format.first().copied()).unwrap_or(1);
        let sample_type = SampleType::of_tags(format, bits.unwrap_or(1))?;
        let planar = unsigned(decoder, Tag::PlanarConfiguration)? == Some(2);
        let predictor = unsigned(decoder, Tag::Predictor)?.unwrap_or(1);
        let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples)?.unwrap_or_default();
        let first_extra = samples.saturating_sub(extra.len());
        // 1: multiplied into the colours, 2: not.
        let alpha = extra.iter().position(|&kind| kind == 1 || kind == 2).map(|at| first_extra + at);
        let colour = Colour::read(decoder, photometric, samples, sample_type, compression)?;
        let (needed, found) = (colour.samples_needed(), samples - usize::from(alpha.is_some()));
        ensure!(
            needed <= found,
            "its colours are made of {needed} samples, and a pixel has {found} besides its opacity"
        );
        ensure!(
            sample_type.bits >= 8 || predictor == 1,
            "it has samples of {} bits with a predictor, which is not read",
            sample_type.bits
        );

        let (chunk_width, mut chunk_height) = decoder.chunk_dimensions();
        // A strip without a given height has all rows.
        chunk_height = chunk_height.min(height);
        let is_tiled = decoder.get_chunk_type() == tiff::decoder::ChunkType::Tile;
        let (offsets, lengths) = match is_tiled {
            true => (Tag::TileOffsets, Tag::TileByteCounts),
            false => (Tag::StripOffsets, Tag::StripByteCounts),
        };
        let chunk_offsets = decoder.get_tag_u64_vec(offsets)?;
        let chunk_lengths = decoder.get_tag_u64_vec(lengths)?;
        let rows_per_strip = chunk_height as usize;
        let row_bytes = row_bytes(chunk_width as usize, if planar { 1 } else { samples }, sample_type.bits) as u64;
        let by_rows = (!is_tiled && compression == UNCOMPRESSED && predictor == 1).then(|| {
            let is_native = decoder.byte_order() == tiff::tags::ByteOrder::native();
            Strips { rows_per_strip, swap_bytes: !is_native }
        });
        let chunk_height = match by_rows {
            Some(_) => rows_per_strip.min((ROWS_BYTES / row_bytes.max(1)).max(1) as usize),
            None => chunk_height as usize,
        };
        let chunk_bytes = row_bytes.saturating_mul(chunk_height as u64);
        ensure!(
            chunk_bytes <= MAX_CHUNK_BYTES,
            "{} of it are {} MB, more than {} MB, which memory must hold at once; `gdal_translate -co TILED=YES` divides \
             it into tiles",
            if is_tiled { "a tile" } else { "the rows of one strip" },
            chunk_bytes / 1_000_000,
            MAX_CHUNK_BYTES / 1_000_000,
        );
        let nodata = decoder.find_tag(Tag::GdalNodata)?.and_then(|value| value.into_string().ok());
        let nodata = nodata.and_then(|text| text.trim_matches(['\0', ' ']).parse().ok());
        let metadata = decoder.find_tag(GDAL_METADATA)?.and_then(|value| value.into_string().ok());
        let orientation = unsigned(decoder, Tag::Orientation)?.filter(|value| (1..=8).contains(value)).unwrap_or(1);
        Ok(Self {
            width: width as usize,
            height: height as usize,
            samples,
            sample_type,
            alpha,
            nodata,
            band_names: metadata.map(|xml| band_names(&xml, samples)).unwrap_or_default(),
            orientation: orientation as u8,
            colour,
            planar,
            chunk_width: chunk_width as usize,
            chunk_height,
            by_rows,
            chunk_offsets,
            chunk_lengths,
        })
    }

    /// Samples that a chunk has of a pixel.
    pub(crate) fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a row of a chunk that is so wide.
    pub(crate) fn row_bytes(&self, width: usize) -> usize {
        row_bytes(width, self.chunk_samples(), self.sample_type.bits)
    }

    pub(crate) fn chunks_across(&self) -> usize {
        self.width.div_ceil(self.chunk_width)
    }

    pub(crate) fn chunks_down(&self) -> usize {
        match self.by_rows {
            // Parts of strips: no part reaches into the next strip.
            Some(strips) => {
                let parts = strips.rows_per_strip.div_ceil(self.chunk_height);
                let (whole, rest) = (self.height / strips.rows_per_strip, self.height % strips.rows_per_strip);
                whole * parts + rest.div_ceil(self.chunk_height)
            }
            None => self.height.div_ceil(self.chunk_height),
        }
    }

    /// First row of the image in a row of chunks.
    pub(crate) fn first_row(&self, down: usize) -> usize {
        match self.by_rows {
            Some(Strips { rows_per_strip, .. }) => {
                let parts = rows_per_strip.div_ceil(self.chunk_height);
                down / parts * rows_per_strip + down % parts * self.chunk_height
            }
            None => down * self.chunk_height,
        }
    }

    /// Fills samples with what stands for nothing.
    pub(crate) fn fill_empty(&self, bytes: &mut [u8]) {
        if let Some(nodata) = self.nodata {
            let sample = self.sample_type.bytes_of(nodata);
            bytes.chunks_exact_mut(sample.len()).for_each(|to| to.copy_from_slice(&sample));
        }
    }

    /// The chunk row that a row of the image lies in, with its first row and the row behind its last.
    pub(crate) fn chunk_of_row(&self, row: usize) -> (usize, usize, usize) {
        match self.by_rows {
            Some(Strips { rows_per_strip, .. }) => {
                let (strip, within) = (row / rows_per_strip, row % rows_per_strip);
                let part = within / self.chunk_height;
                let first = strip * rows_per_strip + part * self.chunk_height;
                let end = (first + self.chunk_height).min((strip + 1) * rows_per_strip).min(self.height);
                (strip * rows_per_strip.div_ceil(self.chunk_height) + part, first, end)
            }
            None => {
                let chunk = row / self.chunk_height;
                let first = chunk * self.chunk_height;
                (chunk, first, (first + self.chunk_height).min(self.height))
            }
        }
    }
}

/// Saturates, for in WASM numbers of memory have 32 bits; so long a row is refused as a chunk.
fn row_bytes(width: usize, samples: usize, bits: u8) -> usize {
    let bits = (width as u64).saturating_mul(samples as u64).saturating_mul(u64::from(bits));
    usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX)
}

/// The bands' descriptions in GDAL's XML: `<Item name="DESCRIPTION" sample="0" role="description">red</Item>`.
fn band_names(xml: &str, samples: usize) -> Vec<String> {
    let Ok(document) = roxmltree::Document::parse(xml.trim_end_matches('\0')) else { return Vec::new() };
    let mut names = vec![String::new(); samples];
    let mut found = false;
    for item in document.descendants().filter(|node| node.attribute("role") == Some("description")) {
        let sample = item.attribute("sample").and_then(|sample| sample.parse::<usize>().ok());
        if let (Some(name), Some(text)) = (sample.and_then(|sample| names.get_mut(sample)), item.text()) {
            *name = text.to_owned();
            found = true;
        }
    }
    if found { names } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn band_names_are_read_from_gdals_metadata() {
        let xml =
            "<GDALMetadata><Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">nir</Item></GDALMetadata>\0";
        assert_eq!(band_names(xml, 2), ["", "nir"]);
        assert!(band_names("<GDALMetadata/>", 2).is_empty() && band_names("no xml <", 2).is_empty());
    }
}
