//! Features of a box: a grid of bilinear samples of a feature map.

use super::Size;
use super::boxes::PixelBox;

/// A feature map of one image, \[channels, height, width\], row-major.
#[derive(Debug, Clone, Copy)]
pub struct FeatureMap<'a> {
    /// `channels * size.height * size.width` values.
    pub values: &'a [f32],
    /// How many planes there are.
    pub channels: usize,
    /// The size of a plane.
    pub size: Size,
}

/// RoIAlign (He et al. 2017, "Mask R-CNN", section 3), as torchvision's `roi_align`: where a box is sampled, and its
/// features in plain loops. The detector gathers the same samples on its device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoiAlign {
    /// Into how many bins a box is divided.
    pub output: Size,
    /// Cells by px: 1 / 4 for a map whose cells are 4 px.
    pub spatial_scale: f32,
    /// A bin's value is the mean of so many samples in each direction; 0 takes as many as the bin has cells, rounded
    /// up.
    pub sampling_ratio: usize,
    /// Whether a cell's value stands at its middle rather than at its upper left corner; torchvision's detector: no.
    /// Where not, a box is also taken to be at least one cell wide and high.
    pub aligned: bool,
}

/// A feature map whose values are not of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{values} values in a feature map of {channels} channels, {height} rows and {width} columns")]
pub struct FeatureMapError {
    /// Number of values.
    pub values: usize,
    /// Number of channels that there should be.
    pub channels: usize,
    /// Number of rows of a plane.
    pub height: usize,
    /// Number of columns of a plane.
    pub width: usize,
}

/// What is read of a map, and with which weight each: indices of cells, of rows or of columns.
pub type Weighted = Vec<(usize, f32)>;

/// What each bin of a box reads of a map, and with which weight, along either axis: the bin of a row and a column is the
/// sum, over the cells that both read, of weight times weight times value. Cells that several samples read stand once.
#[derive(Debug, Clone, PartialEq)]
pub struct BinWeights {
    /// Of each row of bins, rows of the map and their weights.
    pub rows: Vec<Weighted>,
    /// Of each column of bins, columns of the map and their weights.
    pub columns: Vec<Weighted>,
}

impl RoiAlign {
    /// The features of every box, \[boxes, channels, output height, output width\]. Samples more than a cell outside
    /// the map count as 0.
    ///
    /// # Errors
    /// If the map has another number of values than its size needs, or is empty.
    pub fn features(&self, map: FeatureMap, boxes: &[PixelBox]) -> Result<Vec<f32>, FeatureMapError> {
        let FeatureMap { values, channels, size: Size { height, width } } = map;
        let plane = height * width;
        if values.is_empty() || values.len() != channels * plane {
            return Err(FeatureMapError { values: values.len(), channels, height, width });
        }
        let mut features = Vec::with_capacity(boxes.len() * channels * self.output.height * self.output.width);
        for &of in boxes {
            let bins = self.bins(of, map.size);
            for plane in values.chunks_exact(plane) {
                features.extend(bins.iter().map(|bin| bin.iter().map(|&(at, weight)| weight * plane[at]).sum::<f32>()));
            }
        }
        Ok(features)
    }

    /// Of every bin of the box, row by row, the map's cells that it reads, row-major, and their weights. Samples outside
    /// the map weigh nothing.
    pub fn bins(&self, of: PixelBox, map: Size) -> Vec<Weighted> {
        let BinWeights { rows, columns } = self.weights(of, map);
        let pairs = rows.iter().flat_map(|rows| columns.iter().map(move |columns| (rows, columns)));
        let cells = |(rows, columns): (&Weighted, &Weighted)| {
            let of_row =
                |&(y, weight): &(usize, f32)| columns.iter().map(move |&(x, of_x)| (y * map.width + x, weight * of_x));
            rows.iter().flat_map(of_row).collect()
        };
        pairs.map(cells).collect()
    }

