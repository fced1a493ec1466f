//! Whether the first line of a table is a header, or a row whose image would be lost as one.

use super::image_name::without_ending;
use anyhow::{Result, ensure};
use std::path::Path;

/// What headers call the column of images, in lower case and without what is neither letter nor digit: UC Merced's
/// `IMAGE\LABEL` too, and the index that pandas writes, which has no name or is `Unnamed: 0`.
const IMAGE_COLUMNS: [&str; 22] = [
    "",
    "file",
    "filename",
    "filepath",
    "fname",
    "id",
    "image",
    "imagefile",
    "imagefilename",
    "imageid",
    "imagelabel",
    "imagename",
    "imagepath",
    "images",
    "img",
    "imgid",
    "imgname",
    "index",
    "name",
    "path",
    "sample",
    "unnamed0",
];

/// Whether a header could call its column of images this.
pub fn is_image_column(cell: &str) -> bool {
    let plain: String = cell.chars().filter(|letter| letter.is_alphanumeric()).collect();
    IMAGE_COLUMNS.contains(&plain.to_lowercase().as_str())
}

/// Whether a first line is a row: it begins with an image file's name, as `a.png`, or all of its other cells are values
/// (labels seldom have such names), or one value stands there twice. A first cell by which headers are known speaks for
/// a header: labels may be called `0` and `1`.
pub fn is_row(line: &csv::StringRecord, is_value: fn(&str) -> bool) -> bool {
    let image = line.get(0).unwrap_or_default().trim();
    let cells: Vec<&str> = line.iter().skip(1).map(str::trim).collect();
    let is_repeated = |(at, cell): (usize, &&str)| is_value(cell) && cells[..at].contains(cell);
    let has_values = !cells.is_empty() && cells.iter().all(|cell| is_value(cell));
    let is_image_file = without_ending(image) != image;
    !is_image_column(image) && (is_image_file || has_values || cells.iter().enumerate().any(is_repeated))
}

/// That a table's first line is a header.
///
/// # Errors
/// Names the file and what stands in its first line.
pub fn expect_header(path: &Path, line: &csv::StringRecord, is_value: fn(&str) -> bool) -> Result<()> {
    ensure!(!is_row(line, is_value), "{}", no_header(path, line.iter()));
    Ok(())
}

/// The message about a first line that is a row.
pub fn no_header<'a>(path: &Path, cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<&str> = cells.collect();
    let shown = if cells.len() > 6 { format!("{},...", cells[..6].join(",")) } else { cells.join(",") };
    format!(
        "{}, line 1: expected a header (\"image\", then a name for every column), and {shown:?} looks like a row; \
         write a header above it",
        path.display()
    )
}

/// Whether a cell is what tables have in place of a label's name: 0, 1, or another way to write yes and no.
pub fn is_label_value(cell: &str) -> bool {
    let is_word = || ["true", "false", "yes", "no"].iter().any(|word| cell.eq_ignore_ascii_case(word));
    cell.parse().is_ok_and(|number: f64| [0.0, 1.0, -1.0].contains(&number)) || is_word()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_row_of_labels(line: &[&str]) -> bool {
        is_row(&csv::StringRecord::from(line.to_vec()), is_label_value)
    }

    #[test]
    fn rows_are_told_from_headers() {
        for row in [
            &["a.png", "1", "0"][..],
            &["a.JPG", "sea", "ship"],
            &["a", "1", "0"],
            &["a", "1", "1", "1"],
            &["a", "?", "1", "1"],
            &["12", "1"],
            &["image_1", "1", "0"],
            &["beach/a", " 0 ", "-1"],
            &["a", "1.0", "0.0"],
            &["a", "True", "False"],
            &["a.png"],
        ] {
            assert!(is_row_of_labels(row), "{row:?}");
        }
        for header in [
            &["image", "sea", "ship"][..],
            &["scan", "sea", "ship"],
            &["image", "0", "1"],
            &["Image Name", "1", "0"],
            &["IMAGE\\LABEL", "airplane"],
            &["", "0", "1"],
            &["scan", "0", "1", "2"],
            &["image"],
            &["scan"],
        ] {
            assert!(!is_row_of_labels(header), "{header:?}");
        }
    }
}
