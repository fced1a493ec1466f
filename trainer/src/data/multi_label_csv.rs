//! A folder of images with a table of 0/1 labels: UC Merced's official multi-labels, MLRSNet's files, and like ones.

use super::{Dataset, Sample, decode::read_image, split::Split};
use crate::train::progress::Progress;
use anyhow::{Context, Result, bail, ensure};
use nadir_shared::image::RgbImage;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Rows of one or many tables.
#[derive(Debug, Default)]
struct Table {
    labels: Vec<String>,
    /// Image name as written, and its targets.
    rows: Vec<(String, Vec<bool>)>,
}

/// Loads images and labels; `splits` is a folder with train.csv, val.csv and test.csv.
///
/// # Errors
/// Names the table and line, or the image, and what was expected. Up to `max_bad_images` (a share) may be missing or
/// broken: they are left out and counted.
pub fn load(images: &Path, labels: &Path, splits: Option<&Path>, max_bad_images: f64, seed: u64) -> Result<Dataset> {
    let table = read_tables(labels)?;
    let files = index_images(images)?;
    let progress = Progress::new("decoding images", table.rows.len() as u64, "images");
    let decoded: Vec<Result<(Sample, RgbImage), String>> = table
        .rows
        .par_iter()
        .map(|(name, targets)| {
            let sample = find(&files, name)
                .with_context(|| format!("image {name:?} of {} is not in {}", labels.display(), images.display()))
                .and_then(|path| Ok((Sample { name: stem(name), targets: targets.clone() }, read_image(path)?)))
                .map_err(|error| format!("{error:#}"));
            progress.advance(1);
            sample
        })
        .collect();
    progress.finish();

    let (mut samples, mut pixels, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for sample in decoded {
        match sample {
            Ok((sample, image)) => {
                samples.push(sample);
                pixels.push(image);
            }
            Err(reason) => left_out.push(reason),
        }
    }
    for reason in left_out.iter().take(5) {
        eprintln!("left out: {reason}");
    }
    ensure!(
        left_out.len() as f64 <= max_bad_images * table.rows.len() as f64,
        "{} of {} images are missing or broken, more than data.max_bad_images = {max_bad_images} allows; the first: {}",
        left_out.len(),
        table.rows.len(),
        left_out[0],
    );
    let split = match splits {
        Some(folder) => read_splits(folder, &samples)?,
        None => Split::seeded(samples.len(), seed),
    };
    Ok(Dataset::in_memory(table.labels, samples, pixels, split, left_out))
}

fn read_tables(path: &Path) -> Result<Table> {
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))? {
            let file = entry?.path();
            if file.extension().is_some_and(|ending| ["csv", "tsv", "txt"].iter().any(|known| ending == *known)) {
                files.push(file);
            }
        }
        files.sort();
        ensure!(!files.is_empty(), "no .csv, .tsv or .txt file in {}", path.display());
    } else {
        files.push(path.to_owned());
    }
    let mut table = Table::default();
    let mut seen: HashMap<String, PathBuf> = HashMap::new();
    let mut duplicates = 0;
    for file in files {
        let part = read_table(&file)?;
        if table.labels.is_empty() {
            table.labels = part.labels;
        } else if table.labels != part.labels {
            let at = table.labels.iter().zip(&part.labels).position(|(a, b)| a != b);
            bail!(
                "{} has other label columns than the files before it ({} against {}; first difference: {})",
                file.display(),
                part.labels.len(),
                table.labels.len(),
                at.map_or("their number".to_owned(), |at| format!(
                    "{:?} instead of {:?}",
                    part.labels[at], table.labels[at]
                )),
            );
        }
        for (name, targets) in part.rows {
            // The first row of an image wins, as in the published study's code.
            if seen.insert(stem(&name), file.clone()).is_some() {
                duplicates += 1;
            } else {
                table.rows.push((name, targets));
            }
        }
    }
    if duplicates > 0 {
        eprintln!(
            "{}: {duplicates} rows name an image that an earlier row named; the first row counts",
            path.display()
        );
    }
    ensure!(!table.rows.is_empty(), "{} has no row below its header", path.display());
    Ok(table)
}

fn read_table(path: &Path) -> Result<Table> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the label table {}", path.display()))?;
    let delimiter = if text.lines().next().is_some_and(|header| header.contains('\t')) { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let header = reader.headers().with_context(|| format!("in {}", path.display()))?.clone();
    let labels: Vec<String> = header.iter().skip(1).map(|label| label.trim().to_owned()).collect();
    ensure!(
        !labels.is_empty(),
        "{}: expected a header with an image column and one column a label, found {:?}",
        path.display(),
        header.iter().collect::<Vec<_>>(),
    );
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("in {}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let targets = record.iter().skip(1).zip(&labels).map(|(cell, label)| match cell.trim() {
            "0" => Ok(false),
            "1" => Ok(true),
            other => bail!("{}, line {line}, column {label:?}: expected 0 or 1, found {other:?}", path.display()),
        });
        rows.push((record[0].trim().to_owned(), targets.collect::<Result<_>>()?));
    }
    Ok(Table { labels, rows })
}

/// File name without folders and without an image's ending.
fn stem(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, ending))
            if ["jpg", "jpeg", "png", "tif", "tiff"].contains(&ending.to_ascii_lowercase().as_str()) =>
        {
            stem.to_owned()
        }
        _ => name.to_owned(),
    }
}

fn find<'a>(files: &'a BTreeMap<String, PathBuf>, name: &str) -> Option<&'a Path> {
    files.get(&stem(name)).map(PathBuf::as_path)
}

/// Every image file below `folder`, by name without ending.
fn index_images(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read the image folder {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.file_name().and_then(|name| name.to_str())
                && stem(name) != name
                && let Some(other) = files.insert(stem(name), path.clone())
            {
                bail!("two images have the same name: {} and {}", other.display(), path.display());
            }
        }
    }
    ensure!(!files.is_empty(), "no .jpg, .jpeg, .png or .tif image below {}", folder.display());
    Ok(files)
}

fn read_splits(folder: &Path, samples: &[Sample]) -> Result<Split> {
    let index: HashMap<&str, usize> =
        samples.iter().enumerate().map(|(at, sample)| (sample.name.as_str(), at)).collect();
    let mut taken: HashMap<usize, &str> = HashMap::new();
    let mut parts = Vec::new();
    for part in ["train", "val", "test"] {
        let path = folder.join(format!("{part}.csv"));
        let rows = read_table(&path)?.rows;
        let mut indices = Vec::with_capacity(rows.len());
        for (name, _) in &rows {
            // An image that was left out as broken is in no part.
            let Some(&at) = index.get(stem(name).as_str()) else { continue };
            if let Some(other) = taken.insert(at, part) {
                bail!("image {name:?} stands in the {other} and in the {part} split of {}", folder.display());
            }
            indices.push(at);
        }
        ensure!(!indices.is_empty(), "{} names no image of the label table", path.display());
        parts.push(indices);
    }
    let [train, validation, test] = parts.try_into().expect("three parts");
    Ok(Split { train, validation, test })
}
