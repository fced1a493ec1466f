use super::super::args::ConfigArgs;
use crate::config::{DataConfig, SplitConfig};
use crate::data::statistics::DatasetPaths;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::PathBuf;

/// Options that name a data set.
#[derive(Debug, Args)]
pub(super) struct DatasetArgs {
    /// Folder of the data set: images/, labels/ or multilabels.csv (.tsv, .txt), and splits/ where it has them.
    #[arg(conflicts_with_all = ["images", "labels", "splits", "config", "sets"])]
    folder: Option<PathBuf>,
    /// Folder with the images, at any depth; without it the labels alone are looked at.
    #[arg(long)]
    images: Option<PathBuf>,
    /// CSV or TSV table, or a folder of them.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Folder with train.csv, val.csv and test.csv.
    #[arg(long)]
    splits: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

impl DatasetArgs {
    pub(super) fn paths(&self) -> Result<DatasetPaths> {
        if self.config.config.is_some() {
            ensure!(
                self.images.is_none() && self.labels.is_none() && self.splits.is_none(),
                "--config names images, labels and splits itself; change them by --set data.images=FOLDER and the like"
            );
            let config = self.config.load()?;
            let DataConfig::MultiLabelCsv { images, labels, split, cache, .. } = config.data else {
                bail!("data.kind must be \"multi_label_csv\": only a folder of images with a label table is looked at");
            };
            return Ok(DatasetPaths { labels, images: Some(images), split: Some(split), cache, seed: config.seed });
        }
        let files = |splits: Option<PathBuf>| splits.map(|folder| SplitConfig::Files { folder });
        if let Some(folder) = &self.folder {
            ensure!(folder.is_dir(), "{} is no folder", folder.display());
            let there = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
            let labels =
                ["labels", "multilabels.csv", "multilabels.tsv", "multilabels.txt"].into_iter().find_map(there);
            let labels = labels.with_context(|| {
                format!(
                    "{} has neither labels/ nor multilabels.csv, .tsv or .txt; name them by --labels",
                    folder.display()
                )
            })?;
            return Ok(DatasetPaths {
                labels,
                images: there("images"),
                split: files(there("splits")),
                cache: there("cache"),
                seed: 1,
            });
        }
        let labels = self.labels.clone().context("no data set: name its folder, --labels, or --config")?;
        Ok(DatasetPaths {
            labels,
            images: self.images.clone(),
            split: files(self.splits.clone()),
            cache: None,
            seed: 1,
        })
    }
}
