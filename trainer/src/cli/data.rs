use super::args::ConfigArgs;
use crate::config::{DataConfig, SplitConfig};
use crate::data;
use crate::data::statistics::{DatasetStatistics, Places, dataset_statistics};
use crate::output::outln;
use crate::resources::bytes_text;
use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Look at a data set: what it holds, what is wrong with it.
#[derive(Debug, Args)]
pub struct Data {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Read every table and image (and the cache's checksums), and list what is wrong; exits with 1 if anything is.
    Check(PlacesArgs),
    /// Counts, labels an image, label co-occurrence, image sizes, channel mean and standard deviation.
    Stats(PlacesArgs),
    /// Decode every image into the config's data.cache now, or go on with it.
    Cache(ConfigArgs),
}

/// Which data set.
#[derive(Debug, Args)]
struct PlacesArgs {
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

impl PlacesArgs {
    fn places(&self) -> Result<Places> {
        if self.config.config.is_some() {
            ensure!(
                self.images.is_none() && self.labels.is_none() && self.splits.is_none(),
                "--config names images, labels and splits itself; change them by --set data.images=FOLDER and the like"
            );
            let config = self.config.load()?;
            let DataConfig::MultiLabelCsv { images, labels, split, cache, .. } = config.data else {
                bail!("data.kind must be \"multi_label_csv\": only a folder of images with a label table is looked at");
            };
            return Ok(Places { labels, images: Some(images), split: Some(split), cache, seed: config.seed });
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
            return Ok(Places {
                labels,
                images: there("images"),
                split: files(there("splits")),
                cache: there("cache"),
                seed: 1,
            });
        }
        let labels = self.labels.clone().context("no data set: name its folder, --labels, or --config")?;
        Ok(Places { labels, images: self.images.clone(), split: files(self.splits.clone()), cache: None, seed: 1 })
    }
}

/// What `check` found, as JSON.
#[derive(Serialize)]
struct Checked {
    images_listed: usize,
    labels: usize,
    image_files: Option<usize>,
    faults: Vec<String>,
    remarks: Vec<String>,
}

impl Data {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            DataCommand::Check(arguments) => check(&arguments),
            DataCommand::Stats(arguments) => stats(&arguments),
            DataCommand::Cache(arguments) => cache(&arguments),
        }
    }
}

fn check(arguments: &PlacesArgs) -> Result<()> {
    let places = arguments.places()?;
    let statistics = dataset_statistics(&places)?;
    let checked = Checked {
        images_listed: statistics.rows,
        labels: statistics.labels.len(),
        image_files: statistics.images.as_ref().map(|images| images.files),
        faults: statistics.faults(),
        remarks: statistics.remarks(),
    };
    if arguments.json {
        outln!("{}", serde_json::to_string_pretty(&checked)?)?;
    } else {
        print_heading(&places, &statistics)?;
        for remark in &checked.remarks {
            outln!("note: {remark}")?;
        }
        for fault in &checked.faults {
            outln!("wrong: {fault}")?;
        }
    }
    ensure!(
        checked.faults.is_empty(),
        "{} kinds of fault in the data set {}",
        checked.faults.len(),
        places.labels.display()
    );
    if !arguments.json {
        outln!("nothing is wrong")?;
    }
    Ok(())
}

fn print_heading(places: &Places, statistics: &DatasetStatistics) -> Result<()> {
    outln!("{}: {} images listed, {} labels", places.labels.display(), statistics.rows, statistics.labels.len())?;
    match (&places.images, &statistics.images) {
        (Some(folder), Some(images)) => outln!("{}: {} image files", folder.display(), images.files)?,
        _ => outln!("no image folder: the labels alone were read")?,
    }
    if let Some(cache) = &statistics.cache {
        outln!("cache: {} images, {}", cache.images, bytes_text(cache.bytes))?;
    }
    for part in &statistics.parts {
        outln!("{}: {} images", part.name, part.images)?;
    }
    Ok(())
}

fn stats(arguments: &PlacesArgs) -> Result<()> {
    let places = arguments.places()?;
    let statistics = dataset_statistics(&places)?;
    if arguments.json {
        outln!("{}", serde_json::to_string_pretty(&statistics)?)?;
        return Ok(());
    }
    print_heading(&places, &statistics)?;
    let per_image = &statistics.labels_per_image;
    outln!("\nlabels an image: {:.2} on average, {} to {}", per_image.mean, per_image.min, per_image.max)?;
    for (labels, images) in per_image.histogram.iter().enumerate().filter(|(_, images)| **images > 0) {
        outln!("  {labels:3} labels {images:8} images")?;
    }
    outln!("\npositives")?;
    let mut labels: Vec<_> = statistics.labels.iter().collect();
    labels.sort_by_key(|label| std::cmp::Reverse(label.positives));
    for label in labels {
        outln!("  {:28} {:8} {:5.1} %", label.label, label.positives, label.share * 100.0)?;
    }
    outln!("\nmost often together")?;
    for (count, a, b) in pairs(&statistics).into_iter().take(10) {
        outln!("  {:57} {count:8}", format!("{} + {}", statistics.labels[a].label, statistics.labels[b].label))?;
    }
    if let Some(images) = &statistics.images {
        outln!(
            "\n{} listed images missing, {} files without labels, {} broken",
            images.missing.count,
            images.without_labels.count,
            images.broken.count
        )?;
        outln!("sizes")?;
        for size in images.sizes.iter().take(10) {
            outln!("  {:5} x {:5} px {:8} images", size.width, size.height, size.images)?;
        }
        if images.sizes.len() > 10 {
            outln!("  and {} sizes more", images.sizes.len() - 10)?;
        }
        if let (Some(mean), Some(std)) = (images.channel_mean, images.channel_std) {
            outln!("red, green, blue in [0, 1]: mean {mean:.4?}, standard deviation {std:.4?}")?;
        }
    }
    Ok(())
}

/// Two labels and how many images have both, most frequent first.
fn pairs(statistics: &DatasetStatistics) -> Vec<(usize, usize, usize)> {
    let labels = statistics.labels.len();
    let mut pairs: Vec<_> =
        (0..labels).flat_map(|a| (a + 1..labels).map(move |b| (statistics.co_occurrence[a][b], a, b))).collect();
    pairs.retain(|(count, ..)| *count > 0);
    pairs.sort_by(|x, y| y.0.cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    pairs
}

fn cache(arguments: &ConfigArgs) -> Result<()> {
    let config = arguments.load()?;
    let DataConfig::MultiLabelCsv { cache: Some(folder), .. } = &config.data else {
        bail!("data.cache is not set: name a folder by --set data.cache=FOLDER");
    };
    let dataset = data::load(&config)?;
    let bytes: usize = (0..dataset.samples.len()).map(|at| dataset.image(at).pixels.len()).sum();
    outln!("cache {}: {} images, {}", Path::new(folder).display(), dataset.samples.len(), bytes_text(bytes as u64))?;
    Ok(())
}
