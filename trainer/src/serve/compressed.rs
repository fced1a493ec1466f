//! Brotli-compressed files, kept in memory.

use axum::body::Bytes;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

/// One state of a file: a changed file has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Length of the file, bytes.
    pub len: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

/// Compressed on the first request; `None` where brotli failed.
type Slot = Arc<OnceLock<Option<Bytes>>>;

/// The compressed form of every file that was requested, one state each.
#[derive(Default)]
pub struct CompressedFiles {
    slots: Mutex<HashMap<PathBuf, (Stamp, Slot)>>,
}

/// A compromise: the 20 MB engine takes half a second, once, and is a few per cent larger than at the best quality.
const QUALITY: i32 = 5;

impl Stamp {
    /// The state of the file at `path` now.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self { len: metadata.len(), modified: metadata.modified()? })
    }

    /// As an entity tag's text, without quotes.
    pub fn tag(&self) -> String {
        let since = self.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{:x}-{:x}", self.len, since.as_nanos())
    }
}

impl CompressedFiles {
    /// The file at `path`, whose state and bytes are given, in brotli: from a `.br` file beside it that is not older,
    /// else compressed now, else from memory. The lock is not held while compressing; who asks for the same file
    /// meanwhile waits for it.
    pub fn get(&self, path: &Path, stamp: Stamp, read: impl FnOnce() -> std::io::Result<Vec<u8>>) -> Option<Bytes> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = slots.entry(path.to_path_buf()).or_insert_with(|| (stamp, Slot::default()));
            if entry.0 != stamp {
                *entry = (stamp, Slot::default());
            }
            Arc::clone(&entry.1)
        };
        slot.get_or_init(|| precompressed(path, stamp).or_else(|| compress(&read().ok()?))).clone()
    }
}

fn precompressed(path: &Path, stamp: Stamp) -> Option<Bytes> {
    let mut name = path.as_os_str().to_owned();
    name.push(".br");
    let beside = Path::new(&name);
    // A link could lead out of the site; what xtask writes is a file.
    let metadata = fs::symlink_metadata(beside).ok()?;
    if !metadata.is_file() || metadata.modified().ok()? < stamp.modified {
        return None;
    }
    fs::read(beside).ok().map(Bytes::from)
}

fn compress(bytes: &[u8]) -> Option<Bytes> {
    let params = brotli::enc::BrotliEncoderParams { quality: QUALITY, size_hint: bytes.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &params).ok()?;
    Some(Bytes::from(compressed))
}
