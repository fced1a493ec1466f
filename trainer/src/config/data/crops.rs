//! Objects cut out of their images: where the annotations are and which objects are kept.

use super::bad_images::check_max_bad_images;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Objects cut out of their images, one class each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropsConfig {
    /// The annotated images that objects are cut out of.
    pub objects: ObjectsConfig,
    /// Width and height of a crop, px; the object's aspect ratio is not kept.
    #[serde(default = "CropsConfig::default_size")]
    pub size: usize,
    /// Classes whose objects no training sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_out: Vec<String>,
    /// Objects whose box has a shorter side than this, px, are skipped.
    #[serde(default = "CropsConfig::default_min_side")]
    pub min_side: usize,
    /// Whether objects marked as difficult are kept.
    #[serde(default)]
    pub use_difficult: bool,
    /// Share of the training images (of generated scenes: of all) whose crops are for validation, above 0 and below 1.
    #[serde(default = "CropsConfig::default_validation_share")]
    pub validation_share: f64,
    /// Share of generated scenes for testing, above 0 and below 1; the other formats say themselves what is for it.
    #[serde(default = "CropsConfig::default_test_share")]
    pub test_share: f64,
    /// Share of images that may be missing or broken before the run stops, 0 to 1.
    #[serde(default = "CropsConfig::default_max_bad_images")]
    pub max_bad_images: f64,
}

/// Where annotated images come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ObjectsConfig {
    /// The layout of PASCAL VOC.
    Voc {
        /// Folder with `Annotations`, `JPEGImages` and `ImageSets/Main`.
        root: PathBuf,
        /// List of training images, by name without `.txt`.
        #[serde(default = "ObjectsConfig::default_train")]
        train: String,
        /// List of test images likewise.
        #[serde(default = "ObjectsConfig::default_test")]
        test: String,
    },
    /// Annotations as COCO's JSON files.
    Coco {
        /// Folder with the images, at any depth.
        images: PathBuf,
        /// Annotations of the training images.
        train: PathBuf,
        /// Annotations of the test images, with the same categories.
        test: PathBuf,
    },
    /// YOLO's text files: boxes, oriented boxes or polygons.
    Yolo(AnnotatedFiles),
    /// DOTA's text files.
    Dota(AnnotatedFiles),
    /// LabelMe's JSON files.
    Labelme(AnnotatedFiles),
    /// "CVAT for images 1.1".
    Cvat(AnnotatedFiles),
    /// Label Studio's JSON.
    LabelStudio(AnnotatedFiles),
    /// Generated aerial scenes with their objects' boxes.
    Scenes {
        /// Number of scenes.
        count: usize,
        /// Width and height, px.
        size: usize,
        /// The first scene's seed; the others follow.
        first_seed: u64,
    },
    /// Several of these together, of which some may annotate only some of the classes.
    Joined {
        /// In the order in which their classes are numbered.
        sources: Vec<SourceConfig>,
    },
}

/// One of several sets of annotated images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// What its images are named by, `NAME/IMAGE`, and what `nadir detect eval --source` chooses it by.
    pub name: String,
    /// Where its annotated images come from.
    pub objects: ObjectsConfig,
    /// The classes of which it annotates every object, under the names that all sources share; its own if not given. In
    /// its images nothing is background for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Its own names of classes, and under which they are known here: `{ plane = "airplane" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, String>,
    /// At most so many of its training images, drawn from the seed, so that a large set does not drown a small one; all
    /// if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_images: Option<usize>,
}

/// Annotations that the formats of `nadir data convert` are read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotatedFiles {
    /// The file or folder of annotations.
    pub root: PathBuf,
    /// Folder with the images, at any depth, where it is not the format's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<PathBuf>,
    /// Training images, below `root`: a list of names (.txt, .csv), or annotations of their own. Without it and `test`
    /// the set's own division counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<PathBuf>,
    /// Test images likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
}

impl CropsConfig {
    /// Default settings for these objects.
    pub fn new(objects: ObjectsConfig) -> Self {
        Self {
            objects,
            size: Self::default_size(),
            held_out: Vec::new(),
            min_side: Self::default_min_side(),
            use_difficult: false,
            validation_share: Self::default_validation_share(),
            test_share: Self::default_test_share(),
            max_bad_images: Self::default_max_bad_images(),
        }
    }

    fn default_size() -> usize {
        64
    }

    fn default_min_side() -> usize {
        8
    }

    fn default_validation_share() -> f64 {
        0.1
    }

