//! Folders for readers that take paths: one a thread and kind of file, gone when the thread ends.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

thread_local! {
    // In memory where there is such a folder: files are written and read by the ten thousand.
    static ROOT: TempDir = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder for temporary files");
}

/// The folder of this name; `prepare` fills it when it is first asked for.
pub fn folder(name: &str, prepare: impl FnOnce(&Path)) -> PathBuf {
    let folder = ROOT.with(|root| root.path().join(name));
    if !folder.exists() {
        std::fs::create_dir_all(&folder).expect("created");
        prepare(&folder);
    }
    folder
}

/// Writes a file of a scratch folder, with the folders above it.
pub fn write(path: &Path, bytes: &[u8]) {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).expect("created");
    }
    std::fs::write(path, bytes).expect("written");
}

/// A file of this thread's that holds these bytes.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder("files", |_| ()).join(name);
    write(&path, bytes);
    path
}

/// An empty folder of this thread's.
pub fn empty(name: &str) -> PathBuf {
    let path = folder("files", |_| ()).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("removed");
    }
    path
}
