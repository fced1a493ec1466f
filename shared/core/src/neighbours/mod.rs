//! The nearest images of a gallery, by cosine: exact, without an index, the same natively and in the browser.
//!
//! An embedding comes here through [`Projection`], which takes off the gallery's mean and keeps the directions of
//! largest variance, and is compared with every one of [`UnitRows`].

mod gallery;
mod projection;
mod search;

#[cfg(feature = "gallery")]
pub use gallery::Gallery;
pub use gallery::{LabelRows, MAP_STEPS, map_bytes, map_points, names_from_text};
pub use projection::Projection;
pub use search::{Nearest, Neighbour, UnitRows};

/// Why a gallery's file cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GalleryError {
    /// A file's length does not fit the gallery's description.
    #[error("{what} has {found} bytes, and {expected} were expected")]
    Length {
        /// The file or list, for a person.
        what: &'static str,
        /// Bytes that the gallery's description calls for.
        expected: usize,
        /// Bytes that the file has.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what} holds a value that is not a number, at {at}")]
    NotFinite {
        /// The file or list, for a person.
        what: &'static str,
        /// Where, counted in values.
        at: usize,
    },
    /// The names are not UTF-8, or not one a line.
    #[error("the names are {found} lines of text, and {expected} were expected")]
    Names {
        /// Number of images in the gallery.
        expected: usize,
        /// Number of lines in the file.
        found: usize,
    },
}
