//! World files: the transform of an image without tags, in six lines beside it (`a.tfw` of `a.tif`, `b.jgw` of `b.jpg`).

use crate::affine::{Affine, TransformError};

/// A text that is no world file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldFileError {
    /// Another count of lines.
    #[error("expected a world file of six numbers, a line each, and found {0}")]
    Count(usize),
    /// A line that is no number.
    #[error("line {line}: expected a number, and found {found:?}")]
    Number {
        /// From 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// All pixels would lie on a line.
    #[error("the world file's transform has no area")]
    NoArea,
    /// Numbers that no map has.
    #[error("the world file's numbers are beyond any map")]
    Beyond,
}

/// Reads the six numbers: x and y of a step to the next column, x and y of a step to the next row, x and y of the centre
/// of the first pixel.
///
/// # Errors
/// See [`WorldFileError`].
pub fn parse(text: &str) -> Result<Affine, WorldFileError> {
    let mut numbers = Vec::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        // Some programs of a German or French system write a decimal comma.
        let number = line.replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
        numbers.push(number.ok_or_else(|| WorldFileError::Number { line: at + 1, found: line.to_owned() })?);
    }
    let &[a, d, b, e, c, f] = numbers.as_slice() else { return Err(WorldFileError::Count(numbers.len())) };
    let affine = Affine { a, b, c, d, e, f };
    affine.checked().map_err(|error| match error {
        TransformError::Beyond { .. } => WorldFileError::Beyond,
        _ => WorldFileError::NoArea,
    })?;
    Ok(affine.from_centre())
}

/// Endings that a world file of an image with this ending may have, most usual first: `tfw` and `tifw` of `tif`, and
/// `wld` of any.
pub fn endings(image_ending: &str) -> Vec<String> {
    let ending = image_ending.to_ascii_lowercase();
    let mut endings = Vec::new();
    if let (Some(first), Some(last)) = (ending.chars().next(), ending.chars().last())
        && ending.chars().count() > 2
    {
        endings.push(format!("{first}{last}w"));
    }
    endings.push(format!("{ending}w"));
    endings.push("wld".to_owned());
    endings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_place_the_centre_of_the_first_pixel() {
        let affine = parse("0.5\n0\r\n0.0\n-0.5\n700000.25\n5600000.75\n").expect("six numbers");
        assert_eq!(affine.at(0.0, 0.0), [700_000.0, 5_600_001.0]);
        assert_eq!(affine.at(2.0, 4.0), [700_001.0, 5_599_999.0]);
    }

    #[test]
    fn what_is_no_world_file_is_named() {
        assert_eq!(parse("1\n2\n3"), Err(WorldFileError::Count(3)));
        let number = WorldFileError::Number { line: 2, found: "north".to_owned() };
        assert_eq!(parse("1\nnorth\n3\n4\n5\n6"), Err(number));
        assert_eq!(parse("0\n0\n0\n0\n1\n1"), Err(WorldFileError::NoArea));
        assert_eq!(parse("1\n0\n0\n-1\n1e300\n1"), Err(WorldFileError::Beyond));
        assert!(parse("1\n0\n0\n-1\nNaN\n0").is_err());
    }

    #[test]
    fn endings_follow_the_images() {
        assert_eq!(endings("TIF"), ["tfw", "tifw", "wld"]);
        assert_eq!(endings("jpg"), ["jgw", "jpgw", "wld"]);
        assert_eq!(endings("png")[0], "pgw");
    }
}
