//! Where a set of annotated images lies, as a person names it: a config's `data.objects`, or a folder.

use super::objects::{self, ObjectSet};
use crate::config::ObjectsConfig;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use tracing::info;

/// A set of annotated images that is not read yet.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectSource {
    /// What a config names.
    Config {
        /// Format and files.
        objects: ObjectsConfig,
        /// Share of generated scenes for testing.
        test_share: f64,
        /// Decides which scenes these are.
        seed: u64,
    },
    /// One file of COCO's, all of whose images count as training images.
    CocoFile {
        /// Folder with the images, at any depth.
        images: PathBuf,
        /// The JSON file.
        file: PathBuf,
    },
}

impl ObjectSource {
    /// A set that says itself what is for testing.
    pub fn of(objects: ObjectsConfig) -> Self {
        Self::Config { objects, test_share: 0.2, seed: 1 }
    }

    /// VOC's layout in `root`, with its lists trainval and test, or those of them that are there.
    ///
    /// # Errors
    /// Where no two lists are there that part the images.
    pub fn of_voc(root: &Path) -> Result<Self> {
        let lists = ["ImageSets/Main", "ImageSets"].map(|folder| root.join(folder));
        let has = |list: &str| lists.iter().any(|folder| folder.join(format!("{list}.txt")).is_file());
        let pairs = [("trainval", "test"), ("train", "test"), ("train", "val"), ("trainval", "val")];
        let Some((train, test)) = pairs.into_iter().find(|(train, test)| has(train) && has(test)) else {
            bail!(
                "{}: expected the lists ImageSets/Main/trainval.txt (or train.txt) and test.txt (or val.txt); name \
                 others by --set 'data.objects={{kind=\"voc\",root={:?},train=\"LIST\",test=\"LIST\"}}'",
                root.display(),
                root.display().to_string()
            );
        };
        let (root, train, test) = (root.to_owned(), train.to_owned(), test.to_owned());
        Ok(Self::of(ObjectsConfig::Voc { root, train, test }))
    }

    /// What a folder holds: VOC's layout, also one folder further down (`VOC2007`, `VOCdevkit/VOC2007`), or COCO's JSON
    /// files. `None` where it is neither.
    ///
    /// # Errors
    /// Where several files could be meant: names them.
    pub fn in_folder(folder: &Path) -> Result<Option<Self>> {
        if let Some(root) = voc_root(folder) {
            return Self::of_voc(&root).map(Some);
        }
        let files = coco_files(folder);
        let of_part = |words: [&str; 2]| -> Vec<&PathBuf> {
            let is_meant = |file: &&PathBuf| {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
                words.iter().any(|word| name.contains(word))
            };
            files.iter().filter(is_meant).collect()
        };
        let images = || ["images", "JPEGImages"].map(|name| folder.join(name)).into_iter().find(|path| path.is_dir());
        let images = images().unwrap_or_else(|| folder.to_owned());
        match (files.as_slice(), of_part(["train", "train"]).as_slice(), of_part(["test", "val"]).as_slice()) {
            ([], ..) => Ok(None),
            ([file], ..) => Ok(Some(Self::CocoFile { images, file: file.clone() })),
            (all, [train], [test]) => {
                for other in all.iter().filter(|file| file != train && file != test) {
                    info!("{} is not looked at; --coco and --images name it alone", other.display());
                }
                let (train, test) = ((*train).clone(), (*test).clone());
                Ok(Some(Self::of(ObjectsConfig::Coco { images, train, test })))
            }
            (all, ..) => bail!(
                "{} has {} files of COCO's: {}; name one by --coco FILE --images DIR, or two, for training and testing",
                folder.display(),
                all.len(),
                all.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
            ),
        }
    }

    /// Reads the annotations.
    ///
    /// # Errors
    /// As [`objects::load`].
    pub fn load(&self) -> Result<ObjectSet> {
        match self {
            Self::Config { objects, test_share, seed } => objects::load(objects, *test_share, *seed),
            Self::CocoFile { images, file } => objects::load_coco_file(images, file),
        }
    }

    /// The folder that holds the set's image files, and no others; `None` for formats that do not say.
    pub fn image_folder(&self) -> Option<PathBuf> {
        match self {
            Self::Config { objects: ObjectsConfig::Coco { images, .. }, .. } => Some(images.clone()),
            Self::Config { objects: ObjectsConfig::Voc { root, .. }, .. } => Some(root.join("JPEGImages")),
            // One file of several may name only some of the images.
            Self::Config { .. } | Self::CocoFile { .. } => None,
        }
    }

    /// Its files, for messages.
    pub fn described(&self) -> String {
        match self {
            Self::Config { objects, .. } => match objects {
                ObjectsConfig::Voc { root, train, test } => format!("{} ({train}, {test})", root.display()),
                ObjectsConfig::Coco { train, test, .. } => format!("{}, {}", train.display(), test.display()),
                other => format!("{other:?}"),
            },
            Self::CocoFile { file, .. } => file.display().to_string(),
        }
    }
}

/// The folder itself, its only VOC folder, or that of its `VOCdevkit`.
fn voc_root(folder: &Path) -> Option<PathBuf> {
    let is_voc = |folder: &Path| {
        folder.join("Annotations").is_dir() && ["JPEGImages", "ImageSets"].iter().any(|name| folder.join(name).is_dir())
    };
    if is_voc(folder) {
        return Some(folder.to_owned());
    }
    [folder.to_owned(), folder.join("VOCdevkit")].iter().find_map(|above| {
        let below: Vec<PathBuf> =
            std::fs::read_dir(above).ok()?.flatten().map(|entry| entry.path()).filter(|path| is_voc(path)).collect();
        match below.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    })
}

/// JSON files of the folder and of its `annotations` that have COCO's three lists, in alphabetical order.
fn coco_files(folder: &Path) -> Vec<PathBuf> {
    let listed = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = listed(folder.to_owned())
        .chain(listed(folder.join("annotations")))
        .filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")))
        .filter(|path| is_coco(path).unwrap_or(false))
        .collect();
    files.sort();
    files
}

/// Whether the file is a JSON object with COCO's lists.
fn is_coco(path: &Path) -> Result<bool> {
    /// COCO's lists; what stands in them is not looked at.
    #[derive(Deserialize)]
    struct Lists {
        images: Option<IgnoredAny>,
        annotations: Option<IgnoredAny>,
        categories: Option<IgnoredAny>,
    }
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lists: Lists = serde_json::from_reader(BufReader::new(file))?;
    Ok(lists.images.is_some() && lists.annotations.is_some() && lists.categories.is_some())
}
