//! The same computation on the device and on the CPU, whose results the tests hold against PyTorch's.

use super::case::{Difference, Outcome, Scale, Subject};
use crate::artifacts::ranking_file::RankingFile;
use crate::bench::detector;
use crate::config::{Config, Objective, OptimizerConfig};
use crate::device::ChosenDevice;
use crate::distributed::Group;
use crate::tensor::values_of;
use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;
use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::image::augment::AugmentConfig;
use nadir_core::ranking::Ranking;
use nadir_core::rng::Rng;
use nadir_nn::augment::{BatchAugment, DeviceImages};
use nadir_nn::loss::{
    ContrastiveLogits, Form, Positives, RankMasks, SupConForm, dcl, mul_sup_con, nt_xent, ranked, sup_con,
};
use nadir_nn::model::Encoder;
use nadir_nn::model::{Precision, init};

/// f32 in another order of sums; CUDA's matrix units may multiply as TF32, which has ten bits.
const ALLOWED: f64 = 2e-2;
/// bfloat16 has eight bits, and rounding adds up over the layers.
const ALLOWED_BF16: f64 = 1e-1;

type Named = Vec<(String, Vec<f32>)>;

pub(super) fn compare(subject: Subject, scale: &Scale, chosen: &ChosenDevice) -> Result<Outcome> {
    if subject == Subject::Augmentation {
        return augmentation(&chosen.device);
    }
    let compute = |device: &Device, precision: Precision| -> Result<Named> {
        match subject {
            Subject::Encoders => embeddings(device, precision),
            Subject::Losses => losses(device),
            Subject::Training => gradients(scale, device),
            Subject::Detector => detections(device),
            Subject::Augmentation => unreachable!("returned above"),
        }
    };
    let cpu = compute(&Device::flex(), Precision::F32)?;
    let mut differences = Vec::new();
    let mut add = |found: Named, suffix: &str, allowed: f64| {
        for ((name, found), (_, expected)) in found.into_iter().zip(&cpu) {
            differences.push(Difference::between(format!("{name}{suffix}"), &found, expected, allowed));
        }
    };
    add(compute(&chosen.device, Precision::F32)?, "", ALLOWED);
    if subject == Subject::Encoders {
        add(compute(&chosen.device, Precision::Bf16)?, ", bf16", ALLOWED_BF16);
    }
    Ok(Outcome { differences, ..Outcome::default() })
}

/// The default family and one of every step, on a generated scene.
fn augmentation(device: &Device) -> Result<Outcome> {
    let scene = nadir_scene::generate(3, 160, 160).image;
    let usual = AugmentConfig { size: 96, ..AugmentConfig::default() };
    let every = AugmentConfig { flip: 1.0, jitter: 1.0, grayscale: 0.0, hue: 0.4, ..usual.clone() };
    let images = DeviceImages::upload(std::iter::once(scene.view()), 1 << 30, device)?;
    let mut differences = Vec::new();
    for (name, family) in [("views", usual), ("views with every step", every)] {
        let draws: Vec<_> = (0..8).map(|sample| family.draw_view([160, 160], 1, 0, sample, 0)).collect();
        let host: Vec<f32> = draws.iter().flat_map(|draw| draw.apply(scene.view()).values).collect();
        let views = BatchAugment::new(&family, device).views(images.select(&[0; 8]), &draws)?;
        differences.push(Difference::between(name.to_owned(), &values_of(views)?, &host, ALLOWED));
    }
    Ok(Outcome { differences, ..Outcome::default() })
}

fn drawn(name: &str, count: usize) -> Vec<f32> {
    let mut rng = Rng::from_name(name);
    (0..count).map(|_| rng.normal() as f32).collect()
}

