//! The images of a folder, opened when their pixels are needed; the last ones stay open.

use crate::data::file_stamp::FileStamp;
use crate::data::raster::{BandSettings, SceneImage};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Unpacked pixels that are kept of a TIFF image: a row of tiles over 20,000 px of three 16-bit bands is 31 MB.
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// Images that are open at once, or one a core where there are more.
const MOST_OPEN: usize = 8;

/// Another thread may be opening it.
type Slot = Arc<OnceLock<Result<Arc<SceneImage>, String>>>;

/// Files that are opened one after the other, or again and again. Shared between threads.
#[derive(Debug)]
pub struct OpenScenes {
    paths: Vec<PathBuf>,
    bands: BandSettings,
    /// The last ones, the newest at the end.
    open: Mutex<Vec<(usize, Slot)>>,
    /// JPEG and the like are read as a whole or not at all: those that were read are held, where that is requested.
    held: Option<Vec<OnceLock<Arc<SceneImage>>>>,
}

impl OpenScenes {
    /// These files below `folder`. `holds_images`: images that cannot be read by windows stay in memory.
    pub fn new(folder: &Path, files: &[PathBuf], bands: &BandSettings, holds_images: bool) -> Self {
        let held = holds_images.then(|| files.iter().map(|_| OnceLock::new()).collect());
        let paths = files.iter().map(|file| folder.join(file)).collect();
        Self { paths, bands: bands.clone(), open: Mutex::default(), held }
    }

    /// The path of a file.
    pub fn path(&self, file: usize) -> &Path {
        &self.paths[file]
    }

    /// How a TIFF image's bands are chosen.
    pub fn bands(&self) -> &BandSettings {
        &self.bands
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// An image that was like `stamp` when it was looked through.
    ///
    /// # Errors
    /// Names the file that cannot be read, or has changed since.
    pub fn get(&self, file: usize, stamp: FileStamp) -> Result<Arc<SceneImage>> {
        if let Some(held) = self.held.as_ref().and_then(|held| held[file].get()) {
            return Ok(held.clone());
        }
        let path = &self.paths[file];
        let now = FileStamp::of(path).map_err(anyhow::Error::msg)?;
        ensure!(
            now == stamp,
            "{} has changed since it was looked through for tiles; start again, which looks through it anew",
            path.display()
        );
        let slot = self.slot(file);
        let opened = slot.get_or_init(|| self.open(path).map(Arc::new).map_err(|error| format!("{error:#}")));
        let scene = opened.clone().map_err(anyhow::Error::msg)?;
        if let (Some(held), SceneImage::Memory(_)) = (&self.held, &*scene) {
            // Another thread has put the same image there, if anything.
            let _ = held[file].set(scene.clone());
        }
        Ok(scene)
    }

    fn open(&self, path: &Path) -> Result<SceneImage> {
        let scene = SceneImage::open_keeping(path, &self.bands, KEPT_BYTES)?;
        let (width, height) = scene.size();
        ensure!(width > 0 && height > 0, "{} has no pixels", path.display());
        Ok(scene)
    }

    fn slot(&self, file: usize) -> Slot {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match open.iter().position(|(at, _)| *at == file) {
            Some(place) => open.remove(place).1,
            None => {
                let most = MOST_OPEN.max(rayon::current_num_threads());
                if open.len() >= most {
                    open.remove(0);
                }
                Slot::default()
            }
        };
        open.push((file, slot.clone()));
        slot
    }
}
