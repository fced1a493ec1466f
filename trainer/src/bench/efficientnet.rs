//! EfficientNet-Lite0 beside the same network in PyTorch: one image forward, and a SimCLR step.

use super::figure::{Figure, Repeats, rate};
use super::python::python_says;
use super::step::{STEP, stepped};
use crate::config::Config;
use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;
use anyhow::Result;
use burn::tensor::{Device, Tensor};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::{Encoder, init};
use std::path::Path;

/// Both figures, each measured for about `seconds`.
///
/// # Errors
/// Where the Python given does not run PyTorch.
pub(super) fn figures(seconds: f64, python: Option<&Path>) -> Result<[Figure; 2]> {
    let forward = Figure::new("forward, EfficientNet-Lite0, one 224 px image, all cores", forward_ms(seconds), "ms");
    let what = format!("SimCLR step, EfficientNet-Lite0, {} px, all cores", STEP.1);
    let step = Figure::new(&what, views_rate(seconds)?, "views/s");
    let [of_forward, of_step] =
        python_says::<[Vec<f64>; 2]>(python, include_str!("efficientnet.py"), &[seconds.to_string()])?
            .map_or([None; 2], |values| values.map(|repeats| Some(Repeats::of(repeats))));
    Ok([forward.beside("PyTorch", of_forward), step.beside("PyTorch", of_step)])
}

fn architecture() -> Architecture {
    let width = Architecture::EFFICIENTNET_WIDTH;
    Architecture { encoder: EncoderKind::EfficientnetLite0, width, stem: Stem::Imagenet, stages: 4, bands: 3 }
}

/// BatchNorm is not folded, as in PyTorch: what a frozen encoder's features cost.
fn forward_ms(seconds: f64) -> Repeats {
    let device = Device::flex();
    let encoder = init::seeded(Encoder::new(&architecture(), false, &device), 1);
    let calls = rate(seconds, |_| {
        let image = Tensor::<4>::ones([1, 3, 224, 224], &device);
        std::hint::black_box(encoder.forward(image).into_data());
    });
    calls.map(|calls| 1000.0 / calls)
}

fn views_rate(seconds: f64) -> Result<Repeats> {
    let (pairs, size) = STEP;
    let mut config = Config { encoder: architecture(), ..Config::default() };
    config.augment.size = size;
    config.pretrain.batch_size = pairs;
    config.pretrain.chunk_size = pairs;
    let mut state = Some(TrainState::init(&config, &["label".to_owned()], &[], &Device::flex())?);
    let values: Vec<f32> = (0..2 * pairs * 3 * size * size).map(|at| (at % 97) as f32 / 48.0 - 1.0).collect();
    let batch = PairBatch::whole(values.into(), vec![1.0; pairs], pairs);
    let steps = rate(seconds, |_| state = state.take().and_then(|state| stepped(state, &batch)));
    Ok(steps.map(|steps| steps * 2.0 * pairs as f64))
}
