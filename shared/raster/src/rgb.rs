//! Rasters as 8-bit images: which bands are red, green and blue, or a network's channels, and how their values are scaled.

use crate::sample_type::{SampleFormat, SampleType};
use crate::scaling::{byte, percentiles};
use crate::source::Source;
use crate::window::{Pixels, Raster};
use anyhow::{Result, ensure};
use nadir_core::image::bands::{BandSettings, Scaling};
use nadir_core::image::{RGB, RgbImage};
use nadir_geo::windows::Window;

/// Rows that are converted at once, where they are not too long.
const ROWS: usize = 256;
/// Pixels of up to three bands that are converted at once, fewer of more bands: they take 12 MB.
const PIXELS_AT_ONCE: usize = 1 << 20;
/// Percentiles are taken of all values up to so many pixels (of up to three bands, fewer of more), of a larger image by
/// evenly spread windows.
const SAMPLED_PIXELS: usize = 4_000_000;
const SAMPLED_SIDE: usize = 256;

/// A raster with bands and limits chosen: gives RGB windows.
#[derive(Debug)]
pub struct RgbScene<S: Source> {
    raster: Raster<S>,
    bands: Vec<usize>,
    limits: Vec<[f64; 2]>,
    scaling: Scaling,
    is_requested: bool,
}

/// RGB or the bands that are chosen, and which pixels are valid.
#[derive(Debug, Clone, PartialEq)]
pub struct RgbWindow {
    /// Pixels that are not valid in any band are black.
    pub image: RgbImage,
    /// Pixels that are neither nodata nor transparent.
    pub valid: usize,
}

impl RgbWindow {
    /// Every `step`-th px of a window of an image in memory, all of which are valid: the middle ones of squares of so many
    /// px, whose number is rounded up. All of the window with a `step` of 1.
    ///
    /// # Errors
    /// Where the window is not in the image.
    pub fn of_memory(image: &RgbImage, window: Window, step: usize) -> Result<Self> {
        let Window { left, top, width, height } = window;
        ensure!(
            left + width <= image.width && top + height <= image.height,
            "the window {window:?} is not in an image of {} x {} px",
            image.width,
            image.height
        );
        let channels = image.channels();
        let middle = |at: usize, length: usize| (at * step + step / 2).min(length - 1);
        let (columns, rows) = (width.div_ceil(step), height.div_ceil(step));
        let mut pixels = Vec::with_capacity(channels * columns * rows);
        for row in 0..rows {
            let start = (top + middle(row, height)) * image.width + left;
            if step == 1 {
                pixels.extend_from_slice(&image.pixels[channels * start..][..channels * width]);
            } else {
                for column in 0..columns {
                    pixels.extend_from_slice(&image.pixels[channels * (start + middle(column, width))..][..channels]);
                }
            }
        }
        Ok(Self { image: RgbImage { width: columns, height: rows, pixels }, valid: columns * rows })
    }

    /// Whether so large a share of the pixels is valid, 0 to 1.
    pub fn has_valid(&self, share: f64) -> bool {
        self.valid as f64 >= share * (self.image.width * self.image.height) as f64
    }
}

impl<S: Source> RgbScene<S> {
    /// Opens a TIFF image and chooses; percentiles are computed here.
    ///
    /// # Errors
    /// Names the file and what is wrong with it, or the band that is not there.
    pub fn open(source: impl Into<S>, settings: &BandSettings) -> Result<Self> {
        Self::of_raster(Raster::open(source)?, settings)
    }

    /// As [`RgbScene::open`], for one of many scenes that are open at once: keeps no more than `kept_bytes` of unpacked
    /// pixels.
    ///
    /// # Errors
    /// As [`RgbScene::open`].
    pub fn open_keeping(source: impl Into<S>, settings: &BandSettings, kept_bytes: usize) -> Result<Self> {
        Self::of_raster(Raster::open_keeping(source, kept_bytes)?, settings)
    }

