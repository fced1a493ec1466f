//! Windows of a raster: the values of some bands, and which pixels are valid.

use crate::chunks::{Chunk, Chunks, KEPT_BYTES};
use crate::header::TiffDecoder;
use crate::layout::Layout;
use crate::sample_type::SampleType;
use crate::source::Source;
use anyhow::{Context, Result, bail, ensure};
use nadir_geo::windows::Window;
use std::sync::Arc;

/// An image of a TIFF file: its first, or an overview of that. Shared between threads.
pub struct Raster<S: Source> {
    layout: Layout,
    chunks: Chunks<S>,
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

impl<S: Source> std::fmt::Debug for Raster<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Raster").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl<S: Source> Raster<S> {
    /// Opens a file and reads what it is; no pixels.
    ///
    /// # Errors
    /// Names the file and what it is that is not read.
    pub fn open(source: impl Into<S>) -> Result<Self> {
        Self::open_keeping(source, KEPT_BYTES)
    }

    /// As [`Raster::open`], keeping up to so many bytes of unpacked pixels for the next windows.
    ///
    /// # Errors
    /// As [`Raster::open`].
    pub fn open_keeping(source: impl Into<S>, kept_bytes: usize) -> Result<Self> {
        let source = Arc::new(source.into());
        let opened = Chunks::open(source.clone(), None, kept_bytes);
        let (chunks, layout) = opened.with_context(|| format!("cannot read the TIFF image {}", source.name()))?;
        Ok(Self::of_chunks(chunks, layout))
    }

    fn of_chunks(chunks: Chunks<S>, layout: Layout) -> Self {
        let band_samples = (0..layout.samples).filter(|&sample| Some(sample) != layout.alpha).collect();
        Self { layout, chunks, band_samples }
    }

    /// The image at reduced resolutions, as far as the file has it (GDAL's overviews), the largest first; each keeps up
    /// to so many bytes of unpacked pixels. What is no picture of the same bands is passed over, as are broken ones.
    pub fn overviews(&self, kept_bytes: usize) -> Vec<Self> {
        let open = |directory| {
            let opened = Chunks::open(self.chunks.source().clone(), Some(directory), kept_bytes);
            let (chunks, mut layout) = opened.ok()?;
            // It stands in the first directory alone, with some writers.
            layout.nodata = layout.nodata.or(self.layout.nodata);
            let overview = Self::of_chunks(chunks, layout);
            let is_smaller = overview.layout.width < self.layout.width && overview.layout.height < self.layout.height;
            let has_pixels = overview.layout.width > 0 && overview.layout.height > 0;
            let is_alike = overview.bands() == self.bands()
                && overview.band_type() == self.band_type()
                && overview.layout.alpha == self.layout.alpha;
            (is_smaller && has_pixels && is_alike).then_some(overview)
        };
        let mut found: Vec<Self> = self.chunks.overviews().unwrap_or_default().into_iter().filter_map(open).collect();
        found.sort_by_key(|overview| std::cmp::Reverse(overview.layout.width));
        found
    }

    /// What the file is called.
    pub fn name(&self) -> String {
        self.chunks.source().name()
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
        bail!("{} has no band {name}: it has the bands 1 to {bands}{named}", self.name())
    }

    pub(crate) fn with_decoder<T>(&self, ask: impl FnOnce(&mut TiffDecoder<S::Reader>) -> Result<T>) -> Result<T> {
        self.chunks.with_decoder(ask).with_context(|| format!("cannot read the TIFF image {}", self.name()))
    }

    /// The values of the bands (from 0) in a window that lies in the image. Values that are nodata or NaN are 0.
    ///
    /// # Errors
    /// Names the file, and the place of the pixels that are cut off or broken.
    pub fn read(&self, window: Window, bands: &[usize]) -> Result<Pixels> {
        self.read_every(window, 1, bands)
    }

    /// As [`Raster::read`], of every `step`-th column and row: the middle ones of squares of so many px, whose number is
    /// rounded up. Chunks without one of them are not read.
    ///
    /// # Errors
    /// As [`Raster::read`].
    pub fn read_every(&self, window: Window, step: usize, bands: &[usize]) -> Result<Pixels> {
        let read = self.read_pixels(window, step.max(1), bands);
        read.with_context(|| format!("cannot read the TIFF image {}", self.name()))
    }

