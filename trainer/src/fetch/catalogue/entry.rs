//! What the catalogue says of a data set or weights.

use serde::Serialize;

/// A data set, a table of labels or a weight file.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Entry {
    /// What the user types.
    pub name: &'static str,
    /// One line: what it is.
    pub what: &'static str,
    /// Default folder, relative to the working folder.
    pub folder: &'static str,
    /// What is downloaded, in order.
    pub files: &'static [Remote],
    /// A table made of downloaded ones.
    pub join: Option<Join>,
    /// Bytes that unpacking adds, estimated from above; the disk is checked for them beforehand.
    pub unpacked_bytes: u64,
    /// Terms of use, as far as they are published.
    pub licence: &'static str,
    /// The publication to cite.
    pub citation: &'static str,
    /// The page where its makers describe it.
    pub page: &'static str,
    /// What a user should know before or after; empty where there is nothing.
    pub note: &'static str,
    /// What uses it; `{out}` stands for the folder.
    pub next: &'static str,
}

/// One file to download.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Remote {
    /// File name in the folder; may have a folder of its own before it.
    pub save_as: &'static str,
    /// Addresses of the same bytes, the makers' own first.
    pub urls: &'static [&'static str],
    /// How large it is.
    pub size: Size,
    /// SHA-256 in lower-case hexadecimal digits, whole or its beginning (at least 8 digits).
    pub sha256: Option<&'static str>,
    /// Whether two independent public records agree on address and hash.
    pub verified: bool,
    /// The records that size and hash were taken from.
    pub evidence: &'static str,
    /// How it is unpacked, where it is a .zip or .tar archive.
    pub unpack: Option<Unpack>,
}

/// A file's size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Exactly so many; a download of another length is refused.
    Exact(u64),
    /// About so many: for the progress display and the disk only.
    About(u64),
}

impl Size {
    /// The size in bytes, exact or estimated.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Exact(bytes) | Self::About(bytes) => bytes,
        }
    }

    /// Where it is exact.
    pub fn exact(self) -> Option<u64> {
        match self {
            Self::Exact(bytes) => Some(bytes),
            Self::About(_) => None,
        }
    }
}

/// What is taken from an archive, and where it goes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Unpack {
    /// Only what lies below this folder of the archive; empty for all. It is ignored in the written paths.
    pub below: &'static str,
    /// Folder to write to, relative to the entry's; empty for the entry's own.
    pub into: &'static str,
    /// Write .tif images as .png, with the same pixels: the trainer reads JPEG and PNG.
    pub tiff_to_png: bool,
}

/// Label tables joined into one: the first one's header, all rows sorted by bytes, lines ended by CR LF.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Join {
    /// File name in the folder.
    pub save_as: &'static str,
    /// Tables with the same header, as saved.
    pub parts: &'static [&'static str],
    /// SHA-256 of the whole.
    pub sha256: &'static str,
}
