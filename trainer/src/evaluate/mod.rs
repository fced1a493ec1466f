//! Studies: what is measured, one a file.

pub mod map;
pub mod probe;
