//! The rows that heads are taught on: the images' embeddings by a bundle's encoder, along the principal directions of
//! the training images' embeddings. Computed once and kept in the run folder.

use crate::config::Config;
use crate::data::Dataset;
use crate::data::read_all::read_all;
use crate::device::ChosenDevice;
use crate::embed::EmbeddingModel;
use crate::evaluate::cached_result::cached_or_computed;
use crate::progress::Progress;
use anyhow::{Context, Result, ensure};
use nadir_core::bundle::sha256_hex;
use nadir_core::neighbours::{Projection, UnitRows};
use nadir_core::projection::Pca;
use std::path::Path;

/// Images that pass the encoder at once.
const BATCH: usize = 64;

/// A row for each image of `dataset`, in its order. `folder` keeps them; without one they are computed anew.
///
/// # Errors
/// A bundle that cannot be read, images of other bands, an embedding that has no direction.
pub fn rows(config: &Config, dataset: &Dataset, folder: Option<&Path>, chosen: &ChosenDevice) -> Result<UnitRows> {
    let teach = &config.study.teach;
    let model = EmbeddingModel::from_bundle(&teach.bundle, chosen)?;
    let (bands, found) = (model.preprocess.channels(), dataset.channels());
    ensure!(bands == found, "the bundle {} reads {bands} bands, and the images have {found}", teach.bundle.display());
    let compute = || computed(&model, teach.dimensions, dataset, chosen);
    let values = match folder {
        None => compute()?,
        Some(folder) => {
            let decides = format!(
                "{}\n{:?}\n{}\n{}",
                model.weights_sha256,
                model.preprocess,
                dataset.split_hash(),
                teach.dimensions
            );
            cached_or_computed(folder, &sha256_hex(decides.as_bytes()), |_| compute())?.result
        }
    };
    let dimensions = values.len() / dataset.samples.len();
    Ok(UnitRows::new(values, dimensions))
}

fn computed(model: &EmbeddingModel, dimensions: usize, dataset: &Dataset, chosen: &ChosenDevice) -> Result<Vec<f32>> {
    let all: Vec<usize> = (0..dataset.samples.len()).collect();
    let progress = Progress::new("embedding", all.len() as u64, "images");
    let mut embeddings = Vec::with_capacity(all.len() * model.len);
    for batch in all.chunks(BATCH) {
        let pixels = read_all(batch, |&image| Ok(model.preprocess.apply(dataset.image(image)?.view()).0))?;
        embeddings.extend(model.embed(&pixels.concat(), batch.len(), chosen)?);
        progress.advance(batch.len() as u64);
    }
    progress.finish();
    let len = model.len;
    let of_training: Vec<f32> =
        dataset.split.train.iter().flat_map(|&image| &embeddings[image * len..][..len]).copied().collect();
    let pca = Pca::fit(&of_training, len, dimensions).context("the embeddings cannot be projected")?;
    let projection = Projection::from(&pca);
    let mut rows = Vec::new();
    for (embedding, sample) in embeddings.chunks_exact(len).zip(&dataset.samples) {
        let row = projection.unit(embedding);
        rows.extend(row.with_context(|| format!("the embedding of {} has no direction", sample.name))?);
    }
    Ok(rows)
}
