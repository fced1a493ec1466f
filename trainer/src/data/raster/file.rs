//! A file on a disk, as rasters read it.

use nadir_raster::Source;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{debug, info};

/// A TIFF file's image.
pub type Raster = nadir_raster::Raster<ImageFile>;
/// A TIFF file with bands and limits chosen.
pub type RgbScene = nadir_raster::RgbScene<ImageFile>;

/// A file by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile(PathBuf);

impl<P: AsRef<Path> + ?Sized> From<&P> for ImageFile {
    fn from(path: &P) -> Self {
        Self(path.as_ref().to_owned())
    }
}

impl Source for ImageFile {
    type Reader = File;

    fn open(&self) -> std::io::Result<File> {
        File::open(&self.0)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

/// Tells by the log which bands and limits were chosen, where nobody requested them. A folder of such images would fill
/// the log: the first is told, the others on request.
pub(super) fn told(scene: RgbScene) -> RgbScene {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if scene.is_requested() {
        return scene;
    }
    let (file, choice, scaling) = (scene.raster().name(), scene.choice(), scene.scaling());
    if TOLD.swap(true, Ordering::Relaxed) {
        debug!("{file}: {choice} ({scaling})");
    } else {
        info!("{file}: {choice} ({scaling}; nothing else was requested, and so for further TIFF images)");
    }
    scene
}
