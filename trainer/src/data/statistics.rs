//! What a data set holds, and what is wrong with it.

use super::cache::{self, CacheState};
use super::decode::read_with_depth;
use super::image_index::ImageIndex;
use super::label_table::{self, Duplicates, LabelTable, image_key};
use super::listed::Listed;
use super::raster::BandSettings;
use super::sample::Sample;
use super::split::Split;
use super::stored_image::FULL_ENOUGH;
use crate::config::SplitConfig;
use crate::progress::Progress;
use anyhow::Result;
use nadir_core::image::decode::Depth16;
use nadir_core::image::preprocess::ChannelStatistics;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where a data set lies.
#[derive(Debug, Clone)]
pub struct DatasetPaths {
    /// Label table, or a folder of them.
    pub labels: PathBuf,
    /// Folder with the images; without it the labels alone are looked at.
    pub images: Option<PathBuf>,
    /// Which image is for what.
    pub split: Option<SplitConfig>,
    /// Folder with decoded images.
    pub cache: Option<PathBuf>,
    /// Decides a drawn split.
    pub seed: u64,
}

/// Figures of a data set.
#[derive(Debug, Clone, Serialize)]
pub struct DatasetStatistics {
    /// Images that the table lists, each once.
    pub rows: usize,
    /// Rows that list an image again.
    pub duplicates: Duplicates,
    /// What is worth saying about how the tables were read.
    pub notes: Vec<String>,
    /// Every label, in the table's order.
    pub labels: Vec<LabelCount>,
    /// How many labels the rows have.
    pub labels_per_image: LabelsPerImage,
    /// Rows with more than three times the mean number of labels. (In MLRSNet's `parkway` and `intersection` tables
    /// runs of columns are filled with 1: parkways with snow, sea and ships.)
    pub crowded: Listed,
    /// \[label\]\[label\]: rows that have both; the diagonal is each label's own count.
    pub co_occurrence: Vec<Vec<usize>>,
    /// Image files, where a folder was given.
    pub images: Option<ImageStatistics>,
    /// Parts of the split, where one was given.
    pub parts: Vec<Part>,
    /// What is wrong with the split, if anything.
    pub split_fault: Option<String>,
    /// The cache, where one was given and is there.
    pub cache: Option<CacheState>,
}

/// How often one label occurs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelCount {
    /// The label's name.
    pub label: String,
    /// Rows that have it.
    pub positives: usize,
    /// Those as a share of all rows.
    pub share: f64,
}

/// How many labels an image has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelsPerImage {
    /// Fewest labels of a row.
    pub min: usize,
    /// Mean number of labels of a row.
    pub mean: f64,
    /// Most labels of a row.
    pub max: usize,
    /// How many rows have 0, 1, 2, ... labels.
    pub histogram: Vec<usize>,
}

/// Statistics over the image files.
#[derive(Debug, Clone, Serialize)]
pub struct ImageStatistics {
    /// Image files below the folder.
    pub files: usize,
    /// Rows whose image is not there.
    pub missing: Listed,
    /// Files that no row names.
    pub without_labels: Listed,
    /// Files that a row names and that cannot be decoded, with the reason.
    pub broken: Listed,
    /// Sizes of the images that rows name, most frequent first.
    pub sizes: Vec<SizeCount>,
    /// Mean of red, green and blue, or of the bands that are chosen, over all pixels, in [0, 1]; `None` if no image could be decoded.
    pub channel_mean: Option<Vec<f64>>,
    /// Standard deviation likewise.
    pub channel_std: Option<Vec<f64>>,
    /// Images of 16 bits a channel that use little of their range, with how much, and are dark in 8 bits.
    pub narrow_sixteen_bit: Listed,
}

impl ImageStatistics {
    /// Of so many files, the broken ones among them, how many images have each width and height, and sums over their
    /// pixels.
    pub(super) fn of(
        files: usize,
        broken: Listed,
        counts: BTreeMap<(usize, usize), usize>,
        statistics: ChannelStatistics,
    ) -> Self {
        let mut sizes: Vec<SizeCount> =
            counts.into_iter().map(|((width, height), images)| SizeCount { width, height, images }).collect();
        sizes.sort_by_key(|size| std::cmp::Reverse(size.images));
        let (channel_mean, channel_std) = statistics.mean_and_std().unzip();
        Self {
            files,
            missing: Listed::default(),
            without_labels: Listed::default(),
            broken,
            sizes,
            channel_mean,
            channel_std,
            narrow_sixteen_bit: Listed::default(),
        }
    }
}

