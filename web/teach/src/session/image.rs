//! An image of the set that is taught in.

/// An image, as the page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Its name in the gallery, or its path in the visitor's folder.
    pub name: String,
    /// Its small picture.
    pub picture: Picture,
    /// The bundle's OOD score says that it is unlike the images of training.
    pub is_unlike: bool,
}

/// Where a small picture is.
#[derive(Debug, Clone, PartialEq)]
pub enum Picture {
    /// On a sheet of the gallery.
    Tile {
        /// Which sheet.
        sheet: usize,
        /// Its place there, from the left.
        column: usize,
        /// Its place there, from the top.
        row: usize,
        /// Columns of the sheet.
        columns: usize,
        /// Rows of the sheet.
        rows: usize,
    },
    /// An address that holds the picture itself (`data:`).
    Address(String),
}

impl Picture {
    /// The picture of an image of a gallery of `count`, whose sheets have so many columns and rows; the last sheet has
    /// only the rows that it needs.
    pub fn of_gallery(image: usize, count: usize, columns: usize, rows: usize) -> Self {
        let (columns, rows) = (columns.max(1), rows.max(1));
        let (sheet, place) = (image / (columns * rows), image % (columns * rows));
        let left = count.saturating_sub(sheet * columns * rows);
        Self::Tile {
            sheet,
            column: place % columns,
            row: place / columns,
            columns,
            rows: left.div_ceil(columns).clamp(1, rows),
        }
    }

    /// CSS `background-size` and `background-position` of its square.
    pub fn background(&self) -> [String; 2] {
        match self {
            Self::Tile { column, row, columns, rows, .. } => {
                let place = |at: usize, of: usize| 100.0 * at as f64 / (of.max(2) - 1) as f64;
                [
                    format!("{}% {}%", 100 * columns, 100 * rows),
                    format!("{}% {}%", place(*column, *columns), place(*row, *rows)),
                ]
            }
            Self::Address(_) => ["cover".into(), "center".into()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_lie_where_the_sheets_have_them() {
        // 70 images in sheets of 8 x 8: the second has 6 images in one row.
        let tile = |image| Picture::of_gallery(image, 70, 8, 8);
        assert_eq!(tile(9), Picture::Tile { sheet: 0, column: 1, row: 1, columns: 8, rows: 8 });
        assert_eq!(tile(69), Picture::Tile { sheet: 1, column: 5, row: 0, columns: 8, rows: 1 });
        assert_eq!(tile(63).background(), ["800% 800%", "100% 100%"]);
        assert_eq!(tile(69).background(), ["800% 100%".to_owned(), format!("{}% 0%", 500.0 / 7.0)]);
    }
}
