use super::super::args::ConfigArgs;
use super::layout::recognise;
use super::source::DatasetSource;
use crate::config::{Config, DataConfig, DetectConfig, ObjectsConfig, SplitConfig};
use crate::data::object_source::ObjectSource;
use crate::data::statistics::DatasetPaths;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// Options that name a data set.
#[derive(Debug, Args)]
pub(super) struct DatasetArgs {
    /// Folder of the data set. With labels: images/, labels/ or multilabels.csv (.tsv, .txt), and splits/ where it has
    /// them. With boxes: PASCAL VOC's Annotations/, JPEGImages/ and ImageSets/, or COCO's JSON files and images.
    #[arg(conflicts_with_all = ["images", "labels", "splits", "coco", "voc", "config", "sets"])]
    pub(super) folder: Option<PathBuf>,
    /// Folder with the images, at any depth; without it the labels alone are looked at.
    #[arg(long)]
    images: Option<PathBuf>,
    /// CSV or TSV table, or a folder of them.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Folder with train.csv, val.csv and test.csv.
    #[arg(long)]
    splits: Option<PathBuf>,
    /// COCO's JSON file with boxes, whose images are below --images. A second one is for testing.
    #[arg(long, value_name = "FILE", requires = "images", conflicts_with_all = ["labels", "splits", "voc", "config", "sets"])]
    pub(super) coco: Vec<PathBuf>,
    /// Folder in the layout of PASCAL VOC.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["images", "labels", "splits", "config", "sets"])]
    voc: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

impl DatasetArgs {
    pub(super) fn source(&self) -> Result<DatasetSource> {
        if let Some(folder) = &self.folder {
            return recognise(folder);
        }
        if let Some(root) = &self.voc {
            return Ok(DatasetSource::Objects(ObjectSource::of_voc(root)?));
        }
        match (self.coco.as_slice(), &self.images) {
            ([], _) => {}
            ([file], Some(images)) => {
                let (images, file) = (images.clone(), file.clone());
                return Ok(DatasetSource::Objects(ObjectSource::CocoFile { images, file }));
            }
            ([train, test], Some(images)) => {
                let (images, train, test) = (images.clone(), train.clone(), test.clone());
                return Ok(DatasetSource::Objects(ObjectSource::of(ObjectsConfig::Coco { images, train, test })));
            }
            _ => bail!("--coco takes one file, or two: that of the training images and that of the test images"),
        }
        if self.config.config.is_some() || !self.config.sets.is_empty() {
            ensure!(
                self.images.is_none() && self.labels.is_none() && self.splits.is_none(),
                "--config and --set name images, labels and splits themselves; change them by --set \
                 data.images=FOLDER and the like"
            );
            return self.of_config();
        }
        let labels = self.labels.clone().context(
            "no data set: name its folder, --labels, --coco, --voc, --config, or --set 'data.objects={kind=...}'",
        )?;
        let split = self.splits.clone().map(|folder| SplitConfig::Files { folder });
        Ok(DatasetSource::Labels(DatasetPaths { labels, images: self.images.clone(), split, cache: None, seed: 1 }))
    }

    /// Of an experiment's config: a detector's, or another one whose data are a label table or crops of objects.
    fn of_config(&self) -> Result<DatasetSource> {
        let ConfigArgs { config, sets } = &self.config;
        if is_of_a_detector(config.as_deref(), sets)? {
            let config = DetectConfig::load(config.as_deref(), sets)?;
            let (test_share, seed) = (config.data.test_share, config.seed);
            return Ok(DatasetSource::Objects(ObjectSource::Config { objects: config.data.objects, test_share, seed }));
        }
        let config = self.config.load()?;
        match config.data {
            DataConfig::MultiLabelCsv { images, labels, split, cache, .. } => Ok(DatasetSource::Labels(DatasetPaths {
                labels,
                images: Some(images),
                split: Some(split),
                cache,
                seed: config.seed,
            })),
            DataConfig::Images(images) => Ok(DatasetSource::Images(images, config.seed)),
            DataConfig::ClassFolders(folders) => Ok(DatasetSource::ClassFolders(folders, config.seed)),
            DataConfig::Crops(crops) => Ok(DatasetSource::Objects(ObjectSource::Config {
                objects: crops.objects,
                test_share: crops.test_share,
                seed: config.seed,
            })),
            DataConfig::Scenes { .. } => bail!(
                "data.kind = \"scenes\" is generated, and nothing in it can be wrong; data.kind must be \
                 \"multi_label_csv\", \"images\", \"class_folders\" or \"crops\", or the config a detector's with data.objects"
            ),
        }
    }
}

/// Whether a config is a detector's: these have `data.objects` without a `data.kind`.
fn is_of_a_detector(file: Option<&Path>, sets: &[String]) -> Result<bool> {
    let keys: Vec<&str> = sets.iter().filter_map(|set| Some(set.split_once('=')?.0.trim())).collect();
    let Some(file) = file else {
        let has = |wanted: &str| keys.iter().any(|key| *key == wanted || key.starts_with(&format!("{wanted}.")));
        return Ok(has("data.objects") && !has("data.kind"));
    };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the config {}", file.display()))?;
    // What is no TOML is named by the reader of the config.
    let Ok(table) = toml::from_str::<toml::Table>(&text) else { return Ok(false) };
    let data = table.get("data").and_then(toml::Value::as_table);
    Ok(match data {
        Some(data) => data.contains_key("objects") && !data.contains_key("kind"),
        None => toml::from_str::<Config>(&text).is_err() && toml::from_str::<DetectConfig>(&text).is_ok(),
    })
}