/// How many images have a size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SizeCount {
    /// Width of the image, px.
    pub width: usize,
    /// Height of the image, px.
    pub height: usize,
    /// Number of images of this size.
    pub images: usize,
}

/// A part of the split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// train, validation or test.
    pub name: &'static str,
    /// Number of images in the part.
    pub images: usize,
    /// Labels that no image in it has.
    pub labels_without_positive: Vec<String>,
}

/// Reads the tables, decodes every image that they name, looks at the split and verifies the cache's checksums.
///
/// # Errors
/// Where the tables or the image folder cannot be read at all. Faults of single images are part of the statistics.
pub fn dataset_statistics(paths: &DatasetPaths) -> Result<DatasetStatistics> {
    let table = label_table::read(&paths.labels)?;
    let images = paths.images.as_deref().map(|folder| image_statistics(folder, &table)).transpose()?;
    statistics_of(table, images, paths.cache.as_deref(), paths.split.as_ref(), paths.seed)
}

/// The same of a table that was read, with its images.
pub(super) fn statistics_of(
    table: LabelTable,
    images: Option<ImageStatistics>,
    cache: Option<&Path>,
    split: Option<&SplitConfig>,
    seed: u64,
) -> Result<DatasetStatistics> {
    let cache = match cache {
        Some(folder) if cache::exists(folder) => Some(cache::check(folder)?),
        _ => None,
    };
    let mut parts = Vec::new();
    let mut split_fault = None;
    let names: Vec<String> = table.labels.clone();
    let co_occurrence = co_occurrence(&table);
    let labels_per_image = labels_per_image(&table);
    let crowded = table
        .rows
        .iter()
        .filter(|row| row.targets.iter().filter(|has| **has).count() as f64 > 3.0 * labels_per_image.mean)
        .map(|row| row.image.clone())
        .collect();
    let rows = table.rows.len();
    let samples: Vec<Sample> =
        table.rows.into_iter().map(|row| Sample { name: image_key(&row.image), targets: row.targets }).collect();
    if let Some(config) = split {
        match Split::new(config, &samples, 0, seed) {
            Ok(split) => parts = part_statistics(&split, &samples, &names),
            Err(error) => split_fault = Some(format!("{error:#}")),
        }
    }
    let labels = names
        .into_iter()
        .enumerate()
        .map(|(at, label)| {
            let positives = co_occurrence[at][at];
            LabelCount { label, positives, share: positives as f64 / rows as f64 }
        })
        .collect();
    let (duplicates, notes) = (table.duplicates, table.notes);
    Ok(DatasetStatistics {
        rows,
        duplicates,
        notes,
        labels,
        labels_per_image,
        crowded,
        co_occurrence,
        images,
        parts,
        split_fault,
        cache,
    })
}

