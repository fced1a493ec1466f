//! Windows of a raster: the values of some bands, and which pixels are valid.

use super::chunks::{Chunk, Chunks, KEPT_BYTES};
use super::header::TiffDecoder;
use super::layout::Layout;
use super::sample_type::SampleType;
use anyhow::{Context, Result, bail, ensure};
use nadir_geo::windows::Window;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A TIFF file's first image. Shared between threads.
pub struct Raster {
    path: PathBuf,
    layout: Layout,
    chunks: Chunks,
    /// Samples that are bands: all but alpha.
    band_samples: Vec<usize>,
}

/// Values of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Of each band, row by row.
    pub bands: Vec<Vec<f32>>,
    /// Of each pixel, row by row: not transparent, and in at least one of the bands neither nodata nor NaN.
    pub valid: Vec<bool>,
}

impl std::fmt::Debug for Raster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Raster").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Raster {
    /// Opens a file and reads what it is; no pixels.
    ///
    /// # Errors
    /// Names the file and what it is that is not read.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_keeping(path, KEPT_BYTES)
    }

    /// As [`Raster::open`], keeping up to so many bytes of unpacked pixels for the next windows.
    ///
    /// # Errors
    /// As [`Raster::open`].
    pub fn open_keeping(path: &Path, kept_bytes: usize) -> Result<Self> {
        let opened = Chunks::open(path, kept_bytes);
        let (chunks, layout) = opened.with_context(|| format!("cannot read the TIFF image {}", path.display()))?;
        let band_samples = (0..layout.samples).filter(|&sample| Some(sample) != layout.alpha).collect();
        Ok(Self { path: path.to_owned(), layout, chunks, band_samples })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file is.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The number of bands, without alpha.
    pub fn bands(&self) -> usize {
        self.layout.colour.bands(self.band_samples.len())
    }

    /// The type of the bands' values.
    pub fn band_type(&self) -> SampleType {
        self.layout.colour.band_type(self.layout.sample_type)
    }

    /// The band of this name, or of this number from 1, counted from 0.
    ///
    /// # Errors
    /// Names the bands that there are.
    pub fn band(&self, name: &str) -> Result<usize> {
        let bands = self.bands();
        let names = &self.layout.band_names;
        let by_name = self.band_samples.iter().position(|&sample| names.get(sample).is_some_and(|one| one == name));
        let by_number =
            || name.parse().ok().filter(|number| (1..=bands).contains(number)).map(|number: usize| number - 1);
        if let Some(band) = by_name.filter(|&band| band < bands).or_else(by_number) {
            return Ok(band);
        }
        let named: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let named = if named.is_empty() { String::new() } else { format!(", named {}", named.join(", ")) };
        bail!("{} has no band {name}: it has the bands 1 to {bands}{named}", self.path.display())
    }

    pub(super) fn with_decoder<R>(&self, ask: impl FnOnce(&mut TiffDecoder) -> Result<R>) -> Result<R> {
        self.chunks.with_decoder(ask).with_context(|| format!("cannot read the TIFF image {}", self.path.display()))
    }

    /// The values of the bands (from 0) in a window that lies in the image. Values that are nodata or NaN are 0.
    ///
    /// # Errors
    /// Names the file, and the place of the pixels that are cut off or broken.
    pub fn read(&self, window: Window, bands: &[usize]) -> Result<Pixels> {
        self.read_pixels(window, bands).with_context(|| format!("cannot read the TIFF image {}", self.path.display()))
    }

    fn read_pixels(&self, window: Window, bands: &[usize]) -> Result<Pixels> {
        let Window { left, top, width, height } = window;
        let layout = &self.layout;
        ensure!(
            left + width <= layout.width && top + height <= layout.height && bands.iter().all(|&at| at < self.bands()),
            "the window {window:?} with the bands {bands:?} is not in an image of {} x {} px and {} bands",
            layout.width,
            layout.height,
            self.bands()
        );
        let sources: Vec<Vec<usize>> = bands.iter().map(|&band| self.sources(band)).collect();
        let mut needed: Vec<usize> = sources.iter().flatten().copied().chain(layout.alpha).collect();
        needed.sort_unstable();
        needed.dedup();
        let place = |sample: usize| needed.iter().position(|&one| one == sample).unwrap_or(0);
        let sources: Vec<Vec<usize>> = sources.iter().map(|all| all.iter().map(|&one| place(one)).collect()).collect();

        let area = width * height;
        let mut bands_of_window = vec![vec![0.0; area]; bands.len()];
        let mut valid = vec![false; area];
        let alpha = layout.alpha.map(place);
        let nodata = layout.nodata.map(|nodata| nodata as f32);
        // A row of each sample that is needed, of one chunk.
        let mut rows = vec![vec![0.0; layout.chunk_width.min(width)]; needed.len()];
        let mut of_pixel = Vec::new();
        let mut next_row = top;
        while next_row < top + height {
            let (down, first_row, end_row) = layout.chunk_of_row(next_row);
            let end_row = end_row.min(top + height);
            for across in left / layout.chunk_width..(left + width).div_ceil(layout.chunk_width) {
                let first_column = across * layout.chunk_width;
                let from = first_column.max(left);
                let columns = (first_column + layout.chunk_width).min(left + width) - from;
                let chunks = self.chunks_of(&needed, across, down)?;
                for row in next_row..end_row {
                    for ((to, &sample), chunk) in rows.iter_mut().zip(&needed).zip(&chunks) {
                        let bytes = chunk.row(row - first_row);
                        let (step, sample) = if layout.planar { (1, 0) } else { (layout.samples, sample) };
                        let first = (from - first_column) * step + sample;
                        layout.sample_type.read(bytes, first, step, &mut to[..columns]);
                    }
                    let start = (row - top) * width + from - left;
                    for ((values, sources), &band) in bands_of_window.iter_mut().zip(&sources).zip(bands) {
                        for at in 0..columns {
                            of_pixel.clear();
                            of_pixel.extend(sources.iter().map(|&source| rows[source][at]));
                            if of_pixel.iter().all(|value| !value.is_nan() && Some(*value) != nodata) {
                                values[start + at] = layout.colour.band(band, &of_pixel);
                                valid[start + at] = alpha.is_none_or(|alpha| rows[alpha][at] > 0.0);
                            }
                        }
                    }
                }
            }
            next_row = end_row;
        }
        Ok(Pixels { width, height, bands: bands_of_window, valid })
    }

    /// For each sample the chunk that it lies in.
    fn chunks_of(&self, samples: &[usize], across: usize, down: usize) -> Result<Vec<Arc<Chunk>>> {
        if self.layout.planar {
            return samples.iter().map(|&plane| self.chunks.get(&self.layout, across, down, plane)).collect();
        }
        Ok(vec![self.chunks.get(&self.layout, across, down, 0)?; samples.len()])
    }

    fn sources(&self, band: usize) -> Vec<usize> {
        self.layout.colour.samples_of(band).into_iter().map(|index| self.band_samples[index]).collect()
    }
}
