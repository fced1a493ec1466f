//! What embeds: an encoder with its way from an image to its input.

use crate::artifacts::bundle::read_bundle;
use crate::device::ChosenDevice;
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use nadir_core::bundle::{Architecture, sha256_hex};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::preprocess::Preprocess;
use nadir_nn::model::Encoder;
use nadir_nn::model::weights::Dtype;
use std::collections::BTreeMap;
use std::path::Path;

/// An encoder in evaluation mode, with what the file that it fills says about it.
#[derive(Debug)]
pub struct EmbeddingModel {
    /// What is done to an image first.
    pub preprocess: Preprocess,
    /// What is taken of TIFF images; the default of an encoder whose images were bytes of three bands.
    pub bands: BandSettings,
    /// Length of an embedding.
    pub len: usize,
    /// The encoder's architecture.
    pub architecture: Architecture,
    /// Where the weights come from, for a person.
    pub source: String,
    /// Over the weights as they compute, as a safetensors file of f32 values.
    pub weights_sha256: String,
    encoder: Encoder,
}

impl EmbeddingModel {
    /// From an encoder of this architecture.
    pub fn new(architecture: Architecture, encoder: &Encoder, preprocess: Preprocess, source: String) -> Self {
        let bytes = encoder.export().to_safetensors(Dtype::F32, BTreeMap::new());
        let (len, weights_sha256) = (architecture.embedding_len(), sha256_hex(&bytes));
        let bands = BandSettings::default();
        Self { preprocess, bands, len, architecture, source, weights_sha256, encoder: encoder.valid() }
    }

    /// With what its training images were read by.
    pub fn with_bands(self, bands: BandSettings) -> Self {
        Self { bands, ..self }
    }

    /// The encoder of a bundle.
    ///
    /// # Errors
    /// Names the file, or the first tensor that does not fit.
    pub fn from_bundle(folder: &Path, chosen: &ChosenDevice) -> Result<Self> {
        let (bundle, weights) = read_bundle(folder)?;
        let encoder = Encoder::new(&bundle.architecture, true, &chosen.device).import(&weights);
        let encoder = encoder.with_context(|| format!("in the bundle {}", folder.display()))?;
        let model = Self::new(bundle.architecture, &encoder, bundle.preprocess, format!("bundle {}", bundle.name));
        Ok(model.with_bands(bundle.bands.unwrap_or_default()))
    }

    /// Embeddings [images, len] of preprocessed pixels [images, bands, size, size].
    ///
    /// # Errors
    /// Where the device cannot give its values back.
    pub fn embed(&self, pixels: &[f32], images: usize, chosen: &ChosenDevice) -> Result<Vec<f32>> {
        if images == 0 {
            return Ok(Vec::new());
        }
        let shape = [images, self.preprocess.channels(), self.preprocess.size, self.preprocess.size];
        let batch = Tensor::<4>::from_data(TensorData::new(pixels.to_vec(), shape), &chosen.device);
        let data = self.encoder.forward(batch).into_data().convert::<f32>();
        data.try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the embeddings cannot be read back: {error:?}"))
    }
}
