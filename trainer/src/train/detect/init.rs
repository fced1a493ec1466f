//! What a detector's training starts from.

use crate::artifacts::weight_file;
use crate::config::DetectConfig;
use anyhow::{Context, Result};
use burn::tensor::Device;
use nadir_nn::model::detector::FasterRcnn;
use nadir_nn::model::weights::{Weights, WeightsError};
use std::path::Path;
use tracing::info;

/// The backbone's names in a detector's weights.
const BACKBONE: &str = "backbone.body";
/// The layers whose size depends on the classes.
const CLASS_LAYERS: &str = "roi_heads.box_predictor.";

/// The network with the config's first weights: drawn from the seed; over them those of a file, a detector's or an
/// encoder's.
///
/// # Errors
/// Names the weight file and the first tensor that does not fit.
pub fn init_network(config: &DetectConfig, classes: usize, device: &Device) -> Result<FasterRcnn> {
    let network = FasterRcnn::new(&config.detector, classes + 1, false, device)?.seeded(config.seed);
    let network = match &config.weights {
        None => network,
        Some(path) => from_file(network, path)?,
    };
    let network = network.freeze_first(config.train.frozen_parts);
    Ok(if config.train.frozen_batch_norm { network.freeze_batch_norm() } else { network })
}

fn from_file(network: FasterRcnn, path: &Path) -> Result<FasterRcnn> {
    let file = weight_file::read(path)?;
    let drawn = network.export();
    let as_detector = file.clone().unwrapped(&drawn);
    let is_head = |name: &String| !name.starts_with(BACKBONE) && drawn.0.contains_key(name);
    let is_detector = as_detector.weights.0.keys().any(is_head);
    let unwrapped = if is_detector { as_detector } else { file.unwrapped(&drawn.below(BACKBONE)) };
    if let Some(sentence) = unwrapped.sentence() {
        info!(path = %path.display(), "weights: {}: {sentence}", path.display());
    }
    let (weights, fresh) = taken(&drawn, &unwrapped.weights, is_detector).with_context(|| {
        let what = if is_detector { "detector" } else { "backbone" };
        format!("the weights {} do not fit the {what} of this config", path.display())
    })?;
    let layers = if fresh.is_empty() { "none".to_owned() } else { fresh.join(", ") };
    info!(
        path = %path.display(),
        "weights: {} ({}); drawn anew: {layers}",
        path.display(),
        if is_detector { "detector" } else { "encoder" }
    );
    Ok(network.import(&weights)?)
}

/// The file's tensors over the drawn ones, and the parts that stay as drawn. An encoder's tensors have its own names,
/// without the detector's in front.
fn taken(drawn: &Weights, file: &Weights, is_detector: bool) -> Result<(Weights, Vec<String>), WeightsError> {
    let (mut weights, mut fresh) = (drawn.clone(), Vec::new());
    for (name, tensor) in &mut weights.0 {
        let other_classes = || file.0.get(name).is_none_or(|other| other.shape != tensor.shape);
        let in_file = if is_detector {
            (!name.starts_with(CLASS_LAYERS) || !other_classes()).then_some(name.as_str())
        } else {
            name.strip_prefix(BACKBONE).and_then(|rest| rest.strip_prefix('.'))
        };
        match in_file {
            Some(in_file) => {
                let found = file.expect(in_file, &tensor.shape);
                let prefix = if is_detector { format!("{BACKBONE}.") } else { String::new() };
                let found = found.map_err(|error| file.truncated(&prefix, error))?;
                tensor.values.clone_from(&found.values);
            }
            None => {
                let part = name.split('.').take(2).collect::<Vec<_>>().join(".");
                if !fresh.contains(&part) {
                    fresh.push(part);
                }
            }
        }
    }
    Ok((weights, fresh))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(classes: usize) -> FasterRcnn {
        let sets = ["detector.architecture.width=4", "detector.channels=8", "detector.hidden=8"].map(String::from);
        let config = DetectConfig::load(None, &sets).expect("valid");
        init_network(&config, classes, &Device::flex()).expect("drawn")
    }

    fn moved(weights: Weights) -> Weights {
        let mut weights = weights;
        weights.0.values_mut().for_each(|tensor| tensor.values.iter_mut().for_each(|value| *value += 1.0));
        weights
    }

    #[test]
    fn an_encoder_gives_the_backbone_and_a_detector_all_but_the_layers_of_other_classes() {
        let drawn = network(3).export();
        let encoder = moved(drawn.clone()).below(BACKBONE);
        let (weights, fresh) = taken(&drawn, &encoder, false).expect("fits");
        assert!(weights.0.iter().all(|(name, of)| (of != &drawn.0[name]) == name.starts_with(BACKBONE)));
        assert_eq!(fresh, ["backbone.fpn", "roi_heads.box_head", "roi_heads.box_predictor", "rpn.head"]);

        let same = moved(drawn.clone());
        assert_eq!(taken(&drawn, &same, true).expect("fits"), (same, Vec::new()));
        let other = moved(network(5).export());
        let (weights, fresh) = taken(&drawn, &other, true).expect("fits but for the classes");
        assert!(weights.0.iter().all(|(name, of)| (of == &drawn.0[name]) == name.starts_with(CLASS_LAYERS)));
        assert_eq!(fresh, ["roi_heads.box_predictor"]);
    }

    #[test]
    fn another_networks_file_is_refused_by_its_first_missing_tensor() {
        let drawn = network(3).export();
        // In the file's own names: an encoder has none of the detector's in front.
        let error = taken(&drawn, &Weights::default(), false).expect_err("no tensor").to_string();
        assert!(error.contains("\"bn1.bias\""), "{error}");
    }
}
