//! A folder of a model hub as weights to start from: `model.safetensors`, as `nadir export --hub` and others write it, and
//! what `config.json` and `preprocessor_config.json` beside it say of network and images.

use crate::config::Config;
use anyhow::{Context, Result, bail};
use nadir_core::bundle::Architecture;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tracing::{info, warn};

/// The weights in such a folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// Means and standard deviations that differ by less are those of the same training.
const SAME_SCALING: f32 = 1e-3;

/// The weight file that a path stands for: itself, or that of the hub folder which it is.
pub fn weight_file_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(WEIGHTS_FILE) } else { path.to_owned() }
}

/// Holds a hub folder against a config that starts from it. Another normalisation than the weights were trained with is
/// logged; a folder of another maker, which does not say such things, is taken as it is. A file has nothing beside it.
///
/// # Errors
/// Another encoder than the config's, with the settings for it.
pub fn check(path: &Path, config: &Config) -> Result<()> {
    if !path.is_dir() {
        return Ok(());
    }
    let said = json(&path.join("config.json"))?;
    if let Some(own) = architecture(&said).filter(|own| *own != config.encoder) {
        let table = toml::to_string(&own).unwrap_or_default();
        let sets = table.lines().map(|line| format!("--set encoder.{}", line.replace(" = ", "=")));
        bail!(
            "{} holds an encoder {}, and the config's is another; for it: {}",
            path.display(),
            shape(&own),
            sets.collect::<Vec<_>>().join(" ").replace('"', "")
        );
    }
    let preprocessor = json(&path.join("preprocessor_config.json"))?;
    let Some((mean, std)) =
        scaling(&preprocessor, "image_mean", "image_std").or_else(|| scaling(&said["pretrained_cfg"], "mean", "std"))
    else {
        info!("weights: {} does not say how its images were normalised", path.display());
        return Ok(());
    };
    let is_same = |(own_mean, own_std): (Vec<f32>, Vec<f32>)| {
        own_mean.iter().zip(mean).chain(own_std.iter().zip(std)).all(|(own, there)| (own - there).abs() < SAME_SCALING)
    };
    // Those of the training images are not known yet; they are others in any case but by chance.
    if !config.published_scaling().is_some_and(is_same) {
        warn!(
            "weights: those of {} were trained on images of mean {mean:?} and standard deviation {std:?}; \
             normalisation = {:?} takes others",
            path.display(),
            config.normalisation
        );
    }
    Ok(())
}

/// What a JSON file says; nothing where there is none.
fn json(path: &Path) -> Result<Value> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(Value::Null) };
    serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))
}

/// The encoder that `nadir export --hub` wrote; `None` of another maker.
fn architecture(said: &Value) -> Option<Architecture> {
    let fields = ["encoder", "width", "stem", "stages", "bands"];
    let own = fields.iter().filter_map(|field| Some(((*field).to_owned(), said.get(*field)?.clone())));
    serde_json::from_value(Value::Object(own.collect())).ok()
}

fn shape(architecture: &Architecture) -> String {
    let Architecture { encoder, width, stem, stages, bands } = architecture;
    let bands = if *bands == 3 { String::new() } else { format!(", {bands} bands") };
    format!("{encoder:?} of width {width}, stem {stem:?}, {stages} stages{bands}").to_lowercase()
}

fn scaling(said: &Value, mean: &str, std: &str) -> Option<([f32; 3], [f32; 3])> {
    let three = |key: &str| serde_json::from_value::<[f32; 3]>(said.get(key)?.clone()).ok();
    Some((three(mean)?, three(std)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn folder(config: &Value) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.json"), config.to_string()).expect("written");
        folder
    }

    fn config(sets: &[&str]) -> Config {
        Config::load(None, &sets.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("valid")
    }

    #[test]
    fn another_encoder_is_refused_with_the_settings_for_it() {
        let folder = folder(&json!({"encoder": "resnet18", "width": 4, "stem": "compact", "stages": 3, "more": 1}));
        let own = ["encoder.width=4", "encoder.stem=compact", "encoder.stages=3"];
        check(folder.path(), &config(&own)).expect("the same");
        let error = check(folder.path(), &config(&[])).expect_err("another").to_string();
        for word in
            ["resnet18 of width 4, stem compact, 3 stages", "--set encoder.width=4", "--set encoder.stem=compact"]
        {
            assert!(error.contains(word), "{word:?} is not in {error}");
        }
        assert_eq!(weight_file_of(folder.path()), folder.path().join("model.safetensors"));
        assert_eq!(weight_file_of(Path::new("a.pth")), Path::new("a.pth"));
    }

    #[test]
    fn a_folder_of_timm_says_its_normalisation_and_no_encoder_of_nadir() {
        let said =
            json!({"architecture": "resnet18", "pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}});
        assert_eq!(architecture(&said), None);
        assert_eq!(scaling(&said["pretrained_cfg"], "mean", "std"), Some(([0.5; 3], [0.25; 3])));
        check(folder(&said).path(), &config(&[])).expect("taken as it is");
        let broken = folder(&said);
        std::fs::write(broken.path().join("preprocessor_config.json"), "{").expect("written");
        let error = format!("{:#}", check(broken.path(), &config(&[])).expect_err("no JSON"));
        assert!(error.contains("preprocessor_config.json"), "{error}");
    }
}
