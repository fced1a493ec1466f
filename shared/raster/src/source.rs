//! Where the bytes of a file come from.

use std::io::{self, Read, Seek};

/// A file that can be read from several places at once: on a disk, or a browser's Blob.
pub trait Source {
    /// Reads from a place of its own.
    type Reader: Read + Seek;

    /// A reader at the file's beginning.
    ///
    /// # Errors
    /// A file that is not there, or cannot be read.
    fn open(&self) -> io::Result<Self::Reader>;

    /// What the file is called, for messages.
    fn name(&self) -> String;
}
