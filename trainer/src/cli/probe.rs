use super::args::{ConfigArgs, DeviceArgs};
use crate::artifacts::run_folder::{CONFIG_FILE, ENCODER_FILE, RunFolder};
use crate::artifacts::weight_file;
use crate::config::Config;
use crate::data;
use crate::evaluate::leak::leaked;
use crate::evaluate::pretraining::monitor_curves;
use crate::evaluate::probe::{probe_baseline, probe_weights, report, write_probe};
use crate::output::{out, outln};
use crate::report::terminal::table;
use anyhow::{Context, Result, bail, ensure};
use std::path::PathBuf;
use std::time::Instant;
use tracing::warn;

/// Train a linear probe on the frozen encoder and measure it, before and after pretraining.
///
/// Without --config the run's own config is used. Where the run has no pretrained encoder, only its first weights
/// (the config's `weights`, or random ones) are probed. For a folder that is no run yet, a --config, or a --set of
/// data, encoder or weights, says what to probe.
#[derive(Debug, clap::Args)]
pub struct ProbeCommand {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Run folder with the pretrained encoder; the probe and its report are written there.
    #[arg(long, default_value = "runs/pretrain")]
    run: PathBuf,
    /// Probes an arm, with seeds that follow the config's; figures are given with mean and standard deviation.
    #[arg(long, default_value_t = 1)]
    seeds: usize,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl ProbeCommand {
    pub(super) fn run(self) -> Result<()> {
        ensure!(self.seeds > 0, "--seeds must be at least 1");
        let config = self.config.load_for_run(&self.run)?;
        config.data.expect_labels("`nadir probe`")?;
        self.expect_bands_of_run(&config)?;
        let is_new = !self.run.join(CONFIG_FILE).exists();
        let run = RunFolder::create(&self.run)?;
        let chosen = self.device.choose()?;
        let started = Instant::now();
        let dataset = data::load(&config)?;
        let leaked = leaked(&dataset);
        let mut arms = vec![probe_baseline(&config, &dataset, &leaked, self.seeds, &chosen)?];
        let encoder = run.path.join(ENCODER_FILE);
        if encoder.exists() {
            let weights = weight_file::read(&encoder)?;
            let arm = probe_weights(
                &config.pretrain.objective.title(),
                &config,
                &weights,
                &dataset,
                &leaked,
                self.seeds,
                &chosen,
            )
            .with_context(|| format!("with {}", encoder.display()))?;
            arms.push(arm);
        } else {
            warn!("{} is not there: only the first weights are probed", encoder.display());
        }
        let best = arms.last().expect("the baseline at least");
        write_probe(&run, &dataset, best)?;
        if is_new {
            run.write_config(&config.to_toml())?;
        }
        // What was measured of the pretraining on its way stands beside its loss.
        if let Some(pretrained) = arms.get_mut(1) {
            pretrained.arm.curves.extend(monitor_curves(&run));
        }
        let report = report(&config, &dataset, &leaked, arms, &run.epoch_losses(), started, &chosen);
        run.write_report(&report)?;
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            out!("{}", table(&report))?;
            outln!("report: {}", run.path.join("report.json").display())?;
            outln!("next: nadir export --run {} --out static/models/NAME", run.path.display())?;
        }
        Ok(())
    }
    /// That a run's encoder reads as many bands as the images that it is probed on have.
    fn expect_bands_of_run(&self, config: &Config) -> Result<()> {
        if !self.run.join(ENCODER_FILE).exists() || !self.run.join(CONFIG_FILE).exists() {
            return Ok(());
        }
        let of_run = RunFolder::read_config(&self.run)?.encoder;
        match of_run.band_fault(&config.data.band_settings()) {
            Some(fault) => bail!("the encoder of {}: {fault} (data.bands)", self.run.display()),
            None => Ok(()),
        }
    }
}
