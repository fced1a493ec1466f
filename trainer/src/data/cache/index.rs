//! The text file that says what lies where in a cache.

use super::layout::Place;
use anyhow::{Context, Result, bail};
use nadir_core::image::RGB;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Of the format of both files.
const VERSION: u32 = 1;

const FORMAT: &str = "nadir image cache";

/// The last line of an index whose images have all reached the disk.
const COMPLETE: &str = "{\"complete\":true}\n";

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
}

impl Header {
    fn line() -> String {
        let header = Self { format: FORMAT.to_owned(), version: VERSION };
        serde_json::to_string(&header).expect("a header has a JSON form") + "\n"
    }
}

/// One line: an image, what it was decoded from, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "EntryLine", into = "EntryLine")]
pub(super) struct Entry {
    pub(super) source: Source,
    pub(super) place: Place,
}

/// A file as it was when it was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Relative to the image folder, `/` between folders.
    pub(super) path: String,
    pub(super) bytes: u64,
    /// Nanoseconds since 1970 of the last change.
    pub(super) modified_ns: u64,
}

#[derive(Serialize, Deserialize)]
struct EntryLine {
    path: String,
    source_bytes: u64,
    source_modified_ns: u64,
    width: u32,
    height: u32,
    /// As it was written before there were others.
    #[serde(default = "EntryLine::rgb", skip_serializing_if = "EntryLine::is_rgb")]
    channels: u32,
    offset: u64,
    crc32: u32,
}

impl EntryLine {
    fn rgb() -> u32 {
        RGB as u32
    }

    fn is_rgb(channels: &u32) -> bool {
        *channels == Self::rgb()
    }
}

impl From<EntryLine> for Entry {
    fn from(line: EntryLine) -> Self {
        let EntryLine { width, height, channels, offset, crc32, .. } = line;
        Self {
            source: Source { path: line.path, bytes: line.source_bytes, modified_ns: line.source_modified_ns },
            place: Place { offset, width, height, channels, crc32 },
        }
    }
}

impl From<Entry> for EntryLine {
    fn from(entry: Entry) -> Self {
        let Entry { source, place } = entry;
        Self {
            path: source.path,
            source_bytes: source.bytes,
            source_modified_ns: source.modified_ns,
            width: place.width,
            height: place.height,
            channels: place.channels,
            offset: place.offset,
            crc32: place.crc32,
        }
    }
}

/// An index as it was read.
#[derive(Debug)]
pub(super) struct Index {
    /// By path; the newest line of each.
    pub(super) entries: HashMap<String, Entry>,
    /// Whether the last build ended, so that all pixels are on the disk.
    pub(super) complete: bool,
    /// Whole lines that are none of this format.
    pub(super) unreadable: usize,
}

impl Index {
    /// Reads an index, or begins one in an empty file. A last line that was cut off is taken away; the file stands at
    /// its end then.
    ///
    /// # Errors
    /// As [`Index::parse`]: nothing is changed then.
    pub(super) fn read(file: &mut File, path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
        let (index, whole) = Self::parse(&bytes, path)?;
        let begin = |file: &mut File| -> std::io::Result<()> {
            file.set_len(whole as u64)?;
            file.seek(std::io::SeekFrom::End(0))?;
            if whole == 0 { file.write_all(Header::line().as_bytes()) } else { Ok(()) }
        };
        begin(file).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(index)
    }

    /// An index, and how many bytes of it are whole lines. An empty one, or one cut off in its first line, has none.
    ///
    /// # Errors
    /// Where it is another file, or of another version.
    pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<(Self, usize)> {
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let mut lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n');
        match lines.next().map(serde_json::from_slice::<Header>) {
            Some(Ok(found)) if found.format == FORMAT => {
                if found.version != VERSION {
                    bail!(
                        "the image cache {} has format version {}, and this program reads version {VERSION}; delete \
                         its folder to have it built again, or name another in data.cache",
                        path.display(),
                        found.version,
                    );
                }
            }
            None if Header::line().as_bytes().starts_with(bytes) => {}
            _ => bail!(
                "{} is no image cache of Nadir's and is left as it is; name another folder in data.cache",
                path.display()
            ),
        }
        let mut index = Self { entries: HashMap::new(), complete: false, unreadable: 0 };
        for line in lines {
            index.complete = line == COMPLETE.as_bytes();
            if index.complete {
                continue;
            }
            match serde_json::from_slice::<Entry>(line) {
                Ok(entry) => drop(index.entries.insert(entry.source.path.clone(), entry)),
                Err(_) => index.unreadable += 1,
            }
        }
        index.complete &= whole == bytes.len();
        Ok((index, whole))
    }
}

/// Appends the lines of images whose pixels have been written.
pub(super) fn append(file: &mut File, entries: &[Entry]) -> std::io::Result<()> {
    let mut lines = String::new();
    for entry in entries {
        lines += &serde_json::to_string(entry).expect("an entry has a JSON form");
        lines.push('\n');
    }
    file.write_all(lines.as_bytes())
}

/// Appends the last line, once the pixels are on the disk.
pub(super) fn append_complete(file: &mut File) -> std::io::Result<()> {
    file.write_all(COMPLETE.as_bytes())?;
    file.sync_all()
}
