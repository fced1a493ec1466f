//! What is trained: an encoder and the head that the objective needs.

use crate::artifacts::{hub_folder, weight_file};
use crate::config::{Config, Objective};
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use nadir_nn::model::{Classifier, Encoder, Projector, Weights, init};

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
            let weights = weight_file::read_for(path, &encoder.export())?;
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

    /// [batch, 3, height, width] to projections or logits, [batch, length].
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
