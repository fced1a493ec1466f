//! SimCLR in the visitor's browser: a small network, generated scenes or the visitor's own images, one step a call.

pub mod data;
pub mod look;
pub mod neighbours;
pub mod network;
#[cfg(target_arch = "wasm32")]
pub mod worker;

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use data::LessonData;
use nadir_core::protocol::lesson::LessonSettings;
use nadir_nn::loss::{ContrastiveLogits, nt_xent};
use nadir_scene::lesson::SIZE_PX;
use network::LessonNetwork;

/// Scenes to train on, a whole number of rounds of the kinds.
pub const TRAIN: usize = 240;
/// Number of held-out scenes.
pub const HELD_OUT: usize = 120;

/// A training under way.
pub struct Lesson {
    /// What it trains on.
    pub data: LessonData,
    seed: u64,
    /// The device without autodiff, for inference.
    device: Device,
    network: LessonNetwork,
    /// As it was before the first step.
    first: LessonNetwork,
    optimizer: ModuleOptimizer,
    steps: usize,
    /// The last map, which the next one is turned to.
    points: Vec<[f32; 2]>,
}

impl Lesson {
    /// A network with first weights. `device` must not be autodiff.
    pub fn new(data: LessonData, seed: u64, device: &Device) -> Self {
        let network = LessonNetwork::new(seed, &device.clone().autodiff());
        Self {
            data,
            seed,
            device: device.clone(),
            first: network.valid(),
            network,
            optimizer: AdamConfig::new().init(),
            steps: 0,
            points: Vec::new(),
        }
    }

    /// What decides scenes, weights, batches and views.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Number of steps so far.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// One step of SimCLR (Chen et al. 2020, algorithm 1) with Adam; gives the batch's loss before it. The settings may
    /// change from step to step.
    ///
    /// # Errors
    /// Where the device fails, or the loss is no number: then nothing was changed.
    pub async fn step(&mut self, settings: &LessonSettings) -> Result<f32, String> {
        let batch = settings.batch_size.clamp(2, self.data.train.len());
        let values = self.data.views(self.seed, self.steps, batch, &settings.views.config(SIZE_PX));
        let device = self.device.clone().autodiff();
        let views = TensorData::new(values, [2 * batch, 3, SIZE_PX, SIZE_PX]);
        let projections = self.network.project(Tensor::<4>::from_data(views, &device));
        let loss = nt_xent(&ContrastiveLogits::within(projections, settings.temperature));
        // Read before the step, so that a loss that is no number spoils no weight.
        let value = read(loss.clone().inner()).await?.first().copied().unwrap_or(f32::NAN);
        if !value.is_finite() {
            return Err(format!("the loss of step {} is {value}", self.steps + 1));
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(settings.learning_rate, self.network.clone(), gradients);
        self.steps += 1;
        Ok(value)
    }
}

/// A tensor's values, without waiting in a way that a browser forbids.
async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let data = tensor.into_data_async().await.map_err(|error| error.to_string())?;
    data.convert::<f32>().try_to_vec::<f32>().map_err(|error| format!("{error:?}"))
}
