//! What is trained: an encoder and the head that the objective needs.

use crate::artifacts::{hub_folder, weight_file};
use crate::config::{Config, KnownWeights, Objective};
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use nadir_nn::model::{Classifier, Encoder, Projector, Weights, init};
use tracing::info;

/// Encoder and head, trained together.
#[derive(Module, Debug)]
pub struct ContrastiveModel {
    /// The encoder, which is kept after the pretraining.
    pub encoder: Encoder,
    /// What only the objective needs.
    pub head: Head,
}

/// From embedding to what the objective sees.
#[derive(Module, Debug)]
pub enum Head {
    /// Projector in front of a contrastive loss.
    Projector(Projector),
    /// Linear layer in front of a classification loss.
    Classifier(Classifier),
}

/// First weights of an encoder: the config's file, or drawn from its seed.
///
/// # Errors
/// Names the weight file and the first tensor that does not fit.
pub fn init_encoder(config: &Config, device: &Device) -> Result<Encoder> {
    let encoder = init::seeded(Encoder::new(&config.encoder, false, device), config.seed);
    match &config.weights {
        None => Ok(encoder),
        Some(path) => {
            hub_folder::check(path, config)?;
            if let Some(known) = KnownWeights::of(path) {
                info!(path = %path.display(), "weights: {}", known.sentence());
            }
            let weights = weight_file::read_for(path, &encoder.export())?;
            let (first, bands) = (encoder.first_convolution(), config.encoder.bands);
            let (weights, is_inflated) =
                weights.with_bands(first, bands).with_context(|| format!("the weights {}", path.display()))?;
            if is_inflated {
                info!(
                    path = %path.display(),
                    "weights: {}: {first} is of three bands; each of the network's {bands} has their mean, times 3 / {bands}",
                    path.display()
                );
            }
            encoder.import(&weights).with_context(|| {
                format!("the weights {} do not fit encoder.encoder = {:?}", path.display(), config.encoder.encoder)
            })
        }
    }
}

impl ContrastiveModel {
    /// With the config's first weights.
    ///
    /// # Errors
    /// As [`init_encoder`].
    pub fn init(config: &Config, labels: usize, device: &Device) -> Result<Self> {
        let embedding = config.encoder.embedding_len();
        let head = match config.pretrain.objective {
            Objective::Supervised | Objective::Softmax => {
                Head::Classifier(init::seeded(Classifier::new(embedding, labels, device), config.seed))
            }
            _ => Head::Projector(init::seeded(config.projector.init(embedding, device), config.seed)),
        };
        Ok(Self { encoder: init_encoder(config, device)?.with_precision(config.pretrain.precision), head })
    }

    /// [batch, bands, height, width] to projections or logits, [batch, length].
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let embedding = self.encoder.forward(images);
        match &self.head {
            Head::Projector(head) => head.forward(embedding),
            Head::Classifier(head) => head.forward(embedding),
        }
    }

    /// `encoder.*` under torchvision's names, `projector.*` or `classifier.*`.
    pub fn export(&self) -> Weights {
        let head = match &self.head {
            Head::Projector(head) => head.export().with_prefix("projector"),
            Head::Classifier(head) => head.export().with_prefix("classifier"),
        };
        self.encoder.export().with_prefix("encoder").merge(head)
    }

    /// Takes up what [`ContrastiveModel::export`] gave.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn import(self, weights: &Weights) -> Result<Self> {
        Ok(Self {
            encoder: self.encoder.import(&weights.below("encoder"))?,
            head: match self.head {
                Head::Projector(head) => Head::Projector(head.import(&weights.below("projector"))?),
                Head::Classifier(head) => Head::Classifier(head.import(&weights.below("classifier"))?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::values_of;
    use burn::tensor::TensorData;
    use nadir_core::bundle::{Architecture, EncoderKind, Stem};
    use std::collections::BTreeMap;

    fn config(encoder: EncoderKind, width: usize, bands: usize) -> Config {
        let encoder = Architecture { encoder, width, stem: Stem::Compact, stages: 4, bands };
        Config { encoder, ..Config::default() }
    }

    fn embedding(encoder: &Encoder, bands: usize, device: &Device) -> Vec<f32> {
        let plane: Vec<f32> = (0..32 * 32).map(|at| (at * 7 % 19) as f32 / 9.0 - 1.0).collect();
        let image = TensorData::new(plane.repeat(bands), [1, bands, 32, 32]);
        values_of(encoder.valid().forward(Tensor::from_data(image, device))).expect("read")
    }

    #[test]
    fn weights_of_three_bands_see_the_same_in_a_picture_that_is_the_same_in_all_bands() {
        let (folder, device) = (tempfile::tempdir().expect("a folder"), Device::flex());
        for (kind, width) in [(EncoderKind::Resnet18, 4), (EncoderKind::EfficientnetLite0, 1)] {
            let rgb = init_encoder(&config(kind, width, 3), &device).expect("drawn");
            let path = folder.path().join("rgb.safetensors");
            weight_file::write(&path, &rgb.export(), BTreeMap::new()).expect("written");
            let expected = embedding(&rgb, 3, &device);
            let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for bands in [2, 4, 13] {
                let of_bands = Config { weights: Some(path.clone()), ..config(kind, width, bands) };
                let encoder = init_encoder(&of_bands, &device).expect("inflated");
                for (found, expected) in embedding(&encoder, bands, &device).iter().zip(&expected) {
                    assert!((found - expected).abs() <= 1e-4 * largest, "{kind:?} of {bands}: {found}, {expected}");
                }
                // Weights of so many bands are taken as they are, and of others not at all.
                let own = folder.path().join("own.safetensors");
                weight_file::write(&own, &encoder.export(), BTreeMap::new()).expect("written");
                let again = Config { weights: Some(own.clone()), ..of_bands };
                assert_eq!(init_encoder(&again, &device).expect("as it is").export(), encoder.export());
                let others = Config { weights: Some(own), ..config(kind, width, bands + 1) };
                let error = format!("{:#}", init_encoder(&others, &device).expect_err("of other bands"));
                let [of, reads] = [format!("of {bands} bands"), format!("reads {}", bands + 1)];
                for words in ["own.safetensors", encoder.first_convolution(), &of, &reads] {
                    assert!(error.contains(words), "{error}");
                }
            }
        }
    }
}
