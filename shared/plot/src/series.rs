//! What is compared: one colour and one shape in every plot, so that nothing is told by colour alone.

use super::svg::{Svg, px};

/// How many colours [`super::STYLE`] has.
const COLOURS: usize = 8;
/// How many marks colours and shapes make together: after these come the same marks with dashed lines.
pub const MARKS: usize = 24;

/// An arm or a label, as plots know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series<'a> {
    /// What stands beside its marks.
    pub name: &'a str,
    /// Its index in the order of all arms or labels: gives the colour (8) and the shape (6), together [`MARKS`], and
    /// beyond them how its lines are dashed (4).
    pub index: usize,
}

impl Series<'_> {
    /// The class of a group that has its colour.
    pub(super) fn class(&self) -> &'static str {
        let colour = self.index % COLOURS;
        match self.index / MARKS {
            0 => ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"][colour],
            1 => ["s1 d1", "s2 d1", "s3 d1", "s4 d1", "s5 d1", "s6 d1", "s7 d1", "s8 d1"][colour],
            2 => ["s1 d2", "s2 d2", "s3 d2", "s4 d2", "s5 d2", "s6 d2", "s7 d2", "s8 d2"][colour],
            _ => ["s1 d3", "s2 d3", "s3 d3", "s4 d3", "s5 d3", "s6 d3", "s7 d3", "s8 d3"][colour],
        }
    }

    /// The shape of its marks.
    pub(super) fn shape(&self) -> Shape {
        [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge, Shape::Plus][self.index % 6]
    }

    /// Draws its mark around a point in px.
    pub(super) fn mark(&self, svg: &mut Svg, [x, y]: [f64; 2], radius: f64, about: &str) {
        svg.path("mark", &self.shape().path([x, y], radius), about);
    }
}

/// The outline of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    /// A triangle that points down.
    Wedge,
    Plus,
}

impl Shape {
    /// The closed path around a centre, of about the same area for each shape.
    pub fn path(self, [x, y]: [f64; 2], radius: f64) -> String {
        let r = radius;
        match self {
            Self::Circle => {
                let (radius, across) = (px(r), px(2.0 * r));
                let (left, y) = (px(x - r), px(y));
                format!("M{left} {y}a{radius} {radius} 0 1 0 {across} 0a{radius} {radius} 0 1 0 -{across} 0z")
            }
            Self::Square => polygon(&[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], [x, y], r),
            Self::Triangle => polygon(&[[0.0, -1.2], [1.15, 0.9], [-1.15, 0.9]], [x, y], r),
            Self::Diamond => polygon(&[[0.0, -1.25], [1.25, 0.0], [0.0, 1.25], [-1.25, 0.0]], [x, y], r),
            Self::Wedge => polygon(&[[-1.15, -0.9], [1.15, -0.9], [0.0, 1.2]], [x, y], r),
            Self::Plus => {
                let (arm, half) = (1.2, 0.4);
                let corners = [
                    [-half, -arm],
                    [half, -arm],
                    [half, -half],
                    [arm, -half],
                    [arm, half],
                    [half, half],
                    [half, arm],
                    [-half, arm],
                    [-half, half],
                    [-arm, half],
                    [-arm, -half],
                    [-half, -half],
                ];
                polygon(&corners, [x, y], r)
            }
        }
    }
}

/// A closed path through corners given from the centre, in radii.
fn polygon(corners: &[[f64; 2]], [x, y]: [f64; 2], radius: f64) -> String {
    let mut path = String::new();
    for (index, corner) in corners.iter().enumerate() {
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&format!("{} {}", px(x + corner[0] * radius), px(y + corner[1] * radius)));
    }
    path.push('z');
    path
}

/// A series' mark alone, for a table or a list beside the plots; 14 px wide and high. Its name stands beside it, so
/// those who hear the page are not told of the mark.
pub fn swatch(series: Series) -> String {
    let mut svg = Svg::new(series.name, 14.0);
    svg.open(series.class());
    series.mark(&mut svg, [7.0, 7.0], 4.5, "");
    svg.close();
    svg.finish(14.0).replacen("class=\"plot\"", "class=\"plot swatch\"", 1).replacen(
        "role=\"img\"",
        "aria-hidden=\"true\"",
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_six_series_have_marks_of_their_own() {
        let mark = |index| {
            let series = Series { name: "", index };
            format!("{} {:?}", series.class(), series.shape())
        };
        let marks: std::collections::BTreeSet<String> = (0..4 * MARKS).map(mark).collect();
        assert_eq!(marks.len(), 4 * MARKS);
    }
}
