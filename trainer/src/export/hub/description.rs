//! `config.json` and `preprocessor_config.json` of a hub folder: what a program has to know of the encoder.

use crate::artifacts::probe_file::ProbeDescription;
use nadir_core::bundle::{Architecture, Stem};
use nadir_core::image::preprocess::Preprocess;
use serde_json::{Value, json};

/// PIL's number for bilinear resampling.
const BILINEAR: u8 = 2;
/// torchvision's and timm's width of a ResNet.
const PUBLISHED_WIDTH: usize = 64;

/// Whether timm and torchvision have this very network under the encoder's name.
pub(super) fn is_published_resnet(architecture: &Architecture) -> bool {
    architecture.resnet_blocks().is_some()
        && architecture.width == PUBLISHED_WIDTH
        && architecture.stem == Stem::Imagenet
        && architecture.stages == Architecture::ALL_STAGES
}

/// The encoder's shape; its labels where a probe reads them off; and timm's keys, by which `timm.create_model` makes
/// the network where timm has it.
pub(super) fn config(architecture: &Architecture, preprocess: &Preprocess, probe: Option<&ProbeDescription>) -> Value {
    let mut config = json!(architecture);
    config["model_type"] = json!("nadir-encoder");
    config["nadir_version"] = json!(env!("CARGO_PKG_VERSION"));
    config["embedding_len"] = json!(architecture.embedding_len());
    if let Some(probe) = probe {
        config["labels"] = json!(probe.labels);
        config["thresholds"] = json!(decimals(&probe.thresholds));
    }
    if is_published_resnet(architecture) {
        config["architecture"] = json!(architecture.encoder);
        config["num_classes"] = json!(0);
        config["num_features"] = json!(architecture.embedding_len());
        config["global_pool"] = json!("avg");
        config["pretrained_cfg"] = json!({
            "input_size": [3, preprocess.size, preprocess.size],
            "mean": decimals(&preprocess.mean), "std": decimals(&preprocess.std),
            "interpolation": "bilinear", "crop_pct": 1.0, "crop_mode": "center", "num_classes": 0,
            "first_conv": "conv1", "classifier": "fc",
        });
    }
    config
}

/// What an image goes through, in the words of Hugging Face's image processors.
pub(super) fn preprocessor_config(preprocess: &Preprocess) -> Value {
    let Preprocess { size, mean, std } = preprocess;
    json!({
        "image_processor_type": "BitImageProcessor",
        "do_convert_rgb": true,
        "do_resize": true, "size": {"shortest_edge": size}, "resample": BILINEAR,
        "do_center_crop": true, "crop_size": {"height": size, "width": size},
        "do_rescale": true, "rescale_factor": 1.0 / 255.0,
        "do_normalize": true, "image_mean": decimals(mean), "image_std": decimals(std),
    })
}

/// f32 values by their shortest decimals: as f64, 0.485 would be written as 0.48500001430511475.
fn decimals(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| value.to_string().parse().unwrap_or(f64::from(*value))).collect()
}
