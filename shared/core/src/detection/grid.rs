//! Boxes by where they lie, so that each is compared with those near it alone, however large the image.

use super::Size;
use super::boxes::PixelBox;
use std::ops::RangeInclusive;

/// Numbers of boxes by the square cells of an image that they touch.
pub(super) struct Grid {
    cell: f32,
    rows: usize,
    columns: usize,
    cells: Vec<Vec<usize>>,
}

impl Grid {
    /// Of an image, with cells of about `cell` px: best somewhat larger than most boxes.
    pub(super) fn new(image: Size, cell: usize) -> Self {
        // At most a million cells, whatever the size.
        let cell = cell.max(1).max(image.height.max(image.width).div_ceil(1000));
        let along = |length: usize| length.div_ceil(cell).max(1);
        let (rows, columns) = (along(image.height), along(image.width));
        Self { cell: cell as f32, rows, columns, cells: vec![Vec::new(); rows * columns] }
    }

    /// Puts a box in; what lies beyond the image counts as at its border, so that two boxes that share a point share a
    /// cell.
    pub(super) fn insert(&mut self, number: usize, of: PixelBox) {
        let (rows, columns) = self.touched(of);
        for row in rows {
            for column in columns.clone() {
                self.cells[row * self.columns + column].push(number);
            }
        }
    }

    /// The numbers of all boxes that may share a point with this one; some more than once, some that do not.
    pub(super) fn near(&self, of: PixelBox) -> impl Iterator<Item = usize> + '_ {
        let (rows, columns) = self.touched(of);
        rows.flat_map(move |row| columns.clone().map(move |column| row * self.columns + column))
            .flat_map(|cell| self.cells[cell].iter().copied())
    }

    fn touched(&self, [x0, y0, x1, y1]: PixelBox) -> (RangeInclusive<usize>, RangeInclusive<usize>) {
        // As integers, what is no number is 0, and what is below 0 too.
        let along = |from: f32, to: f32, count: usize| {
            let [from, to] = [from, to].map(|at| ((at / self.cell) as usize).min(count - 1));
            from..=to
        };
        (along(y0, y1, self.rows), along(x0, x1, self.columns))
    }
}

#[cfg(test)]
mod tests {
    use super::super::boxes::intersection;
    use super::*;
    use proptest::prelude::*;

    fn boxes() -> impl Strategy<Value = Vec<PixelBox>> {
        let one = (-50.0..350.0f32, -50.0..250.0f32, 0.1..150.0f32, 0.1..150.0f32);
        proptest::collection::vec(one.prop_map(|(x, y, w, h)| [x, y, x + w, y + h]), 0..40)
    }

    proptest! {
        #[test]
        fn no_box_that_shares_a_point_is_missed(boxes in boxes(), cell in 0..400usize) {
            let mut grid = Grid::new(Size::new(200, 300), cell);
            boxes.iter().enumerate().for_each(|(number, &of)| grid.insert(number, of));
            for &of in &boxes {
                let near: Vec<usize> = grid.near(of).collect();
                for (number, &other) in boxes.iter().enumerate() {
                    prop_assert!(near.contains(&number) || intersection(of, other) == 0.0, "{of:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn in_a_large_image_few_are_near() {
        let mut grid = Grid::new(Size::new(20_000, 20_000), 512);
        for number in 0..10_000 {
            let (x, y) = ((number % 100) as f32 * 200.0, (number / 100) as f32 * 200.0);
            grid.insert(number, [x, y, x + 30.0, y + 30.0]);
        }
        assert!(grid.near([9_000.0, 9_000.0, 9_050.0, 9_050.0]).count() < 40);
        assert_eq!(grid.near([f32::NAN; 4]).count(), grid.near([0.0; 4]).count(), "no number, no panic");
        assert!(Grid::new(Size::new(0, 0), 0).near([0.0; 4]).next().is_none());
    }
}