    /// [`Self::bins`] along either axis.
    pub fn weights(&self, [x0, y0, x1, y1]: PixelBox, map: Size) -> BinWeights {
        let along = |start, end, bins, cells| -> Vec<Weighted> {
            self.samples(start, end, bins, cells).iter().map(|samples| mean_of(samples)).collect()
        };
        BinWeights {
            rows: along(y0, y1, self.output.height, map.height),
            columns: along(x0, x1, self.output.width, map.width),
        }
    }

    /// Of every bin along one axis, its samples; `None` where a sample is outside the map.
    fn samples(&self, start: f32, end: f32, bins: usize, cells: usize) -> Vec<Vec<Option<Tap>>> {
        let offset = if self.aligned { 0.5 } else { 0.0 };
        let start = start * self.spatial_scale - offset;
        let length = end * self.spatial_scale - offset - start;
        let length = if self.aligned { length } else { length.max(1.0) };
        let bin = length / bins as f32;
        let count = if self.sampling_ratio > 0 { self.sampling_ratio } else { bin.ceil() as usize };
        let sample =
            |at: usize, of: usize| Tap::at(start + at as f32 * bin + (of as f32 + 0.5) * bin / count as f32, cells);
        (0..bins).map(|at| (0..count).map(|of| sample(at, of)).collect()).collect()
    }
}

/// Where a sample lies along one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tap {
    low: usize,
    high: usize,
    share_of_high: f32,
}

/// The cells that a bin's samples read and their weights in the samples' mean.
fn mean_of(samples: &[Option<Tap>]) -> Weighted {
    let mut cells = Weighted::with_capacity(2 * samples.len());
    let share = 1.0 / samples.len() as f32;
    for tap in samples.iter().flatten() {
        for (cell, weight) in [(tap.low, 1.0 - tap.share_of_high), (tap.high, tap.share_of_high)] {
            // Samples ascend: a cell that was read before is one of the last two.
            match cells.iter_mut().rev().take(2).find(|(known, _)| *known == cell) {
                Some((_, sum)) => *sum += weight * share,
                None if weight > 0.0 => cells.push((cell, weight * share)),
                None => {}
            }
        }
    }
    cells
}