impl DatasetStatistics {
    /// What training would stumble over, a sentence each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.duplicates.conflicting > 0 {
            faults.push(format!(
                "{} images are listed again with other labels; the first: {}",
                self.duplicates.conflicting,
                self.duplicates.example.as_deref().unwrap_or_default(),
            ));
        }
        let mut list = |what: &str, listed: &Listed| {
            if let Some(first) = listed.first.first() {
                faults.push(format!("{} {what}; the first: {first}", listed.count));
            }
        };
        if let Some(images) = &self.images {
            list("listed images have no file", &images.missing);
            list("images are broken", &images.broken);
        }
        if let Some(cache) = &self.cache {
            list("images of the cache are damaged (delete its folder to have it built again)", &cache.damaged);
        }
        faults.extend(self.split_fault.iter().map(|fault| format!("split: {fault}")));
        for part in self.parts.iter().filter(|part| part.images == 0) {
            faults.push(format!("the {} split has no image", part.name));
        }
        faults
    }

    /// What is worth knowing and stops nothing, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = self.notes.clone();
        let same = self.duplicates.rows - self.duplicates.conflicting;
        if same > 0 {
            remarks.push(format!("{same} rows list an image again with the same labels; the first row counts"));
        }
        if self.labels_per_image.min == 0 && !self.labels.is_empty() {
            remarks.push(format!("{} rows have no label at all", self.labels_per_image.histogram[0]));
        }
        if let Some(first) = self.crowded.first.first() {
            remarks.push(format!(
                "{} images have more than three times the mean number of labels ({:.1}); the first: {first}",
                self.crowded.count, self.labels_per_image.mean,
            ));
        }
        if let Some(images) = &self.images
            && let Some(first) = images.without_labels.first.first()
        {
            let count = images.without_labels.count;
            remarks.push(format!("{count} image files are in no table and not used; the first: {first}"));
        }
        if let Some(images) = &self.images
            && let Some(first) = images.narrow_sixteen_bit.first.first()
        {
            let images = match images.narrow_sixteen_bit.count {
                1 => "1 image has".to_owned(),
                count => format!("{count} images have"),
            };
            remarks.push(format!(
                "{images} 16 bits a channel and little of the range in use, which in 8 bits is nearly one colour: stretch \
                 the values to the whole range; the first: {first}"
            ));
        }
        for part in self.parts.iter().filter(|part| part.images > 0 && !part.labels_without_positive.is_empty()) {
            remarks.push(format!(
                "{} labels have no positive in {}: {}",
                part.labels_without_positive.len(),
                part.name,
                part.labels_without_positive.join(", "),
            ));
        }
        if self.cache.as_ref().is_some_and(|cache| !cache.complete) {
            remarks.push("the cache's last build did not end; the next run goes on with it".to_owned());
        }
        remarks
    }
}

/// What is kept of one image.
struct Decoded {
    width: usize,
    height: usize,
    statistics: ChannelStatistics,
    depth: Option<Depth16>,
}

fn image_statistics(folder: &Path, table: &LabelTable) -> Result<ImageStatistics> {
    let index = ImageIndex::read(folder)?;
    table.expect_headers(|name| index.has(name))?;
    let resolved = index.resolve(table.rows.iter().map(|row| row.image.as_str()))?;
    let named: BTreeSet<&Path> = resolved.iter().flatten().map(PathBuf::as_path).collect();
    let without_labels =
        index.files().filter(|file| !named.contains(file)).map(|file| file.display().to_string()).collect();
    let missing = resolved.iter().filter_map(|found| found.as_ref().err().cloned()).collect();
    let files: Vec<&Path> = resolved.iter().flatten().map(PathBuf::as_path).collect();
    let of_files = statistics_of_files(folder, &files, &BandSettings::default());
    Ok(ImageStatistics { files: index.files().count(), missing, without_labels, ..of_files })
}

/// Decodes these files below `folder`; none is missing, none without labels.
pub(super) fn statistics_of_files(folder: &Path, files: &[&Path], bands: &BandSettings) -> ImageStatistics {
    let progress = Progress::new("decoding images", files.len() as u64, "images");
    let decoded: Vec<Result<Decoded, String>> = files
        .par_iter()
        .map(|file| {
            let image = read_with_depth(&folder.join(file), bands).map_err(|error| format!("{error:#}"));
            progress.advance(1);
            image.map(|(image, depth)| {
                let mut statistics = ChannelStatistics::default();
                statistics.add(image.view());
                Decoded { width: image.width, height: image.height, statistics, depth }
            })
        })
        .collect();
    progress.finish();
    let narrow = |(file, decoded): (&&Path, &Result<Decoded, String>)| {
        let depth = decoded.as_ref().ok()?.depth.filter(|depth| depth.used_share() < FULL_ENOUGH)?;
        let (lowest, highest) = (depth.lowest, depth.highest);
        let percent = 100.0 * depth.used_share();
        Some(format!("{} uses {percent:.0} % of the range ({lowest} to {highest})", file.display()))
    };
    let narrow_sixteen_bit = files.iter().zip(&decoded).filter_map(narrow).collect();
    let mut statistics = ChannelStatistics::default();
    let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for of_one in decoded.iter().flatten() {
        statistics.merge(&of_one.statistics);
        *counts.entry((of_one.width, of_one.height)).or_default() += 1;
    }
    let broken = decoded.into_iter().filter_map(Result::err).collect();
    ImageStatistics { narrow_sixteen_bit, ..ImageStatistics::of(files.len(), broken, counts, statistics) }
}