    /// As [`RgbScene::open`], of a raster that is open.
    ///
    /// # Errors
    /// As [`RgbScene::open`].
    pub fn of_raster(raster: Raster<S>, settings: &BandSettings) -> Result<Self> {
        let bands = chosen_bands(&raster, settings)?;
        let kind = raster.band_type();
        let scaling = settings.scaling.clone().unwrap_or_else(|| default_scaling(kind));
        let limits = match &scaling {
            Scaling::Type => vec![kind.range(); bands.len()],
            Scaling::Range(ranges) => match ranges.as_slice() {
                [one] => vec![*one; bands.len()],
                each => {
                    ensure!(
                        each.len() == bands.len(),
                        "expected one range for all bands or {}, one a band, and found {}",
                        bands.len(),
                        each.len()
                    );
                    each.to_vec()
                }
            },
            Scaling::Percentiles(percents) => band_percentiles(&raster, &bands, *percents)?,
        };
        let is_requested = (settings.scaling.is_some() || scaling == Scaling::Type)
            && (settings.bands.is_some() || raster.bands() <= 3);
        Ok(Self { raster, bands, limits, scaling, is_requested })
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.raster.layout().width, self.raster.layout().height)
    }

    /// The raster that is read.
    pub fn raster(&self) -> &Raster<S> {
        &self.raster
    }

    /// What was chosen, in words: bands and limits.
    pub fn choice(&self) -> String {
        let bands: Vec<String> = self.bands.iter().map(|band| (band + 1).to_string()).collect();
        let limits: Vec<String> = self.limits.iter().map(|[low, high]| format!("{low:.6} to {high:.6}")).collect();
        format!(
            "bands {} of {} ({}), scaled from {}",
            bands.join(", "),
            self.raster.bands(),
            self.raster.band_type(),
            limits.join(", ")
        )
    }

    /// How values are scaled to 8 bits.
    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// Whether the bands and the scaling were requested, or are those of a plain picture of bytes: nobody need be told.
    pub fn is_requested(&self) -> bool {
        self.is_requested
    }

    /// Channels of its pixels: one for each band, three of one, which is grey.
    fn channels(&self) -> usize {
        if self.bands.len() == 1 { RGB } else { self.bands.len() }
    }

    /// The pixels of a window.
    ///
    /// # Errors
    /// Names the file, and the place of pixels that cannot be read.
    pub fn read(&self, window: Window) -> Result<RgbWindow> {
        let Window { left, top, width, height } = window;
        let mut pixels = vec![0; self.channels() * width * height];
        let mut valid = 0;
        for part in parts(width, height, fewer_of_more(PIXELS_AT_ONCE, self.bands.len())) {
            let within = Window { left: left + part.left, top: top + part.top, ..part };
            let read = self.raster.read(within, &self.bands)?;
            valid += read.valid.iter().filter(|&&valid| valid).count();
            self.convert(&read, part, width, &mut pixels);
        }
        Ok(RgbWindow { image: RgbImage { width, height, pixels }, valid })
    }

    /// As [`RgbScene::read`], of every `step`-th column and row ([`Raster::read_every`]) of this scene's raster or of one
    /// of its overviews, by this scene's bands and limits.
    ///
    /// # Errors
    /// As [`RgbScene::read`].
    pub fn read_every(&self, of: &Raster<S>, window: Window, step: usize) -> Result<RgbWindow> {
        let read = of.read_every(window, step, &self.bands)?;
        let (width, height) = (read.width, read.height);
        let mut pixels = vec![0; self.channels() * width * height];
        self.convert(&read, Window { left: 0, top: 0, width, height }, width, &mut pixels);
        let valid = read.valid.iter().filter(|&&valid| valid).count();
        Ok(RgbWindow { image: RgbImage { width, height, pixels }, valid })
    }

    /// Writes a part of an image of this width into its pixels, which are black.
    fn convert(&self, read: &Pixels, part: Window, width: usize, pixels: &mut [u8]) {
        let (has_alpha, channels) = (self.raster.layout().alpha.is_some(), self.channels());
        let tables: Option<Vec<[u8; 256]>> = (self.raster.band_type() == BYTE).then(|| {
            let table = |&limits: &[f64; 2]| std::array::from_fn(|value| byte(value as f32, limits));
            self.limits.iter().map(table).collect()
        });
        for at in 0..read.valid.len() {
            // As with PNG, transparency is dropped: its pixels keep their colours.
            if !read.valid[at] && !has_alpha {
                continue;
            }
            let (row, column) = (part.top + at / part.width, part.left + at % part.width);
            let pixel = &mut pixels[channels * (row * width + column)..][..channels];
            for (channel, to) in pixel.iter_mut().enumerate() {
                let band = if self.bands.len() == 1 { 0 } else { channel };
                let value = read.bands[band][at];
                *to = match &tables {
                    Some(tables) => tables[band][value as usize],
                    None => byte(value, self.limits[band]),
                };
            }
        }
    }
}

/// The bands that settings choose, from 0.
///
/// # Errors
/// Names the file, and the band that it does not have.
pub fn chosen_bands<S: Source>(raster: &Raster<S>, settings: &BandSettings) -> Result<Vec<usize>> {
    let bands = match &settings.bands {
        Some(names) => names.iter().map(|name| raster.band(name)).collect::<Result<Vec<_>>>()?,
        None if raster.bands() >= 3 => vec![0, 1, 2],
        None => vec![0],
    };
    ensure!(
        (1..=BandSettings::MOST_BANDS).contains(&bands.len()) && raster.bands() > 0,
        "expected three bands for red, green and blue, one, or up to {} for a network of as many, and found {} for {}",
        BandSettings::MOST_BANDS,
        bands.len(),
        raster.name()
    );
    Ok(bands)
}

const BYTE: SampleType = SampleType { format: SampleFormat::Uint, bits: 8 };

