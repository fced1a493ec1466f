//! One training step of the detector against torchvision's, with every anchor and proposal in the losses.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::Size;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::detection::sampler::BalancedSampler;
use nadir_core::detection::targets::Truths;
use nadir_core::image::Planes;
use nadir_core::rng::Rng;
use nadir_nn::model::detector::{FasterRcnn, TrainingSettings, batch};
use nadir_nn::model::weights::{WeightTensor, Weights};
use nadir_tests::golden::{fill, fill_model, numbers, reference};
use nadir_tests::now::now;
use serde_json::Value;

/// f32 sums in another order than PyTorch's.
const TOLERANCE: f64 = 2e-4;

fn golden() -> Value {
    reference("detector_training")
}

/// Gradients in place of the weights, so that they are exported by torchvision's names.
fn gradients(network: &FasterRcnn, mut gradients: Gradients) -> Weights {
    struct Taker<'a>(&'a mut Gradients, Vec<Option<Vec<f32>>>);
    impl ModuleVisitor for Taker<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad_remove(self.0);
            self.1.push(gradient.map(|of| of.into_data().try_to_vec::<f32>().expect("f32")));
        }
    }
    let mut taker = Taker(&mut gradients, Vec::new());
    network.visit(&mut taker);
    struct Putter(std::vec::IntoIter<Option<Vec<f32>>>);
    impl burn::module::ModuleMapper for Putter {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let gradient = self.0.next().expect("visited in the same order");
            param.map(|tensor| match gradient {
                Some(values) => {
                    Tensor::from_data(burn::tensor::TensorData::new(values, tensor.shape()), &tensor.device())
                }
                None => tensor.zeros_like(),
            })
        }
    }
    network.clone().map(&mut Putter(taker.1.into_iter())).export()
}

fn check(kind: &str, frozen: bool) {
    let device = Device::flex().autodiff();
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let shape = DetectorShape { channels: 32, hidden: 64, ..DetectorShape::of(architecture) };
    let network = FasterRcnn::new(&shape, 4, false, &device).expect("a ResNet");
    let network = network.clone().import(&fill_model(&network.export())).expect("its own names");
    let network = if frozen { network.freeze_batch_norm() } else { network };

    let resize = DetectorResize { min_size: 96, max_size: 160, divisible_by: 32 };
    let sizes = [Size::new(96, 128), Size::new(144, 96)];
    let images: Vec<Planes> = sizes
        .iter()
        .enumerate()
        .map(|(at, size)| {
            let values = fill(&format!("training.image.{at}"), 3 * size.height * size.width);
            let values = values.into_iter().map(|v| ((v + 1.0) / 2.0) as f32).collect();
            Planes { width: size.width, height: size.height, values }
        })
        .collect();
    assert!(sizes.iter().all(|&size| resize.resized(size) == size));
    let truths = [
        Truths {
            boxes: vec![[10.0, 12.0, 50.0, 60.0], [60.0, 20.0, 125.0, 90.0], [5.0, 70.0, 25.0, 90.0]],
            classes: vec![1, 3, 2],
            ..Truths::default()
        },
        Truths { boxes: vec![[8.5, 30.25, 90.0, 120.0]], classes: vec![2], ..Truths::default() },
    ];
    let all = BalancedSampler { per_image: 1_000_000, positive_fraction: 1.0 };
    let proposals = ProposalSettings { pre_nms_top_n: 100, post_nms_top_n: 40, ..ProposalSettings::TRAINING };
    let settings = TrainingSettings { proposals, anchors: all, regions: all };
    let padded = resize.padded(&sizes).expect("two images");
    let input = batch(&images, padded, &shape.architecture, &device);
    let losses = now(network.losses(&shape, input, &sizes, &truths, &settings, &mut Rng::new(1))).expect("losses");

    let golden = &golden()[kind];
    let names = ["loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg"];
    for (name, loss) in names.into_iter().zip(losses.parts()) {
        let (found, expected) =
            (f64::from(loss.into_scalar::<f32>()), golden["losses"][name].as_f64().expect("a loss"));
        assert!((found - expected).abs() <= TOLERANCE * expected, "{kind}, {name}: {found}, {expected}");
    }
    let found = gradients(&network, losses.sum().backward());
    for (name, expected) in golden["gradients"].as_object().expect("by name") {
        let WeightTensor { values, .. } = &found.0[name];
        let norm = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let expected_norm = expected["norm"].as_f64().expect("a norm");
        assert!((norm - expected_norm).abs() <= TOLERANCE * expected_norm, "{kind}, {name}: {norm}, {expected_norm}");
        let typical = expected_norm / (values.len() as f64).sqrt();
        for (found, expected) in values.iter().zip(numbers(&expected["first"])) {
            let off = (f64::from(*found) - expected).abs();
            assert!(off <= 10.0 * TOLERANCE * (typical + expected.abs()), "{kind}, {name}: {found}, {expected}");
        }
    }
    let norms = found.0.iter().filter(|(name, _)| name.contains("bn1.weight"));
    assert!(norms.clone().count() > 0);
    assert!(norms.clone().all(|(_, of)| of.values.iter().all(|&value| (value == 0.0) == frozen)), "{kind}");
}

#[test]
fn losses_and_gradients_equal_torchvisions_with_frozen_batch_norm() {
    check("frozen", true);
}

#[test]
fn losses_and_gradients_equal_torchvisions_with_trained_batch_norm() {
    check("trained", false);
}
