//! The file that `nadir predict --out` writes.

use crate::artifacts::weight_file::write_atomically;
use crate::predict::Predicted;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Scores that are gathered to be written.
pub(super) struct PredictionFile {
    path: PathBuf,
    form: Form,
    rows: Vec<Row>,
}

/// How scores are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A row an image, a column a label: what `nadir score multi-label --detections` reads.
    Csv,
    /// A list of objects.
    Json,
    /// An object a line.
    JsonLines,
}

/// The scores of an image.
struct Row {
    /// Its path below the folder that was named.
    name: String,
    /// As it was named.
    image: String,
    scores: Vec<f32>,
    json: Value,
}

impl PredictionFile {
    /// # Errors
    /// Where the name's ending says no form, or the folder that the file is to lie in is not there.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let form = match path.extension().unwrap_or_default().to_string_lossy().to_lowercase().as_str() {
            "csv" => Form::Csv,
            "json" => Form::Json,
            "jsonl" | "ndjson" => Form::JsonLines,
            _ => bail!("--out {}: expected a file named .csv, .json or .jsonl", path.display()),
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
            bail!("--out {}: there is no folder {}", path.display(), folder.display());
        }
        Ok(Self { path: path.to_owned(), form, rows: Vec::new() })
    }

    pub(super) fn add(&mut self, name: &str, one: &Predicted, json: Value) {
        let scores = one.scores.iter().map(|score| score.score).collect();
        self.rows.push(Row { name: name.to_owned(), image: one.image.clone(), scores, json });
    }

    /// Writes what was gathered and gives the number of images. Where two images have one name below their folders, all
    /// have their whole paths.
    ///
    /// # Errors
    /// Names the file.
    pub(super) fn write(self, labels: &[String]) -> Result<usize> {
        let names: HashSet<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
        let are_distinct = names.len() == self.rows.len();
        let name = |row: &Row| if are_distinct { row.name.clone() } else { row.image.clone() };
        let json = |row: &Row| {
            let mut json = row.json.clone();
            json["image"] = name(row).into();
            json
        };
        let bytes = match self.form {
            Form::Csv => {
                let mut table = csv::Writer::from_writer(Vec::new());
                table.write_record(std::iter::once("image").chain(labels.iter().map(String::as_str)))?;
                for row in &self.rows {
                    let scores = row.scores.iter().map(ToString::to_string);
                    table.write_record(std::iter::once(name(row)).chain(scores))?;
                }
                table.into_inner().context("the table is not whole")?
            }
            Form::Json => serde_json::to_vec_pretty(&self.rows.iter().map(json).collect::<Vec<_>>())?,
            Form::JsonLines => self.rows.iter().map(|row| format!("{}\n", json(row))).collect::<String>().into_bytes(),
        };
        write_atomically(&self.path, &bytes)?;
        Ok(self.rows.len())
    }
}
