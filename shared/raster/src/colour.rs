//! What the samples of a pixel mean.

use crate::header::TiffDecoder;
use crate::sample_type::{SampleFormat, SampleType};
use anyhow::{Result, bail, ensure};
use std::io::{Read, Seek};
use tiff::tags::Tag;

/// The numbers of PhotometricInterpretation (TIFF 6.0, section 8).
const WHITE_IS_ZERO: u16 = 0;
const PALETTE: u16 = 3;
const CMYK: u16 = 5;
const Y_CB_CR: u16 = 6;
const JPEG: u16 = 7;

/// How bands follow from samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Each sample is a band.
    Bands,
    /// Grey, counted from white; the highest value.
    Inverted(u32),
    /// One sample is a place in a list of colours.
    Palette(Vec<[u8; 3]>),
    /// Luminance and two colour differences (JPEG's).
    YCbCr,
    /// Four inks.
    Cmyk,
}

impl Colour {
    pub(crate) fn read<R: Read + Seek>(
        decoder: &mut TiffDecoder<R>,
        photometric: u16,
        samples: usize,
        sample_type: SampleType,
        compression: u16,
    ) -> Result<Self> {
        let is_byte = sample_type == SampleType { format: SampleFormat::Uint, bits: 8 };
        match photometric {
            WHITE_IS_ZERO if sample_type.format == SampleFormat::Uint && sample_type.bits < 32 => {
                Ok(Self::Inverted((1 << sample_type.bits) - 1))
            }
            PALETTE => {
                let map = decoder.get_tag_u16_vec(Tag::ColorMap)?;
                let colours = map.len() / 3;
                ensure!(
                    sample_type.format == SampleFormat::Uint
                        && sample_type.bits <= 8
                        && colours == 1 << sample_type.bits,
                    "its palette has {colours} colours, expected one for each value of a sample of {} bits",
                    sample_type.bits
                );
                // 16 bits; some writers filled in 8.
                let shift = if map.iter().all(|&value| value < 256) { 0 } else { 8 };
                let colour =
                    |at: usize| [map[at], map[colours + at], map[2 * colours + at]].map(|v| (v >> shift) as u8);
                Ok(Self::Palette((0..colours).map(colour).collect()))
            }
            CMYK if is_byte && samples >= 4 => Ok(Self::Cmyk),
            Y_CB_CR if is_byte && samples == 3 && compression == JPEG => Ok(Self::YCbCr),
            Y_CB_CR => bail!("its colours are YCbCr without JPEG, which is not read; `gdal_translate` writes RGB"),
            CMYK => bail!("it is CMYK of {sample_type}, and only 8 bits are read"),
            8.. => bail!("its colours are of the kind {photometric} (CIELab or a colour filter), which is not read"),
            _ => Ok(Self::Bands),
        }
    }

    /// The number of bands of so many samples without alpha.
    pub(crate) fn bands(&self, samples: usize) -> usize {
        match self {
            Self::Bands | Self::Inverted(_) => samples,
            Self::Palette(_) | Self::YCbCr | Self::Cmyk => 3,
        }
    }

    /// How many samples the bands are computed from, at least.
    pub(crate) fn samples_needed(&self) -> usize {
        (0..self.bands(1)).flat_map(|band| self.samples_of(band)).max().map_or(0, |last| last + 1)
    }

    /// The samples that a band is computed from.
    pub(crate) fn samples_of(&self, band: usize) -> Vec<usize> {
        match self {
            Self::Bands | Self::Inverted(_) => vec![band],
            Self::Palette(_) => vec![0],
            Self::YCbCr => vec![0, 1, 2],
            Self::Cmyk => vec![band, 3],
        }
    }

    /// The value of a band, of those samples.
    pub(crate) fn band(&self, band: usize, samples: &[f32]) -> f32 {
        match self {
            Self::Bands => samples[0],
            Self::Inverted(highest) => *highest as f32 - samples[0],
            Self::Palette(colours) => colours.get(samples[0] as usize).map_or(0.0, |colour| f32::from(colour[band])),
            Self::YCbCr => {
                // JFIF, with ITU-R BT.601's weights.
                let (y, cb, cr) = (samples[0], samples[1] - 128.0, samples[2] - 128.0);
                let value = match band {
                    0 => y + 1.402 * cr,
                    1 => y - 0.344_136 * cb - 0.714_136 * cr,
                    _ => y + 1.772 * cb,
                };
                value.round().clamp(0.0, 255.0)
            }
            Self::Cmyk => ((255.0 - samples[0]) * (255.0 - samples[1]) / 255.0).round(),
        }
    }

    /// The type of the bands.
    pub(crate) fn band_type(&self, sample_type: SampleType) -> SampleType {
        match self {
            Self::Bands | Self::Inverted(_) => sample_type,
            Self::Palette(_) | Self::YCbCr | Self::Cmyk => SampleType { format: SampleFormat::Uint, bits: 8 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_from_samples() {
        let palette = Colour::Palette(Vec::new());
        let needed = [Colour::Bands, Colour::Inverted(1), palette, Colour::YCbCr, Colour::Cmyk];
        assert_eq!(needed.map(|colour| colour.samples_needed()), [1, 1, 1, 3, 4]);
        assert_eq!(Colour::Inverted(255).band(0, &[55.0]), 200.0);
        let palette = Colour::Palette(vec![[1, 2, 3], [4, 5, 6]]);
        assert_eq!([0, 1, 2].map(|band| palette.band(band, &[1.0])), [4.0, 5.0, 6.0]);
        assert_eq!(palette.band(0, &[9.0]), 0.0);
        // Pure red is (76.245, 84.97, 255.5) in JFIF; rounded to bytes it comes back within 1.
        let red = [0, 1, 2].map(|band| Colour::YCbCr.band(band, &[76.0, 85.0, 255.0]));
        assert!((red[0] - 254.0).abs() <= 1.0 && red[1] <= 1.0 && red[2] <= 1.0, "{red:?}");
        assert_eq!(Colour::Cmyk.band(0, &[255.0, 0.0]), 0.0);
        assert_eq!(Colour::Cmyk.band(1, &[0.0, 51.0]), 204.0);
    }
}
