use crate::evaluate::probe::baseline_name;
use crate::export::{Exportable, write_bundle};
use crate::probe_file;
use crate::train::learner::first_encoder;
use crate::train::run_folder::{ENCODER_FILE, RunFolder};
use crate::weight_file;
use anyhow::{Context, Result};
use nadir_shared::bundle::Bundle;
use std::path::{Path, PathBuf};

/// Write a probed run as a bundle that the page and `nadir predict` run.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Run folder, with a probe.
    #[arg(long, default_value = "runs/pretrain")]
    run: PathBuf,
    /// The bundle's folder; its last part is the bundle's name.
    #[arg(long)]
    out: PathBuf,
    /// One sentence for the page: what the model learned from.
    #[arg(long, default_value = "Trained with Nadir.")]
    description: String,
    /// Print the bundle's description as JSON.
    #[arg(long)]
    json: bool,
}

/// Bundles the probed run in `run`.
pub(super) fn export(run: &Path, out: &Path, description: &str) -> Result<Bundle> {
    let config = RunFolder::read_config(run)?;
    let probe = probe_file::read_description(run)?;
    let encoder = if probe.arm != baseline_name(&config) {
        weight_file::read(&run.join(ENCODER_FILE))?
    } else {
        first_encoder(&config, &burn::tensor::Device::flex())?.export()
    };
    let exportable = Exportable {
        encoder,
        heads: probe_file::read_weights(run)?,
        labels: probe.labels,
        thresholds: probe.thresholds,
        preprocess: probe.preprocess,
        figures: probe.figures,
        crops: probe.crops,
    };
    let name = out
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(|| format!("--out {} has no name", out.display()))?;
    write_bundle(&config, exportable, name, description, out)
}

impl Export {
    pub(super) fn run(self) -> Result<()> {
        let bundle = export(&self.run, &self.out, &self.description)?;
        if self.json {
            println!("{}", bundle.to_json());
        } else {
            println!(
                "bundle {} in {}: {} labels, {:.2} MB of weights",
                bundle.name,
                self.out.display(),
                bundle.labels.len(),
                bundle.weights.size as f64 / 1e6
            );
        }
        Ok(())
    }
}
