//! The levels of an image for the screen: its own pixels, and each next one half as many along a side.

use nadir_core::protocol::scene::PICTURE_PX;
use nadir_geo::windows::Window;

/// The coarsest level has at most so many px: the page keeps all of it.
const COARSEST_PIXELS: usize = 4_000_000;

/// The coarsest level of an image of this width and height.
pub fn coarsest((width, height): (usize, usize)) -> u32 {
    (0..).find(|&level| side(width, level).saturating_mul(side(height, level)) <= COARSEST_PIXELS).unwrap_or(0)
}

fn side(length: usize, level: u32) -> usize {
    length.div_ceil(1 << level)
}

/// What of the image a picture shows; `None` if it lies outside.
pub fn window((width, height): (usize, usize), level: u32, column: usize, row: usize) -> Option<Window> {
    let side = PICTURE_PX << level;
    let (left, top) = (column.checked_mul(side)?, row.checked_mul(side)?);
    let is_inside = left < width && top < height;
    is_inside.then(|| Window { left, top, width: side.min(width - left), height: side.min(height - top) })
}

/// An image at a reduced resolution, how many of its px are read as one, and the window there.
pub struct Reduced {
    /// Index of the overview; `None` for the image itself.
    pub overview: Option<usize>,
    /// Every so many of its px.
    pub step: usize,
    /// What of it.
    pub window: Window,
}

/// What a window of an image of this size is read from, for a picture of a px for each square of `step` px: the smallest
/// overview that has as many px or more. `overviews` are their sizes, the largest first.
pub fn reduced((width, height): (usize, usize), overviews: &[[usize; 2]], window: Window, step: usize) -> Reduced {
    // A hundredth more: an overview of a width that is not even has half a px too many.
    let is_fine_enough = |[w, _]: &[usize; 2]| width as f64 / *w as f64 <= step as f64 * 1.01;
    let Some(index) = overviews.iter().rposition(is_fine_enough) else {
        return Reduced { overview: None, step, window };
    };
    let [w, h] = overviews[index];
    let (across, down) = (w as f64 / width as f64, h as f64 / height as f64);
    let place = |at: usize, scale: f64, length: usize| ((at as f64 * scale).round() as usize).min(length);
    // At least a px, inside.
    let (left, top) = (place(window.left, across, w - 1), place(window.top, down, h - 1));
    let right = place(window.left + window.width, across, w).max(left + 1);
    let bottom = place(window.top + window.height, down, h).max(top + 1);
    let step = ((step as f64 * across + 0.01) as usize).max(1);
    Reduced { overview: Some(index), step, window: Window { left, top, width: right - left, height: bottom - top } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarsest_level_is_small_and_covers_the_image() {
        assert_eq!(coarsest((2000, 2000)), 0);
        assert_eq!(coarsest((20_000, 20_000)), 4);
        assert_eq!(coarsest((1, 1)), 0);
        let size = (20_000, 5000);
        for level in 0..=coarsest(size) {
            let pictures = (0..80).flat_map(|row| (0..80).map(move |column| (column, row)));
            let area: usize = pictures
                .filter_map(|(column, row)| window(size, level, column, row))
                .map(|window| window.width * window.height)
                .sum();
            assert_eq!(area, 20_000 * 5000, "level {level}");
        }
        assert!(window(size, 4, 5, 0).is_none());
    }

    #[test]
    fn a_picture_comes_from_the_smallest_overview_that_is_fine_enough() {
        let size = (20_001, 10_000);
        let overviews = [[10_001, 5000], [5001, 2500], [1251, 625]];
        let of = |level: u32| {
            let window = window(size, level, 1, 0).expect("inside");
            let Reduced { overview, step, window } = reduced(size, &overviews, window, 1 << level);
            (overview, step, window.left, window.width)
        };
        assert_eq!(of(0), (None, 1, 256, 256));
        assert_eq!(of(1), (Some(0), 1, 256, 256));
        assert_eq!(of(2), (Some(1), 1, 256, 256));
        // Half as fine again, and no overview of its own.
        assert_eq!(of(3), (Some(1), 2, 512, 512));
        assert_eq!(of(4), (Some(2), 1, 256, 256));
        // The last px of an image whose overview is rounded down.
        let last = Window { left: 99, top: 0, width: 1, height: 100 };
        let window = reduced((100, 100), &[[33, 33]], last, 4).window;
        assert_eq!((window.left, window.width), (32, 1));
    }
}
