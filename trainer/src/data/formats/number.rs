//! Numbers as they are written.

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

/// A finite number.
///
/// # Errors
/// What was expected, and the text.
pub fn parse(text: &str, what: &str) -> anyhow::Result<f64> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| anyhow::anyhow!("{what} must be a number, and is {text:?}"))
}
