//! Whether the first line of a table is a header, or a row whose image would be lost as one.

use super::image_name::without_ending;
use crate::data::truth_value::truth_value;
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
pub fn is_row<'a>(cells: impl Iterator<Item = &'a str>, is_value: fn(&str) -> bool) -> bool {
    let cells: Vec<&str> = cells.map(str::trim).collect();
    let Some((&image, cells)) = cells.split_first() else { return false };
    let is_repeated = |(at, cell): (usize, &&str)| is_value(cell) && cells[..at].contains(cell);
    let has_values = !cells.is_empty() && cells.iter().all(|cell| is_value(cell));
    let is_image_file = without_ending(image) != image;
    !is_image_column(image) && (is_image_file || has_values || cells.iter().enumerate().any(is_repeated))
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
    // One letter may well be a label's name.
    let is_letter = cell.len() == 1 && cell.bytes().all(|byte| byte.is_ascii_alphabetic());
    cell.parse() == Ok(-1.0) || truth_value(&cell.replace(',', ".")).is_some() && !is_letter
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_row_of_labels(line: &[&str]) -> bool {
        is_row(line.iter().copied(), is_label_value)
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
