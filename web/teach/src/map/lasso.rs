//! What a line that was drawn around images encloses.

/// Whether a point lies inside a closed line, by the number of its sides to the right (even-odd rule).
pub fn encloses(line: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
    let mut is_inside = false;
    let mut before = match line.last() {
        Some(&last) => last,
        None => return false,
    };
    for &now in line {
        let ([x0, y0], [x1, y1]) = (before, now);
        if (y0 > y) != (y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0) {
            is_inside = !is_inside;
        }
        before = now;
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hollow_belongs_to_the_outside() {
        // A U, open at the top.
        let line = [[0.0, 0.0], [6.0, 0.0], [6.0, 6.0], [4.0, 6.0], [4.0, 2.0], [2.0, 2.0], [2.0, 6.0], [0.0, 6.0]];
        for (point, expected) in [([1.0, 5.0], true), ([5.0, 5.0], true), ([3.0, 1.0], true), ([3.0, 5.0], false)] {
            assert_eq!(encloses(&line, point), expected, "{point:?}");
        }
        assert!(!encloses(&line, [-1.0, 1.0]) && !encloses(&line, [7.0, 1.0]));
    }

    #[test]
    fn no_line_and_a_single_point_enclose_nothing() {
        assert!(!encloses(&[], [0.0, 0.0]) && !encloses(&[[0.0, 0.0]], [0.0, 0.0]));
        assert!(!encloses(&[[0.0, 0.0], [1.0, 1.0]], [0.5, 0.5]));
    }
}
