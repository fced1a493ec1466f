//! Which files of a folder are images, by their names' endings. What a file is, its first bytes say.

/// Endings of files that are decoded, in any case.
const READ: [&str; 9] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "apng"];

/// Endings of images that are not decoded. They are taken for the images that a table names, so that a message says what
/// lies there.
const NOT_READ: [&str; 14] =
    ["tif", "tiff", "gif", "heic", "heif", "avif", "jp2", "j2k", "jpx", "jxl", "jxr", "ppm", "pgm", "ico"];

/// Whether a file of this ending is an image of any kind.
pub fn is_image_ending(ending: &str) -> bool {
    is_read_ending(ending) || NOT_READ.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Whether a file of this ending is an image that can be decoded.
pub fn is_read_ending(ending: &str) -> bool {
    READ.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Whether the file of this name is an image that can be decoded.
pub fn is_read_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| is_read_ending(ending))
}
