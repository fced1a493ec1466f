//! `nadir search` over a million embeddings beside faiss's flat index, which is exact too.

use super::figure::{Figure, Repeats, rate};
use super::python::python_says;
use crate::embed::{self, EmbeddingFile};
use crate::search::Archive;
use anyhow::{Context, Result, ensure};
use nadir_core::rng::Rng;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

const ROWS: usize = 1_000_000;
const LEN: usize = 128;
const TOP: usize = 10;

/// Opening the archive, which takes its mean, and milliseconds a query, from a file that is in the system's cache.
///
/// # Errors
/// Where the disk has no room for 512 MB, beside faiss twice, or faiss finds others.
pub(super) fn figures(seconds: f64, python: Option<&Path>) -> Result<[Figure; 2]> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let (file, plain) = (folder.path().join("embeddings.parquet"), folder.path().join("embeddings.f32"));
    let mut rng = Rng::new(1);
    // Around a mean that is no direction of its own, as means of ReLUs are.
    let row = |at: usize| {
        let embedding: Vec<f32> = (0..LEN).map(|_| (1.0 + 0.5 * rng.normal()) as f32).collect();
        (format!("{at:07}.jpg"), embedding)
    };
    embed::write(&file, LEN, 16_384, (0..ROWS).map(row), &BTreeMap::new())?;

    let started = Instant::now();
    let archive = Archive::new(vec![EmbeddingFile::open(&file)?])?;
    let opened = started.elapsed().as_secs_f64();
    let query = archive.files()[0].embedding(ROWS / 3);
    let mut found = Vec::new();
    let queries = rate(seconds, |_| found = archive.nearest(&query, TOP, |_| false).unwrap_or_default());
    let found: Vec<usize> = found.iter().map(|found| found.id.row).collect();
    if python.is_some() {
        let values: Vec<&[u8]> = archive.files()[0].embeddings().into_iter().map(|(_, values)| values).collect();
        std::fs::write(&plain, values.concat()).context("cannot write a temporary file")?;
    }
    let arguments = [plain.display().to_string(), LEN.to_string(), (ROWS / 3).to_string(), seconds.to_string()];
    let answer: Option<Option<(Vec<f64>, Vec<usize>)>> = python_says(python, include_str!("search.py"), &arguments)?;
    let baseline = answer.flatten();
    if let Some((_, theirs)) = &baseline {
        let same = theirs.iter().filter(|row| found.contains(row)).count();
        ensure!(same + 1 >= TOP, "of the {TOP} nearest that faiss finds, {same} were found: {found:?}, {theirs:?}");
    }
    let what = format!("search, {ROWS} embeddings of {LEN}, the {TOP} nearest, all cores");
    let milliseconds = |rate: Repeats| rate.map(|queries| 1000.0 / queries);
    let baseline = baseline.map(|(queries, _)| milliseconds(Repeats::of(queries)));
    Ok([
        Figure::new("opening them, with their mean", opened, "s"),
        Figure::new(&what, milliseconds(queries), "ms").beside("faiss flat", baseline),
    ])
}