/// How values of a type are scaled where nobody says.
pub fn default_scaling(kind: SampleType) -> Scaling {
    if kind.format == SampleFormat::Uint && kind.bits <= 8 { Scaling::Type } else { Scaling::DEFAULT_PERCENTILES }
}

/// The percentiles of each band's valid values.
fn band_percentiles<S: Source>(raster: &Raster<S>, bands: &[usize], percents: [f64; 2]) -> Result<Vec<[f64; 2]>> {
    let mut values = sampled_values(raster, bands, fewer_of_more(SAMPLED_PIXELS, bands.len()))?;
    Ok(values.iter_mut().map(|values| percentiles(values, percents)).collect())
}

/// Each band's valid values: of a raster of up to so many pixels all of them, of a larger one those of evenly spread
/// windows.
///
/// # Errors
/// Names the file, and the place of pixels that cannot be read.
pub fn sampled_values<S: Source>(raster: &Raster<S>, bands: &[usize], most_pixels: usize) -> Result<Vec<Vec<f32>>> {
    let (width, height) = (raster.layout().width, raster.layout().height);
    let mut values: Vec<Vec<f32>> = vec![Vec::new(); bands.len()];
    for window in sampled_windows(width, height, most_pixels) {
        let read = raster.read(window, bands)?;
        for (values, band) in values.iter_mut().zip(&read.bands) {
            let valid = band.iter().zip(&read.valid).filter(|(value, valid)| **valid && value.is_finite());
            values.extend(valid.map(|(value, _)| *value));
        }
    }
    Ok(values)
}

/// So many pixels of up to three bands take as much memory as these of `bands`.
pub fn fewer_of_more(pixels: usize, bands: usize) -> usize {
    pixels * RGB / bands.max(RGB)
}

/// An image in parts of up to so many pixels, which cover it.
fn parts(width: usize, height: usize, most: usize) -> impl Iterator<Item = Window> {
    let columns = width.clamp(1, most);
    let rows = (most / columns).clamp(1, ROWS);
    (0..height).step_by(rows).flat_map(move |top| {
        let part =
            move |left: usize| Window { left, top, width: columns.min(width - left), height: rows.min(height - top) };
        (0..width).step_by(columns).map(part)
    })
}

/// All of a small image by rows, or evenly spread squares of a large one.
fn sampled_windows(width: usize, height: usize, most_pixels: usize) -> Vec<Window> {
    if width.saturating_mul(height) <= most_pixels {
        let rows = |top: usize| Window { left: 0, top, width, height: ROWS.min(height - top) };
        return (0..height).step_by(ROWS).map(rows).collect();
    }
    let (w, h) = (SAMPLED_SIDE.min(width), SAMPLED_SIDE.min(height));
    let squares = (most_pixels / (w * h)).max(1);
    // As many columns to rows as the image has.
    let columns =
        ((squares * width / height.max(1)) as f64).sqrt().ceil().clamp(1.0, (width / w).clamp(1, squares) as f64)
            as usize;
    let rows = squares.div_ceil(columns).clamp(1, (height / h).max(1));
    let place = |at: usize, count: usize, span: usize| if count < 2 { span / 2 } else { at * span / (count - 1) };
    let window = |row: usize, column: usize| Window {
        left: place(column, columns, width - w),
        top: place(row, rows, height - h),
        width: w,
        height: h,
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| window(row, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_an_image_of_any_shape_and_none_is_large() {
        for (width, height) in [(24, 16), (300, 5000), (4_000_000, 2), (1 << 20, 3), (1, 3_000_000), (0, 5), (5, 0)] {
            for most in [PIXELS_AT_ONCE, fewer_of_more(PIXELS_AT_ONCE, 32)] {
                let parts = || parts(width, height, most);
                let sizes: Vec<usize> = parts().map(|part| part.width * part.height).collect();
                assert_eq!(sizes.iter().sum::<usize>(), width * height);
                assert!(sizes.iter().all(|&size| size <= most));
                assert!(parts().all(|p| p.left + p.width <= width && p.top + p.height <= height));
            }
        }
    }

    #[test]
    fn large_images_are_sampled_evenly_and_inside() {
        for (width, height) in [(20_000, 20_000), (100_000, 300), (50, 5_000_000), (2001, 2001)] {
            let windows = sampled_windows(width, height, SAMPLED_PIXELS);
            let pixels: usize = windows.iter().map(|window| window.width * window.height).sum();
            assert!((100_000..9_000_000).contains(&pixels), "{width} x {height}: {pixels}");
            let inside = |w: &Window| w.left + w.width <= width && w.top + w.height <= height;
            assert!(windows.iter().all(inside));
            let last = windows.iter().map(|w| w.left + w.width).max();
            assert!(last == Some(width) || windows.len() == 1 || width < 256 * 2, "{width} x {height}: {last:?}");
        }
        let all: usize =
            sampled_windows(1000, 700, SAMPLED_PIXELS).iter().map(|window| window.width * window.height).sum();
        assert_eq!(all, 700_000);
    }
}