fn co_occurrence(table: &LabelTable) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; table.labels.len()]; table.labels.len()];
    for row in &table.rows {
        let present: Vec<usize> = (0..row.targets.len()).filter(|&label| row.targets[label]).collect();
        for &a in &present {
            present.iter().for_each(|&b| counts[a][b] += 1);
        }
    }
    counts
}

fn labels_per_image(table: &LabelTable) -> LabelsPerImage {
    let mut histogram = vec![0; table.labels.len() + 1];
    for row in &table.rows {
        histogram[row.targets.iter().filter(|has| **has).count()] += 1;
    }
    let max = histogram.iter().rposition(|&rows| rows > 0).unwrap_or(0);
    histogram.truncate(max + 1);
    let sum: usize = histogram.iter().enumerate().map(|(labels, rows)| labels * rows).sum();
    LabelsPerImage {
        min: histogram.iter().position(|&rows| rows > 0).unwrap_or(0),
        mean: sum as f64 / table.rows.len() as f64,
        max,
        histogram,
    }
}

fn part_statistics(split: &Split, samples: &[Sample], labels: &[String]) -> Vec<Part> {
    let without = split.labels_without_positive(samples, labels);
    let images = split.parts().map(|(_, part)| part.len());
    without
        .into_iter()
        .zip(images)
        .map(|((name, without), images)| {
            let labels_without_positive = without.into_iter().map(str::to_owned).collect();
            Part { name, images, labels_without_positive }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four images of two sizes, one broken, one not listed, one missing; every figure by hand.
    #[test]
    fn figures_of_a_small_folder_by_hand() {
        let folder = tempfile::tempdir().expect("a folder");
        let save = |name: &str, width, red| {
            let image = image::RgbImage::from_pixel(width, 2, image::Rgb([red, 0, 51]));
            image.save(folder.path().join(name)).expect("written");
        };
        save("a.png", 2, 255);
        save("b.png", 2, 0);
        save("spare.png", 2, 0);
        std::fs::write(folder.path().join("c.png"), []).expect("written");
        let labels = folder.path().join("labels.csv");
        std::fs::write(&labels, "image,sea,sand,ship\na,1,1,0\nb,1,0,0\nc,0,0,0\nd,1,1,1\nb,1,0,0\n").expect("written");
        let paths = DatasetPaths {
            labels,
            images: Some(folder.path().to_owned()),
            split: Some(SplitConfig::default()),
            cache: None,
            seed: 1,
        };
        let statistics = dataset_statistics(&paths).expect("statistics");
        assert_eq!((statistics.rows, statistics.duplicates.rows, statistics.duplicates.conflicting), (4, 1, 0));
        assert_eq!(statistics.co_occurrence, [[3, 2, 1], [2, 2, 1], [1, 1, 1]]);
        assert_eq!(statistics.labels[0], LabelCount { label: "sea".to_owned(), positives: 3, share: 0.75 });
        let per_image = LabelsPerImage { min: 0, mean: 1.5, max: 3, histogram: vec![1, 1, 1, 1] };
        assert_eq!(statistics.labels_per_image, per_image);
        let images = statistics.images.as_ref().expect("a folder was given");
        assert_eq!(images.files, 4);
        assert_eq!(images.without_labels, Listed { count: 1, first: vec!["spare.png".to_owned()] });
        assert_eq!((images.missing.count, images.broken.count), (1, 1));
        assert_eq!(images.sizes, [SizeCount { width: 2, height: 2, images: 2 }]);
        assert_eq!(images.channel_mean, Some(vec![0.5, 0.0, 0.2]));
        assert_eq!(images.channel_std, Some(vec![0.5, 0.0, 0.0]));
        // 4 images in shares of 0.7, 0.2 and 0.1 are 3, 1 and 0.
        let faults = statistics.faults().join("\n");
        for word in ["\"d\"", "c.png", "0 bytes", "the test split has no image"] {
            assert!(faults.contains(word), "{faults}");
        }
        assert_eq!(statistics.faults().len(), 3);
        assert!(statistics.remarks().iter().any(|remark| remark.contains("spare.png")));
    }
}
