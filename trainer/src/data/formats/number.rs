//! Numbers as they are written, and what of them can be.

/// Classes have numbers below this. The largest published sets have some 22,000 classes; a number that a broken file
/// holds must not become as many names.
pub const MOST_CLASSES: usize = 1 << 16;

/// To a billionth of a px: what sums and differences add behind that is noise (`0.1 + 0.2`).
pub fn rounded(value: f64) -> f64 {
    let rounded = (value * 1e9).round() / 1e9;
    // No minus in front of zero, and beyond 2^53 / 1e9 there is nothing to round.
    if rounded == 0.0 {
        0.0
    } else if rounded.is_finite() {
        rounded
    } else {
        value
    }
}

/// The shortest text of [`rounded`]; whole numbers without a point.
pub fn text(value: f64) -> String {
    rounded(value).to_string()
}

/// A side of an image as a file says it; 0, for not known, where it is none: no larger one fits any file of images.
pub fn side_px(number: f64) -> usize {
    if (1.0..=f64::from(u32::MAX)).contains(&number) { number as usize } else { 0 }
}

/// A finite number.
///
/// # Errors
/// What was expected, and the text.
pub fn parse(text: &str, what: &str) -> anyhow::Result<f64> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| anyhow::anyhow!("{what} must be a number, and is {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_that_no_image_has_are_not_known() {
        let numbers = [24.0, 24.7, 0.0, 0.5, -3.0, 1e308, 2f64.powi(32), f64::NAN, f64::INFINITY];
        assert_eq!(numbers.map(side_px), [24, 24, 0, 0, 0, 0, 0, 0, 0]);
    }
}
