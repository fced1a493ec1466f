//! What a file is by its first bytes, whatever its name says.

use std::fmt;

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Decoded.
    Jpeg,
    /// Decoded.
    Png,
    /// Decoded.
    WebP,
    /// Decoded.
    Bmp,
    /// Also BigTIFF.
    Tiff,
    /// Another kind, with its name for a person.
    Other(&'static str),
}

/// Where a kind's bytes stand, the bytes, and the kind's name with its article.
type Signature = (usize, &'static [u8], &'static str);

const OTHERS: &[Signature] = &[
    (0, b"GIF8", "a GIF"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (0, b"\xFF\x4F\xFF\x51", "a JPEG 2000"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (0, b"\xFF\x0A", "a JPEG XL"),
    (0, b"II\xBC\x01", "a JPEG XR"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"v/1\x01", "an OpenEXR"),
    (0, b"qoif", "a QOI"),
    (0, b"DDS ", "a DDS texture"),
    (0, b"SIMPLE  =", "a FITS"),
    (0, b"NITF", "a NITF"),
    (0, b"\x89HDF\r\n\x1A\n", "an HDF5 or netCDF-4"),
    (0, b"CDF\x01", "a netCDF"),
    (0, b"CDF\x02", "a netCDF"),
    (0, b"GRIB", "a GRIB"),
    (128, b"DICM", "a DICOM"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"%PDF", "a PDF"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1F\x8B", "a gzip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xBC\xAF", "a 7z archive"),
    (0, b"version https://git-lfs.github.com", "a pointer of Git LFS, whose file was not fetched (git lfs pull)"),
    (0, b"<svg", "an SVG"),
    (0, b"<!DOCTYPE html", "a web page, as a failed download leaves it"),
    (0, b"<!doctype html", "a web page, as a failed download leaves it"),
    (0, b"<html", "a web page, as a failed download leaves it"),
    (0, b"<?xml", "an XML"),
];

/// Brands of ISO base media files (ISO/IEC 14496-12, section 4.3) that hold images.
const BRANDS: &[(&[u8], &str)] = &[
    (b"avif", "an AVIF"),
    (b"avis", "an AVIF"),
    (b"heic", "a HEIC"),
    (b"heix", "a HEIC"),
    (b"hevc", "a HEIC"),
    (b"heim", "a HEIC"),
    (b"heis", "a HEIC"),
    (b"mif1", "a HEIF"),
    (b"msf1", "a HEIF"),
];

impl FileKind {
    /// The kind of a file by its first bytes, of which 136 are enough; `None` where they are no known kind's.
    pub fn of(beginning: &[u8]) -> Option<Self> {
        let has = |at: usize, bytes: &[u8]| beginning.get(at..).is_some_and(|rest| rest.starts_with(bytes));
        if has(0, b"\xFF\xD8\xFF") {
            return Some(Self::Jpeg);
        }
        if has(0, b"\x89PNG\r\n\x1A\n") {
            return Some(Self::Png);
        }
        if has(0, b"RIFF") && has(8, b"WEBP") {
            return Some(Self::WebP);
        }
        if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|mark| has(0, *mark)) {
            return Some(Self::Tiff);
        }
        if has(4, b"ftyp") {
            let brand = BRANDS.iter().find(|(brand, _)| has(8, brand));
            return Some(Self::Other(brand.map_or("a video or another file of ISO base media", |(_, name)| name)));
        }
        // Text may begin with a mark and with lines without a letter.
        let text = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning).trim_ascii_start();
        let fits =
            |(at, bytes, _): &&Signature| has(*at, bytes) || *at == 0 && bytes[0] == b'<' && text.starts_with(bytes);
        if let Some((_, _, name)) = OTHERS.iter().find(fits) {
            return Some(Self::Other(name));
        }
        // Two letters alone are no sure mark: BMP's header has 0 in bytes 6 to 9 (its reserved fields).
        if has(0, b"BM") && has(6, &[0; 4]) {
            return Some(Self::Bmp);
        }
        let is_portable = |bytes: &[u8]| matches!(bytes, [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t', ..]);
        is_portable(beginning).then_some(Self::Other("a PNM (PPM, PGM, PBM or PAM)"))
    }

    /// Whether [`super::decode::decode`] reads it.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::WebP | Self::Bmp)
    }
}

/// With its article: `a JPEG`.
impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "a JPEG",
            Self::Png => "a PNG",
            Self::WebP => "a WebP",
            Self::Bmp => "a BMP",
            Self::Tiff => "a TIFF",
            Self::Other(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        for (bytes, name) in [
            (b"\xFF\xD8\xFF\xE0".as_slice(), "a JPEG"),
            (b"\x89PNG\r\n\x1A\n\0", "a PNG"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP"),
            (b"BM\x10\0\0\0\0\0\0\0", "a BMP"),
            (b"II*\0\x08\0\0\0", "a TIFF"),
            (b"MM\0+\0\x08\0\0", "a TIFF"),
            (b"GIF89a", "a GIF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC"),
            (b"\0\0\0\x1Cftypavif\0\0\0\0", "an AVIF"),
            (b"\0\0\0\x0CjP  \r\n\x87\n", "a JPEG 2000"),
            (b"\xFF\x4F\xFF\x51\0", "a JPEG 2000"),
            (b"P6\n3 2\n255\n", "a PNM (PPM, PGM, PBM or PAM)"),
            (b"\n <!DOCTYPE html>", "a web page, as a failed download leaves it"),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                "a pointer of Git LFS, whose file was not fetched (git lfs pull)",
            ),
        ] {
            assert_eq!(FileKind::of(bytes).map(|kind| kind.to_string()).as_deref(), Some(name));
        }
        for unknown in [b"".as_slice(), b"plain text", b"BMW", b"RIFF\0\0\0\0WAVE", b"P9 1", b"\xFF"] {
            assert_eq!(FileKind::of(unknown), None, "{unknown:?}");
        }
        let dicom = [vec![0; 128], b"DICM".to_vec()].concat();
        assert_eq!(FileKind::of(&dicom), Some(FileKind::Other("a DICOM")));
    }
}