impl Tap {
    fn at(position: f32, cells: usize) -> Option<Self> {
        // NaN is outside as well.
        if !(position >= -1.0 && position <= cells as f32) {
            return None;
        }
        let position = position.max(0.0);
        let low = position as usize;
        Some(if low + 1 >= cells {
            Self { low: cells - 1, high: cells - 1, share_of_high: 0.0 }
        } else {
            Self { low, high: low + 1, share_of_high: position - low as f32 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = Size::new(6, 8);
    const ALIGN: RoiAlign = RoiAlign { output: Size::new(2, 2), spatial_scale: 0.5, sampling_ratio: 1, aligned: true };

    /// Every value is `by_column` times its column plus `by_row` times its row.
    fn ramp(by_column: f32, by_row: f32) -> Vec<f32> {
        (0..48).map(|at| by_column * (at % 8) as f32 + by_row * (at / 8) as f32).collect()
    }

    fn features(align: RoiAlign, values: &[f32], of: PixelBox) -> Vec<f32> {
        let map = FeatureMap { values, channels: values.len() / 48, size: SIZE };
        align.features(map, &[of]).expect("6 by 8")
    }

    #[test]
    fn a_ramp_is_sampled_at_the_middle_of_the_bins() {
        // Cells 1 to 5 by 1 to 3 in px halves: bins of 2 by 1 cells with middles 2, 4 and 1.5, 2.5; cells' middles
        // stand half a cell in.
        let columns = features(ALIGN, &ramp(1.0, 0.0), [2.0, 2.0, 10.0, 6.0]);
        assert_eq!(columns, [1.5, 3.5, 1.5, 3.5]);
        assert_eq!(features(ALIGN, &ramp(0.0, 1.0), [2.0, 2.0, 10.0, 6.0]), [1.0, 1.0, 2.0, 2.0]);
        let not_aligned = RoiAlign { aligned: false, ..ALIGN };
        assert_eq!(features(not_aligned, &ramp(1.0, 0.0), [2.0, 2.0, 10.0, 6.0]), [2.0, 4.0, 2.0, 4.0]);
        // More samples of a plane have the same mean, and channels stand one after the other.
        let both = [ramp(1.0, 0.0), ramp(0.0, 1.0)].concat();
        for sampling_ratio in [0, 2, 5] {
            let found = features(RoiAlign { sampling_ratio, ..ALIGN }, &both, [2.0, 2.0, 10.0, 6.0]);
            for (found, expected) in found.into_iter().zip([1.5, 3.5, 1.5, 3.5, 1.0, 1.0, 2.0, 2.0]) {
                assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
            }
        }
    }

    #[test]
    fn outside_the_map_is_nothing() {
        assert_eq!(features(ALIGN, &[1.0; 48], [40.0, 40.0, 60.0, 60.0]), [0.0; 4]);
        // Middles of the bins at -1.5, 0.5 cells: half of the box is too far out.
        assert_eq!(features(ALIGN, &[1.0; 48], [-4.0, 2.0, 4.0, 6.0]), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(features(ALIGN, &[1.0; 48], [f32::NAN; 4]), [0.0; 4]);
    }

    #[test]
    fn a_box_without_an_area_has_no_samples_or_is_a_cell() {
        let adaptive = RoiAlign { sampling_ratio: 0, ..ALIGN };
        assert_eq!(features(adaptive, &[1.0; 48], [4.0; 4]), [0.0; 4]);
        assert_eq!(features(RoiAlign { aligned: false, ..adaptive }, &[1.0; 48], [4.0; 4]), [1.0; 4]);
    }

    #[test]
    fn a_cell_that_several_samples_read_stands_once() {
        // Bins of half a cell, from a quarter of the second cell on; two samples an axis.
        let align = RoiAlign { sampling_ratio: 2, spatial_scale: 1.0, aligned: false, ..ALIGN };
        let BinWeights { rows, columns } = align.weights([1.25, 1.0, 2.25, 2.0], SIZE);
        assert_eq!(columns, [vec![(1, 0.5), (2, 0.5)], vec![(1, 0.0625), (2, 0.875), (3, 0.0625)]]);
        assert_eq!(rows, [vec![(1, 0.75), (2, 0.25)], vec![(1, 0.25), (2, 0.75)]]);
        let bins = align.bins([1.25, 1.0, 2.25, 2.0], SIZE);
        assert_eq!(bins[0], [(9, 0.375), (10, 0.375), (17, 0.125), (18, 0.125)]);
        assert_eq!(bins.len(), 4);
    }

    #[test]
    fn a_map_of_another_size_is_named() {
        let map = FeatureMap { values: &[0.0; 47], channels: 1, size: SIZE };
        let error = ALIGN.features(map, &[[0.0; 4]]);
        assert_eq!(error, Err(FeatureMapError { values: 47, channels: 1, height: 6, width: 8 }));
    }

    proptest! {
        #[test]
        fn features_are_between_the_least_and_the_largest_value(
            values in proptest::collection::vec(-1.0..1.0f32, 48),
            (x, y, width, height) in (0.0..14.0f32, 0.0..10.0f32, 0.0..9.0f32, 0.0..9.0f32),
            sampling_ratio in 0..4usize,
            aligned: bool,
        ) {
            let align = RoiAlign { sampling_ratio, aligned, ..ALIGN };
            // The map may be left, where the value is 0: that is between -1 and 1 too.
            let found = features(align, &values, [x, y, x + width, y + height]);
            prop_assert!(found.iter().all(|value| value.abs() <= 1.0 + 1e-6));
        }
    }
}
