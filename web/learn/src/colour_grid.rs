//! The first embedding of lesson 2, made without a network.

use nadir_core::image::Planes;
use nadir_core::teach::points::normalise;
use nadir_scene::lesson::SIZE_PX;

/// The grid has so many rows and columns.
const GRID: usize = 4;
/// Length of an embedding: red of every cell, row by row, then green, then blue.
pub const LEN: usize = GRID * GRID * 3;

/// Mean colours on a grid, less their mean over the batch, at length 1: enough to tell most places apart. Views are
/// `SIZE_PX` wide and high; [views, LEN].
pub fn embed(views: &[Planes]) -> Vec<f64> {
    let side = SIZE_PX / GRID;
    let mut points = vec![0.0; views.len() * LEN];
    for (view, point) in views.iter().zip(points.chunks_exact_mut(LEN)) {
        for (at, &value) in view.values.iter().enumerate() {
            let (channel, place) = (at / (SIZE_PX * SIZE_PX), at % (SIZE_PX * SIZE_PX));
            let cell = place / SIZE_PX / side * GRID + place % SIZE_PX / side;
            point[channel * GRID * GRID + cell] += f64::from(value);
        }
    }
    for at in 0..LEN {
        let mean = points.iter().skip(at).step_by(LEN).sum::<f64>() / views.len() as f64;
        points.iter_mut().skip(at).step_by(LEN).for_each(|value| *value -= mean);
    }
    normalise(&mut points, LEN);
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::teach::points::cosines;

    fn grey(value: f32) -> Planes {
        Planes { width: SIZE_PX, height: SIZE_PX, values: vec![value; 3 * SIZE_PX * SIZE_PX] }
    }

    #[test]
    fn what_differs_from_the_batch_counts_and_each_cell_has_its_place() {
        let side = SIZE_PX / GRID;
        for (channel, row, column) in
            (0..3).flat_map(|c| (0..GRID).flat_map(move |y| (0..GRID).map(move |x| (c, y, x))))
        {
            let mut lit = grey(0.25);
            for y in row * side..(row + 1) * side {
                for x in column * side..(column + 1) * side {
                    lit.values[(channel * SIZE_PX + y) * SIZE_PX + x] = 1.0;
                }
            }
            let points = embed(&[grey(0.25), lit]);
            let place = (channel * GRID + row) * GRID + column;
            let mut expected = vec![0.0; 2 * LEN];
            (expected[place], expected[LEN + place]) = (-1.0, 1.0);
            let error = points.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-12, "channel {channel}, row {row}, column {column}: {points:?}");
        }
    }

    #[test]
    fn black_and_white_are_opposite_and_a_batch_of_one_colour_has_no_direction() {
        let points = embed(&[grey(0.0), grey(1.0)]);
        assert!((cosines(&points, LEN)[1] + 1.0).abs() < 1e-12);
        assert!(embed(&[grey(0.5), grey(0.5)]).iter().all(|value| *value == 0.0));
    }
}