/// Embeddings of random encoders. SqueezeNet, which has no bf16, comes last: the others are then compared with those at
/// the same place of the list in f32.
fn embeddings(device: &Device, precision: Precision) -> Result<Named> {
    let kinds = [
        ("ResNet-18", EncoderKind::Resnet18, 64),
        ("ResNet-50", EncoderKind::Resnet50, 64),
        ("EfficientNet-Lite0", EncoderKind::EfficientnetLite0, 1),
        ("SqueezeNet 1.1", EncoderKind::Squeezenet11, 64),
    ];
    let count = if precision == Precision::F32 { kinds.len() } else { kinds.len() - 1 };
    let embed = |(name, encoder, width): (&str, EncoderKind, usize)| {
        let architecture = Architecture { encoder, width, stem: Stem::Imagenet, stages: 4, bands: 3 };
        let encoder = init::seeded(Encoder::new(&architecture, false, device), 7).with_precision(precision);
        let images = TensorData::new(drawn("images", 2 * 3 * 64 * 96), [2, 3, 64, 96]);
        Ok((name.to_owned(), values_of(encoder.forward(Tensor::from_data(images, device)))?))
    };
    kinds.into_iter().take(count).map(embed).collect()
}

fn losses(device: &Device) -> Result<Named> {
    let device = &device.clone().autodiff();
    let (images, length, classes) = (24, 32, 10);
    let labels: Vec<f32> =
        (0..2 * images * classes).map(|at| f32::from(u8::from(at / classes % classes == at % classes))).collect();
    let labels = Tensor::<2>::from_data(TensorData::new(labels, [2 * images, classes]), device);
    let ranking: Ranking = {
        let file = RankingFile::read("vhr10")?;
        file.of(&file.classes(), &[])?.first(3)
    };
    let masks = RankMasks::new(&ranking, [0.1, 0.6], &[], device);
    let names = ["NT-Xent", "DCL", "SupCon", "MulSupCon", "ranked positives"];
    let mut all = Vec::new();
    for name in names {
        let projections = TensorData::new(drawn("projections", 2 * images * length), [2 * images, length]);
        let projections = Tensor::<2>::from_data(projections, device).require_grad();
        let contrast = |temperature: f64| ContrastiveLogits::within(projections.clone(), temperature);
        let loss = match name {
            "NT-Xent" => nt_xent(&contrast(0.5)),
            "DCL" => dcl(&contrast(0.5)),
            "SupCon" => sup_con(&contrast(0.5), &labels, &labels, Positives::AllLabels, SupConForm::Out),
            "MulSupCon" => mul_sup_con(&contrast(0.5), &labels, &labels),
            _ => ranked(&contrast(1.0), &labels, &labels, &masks, Form::In),
        };
        let gradient = projections.grad(&loss.backward()).map(values_of).transpose()?.unwrap_or_default();
        all.push((format!("{name}, value"), values_of(loss)?));
        all.push((format!("{name}, gradient"), gradient));
    }
    Ok(all)
}

/// The length of each part's gradient: single values of a deep network's gradient differ by chance.
fn gradients(scale: &Scale, device: &Device) -> Result<Named> {
    let (images, side) = (4, 64);
    let mut config = Config { encoder: scale.architecture(), ..Config::default() };
    config.augment.size = side;
    config.pretrain.batch_size = images;
    config.pretrain.objective = Objective::NtXent;
    config.pretrain.optimizer = OptimizerConfig::default();
    let mut state = TrainState::init(&config, &["label".to_owned()], &[], device)?;
    let values = drawn("pairs", 2 * images * 3 * side * side);
    let batch = PairBatch::whole(values.into(), vec![1.0; images], images);
    let (gradients, loss) = state.gradients(batch, &Group::alone())?;
    let lengths = gradients.0.into_values().map(|gradient| Ok(values_of(gradient.square().sum().sqrt())?[0]));
    Ok(vec![
        ("loss".to_owned(), vec![loss as f32]),
        ("lengths of the gradients".to_owned(), lengths.collect::<Result<_>>()?),
    ])
}

fn detections(device: &Device) -> Result<Named> {
    let found = detector::found(192, device)?;
    // Random weights give many boxes of about one score; the best ones' scores are compared, in order.
    let scores: Vec<f32> = found.iter().map(|(_, score)| *score).take(20).collect();
    let corners: Vec<f32> = found.iter().take(1).flat_map(|(corners, _)| *corners).collect();
    Ok(vec![("best scores".to_owned(), scores), ("best box".to_owned(), corners)])
}