    fn default_test_share() -> f64 {
        0.2
    }

    fn default_max_bad_images() -> f64 {
        0.01
    }

    /// # Errors
    /// Names the setting that cannot be.
    pub(super) fn check(&self) -> Result<()> {
        for (key, side) in [("size", self.size), ("min_side", self.min_side)] {
            ensure!((1..=1024).contains(&side), "data.{key} must be 1 to 1024 px, and is {side}");
        }
        for (key, share) in [("validation_share", self.validation_share), ("test_share", self.test_share)] {
            ensure!(share > 0.0 && share < 1.0, "data.{key} must be a share above 0 and below 1, and is {share}");
        }
        check_max_bad_images(self.max_bad_images)?;
        self.objects.check(self.validation_share + self.test_share)?;
        Ok(())
    }
}

impl ObjectsConfig {
    fn default_train() -> String {
        "trainval".to_owned()
    }

    fn default_test() -> String {
        "test".to_owned()
    }

    /// The files of the kinds that are named by `root` and divided alike.
    pub fn annotated_files(&self) -> Option<&AnnotatedFiles> {
        match self {
            Self::Yolo(files)
            | Self::Dota(files)
            | Self::Labelme(files)
            | Self::Cvat(files)
            | Self::LabelStudio(files) => Some(files),
            Self::Voc { .. } | Self::Coco { .. } | Self::Scenes { .. } | Self::Joined { .. } => None,
        }
    }

