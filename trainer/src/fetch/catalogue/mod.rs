//! What `nadir fetch` knows: public addresses, sizes, hashes, licences, citations.
//!
//! None of the addresses could be reached from the machine on which this file was written. Sizes and hashes are those
//! that public records state; `evidence` names the records, and `verified` says whether two of them, independent of
//! each other, agree. No hash was made up: where none is published, `sha256` is `None`.

mod entries;

pub use entries::CATALOGUE;
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
    /// Bytes that unpacking adds, estimated from above; the disk is asked for them beforehand.
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
    /// Exact or estimated.
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

/// The entry of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::path::{Component, Path};

    #[test]
    fn names_are_unique_and_every_saved_path_stays_in_the_folder() {
        let mut names = HashSet::new();
        let mut paths = HashSet::new();
        for entry in CATALOGUE {
            assert!(names.insert(entry.name), "{} twice", entry.name);
            let joined = entry.join.iter().map(|join| join.save_as);
            for saved in entry.files.iter().map(|file| file.save_as).chain(joined) {
                assert!(paths.insert((entry.folder, saved)), "{}/{saved} twice", entry.folder);
                assert!(Path::new(saved).components().all(|part| matches!(part, Component::Normal(_))), "{saved}");
            }
        }
    }

    /// torch.hub's convention: NAME-HASH.pth, the first digits of the file's SHA-256.
    #[test]
    fn torchvision_names_carry_the_beginning_of_their_hash() {
        let mut seen = 0;
        for file in CATALOGUE.iter().flat_map(|entry| entry.files).filter(|file| file.save_as.ends_with(".pth")) {
            let (_, prefix) = file.save_as.trim_end_matches(".pth").rsplit_once('-').expect("a dash");
            assert_eq!(prefix.len(), 8, "{}", file.save_as);
            assert!(file.sha256.expect("published").starts_with(prefix), "{}", file.save_as);
            assert!(file.urls[0].ends_with(file.save_as));
            seen += 1;
        }
        assert_eq!(seen, 8);
    }

    #[test]
    fn hashes_are_lower_case_digits_and_joined_parts_are_downloaded() {
        for entry in CATALOGUE {
            let hashes = entry.files.iter().filter_map(|file| file.sha256);
            for hash in hashes.chain(entry.join.iter().map(|join| join.sha256)) {
                assert!((8..=64).contains(&hash.len()), "{hash}");
                assert!(hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{hash}");
            }
            for part in entry.join.iter().flat_map(|join| join.parts) {
                assert!(entry.files.iter().any(|file| file.save_as == *part), "{part}");
            }
            assert!(!entry.licence.is_empty() && !entry.citation.is_empty() && !entry.next.is_empty());
        }
    }
}
