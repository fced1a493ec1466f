//! A reader of files that come from outside, and what it promises.

/// A reader of files that come from outside.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// The kind of file, and the fuzz target's name.
    pub name: &'static str,
    /// Reads the bytes as this kind of file. `Err` is the reader's own message where it refuses them.
    ///
    /// # Panics
    /// Where the reader does, and where what it takes is no answer: sizes, indices or numbers that do not fit each
    /// other, or a value that is another one when it is written and read again.
    pub read: fn(&[u8]) -> Result<(), String>,
    /// So many bytes of memory the file deserves at most, at once.
    pub memory: fn(&[u8]) -> usize,
}

/// What every reader may take, whatever the file: a decoder's tables, a network of the tests, buffers for files.
const FIXED_BYTES: usize = 8 << 20;

/// Of texts and descriptions: 1 KB for each byte. Five bytes of JSON are an object with a name, a shape of corners and
/// its copies when it is written and read again.
pub fn text_memory(bytes: &[u8]) -> usize {
    FIXED_BYTES + 1024 * bytes.len()
}

/// Of weights: the file, its values as f32 (f16 twice its bytes), their copies, a packed archive as many times as
/// [`nadir::artifacts::weight_file`] takes.
pub fn weight_memory(bytes: &[u8]) -> usize {
    FIXED_BYTES + 256 * bytes.len()
}

/// Of images with so many pixels, as the header claims them within the limit: 24 bytes a pixel (four channels of 16
/// bits, the same turned, and RGB), and 4 KB for each byte of the file, which is what the densest way of packing (LZW)
/// unpacks to.
pub fn image_memory(bytes: &[u8], pixels: usize) -> usize {
    FIXED_BYTES + 4096 * bytes.len() + 24 * pixels
}
