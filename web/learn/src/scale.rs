//! From a line's values to places on a chart.

/// Of a chart, in its own px.
pub const WIDTH: f64 = 360.0;
/// Height of a chart, in its own px.
pub const HEIGHT: f64 = 150.0;
/// Around the plot: left, top, right, bottom.
pub const MARGIN: [f64; 4] = [40.0, 10.0, 12.0, 22.0];
/// Left free above and below the values, as a share of their range, and at least so much of a unit.
const FREE: [f64; 2] = [0.08, 0.05];

/// What both axes cover: x from 0 to `last`, y from `least` to `most`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// At the right end.
    pub last: f64,
    /// The value at the bottom.
    pub least: f64,
    /// The value at the top.
    pub most: f64,
}

impl Scale {
    /// For points (x, y), x rising; y covers `range`, or else what the points need.
    pub fn new(points: &[[f64; 2]], range: Option<[f64; 2]>) -> Self {
        let [least, most] = range.unwrap_or_else(|| {
            let values = || points.iter().map(|point| point[1]);
            if points.is_empty() {
                return [0.0, 1.0];
            }
            let (least, most) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
            let free = ((most - least) * FREE[0]).max(FREE[1]);
            [least - free, most + free]
        });
        Self { last: points.last().map_or(1.0, |point| point[0]).max(1.0), least, most }
    }

    /// Where a point stands, px from the left and from the top.
    pub fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, top, right, bottom] = MARGIN;
        let across = left + (WIDTH - left - right) * x / self.last;
        [across, HEIGHT - bottom - (HEIGHT - top - bottom) * (y - self.least) / (self.most - self.least)]
    }

    /// The line through the points, as the `d` of an SVG path.
    pub fn path(&self, points: &[[f64; 2]]) -> String {
        let mut path = String::new();
        for (index, &point) in points.iter().enumerate() {
            let [x, y] = self.at(point);
            path += &format!("{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" });
        }
        path
    }
}

/// The mean of every `over` values of y that follow each other, at the x of the last of them.
pub fn moving_mean(points: &[[f64; 2]], over: usize) -> Vec<[f64; 2]> {
    let mean = |window: &[[f64; 2]]| window.iter().map(|point| point[1]).sum::<f64>() / over as f64;
    points.windows(over).map(|window| [window[over - 1][0], mean(window)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_range_fills_the_plot_from_corner_to_corner() {
        let scale = Scale::new(&[[10.0, 50.0], [20.0, 75.0]], Some([0.0, 100.0]));
        let [left, top, right, bottom] = MARGIN;
        assert_eq!(scale.at([0.0, 0.0]), [left, HEIGHT - bottom]);
        assert_eq!(scale.at([20.0, 100.0]), [WIDTH - right, top]);
        assert_eq!(scale.path(&[[0.0, 0.0], [20.0, 100.0]]), "M40.0 128.0L348.0 10.0");
    }

    #[test]
    fn every_value_is_inside_the_plot_also_where_all_are_the_same() {
        for values in [vec![3.0, 2.5, 2.75], vec![1.5; 3], vec![-4.0]] {
            let points: Vec<[f64; 2]> = values.iter().enumerate().map(|(at, &y)| [at as f64 + 1.0, y]).collect();
            let scale = Scale::new(&points, None);
            for &point in &points {
                let [x, y] = scale.at(point);
                assert!((MARGIN[0]..=WIDTH - MARGIN[2]).contains(&x), "{point:?} at {x} of {scale:?}");
                assert!(y > MARGIN[1] && y < HEIGHT - MARGIN[3], "{point:?} at {y} of {scale:?}");
            }
        }
    }

    #[test]
    fn without_points_a_level_still_has_a_place() {
        let [x, y] = Scale::new(&[], None).at([0.0, 0.5]);
        assert!(x.is_finite() && y.is_finite());
    }

    #[test]
    fn the_heavy_line_averages_what_came_before() {
        let points = [[1.0, 2.0], [2.0, 4.0], [3.0, 9.0]];
        assert_eq!(moving_mean(&points, 2), [[2.0, 3.0], [3.0, 6.5]]);
        assert!(moving_mean(&points, 4).is_empty());
    }
}