    /// # Errors
    /// Names the setting that cannot be, with so large a share of scenes for validation and testing.
    pub(in crate::config) fn check(&self, not_training: f64) -> Result<()> {
        if let Some(files) = self.annotated_files() {
            ensure!(
                files.train.is_some() == files.test.is_some(),
                "data.objects.train and data.objects.test go together: name both or neither"
            );
        }
        if let Self::Scenes { count, size, .. } = *self {
            ensure!(count >= 10, "data.objects.count must be at least 10 scenes, and is {count}");
            ensure!((16..=4096).contains(&size), "data.objects.size must be 16 to 4096 px, and is {size}");
            ensure!(
                not_training < 1.0,
                "data.validation_share + data.test_share must leave a share for training, and are {not_training}"
            );
        }
        if let Self::Joined { sources } = self {
            ensure!(!sources.is_empty(), "data.objects.sources must be one set of annotated images or more");
            for (at, SourceConfig { name, objects, train_images, .. }) in sources.iter().enumerate() {
                ensure!(
                    *train_images != Some(0),
                    "data.objects.sources: {name:?} with train_images = 0 is trained on nothing; leave it out"
                );
                ensure!(
                    !name.is_empty() && !name.contains('/') && sources[..at].iter().all(|other| other.name != *name),
                    "data.objects.sources: each needs a name of its own without \"/\", and one is {name:?}"
                );
                ensure!(
                    !matches!(objects, Self::Joined { .. }),
                    "data.objects.sources: {name:?} is itself joined; name its sources beside the others"
                );
                objects.check(not_training).with_context(|| format!("data.objects.sources: {name:?}"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DataConfig};

    fn parse(data: &str) -> Result<Config, String> {
        toml::from_str(&format!("[data]\nkind = \"crops\"\n{data}")).map_err(|error| error.to_string())
    }

    fn of(config: Config) -> CropsConfig {
        let DataConfig::Crops(crops) = config.data else { panic!("{:?} is not crops", config.data) };
        crops
    }

    #[test]
    fn the_shortest_form_has_the_defaults() {
        let config = parse("objects = { kind = \"voc\", root = \"VOC2007\" }").expect("valid");
        let (train, test) = ("trainval".to_owned(), "test".to_owned());
        let expected = CropsConfig::new(ObjectsConfig::Voc { root: "VOC2007".into(), train, test });
        assert_eq!(of(config), expected);
    }

    #[test]
    fn unknown_missing_and_misplaced_keys_are_errors_that_name_them() {
        let voc = "objects = { kind = \"voc\", root = \"VOC2007\" }";
        for (text, word) in [
            (format!("{voc}\nsizes = 3"), "sizes"),
            (format!("{voc}\ncache = \"x\""), "cache"),
            ("size = 3".to_owned(), "objects"),
            ("objects = { kind = \"voc\", root = \"a\", images = \"b\" }".to_owned(), "images"),
            ("objects = { kind = \"coco\", images = \"a\", train = \"b\" }".to_owned(), "test"),
            ("objects = { kind = \"yolo\" }".to_owned(), "root"),
            ("objects = { kind = \"yolo5\", root = \"a\" }".to_owned(), "yolo5"),
            ("objects = { kind = \"dota\", root = \"a\", labels = \"b\" }".to_owned(), "labels"),
        ] {
            let message = parse(&text).expect_err("not valid");
            assert!(message.contains(word), "{text}: {message}");
        }
    }

    #[test]
    fn every_kind_reads_back_as_it_was_written() {
        for objects in [
            "{ kind = \"voc\", root = \"a\", train = \"b\", test = \"c\" }",
            "{ kind = \"coco\", images = \"a\", train = \"b.json\", test = \"c.json\" }",
            "{ kind = \"scenes\", count = 20, size = 128, first_seed = 7 }",
            "{ kind = \"yolo\", root = \"data.yaml\", images = \"b\" }",
            "{ kind = \"dota\", root = \"a\" }",
            "{ kind = \"labelme\", root = \"a\", train = \"train.txt\", test = \"test.txt\" }",
            "{ kind = \"cvat\", root = \"a\", train = \"a.xml\", test = \"b.xml\" }",
            "{ kind = \"label_studio\", root = \"tasks.json\" }",
            "{ kind = \"joined\", sources = [{ name = \"a\", labels = [\"ship\"], aliases = { boat = \"ship\" }, \
             train_images = 150, objects = { kind = \"voc\", root = \"b\" } }] }",
        ] {
            let config = parse(&format!("size = 32\nuse_difficult = true\nobjects = {objects}")).expect("valid");
            let text = config.to_toml();
            assert_eq!(toml::from_str::<Config>(&text).expect(&text), config, "{text}");
        }
    }

    /// Sources of these names; two of the names are of something that cannot be.
    fn joined(names: &[&str]) -> ObjectsConfig {
        let objects = |name: &str| match name {
            "scenes" => ObjectsConfig::Scenes { count: 9, size: 128, first_seed: 0 },
            "joined" => joined(&["a"]),
            _ => ObjectsConfig::Scenes { count: 20, size: 128, first_seed: 0 },
        };
        let source = |name: &&str| SourceConfig {
            name: (*name).to_owned(),
            objects: objects(name),
            labels: None,
            aliases: BTreeMap::new(),
            train_images: None,
        };
        ObjectsConfig::Joined { sources: names.iter().map(source).collect() }
    }

    #[test]
    fn sizes_and_shares_that_cannot_be_are_refused() {
        let scenes = ObjectsConfig::Scenes { count: 20, size: 128, first_seed: 0 };
        let good = CropsConfig::new(scenes);
        good.check().expect("the defaults are good");
        let only_train = AnnotatedFiles { root: "a".into(), images: None, train: Some("b".into()), test: None };
        for (wrong, word) in [
            (CropsConfig { size: 0, ..good.clone() }, "data.size"),
            (CropsConfig { size: 1025, ..good.clone() }, "data.size"),
            (CropsConfig { min_side: 0, ..good.clone() }, "data.min_side"),
            (CropsConfig { validation_share: 0.0, ..good.clone() }, "data.validation_share"),
            (CropsConfig { validation_share: f64::NAN, ..good.clone() }, "data.validation_share"),
            (CropsConfig { test_share: 1.0, ..good.clone() }, "data.test_share"),
            (CropsConfig { validation_share: 0.8, ..good.clone() }, "leave a share for training"),
            (CropsConfig { max_bad_images: 1.5, ..good.clone() }, "data.max_bad_images"),
            (CropsConfig::new(ObjectsConfig::Scenes { count: 9, size: 128, first_seed: 0 }), "data.objects.count"),
            (CropsConfig::new(ObjectsConfig::Scenes { count: 20, size: 8, first_seed: 0 }), "data.objects.size"),
            (CropsConfig::new(ObjectsConfig::Yolo(only_train)), "name both or neither"),
            (CropsConfig::new(joined(&[])), "one set of annotated images or more"),
            (CropsConfig::new(joined(&["a", "a"])), "one is \"a\""),
            (CropsConfig::new(joined(&["a/b"])), "one is \"a/b\""),
            (CropsConfig::new(joined(&["scenes"])), "data.objects.count"),
            (CropsConfig::new(joined(&["joined"])), "is itself joined"),
        ] {
            let message = format!("{:#}", wrong.check().expect_err("cannot be"));
            assert!(message.contains(word), "{message}");
        }
    }
}
