//! Encoders against PyTorch's, tensors filled as `fill_model` of the reference script fills them.

use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::Encoder;
use nadir_nn::model::encoder::mean_over_places;
use nadir_nn::model::weights::Weights;
use nadir_tests::golden::{fill, fill_model, numbers, reference};
use nadir_tests::skip::real_data;
use serde_json::Value;

/// f32 sums in another order than PyTorch's, through up to 101 layers.
const TOLERANCE: f64 = 1e-5;

fn golden() -> Value {
    reference("encoders")
}

fn image(device: &Device) -> Tensor<4> {
    let values: Vec<f32> = fill("encoders.image", 3 * 96 * 80).into_iter().map(|v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, 96, 80]), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec::<f64>().expect("converted to f64")
}

/// Largest difference over the largest expected value.
fn relative_error(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    found.iter().zip(expected).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs())) / largest
}

fn encoder(kind: EncoderKind, device: &Device) -> (Encoder, Weights) {
    let architecture = Architecture { encoder: kind, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let template = Encoder::new(&architecture, false, device);
    let weights = fill_model(&template.export());
    (template.import(&weights).expect("its own names and shapes"), weights)
}

#[test]
fn every_stage_and_embedding_of_every_resnet_equals_torchvisions() {
    let device = Device::flex();
    let golden = golden();
    for (name, kind) in [
        ("resnet18", EncoderKind::Resnet18),
        ("resnet34", EncoderKind::Resnet34),
        ("resnet50", EncoderKind::Resnet50),
        ("resnet101", EncoderKind::Resnet101),
    ] {
        let (Encoder::ResNet(network), weights) = encoder(kind, &device) else { panic!("{name} is a ResNet") };
        let stages = network.stages(image(&device));
        for (stage, map) in ["layer1", "layer2", "layer3", "layer4"].iter().zip(&stages) {
            let expected = &golden[name]["stages"][stage];
            assert_eq!(map.dims().map(|size| size as f64).to_vec(), numbers(&expected["shape"]), "{name} {stage}");
            let found = values(map.clone());
            let mean = found.iter().sum::<f64>() / found.len() as f64;
            let std = (found.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (found.len() - 1) as f64).sqrt();
            let expected_std = expected["std"].as_f64().expect("a number");
            let expected_mean = expected["mean"].as_f64().expect("a number");
            assert!(
                (mean - expected_mean).abs() <= TOLERANCE * expected_std,
                "{name} {stage}: mean {mean}, {expected_mean}"
            );
            assert!(
                (std - expected_std).abs() <= TOLERANCE * expected_std,
                "{name} {stage}: std {std}, {expected_std}"
            );
            let first = numbers(&expected["first"]);
            let error =
                found[..8].iter().zip(&first).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs())) / expected_std;
            assert!(error <= TOLERANCE, "{name} {stage}: first values differ by {error:e} of the standard deviation");
        }
        assert_eq!(stages.len(), 4, "{name}");
        let last = stages.into_iter().next_back().expect("four");
        let expected = numbers(&golden[name]["embedding"]);
        let error = relative_error(&values(mean_over_places(last)), &expected);
        assert!(error <= TOLERANCE, "{name}: embedding differs by {error:e}");

        // BatchNorm folded into the convolutions computes the same.
        let architecture = Architecture { encoder: kind, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
        let folded = weights.fold_batch_norm().expect("a BatchNorm behind every convolution");
        let folded = Encoder::new(&architecture, true, &device).import(&folded).expect("folded names");
        let error = relative_error(&values(folded.forward(image(&device))), &expected);
        assert!(error <= TOLERANCE, "{name} folded: embedding differs by {error:e}");
    }
}

#[test]
fn squeezenet_equals_torchvisions() {
    let device = Device::flex();
    let (network, _) = encoder(EncoderKind::Squeezenet11, &device);
    let error =
        relative_error(&values(network.forward(image(&device))), &numbers(&golden()["squeezenet1_1"]["embedding"]));
    assert!(error <= TOLERANCE, "embedding differs by {error:e}");
}

#[test]
fn the_published_squeezenet_weights_read_the_same_from_both_formats() {
    let Some(folder) = real_data("weights") else { return };
    let [pth, safetensors] = ["squeezenet1_1.pth", "squeezenet1_1.safetensors"]
        .map(|name| nadir::artifacts::weight_file::read(&folder.join(name)).expect("a whole weight file"));
    assert!(pth.0.keys().eq(safetensors.0.keys()), "other names");
    for (name, tensor) in &pth.0 {
        let other = &safetensors.0[name];
        assert_eq!(tensor.shape, other.shape, "{name}");
        let error = tensor.values.iter().zip(&other.values).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(error == 0.0, "{name} differs by {error:e}");
    }
    let device = Device::flex();
    let architecture =
        Architecture { encoder: EncoderKind::Squeezenet11, width: 64, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let network = Encoder::new(&architecture, false, &device).import(&pth).expect("torchvision's names");
    let embedding = values(network.forward(image(&device)));
    assert_eq!(embedding.len(), 512);
    assert!(embedding.iter().all(|value| value.is_finite() && *value >= 0.0), "behind a ReLU");
    // What goes out is what came in, under the same names (the classifier is no part of the encoder).
    let exported = network.export();
    assert_eq!(exported.0.len(), 50);
    for (name, tensor) in &exported.0 {
        assert!(pth.0.get(name) == Some(tensor), "{name}");
    }
}

#[test]
fn weights_of_another_network_are_refused_by_the_first_tensor_that_does_not_fit() {
    let device = Device::flex();
    let architecture = |encoder, width| Architecture { encoder, width, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let narrow = Encoder::new(&architecture(EncoderKind::Resnet18, 8), false, &device).export();
    let import = |weights: &Weights| {
        Encoder::new(&architecture(EncoderKind::Resnet18, 16), false, &device)
            .import(weights)
            .expect_err("does not fit")
            .to_string()
    };
    let error = import(&narrow);
    assert!(
        error.contains("conv1.weight") && error.contains("[8, 3, 7, 7]") && error.contains("[16, 3, 7, 7]"),
        "{error}"
    );
    let squeeze = Encoder::new(&architecture(EncoderKind::Squeezenet11, 64), false, &device).export();
    let error = import(&squeeze);
    assert!(
        error.contains("\"conv1.weight\"") && error.contains("missing") && error.contains("features.0.bias"),
        "{error}"
    );
    let mut holed = Encoder::new(&architecture(EncoderKind::Resnet18, 16), false, &device).export();
    holed.0.get_mut("layer1.0.bn1.bias").expect("its name").values[0] = f32::NAN;
    let error = import(&holed);
    assert!(error.contains("layer1.0.bn1.bias") && error.contains("finite"), "{error}");
}
