//! EfficientNet-Lite0 against PyTorch's: drawn weights, and the published ones where they are at hand.

use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_nn::model::Encoder;
use nadir_nn::model::detector::FasterRcnn;
use nadir_nn::model::encoder::mean_over_places;
use nadir_tests::golden::{fill, fill_model, indices, numbers, reference};
use nadir_tests::skip::real_data;
use serde_json::Value;

/// f32 sums in another order than PyTorch's, through 50 layers.
const TOLERANCE: f64 = 1e-4;

fn architecture() -> Architecture {
    Architecture { encoder: EncoderKind::EfficientnetLite0, width: 1, stem: Stem::Imagenet, stages: 4, bands: 3 }
}

/// The script's image of this index, as the published weights want it.
fn image(index: usize, device: &Device) -> Tensor<4> {
    let sizes = indices(&reference("efficientnet")["sizes"]);
    let [height, width] = [sizes[2 * index], sizes[2 * index + 1]];
    let drawn = fill(&format!("efficientnet.image.{index}"), 3 * height * width);
    let scaled = drawn.into_iter().map(|v| ((((v + 1.0) / 2.0 * 255.0).round() - 127.0) / 128.0) as f32);
    Tensor::from_data(TensorData::new(scaled.collect::<Vec<f32>>(), [1, 3, height, width]), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec::<f64>().expect("converted to f64")
}

#[track_caller]
fn assert_map(map: &Tensor<4>, expected: &Value, what: &str) {
    assert_eq!(map.dims().to_vec(), indices(&expected["shape"]), "{what}");
    let found = values(map.clone());
    let std = expected["std"].as_f64().expect("a number");
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    let found_std = (found.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (found.len() - 1) as f64).sqrt();
    let first = numbers(&expected["first"]);
    let differences = found.iter().zip(&first).map(|(found, expected)| (found - expected).abs());
    let worst = differences.fold((mean - expected["mean"].as_f64().expect("a number")).abs(), f64::max);
    let worst = worst.max((found_std - std).abs()) / std;
    assert!(worst <= TOLERANCE, "{what}: {worst:e} of the standard deviation");
}

#[track_caller]
fn assert_embedding(found: Tensor<2>, expected: &Value, what: &str) {
    let largest = expected["largest"].as_f64().expect("a number");
    let found = values(found);
    assert_eq!(found.len(), 1280, "{what}");
    let first = numbers(&expected["embedding_first"]);
    let worst = found.iter().zip(&first).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
    assert!(worst <= TOLERANCE * largest, "{what}: {worst:e} of {largest}");
}

#[test]
fn ten_images_of_even_and_odd_sizes_equal_pytorchs() {
    let device = Device::flex();
    let golden = reference("efficientnet");
    let template = Encoder::new(&architecture(), false, &device);
    let weights = fill_model(&template.export());
    let network = template.import(&weights).expect("its own names and shapes");
    let folded = weights.fold_batch_norm().expect("a BatchNorm behind every convolution");
    let folded = Encoder::new(&architecture(), true, &device).import(&folded).expect("folded names");
    let images = golden["images"].as_array().expect("a list");
    assert_eq!(images.len(), 10);
    for (index, expected) in images.iter().enumerate() {
        let Encoder::EfficientnetLite(backbone) = &network else { panic!("it is an EfficientNet-Lite") };
        for (level, map) in backbone.pyramid_maps(image(index, &device)).iter().enumerate() {
            assert_map(map, &expected["maps"][level], &format!("image {index}, map {level}"));
        }
        let last = network.feature_map(image(index, &device));
        assert_map(&last, &expected["last"], &format!("image {index}, last map"));
        assert_embedding(mean_over_places(last), expected, &format!("image {index}"));
        assert_embedding(folded.forward(image(index, &device)), expected, &format!("image {index}, folded"));
    }
}

#[test]
fn the_pyramid_over_its_maps_equals_torchvisions() {
    let device = Device::flex();
    let shape = DetectorShape { channels: 24, hidden: 8, ..DetectorShape::of(architecture()) };
    assert_eq!((shape.anchor_sizes.len(), shape.fault()), (4, None));
    let network = FasterRcnn::new(&shape, 3, false, &device).expect("a detector can stand on it");
    let weights = fill_model(&network.export());
    for name in
        ["backbone.body._conv_stem.weight", "backbone.body._bn0.running_var", "backbone.fpn.inner_blocks.2.0.weight"]
    {
        assert!(weights.0.contains_key(name), "{name}");
    }
    let network = network.import(&weights).expect("its own names and shapes");
    let maps = network.maps(image(1, &device));
    let golden = reference("efficientnet");
    let expected = golden["pyramid"].as_array().expect("a list");
    assert_eq!(maps.len(), expected.len());
    for (level, (map, expected)) in maps.iter().zip(expected).enumerate() {
        assert_map(map, expected, &format!("level {level}"));
    }
}

/// The published file's tensors are not contiguous: read in the order of their storage, nothing would be near.
#[test]
fn the_published_weights_give_pytorchs_features() {
    let Some(folder) = real_data("weights") else { return };
    let device = Device::flex();
    let weights = nadir::artifacts::weight_file::read(&folder.join("efficientnet_lite0.pth")).expect("a whole file");
    let network = Encoder::new(&architecture(), false, &device).import(&weights).expect("the published names");
    let golden = reference("efficientnet_published");
    for (index, expected) in golden["images"].as_array().expect("a list").iter().enumerate() {
        assert_embedding(network.forward(image(index, &device)), expected, &format!("image {index}"));
    }
    // What goes out is what came in, under the same names; the classifier is no part of the encoder.
    let exported = network.export();
    assert!(exported.0.iter().all(|(name, tensor)| weights.0.get(name) == Some(tensor)));
    assert_eq!(exported.0.len() + 2, weights.0.len());
}

#[test]
fn a_resnet_that_ends_at_layer3_loads_and_is_told_from_a_whole_one() {
    let device = Device::flex();
    let of = |encoder, width, stages| Architecture { encoder, width, stem: Stem::Imagenet, stages, bands: 3 };
    let whole = Encoder::new(&of(EncoderKind::Resnet18, 8, 4), false, &device);
    let mut weights = fill_model(&whole.export());
    weights.0.retain(|name, _| !name.starts_with("layer4"));
    let short = Encoder::new(&of(EncoderKind::Resnet18, 8, 3), false, &device).import(&weights).expect("three stages");
    let map = short.feature_map(Tensor::zeros([1, 3, 64, 48], &device));
    assert_eq!(map.dims(), [1, 32, 4, 3], "a total stride of 16");
    assert_eq!(short.export().0.len(), weights.0.len());
    let error = whole.import(&weights).expect_err("layer4 is not there").to_string();
    for word in ["layer4.0", "end at layer3", "encoder.stages=3"] {
        assert!(error.contains(word), "{error}");
    }
    // A detector needs all of them.
    let shape = DetectorShape::of(of(EncoderKind::Resnet18, 8, 3));
    assert!(shape.fault().expect("no pyramid").contains("3 stages"));

    let Some(folder) = real_data("weights") else { return };
    let file = folder.join("resnet18_imagenet_to_layer3.safetensors");
    let weights = nadir::artifacts::weight_file::read(&file).expect("a whole file");
    let network = Encoder::new(&of(EncoderKind::Resnet18, 64, 3), false, &device).import(&weights).expect("it fits");
    assert_eq!(network.forward(Tensor::zeros([1, 3, 64, 64], &device)).dims(), [1, 256]);
}
