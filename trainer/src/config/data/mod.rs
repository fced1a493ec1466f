//! Where images and labels come from, and how they are split.

mod bad_images;
mod crops;
mod folders;
mod split;
mod tiling;

pub(super) use bad_images::check_max_bad_images;
pub use crops::{AnnotatedFiles, CropsConfig, ObjectsConfig, SourceConfig};
pub use folders::{ClassFoldersConfig, FolderReading, ImagesConfig};
pub use split::SplitConfig;
pub use tiling::Tiling;

use anyhow::{Result, ensure};
use bad_images::default_max_bad_images;
use nadir_core::image::bands::BandSettings;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where images and labels come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DataConfig {
    /// Generated aerial scenes with their labels.
    Scenes {
        /// Number of scenes.
        count: usize,
        /// Width and height, px.
        size: usize,
        /// The first scene's seed; the others follow.
        first_seed: u64,
        /// Which scene is for what.
        #[serde(default)]
        split: SplitConfig,
    },
    /// A folder of images and a table of 0/1 labels.
    MultiLabelCsv {
        /// Folder with the images, at any depth.
        images: PathBuf,
        /// CSV or TSV file, or a folder of them: an image column, then one 0/1 column a label.
        labels: PathBuf,
        /// Which image is for what.
        #[serde(default)]
        split: SplitConfig,
        /// Share of images that may be missing or broken before the run stops, 0 to 1.
        #[serde(default = "default_max_bad_images")]
        max_bad_images: f64,
        /// Folder that the decoded images are kept in, as one memory-mapped file; without it they are held in memory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cache: Option<PathBuf>,
    },
    /// A folder of images without labels.
    Images(ImagesConfig),
    /// A folder in which each class has a folder of images.
    ClassFolders(ClassFoldersConfig),
    /// Objects cut out of annotated images.
    Crops(CropsConfig),
}

impl DataConfig {
    /// The split's setting. Crops have none, for their images' annotations and shares decide; nor have images without
    /// labels, of which a share is held out.
    pub fn split(&self) -> Option<&SplitConfig> {
        match self {
            Self::Scenes { split, .. } | Self::MultiLabelCsv { split, .. } => Some(split),
            Self::ClassFolders(ClassFoldersConfig { split, .. }) => Some(split),
            Self::Images(_) | Self::Crops(_) => None,
        }
    }

    /// Whether every image has one label, so that figures of classification exist beside those of each label.
    pub fn is_single_label(&self) -> bool {
        matches!(self, Self::ClassFolders(_))
    }

    /// The folder of images, of those kinds that need nothing besides.
    pub fn image_folder(&self) -> Option<&Path> {
        match self {
            Self::Images(ImagesConfig { images, .. }) | Self::ClassFolders(ClassFoldersConfig { images, .. }) => {
                Some(images)
            }
            _ => None,
        }
    }

    /// How the images are read, where they are a folder and nothing besides.
    fn reading(&self) -> Option<FolderReading<'_>> {
        match self {
            Self::Images(images) => Some(images.reading()),
            Self::ClassFolders(folders) => Some(folders.reading()),
            Self::Scenes { .. } | Self::MultiLabelCsv { .. } | Self::Crops(_) => None,
        }
    }

    /// How images are cut into tiles; `None` where they are taken whole.
    pub fn tiling(&self) -> Option<Tiling> {
        self.reading()?.tiling
    }

    /// What is taken of TIFF images; all kinds of data that have no settings for it take the default.
    pub fn band_settings(&self) -> BandSettings {
        self.reading().map(|reading| reading.bands).unwrap_or_default()
    }

    /// Puts other settings in their place, where the kind has any.
    pub fn set_band_settings(&mut self, settings: BandSettings) {
        if let Self::Images(ImagesConfig { bands, scale, .. })
        | Self::ClassFolders(ClassFoldersConfig { bands, scale, .. }) = self
        {
            (*bands, *scale) = (settings.bands, settings.scaling);
        }
    }

    /// The folder that decoded images are kept in, where there is one.
    pub fn cache(&self) -> Option<&Path> {
        match self {
            Self::MultiLabelCsv { cache, .. } => cache.as_deref(),
            Self::Images(ImagesConfig { cache, .. }) | Self::ClassFolders(ClassFoldersConfig { cache, .. }) => {
                cache.as_deref()
            }
            Self::Scenes { .. } | Self::Crops(_) => None,
        }
    }

    /// Whether images have labels.
    pub fn has_labels(&self) -> bool {
        !matches!(self, Self::Images(_))
    }

    /// That there are labels, which `what` needs: a command, or an objective.
    ///
    /// # Errors
    /// For images without labels: says what has some.
    pub fn expect_labels(&self, what: &str) -> Result<()> {
        ensure!(
            self.has_labels(),
            "{what} needs labels, and data.kind = \"images\" has none; with a folder of images for each class: --set \
             data.kind=class_folders --set data.images=FOLDER, with a table of labels: --set data.kind=multi_label_csv \
             --set data.images=FOLDER --set data.labels=FILE"
        );
        Ok(())
    }

    /// Whether the settings can be.
    ///
    /// # Errors
    /// Names the setting that cannot be.
    pub fn check(&self) -> Result<()> {
        if let Some(split) = self.split() {
            split.check()?;
        }
        match self {
            Self::Scenes { .. } => Ok(()),
            Self::MultiLabelCsv { max_bad_images, .. } => check_max_bad_images(*max_bad_images),
            Self::ClassFolders(folders) => folders.check(),
            Self::Images(images) => images.check(),
            Self::Crops(crops) => crops.check(),
        }
    }

    /// The same crops, with these classes held out; other data stay as they are.
    pub fn with_held_out(&self, classes: &[String]) -> Self {
        let mut own = self.clone();
        if let Self::Crops(crops) = &mut own {
            crops.held_out = classes.to_vec();
        }
        own
    }

    /// What of it changes a result: where decoded images are kept does not.
    pub(super) fn without_cache(&self) -> Self {
        let mut relevant = self.clone();
        if let Self::MultiLabelCsv { cache, .. }
        | Self::Images(ImagesConfig { cache, .. })
        | Self::ClassFolders(ClassFoldersConfig { cache, .. }) = &mut relevant
        {
            *cache = None;
        }
        if let Self::Images(ImagesConfig { tile_index, .. })
        | Self::ClassFolders(ClassFoldersConfig { tile_index, .. }) = &mut relevant
        {
            *tile_index = None;
        }
        relevant
    }
}
