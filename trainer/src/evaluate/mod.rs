//! Studies: what is measured, one a file.

pub mod probe;
