//! t-SNE and UMAP of the embeddings of a large test part, beside scikit-learn and umap-learn.

use super::figure::{Figure, Repeats};
use super::python::python_says;
use crate::config::MapMethod;
use crate::manifold;
use anyhow::{Context, Result};
use nadir_core::rng::Rng;
use std::path::Path;
use std::time::Instant;

const ROWS: usize = 10_000;
const LEN: usize = 128;
/// Groups that the embeddings lie in.
const GROUPS: usize = 20;

/// Seconds for each map, measured once.
///
/// # Errors
/// Where Python's part fails.
pub(super) fn figures(_: f64, python: Option<&Path>) -> Result<Vec<Figure>> {
    let values = embeddings();
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let file = folder.path().join("embeddings.f32");
    if python.is_some() {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(&file, bytes).context("cannot write a temporary file")?;
    }
    let methods = [(MapMethod::Tsne, "t-SNE", "scikit-learn"), (MapMethod::Umap, "UMAP", "umap-learn")];
    methods
        .into_iter()
        .map(|(method, title, baseline)| {
            let started = Instant::now();
            std::hint::black_box(manifold::map(method, &values, LEN, 1)?);
            let own = started.elapsed().as_secs_f64();
            let arguments = [file.display().to_string(), LEN.to_string(), title.to_owned()];
            let theirs: Option<Option<f64>> = python_says(python, include_str!("maps.py"), &arguments)?;
            let what = format!("{title} of {ROWS} embeddings of {LEN}, all cores");
            Ok(Figure::new(&what, own, "s").beside(baseline, theirs.flatten().map(Repeats::from)))
        })
        .collect()
}

/// Around as many centres as there are groups, [ROWS, LEN].
fn embeddings() -> Vec<f32> {
    let mut rng = Rng::new(1);
    let centres: Vec<f64> = (0..GROUPS * LEN).map(|_| 2.0 * rng.normal()).collect();
    (0..ROWS * LEN).map(|at| (centres[(at / LEN) % GROUPS * LEN + at % LEN] + rng.normal()) as f32).collect()
}
