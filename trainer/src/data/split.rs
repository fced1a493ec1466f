//! Which image is for training, which for validation, which for test.

use super::label_table::{image_key, read_image_names};
use super::sample::Sample;
use super::stratify::stratified;
use crate::config::SplitConfig;
use anyhow::{Result, bail, ensure};
use std::collections::HashMap;
use std::path::Path;
use tracing::warn;

/// Which samples are for what, as indices into the data set's samples.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// Samples for training.
    pub train: Vec<usize>,
    /// For thresholds and choices.
    pub validation: Vec<usize>,
    /// Samples for the reported figures, and for no choice.
    pub test: Vec<usize>,
}

impl Split {
    /// The split that a config requests.
    ///
    /// # Errors
    /// As [`Split::from_files`].
    pub fn new(config: &SplitConfig, samples: &[Sample], skipped: usize, seed: u64) -> Result<Self> {
        match config {
            &SplitConfig::Fractions { train, validation, test, stratified: false } => {
                Ok(Self::seeded(samples.len(), [train, validation, test], seed))
            }
            &SplitConfig::Fractions { train, validation, test, stratified: true } => {
                let targets: Vec<&[bool]> = samples.iter().map(|sample| sample.targets.as_slice()).collect();
                Ok(Self::from_parts(stratified(&targets, [train, validation, test], seed)))
            }
            SplitConfig::Files { folder } => Self::from_files(folder, samples, skipped),
        }
    }

    /// Shares of `count` samples for train, validation and test, drawn by seed. The shares add up to 1; the numbers are
    /// rounded, and test has what is left.
    pub fn seeded(count: usize, shares: [f64; 3], seed: u64) -> Self {
        Self::from_parts(nadir_core::split::seeded(count, shares, seed))
    }

    /// train.csv, val.csv and test.csv of a folder, as AiTLAS has them: a header, image names in the first column. A
    /// list without a header is read too, and a warning is logged. Images of the label table that no file names are in
    /// no part; their count is logged.
    ///
    /// # Errors
    /// Names the file, and the image that two files name or (where none was skipped as broken) no sample has, or a
    /// first line that could be a header as well as an image.
    pub fn from_files(folder: &Path, samples: &[Sample], skipped: usize) -> Result<Self> {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (at, sample) in samples.iter().enumerate() {
            by_name.insert(image_key(&sample.name), at);
        }
        let mut taken: HashMap<usize, &str> = HashMap::new();
        let mut absent: Vec<String> = Vec::new();
        let parts = ["train", "val", "test"].map(|part| -> Result<Vec<usize>> {
            let path = folder.join(format!("{part}.csv"));
            let mut indices = Vec::new();
            for name in read_image_names(&path, |name| by_name.contains_key(&image_key(name)))? {
                let Some(&at) = by_name.get(&image_key(&name)) else {
                    absent.push(format!("{name:?} of {}", path.display()));
                    continue;
                };
                match taken.insert(at, part) {
                    Some(other) if other == part => bail!("image {name:?} stands twice in {}", path.display()),
                    Some(other) => {
                        bail!("image {name:?} stands in the {other} and in the {part} split of {}", folder.display())
                    }
                    None => indices.push(at),
                }
            }
            Ok(indices)
        });
        let [train, validation, test] = parts;
        let split = Self::from_parts([train?, validation?, test?]);
        // Only images that were skipped as missing or broken may be unknown here.
        ensure!(
            absent.len() <= skipped,
            "{} images of the split files are not in the label table; the first: {}",
            absent.len(),
            absent[0],
        );
        if taken.len() < samples.len() {
            warn!("split: {} images are in no file of {} and not used", samples.len() - taken.len(), folder.display());
        }
        Ok(split)
    }

    fn from_parts(mut parts: [Vec<usize>; 3]) -> Self {
        parts.iter_mut().for_each(|part| part.sort_unstable());
        let [train, validation, test] = parts;
        Self { train, validation, test }
    }

    /// The parts with their names.
    pub fn parts(&self) -> [(&'static str, &[usize]); 3] {
        [("train", &self.train), ("validation", &self.validation), ("test", &self.test)]
    }

    /// For each part its name and the labels without a positive in it: no average precision can be computed for them.
    pub fn labels_without_positive<'a>(
        &self,
        samples: &[Sample],
        labels: &'a [String],
    ) -> [(&'static str, Vec<&'a str>); 3] {
        self.parts().map(|(name, part)| {
            let mut has = vec![false; labels.len()];
            for &at in part {
                has.iter_mut().zip(&samples[at].targets).for_each(|(has, &target)| *has |= target);
            }
            (name, labels.iter().zip(has).filter(|(_, has)| !has).map(|(label, _)| label.as_str()).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(names: &[&str]) -> Vec<Sample> {
        names.iter().map(|name| Sample { name: (*name).to_owned(), targets: vec![true] }).collect()
    }

    #[test]
    fn parts_are_disjoint_and_complete_for_any_count_shares_and_seed() {
        for count in [3, 10, 11, 99, 1000] {
            for shares in [[0.7, 0.2, 0.1], [0.5, 0.499, 0.001], [1.0 / 3.0; 3]] {
                for seed in 0..20 {
                    let split = Split::seeded(count, shares, seed);
                    let mut all: Vec<usize> = split.parts().iter().flat_map(|(_, part)| part.iter().copied()).collect();
                    all.sort_unstable();
                    assert_eq!(all, (0..count).collect::<Vec<_>>(), "{count} images, {shares:?}, seed {seed}");
                }
            }
        }
        let sizes = Split::seeded(1000, [0.7, 0.2, 0.1], 1).parts().map(|(_, part)| part.len());
        assert_eq!(sizes, [700, 200, 100]);
    }

    #[test]
    fn files_name_images_with_or_without_ending_and_faults_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |part: &str, text: &str| {
            std::fs::write(folder.path().join(format!("{part}.csv")), text).expect("written");
        };
        let samples = samples(&["a", "b", "c", "d"]);
        write("train", "image\tsea\nc.jpg\t1\na\t0\n");
        write("val", "image\nb.png\n");
        write("test", "image,sea\nd,0\n");
        let split = Split::from_files(folder.path(), &samples, 0).expect("three files");
        assert_eq!(split, Split { train: vec![0, 2], validation: vec![1], test: vec![3] });

        let error =
            |skipped| format!("{:#}", Split::from_files(folder.path(), &samples, skipped).expect_err("a fault"));
        write("test", "image\nd\na.jpg\n");
        let message = error(0);
        assert!(message.contains("\"a.jpg\"") && message.contains("train") && message.contains("test"), "{message}");
        write("test", "image\nd\nunknown\n");
        assert!(error(0).contains("\"unknown\" of"), "{}", error(0));
        Split::from_files(folder.path(), &samples, 1).expect("the unknown one may have been skipped");
        std::fs::remove_file(folder.path().join("val.csv")).expect("removed");
        assert!(error(0).contains("val.csv"), "{}", error(0));
    }

    #[test]
    fn labels_without_a_positive_are_listed_by_part() {
        let mut samples = samples(&["a", "b", "c"]);
        samples[0].targets = vec![true, false];
        samples[1].targets = vec![false, true];
        samples[2].targets = vec![true, true];
        let labels = ["sea".to_owned(), "sand".to_owned()];
        let split = Split { train: vec![0], validation: vec![1], test: vec![2] };
        let without = split.labels_without_positive(&samples, &labels);
        assert_eq!(without, [("train", vec!["sand"]), ("validation", vec!["sea"]), ("test", vec![])]);
    }
}
