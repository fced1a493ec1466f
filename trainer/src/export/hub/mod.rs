//! From a run to a folder for a hub of models: weights, what programs and people have to know of them, and a script
//! that loads them in PyTorch.

mod card;
mod description;

pub use card::HubWords;

use super::of_run::{encoder_of, is_untrained};
use crate::artifacts::run_folder::ENCODER_FILE;
use crate::artifacts::weight_file::write_atomically;
use crate::artifacts::{hub_folder, probe_file, report_file, weight_file};
use crate::config::Config;
use anyhow::{Context, Result, ensure};
use card::{Subject, card};
use description::{config as encoder_config, preprocessor_config};
use nadir_core::image::RGB;
use nadir_core::image::preprocess::Preprocess;
use std::collections::BTreeMap;
use std::path::Path;

/// The script, the same for every encoder: `config.json` says which it builds.
const LOADER: &str = include_str!("load_encoder.py");

/// Writes the encoder of `run` into `out`: `model.safetensors`, `config.json`, `preprocessor_config.json`, `README.md`,
/// `load_encoder.py`, and `probe.safetensors` where the run was probed. The card comes last, so that a folder with a
/// card is whole.
///
/// # Errors
/// Names the file that is missing, does not fit the config, or cannot be written.
pub fn export_hub(run: &Path, config: &Config, preprocess: &Preprocess, words: &HubWords, out: &Path) -> Result<()> {
    ensure!(
        config.encoder.bands == RGB,
        "--hub is for encoders of red, green and blue, which its script reads pictures for; this one reads {} bands. Its \
         weights are those of {}",
        config.encoder.bands,
        run.join(ENCODER_FILE).display()
    );
    let probe = probe_file::exists(run).then(|| probe_file::read_description(run)).transpose()?;
    let encoder = encoder_of(run, config, probe.as_ref())?;
    let report = run.join(report_file::REPORT_FILE).exists().then(|| report_file::read(run)).transpose()?;

    std::fs::create_dir_all(out).with_context(|| format!("cannot create the folder {}", out.display()))?;
    let card_file = out.join("README.md");
    match std::fs::remove_file(&card_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {}", card_file.display()));
        }
        _ => {}
    }
    let metadata = || BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
    weight_file::write(&out.join(hub_folder::WEIGHTS_FILE), &encoder, metadata())?;
    if probe.is_some() {
        weight_file::write(&out.join("probe.safetensors"), &probe_file::read_weights(run)?, metadata())?;
    }
    for (name, value) in [
        ("config.json", encoder_config(&config.encoder, preprocess, probe.as_ref())),
        ("preprocessor_config.json", preprocessor_config(preprocess)),
    ] {
        write_atomically(&out.join(name), format!("{value:#}\n").as_bytes())?;
    }
    write_atomically(&out.join("load_encoder.py"), LOADER.as_bytes())?;
    let is_trained = !is_untrained(config, probe.as_ref());
    let subject = Subject { words, config, preprocess, is_trained, probe: probe.as_ref(), report: report.as_ref() };
    write_atomically(&card_file, card(&subject).as_bytes())
}
