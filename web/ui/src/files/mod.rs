//! The table of several files.

mod row;
mod section;
mod table;
mod thumbnails;

pub use section::FilesSection;
pub use thumbnails::keep as keep_thumbnail;