    fn read_pixels(&self, window: Window, step: usize, bands: &[usize]) -> Result<Pixels> {
        let layout = &self.layout;
        ensure!(
            window.left + window.width <= layout.width
                && window.top + window.height <= layout.height
                && bands.iter().all(|&at| at < self.bands()),
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

        let columns = Sampled { start: window.left, length: window.width, step };
        let rows = Sampled { start: window.top, length: window.height, step };
        let (width, height) = (columns.count(), rows.count());
        let mut bands_of_window = vec![vec![0.0; width * height]; bands.len()];
        let mut valid = vec![false; width * height];
        let alpha = layout.alpha.map(place);
        let nodata = layout.nodata.map(|nodata| nodata as f32);
        // A row of each sample that is needed, of one chunk.
        let mut samples = vec![vec![0.0; layout.chunk_width.min(width)]; needed.len()];
        let mut of_pixel = Vec::new();
        let mut row = 0;
        while row < height {
            let (down, first_row, end_row) = layout.chunk_of_row(rows.at(row));
            let rows_here = rows.run(row, end_row);
            let mut column = 0;
            while column < width {
                let across = columns.at(column) / layout.chunk_width;
                let first_column = across * layout.chunk_width;
                let columns_here = columns.run(column, first_column + layout.chunk_width);
                let chunks = self.chunks_of(&needed, across, down)?;
                for row in row..row + rows_here {
                    for ((to, &sample), chunk) in samples.iter_mut().zip(&needed).zip(&chunks) {
                        let bytes = chunk.row(rows.at(row) - first_row);
                        let (of_column, sample) = if layout.planar { (1, 0) } else { (layout.samples, sample) };
                        let first = (columns.at(column) - first_column) * of_column + sample;
                        layout.sample_type.read(bytes, first, step * of_column, &mut to[..columns_here]);
                    }
                    let start = row * width + column;
                    for ((values, sources), &band) in bands_of_window.iter_mut().zip(&sources).zip(bands) {
                        for at in 0..columns_here {
                            let of_pixel = match sources.as_slice() {
                                &[source] => &samples[source][at..=at],
                                several => {
                                    of_pixel.clear();
                                    of_pixel.extend(several.iter().map(|&source| samples[source][at]));
                                    &of_pixel
                                }
                            };
                            if of_pixel.iter().all(|value| !value.is_nan() && Some(*value) != nodata) {
                                values[start + at] = layout.colour.band(band, of_pixel);
                                valid[start + at] = alpha.is_none_or(|alpha| samples[alpha][at] > 0.0);
                            }
                        }
                    }
                }
                column += columns_here;
            }
            row += rows_here;
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

/// The places along a side of a window that are read: of every `step` px the middle one.
#[derive(Debug, Clone, Copy)]
struct Sampled {
    start: usize,
    length: usize,
    step: usize,
}

impl Sampled {
    fn count(&self) -> usize {
        self.length.div_ceil(self.step)
    }

    /// The place of a sample; of the last one, where less than half a step is left, the window's last place.
    fn at(&self, index: usize) -> usize {
        self.start + (index * self.step + self.step / 2).min(self.length - 1)
    }

    /// How many samples from this one on lie before `end`, a step from each other.
    fn run(&self, index: usize, end: usize) -> usize {
        let follows =
            |&next: &usize| self.at(next) < end && self.at(next) == self.at(index) + (next - index) * self.step;
        1 + (index + 1..self.count()).take_while(follows).count()
    }
}

#[cfg(test)]
mod tests {
    use super::Sampled;

    #[test]
    fn samples_are_the_middles_of_equal_steps_and_lie_inside() {
        let places = |length, step| {
            let along = Sampled { start: 100, length, step };
            (0..along.count()).map(|index| along.at(index)).collect::<Vec<_>>()
        };
        assert_eq!(places(4, 1), [100, 101, 102, 103]);
        assert_eq!(places(8, 4), [102, 106]);
        // One px is left, whose middle would be behind it.
        assert_eq!(places(9, 4), [102, 106, 108]);
        let along = Sampled { start: 100, length: 9, step: 4 };
        assert_eq!((along.run(0, 200), along.run(0, 106), along.run(2, 200)), (2, 1, 1));
    }
}
