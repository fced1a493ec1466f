//! The tiles of a large scene that are looked at one after the other, at equal steps.

/// A part of a scene, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// Its corners \[x0, y0, x1, y1\], px.
    pub fn corners(&self) -> [f64; 4] {
        let Self { left, top, width, height } = *self;
        [left as f64, top as f64, (left + width) as f64, (top + height) as f64]
    }
}

/// A tile or a step that is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "tiles of {side} px every {stride} px: expected a side and a step of at least 1 px, the step no longer than the side"
)]
pub struct StrideError {
    /// Width and height of a tile, px.
    pub side: usize,
    /// From a tile to the next, px.
    pub stride: usize,
}

/// Square tiles of `side` px every `stride` px, row by row, that cover the whole scene. The last of a row or column is
/// moved back to the border, so that all have the same size; a scene with a shorter side has tiles that are cut to it.
///
/// # Errors
/// A side or step of 0, or a step that leaves pixels out.
pub fn windows(width: usize, height: usize, side: usize, stride: usize) -> Result<Vec<Window>, StrideError> {
    if side == 0 || stride == 0 || stride > side {
        return Err(StrideError { side, stride });
    }
    let starts = |length: usize| -> Vec<usize> {
        let last = length.saturating_sub(side);
        (0..last).step_by(stride).chain([last]).collect()
    };
    let columns = starts(width);
    let (width, height_of_tile) = (side.min(width), side.min(height));
    let row = |top: usize| columns.iter().map(move |&left| Window { left, top, width, height: height_of_tile });
    Ok(starts(height).into_iter().flat_map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_everything_and_end_at_the_border() {
        let tiles = windows(10, 7, 4, 3).expect("valid");
        let lefts: Vec<usize> = tiles.iter().filter(|tile| tile.top == 0).map(|tile| tile.left).collect();
        assert_eq!(lefts, [0, 3, 6]);
        assert_eq!(tiles.iter().map(|tile| tile.top).max(), Some(3));
        for (x, y) in (0..10).flat_map(|x| (0..7).map(move |y| (x, y))) {
            let has = |tile: &Window| (tile.left..tile.left + 4).contains(&x) && (tile.top..tile.top + 4).contains(&y);
            assert!(tiles.iter().any(has), "({x}, {y})");
        }
        assert_eq!(windows(11, 4, 4, 4).expect("valid").last().map(|tile| tile.left), Some(7));
        assert_eq!(windows(8, 4, 4, 4).expect("valid").len(), 2);
    }

    #[test]
    fn a_scene_smaller_than_a_tile_is_one() {
        assert_eq!(windows(3, 9, 10, 10), Ok(vec![Window { left: 0, top: 0, width: 3, height: 9 }]));
        assert_eq!(windows(3, 9, 10, 11), Err(StrideError { side: 10, stride: 11 }));
        assert!(windows(3, 9, 0, 0).is_err() && windows(3, 9, 4, 0).is_err());
    }
}
