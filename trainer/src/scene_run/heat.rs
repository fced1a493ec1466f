//! Scores of tiles as a raster.

use super::out_file::write_file;
use crate::data::raster::{FilePlace, FloatRaster};
use anyhow::Result;
use nadir_geo::affine::Affine;
use nadir_raster::results::LabelledTiles;
use std::path::Path;

/// Writes the mean score of each label as a GeoTIFF with a band a label and a pixel every stride.
///
/// # Errors
/// A file that cannot be written.
pub fn write_heat(tiles: &LabelledTiles, path: &Path, place: &FilePlace) -> Result<()> {
    write_file(path, &heat(tiles, place.placement.affine()).to_tiff(place)?)
}

/// A band a label, a pixel for every stride of the scene: the mean score of all tiles that cover the middle of it; NaN
/// where none does.
fn heat(tiles: &LabelledTiles, affine: Option<&Affine>) -> FloatRaster {
    let (width, height) = tiles.size;
    let stride = tiles.request.stride;
    let (columns, rows) = (width.div_ceil(stride), height.div_ceil(stride));
    // The middle of a pixel, inside the scene.
    let middle = |at: usize, length: usize| ((at * stride + stride / 2).min(length - 1)) as f64;
    let mut sums = vec![vec![0.0; columns * rows]; tiles.labels.len()];
    let mut counts = vec![0; columns * rows];
    for (window, predicted) in &tiles.tiles {
        let [x0, y0, x1, y1] = window.corners();
        let covered = |first: usize, last: usize, length: usize, low: f64, high: f64| {
            let covers = move |&at: &usize| (low..high).contains(&middle(at, length));
            (first / stride..last.div_ceil(stride)).filter(covers).collect::<Vec<_>>()
        };
        let across = covered(window.left, window.left + window.width, width, x0, x1);
        for row in covered(window.top, window.top + window.height, height, y0, y1) {
            for &column in &across {
                counts[row * columns + column] += 1;
                for (sums, score) in sums.iter_mut().zip(&predicted.scores) {
                    sums[row * columns + column] += score.score;
                }
            }
        }
    }
    let mean = |sums: Vec<f32>| {
        let mean = |(sum, &count): (f32, &i32)| if count > 0 { sum / count as f32 } else { f32::NAN };
        sums.into_iter().zip(&counts).map(mean).collect()
    };
    let bands = tiles.labels.iter().cloned().zip(sums.into_iter().map(mean)).collect();
    let step = stride as f64;
    let affine = affine.map(|affine| Affine {
        a: affine.a * step,
        b: affine.b * step,
        d: affine.d * step,
        e: affine.e * step,
        ..*affine
    });
    FloatRaster { width: columns, height: rows, bands, affine }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::{LabelScore, Predicted};
    use nadir_geo::windows::{Window, windows};
    use nadir_raster::results::TileRequest;

    #[test]
    fn overlapping_tiles_are_averaged_and_skipped_ones_are_nan() {
        let request = TileRequest { side: 4, stride: 2, min_valid: 0.5 };
        let tile = |window: Window| {
            let score = window.left as f32 / 10.0;
            let scores = vec![LabelScore { label: "water".to_owned(), score, present: false }];
            (window, Predicted { image: String::new(), scores, ood: None, crop: None })
        };
        // Columns 0, 2, 4 of a scene of 8 x 4 px; the last tile is missing.
        let mut tiles: Vec<_> = windows(8, 4, 4, 2).expect("valid").into_iter().map(tile).collect();
        assert_eq!(tiles.pop().map(|(window, _)| window.left), Some(4));
        let labels = vec!["water".to_owned()];
        let tiles = LabelledTiles { image: String::new(), size: (8, 4), request, labels, tiles, skipped: 1 };
        let affine = Affine { a: 10.0, b: 0.0, c: 5.0, d: 0.0, e: -10.0, f: 7.0 };
        let raster = heat(&tiles, Some(&affine));
        assert_eq!((raster.width, raster.height), (4, 2));
        let values = &raster.bands[0].1;
        assert_eq!(values[..3], [0.0, 0.1, 0.2]);
        assert!(values[3].is_nan());
        let affine = raster.affine.expect("placed");
        assert_eq!((affine.a, affine.e, affine.c, affine.f), (20.0, -20.0, 5.0, 7.0));
    }
}
