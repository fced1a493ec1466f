//! The network that a visitor trains: small enough that a step takes about a tenth of a second on a laptop's CPU.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::Stem;
use nadir_nn::loss::unit_rows;
use nadir_nn::model::encoder::mean_over_places;
use nadir_nn::model::projector::ProjectorConfig;
use nadir_nn::model::resnet::{ResNet, ResNetConfig};
use nadir_nn::model::{Projector, init};

/// Channels of the first stage.
const WIDTH: usize = 16;
/// Length of the embedding: three stages, the last with four times the first one's channels.
pub const EMBEDDING_LEN: usize = 4 * WIDTH;

/// A residual network of three stages with one block each, and SimCLR's projector.
#[derive(Module, Debug)]
pub struct LessonNetwork {
    encoder: ResNet,
    projector: Projector,
}

impl LessonNetwork {
    /// First weights, drawn from the seed.
    pub fn new(seed: u64, device: &Device) -> Self {
        let encoder = ResNetConfig {
            blocks: [1, 1, 1, 0],
            bottleneck: false,
            width: WIDTH,
            bands: 3,
            stem: Stem::Compact,
            folded: false,
        };
        let projector = ProjectorConfig { hidden: EMBEDDING_LEN, output: 32 };
        init::seeded(Self { encoder: encoder.init(device), projector: projector.init(EMBEDDING_LEN, device) }, seed)
    }

    /// [batch, 3, height, width], normalised, to [batch, channels, height / 8, width / 8].
    pub fn feature_map(&self, images: Tensor<4>) -> Tensor<4> {
        self.encoder.feature_map(images)
    }

    /// Embeddings of length 1: [batch, EMBEDDING_LEN].
    pub fn embed(&self, images: Tensor<4>) -> Tensor<2> {
        unit_rows(mean_over_places(self.feature_map(images)))
    }

    /// What the loss sees: [batch, 32], not normalised.
    pub fn project(&self, images: Tensor<4>) -> Tensor<2> {
        self.projector.forward(mean_over_places(self.feature_map(images)))
    }
}
