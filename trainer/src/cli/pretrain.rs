use super::args::{ConfigArgs, DeviceArgs};
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::data;
use crate::distributed::{Launch, run_ranks};
use crate::output::outln;
use crate::progress::duration;
use crate::train::pretrain::pretrain;
use anyhow::{Result, ensure};
use std::path::PathBuf;
use std::time::Instant;
use tracing::info;

/// Pretrain an encoder with SimCLR, or another objective (`--set pretrain.objective.kind=...`).
///
/// Writes RUN/checkpoints, RUN/metrics.jsonl, RUN/config.toml and, at the end, RUN/encoder.safetensors under
/// torchvision's tensor names. Ctrl-C saves and stops; --resume goes on, to the same weights bit for bit on the same
/// device and thread count.
///
/// Several GPUs of one machine: --devices 8. Several machines: start the command on each, with WORLD_SIZE (processes),
/// RANK (this one, from 0), MASTER_ADDR and MASTER_PORT (where rank 0 runs) set, as torchrun and the templates in
/// trainer/deploy do. pretrain.batch_size is that of all together. Rank 0 alone writes RUN.
#[derive(Debug, clap::Args)]
pub struct Pretrain {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Devices that train together, each with its shard of the global batch.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    devices: usize,
    /// Run folder that checkpoints and the encoder are written to.
    #[arg(long, default_value = "runs/pretrain")]
    run: PathBuf,
    /// Go on from the run folder's newest checkpoint (with its config.toml where no --config is given; each --set
    /// changes it). With pretrain.schedule = "constant" a run can be prolonged: --resume --set pretrain.epochs=N.
    #[arg(long)]
    resume: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Pretrain {
    pub(super) fn run(self) -> Result<()> {
        let config = if self.resume { self.config.load_for_run(&self.run)? } else { self.config.load()? };
        ensure!(config.pretrain.epochs > 0, "pretrain.epochs must be at least 1");
        let launch = Launch::from_environment(self.devices)?;
        // The folder of another rank than the first is neither made nor looked at.
        let run = if launch.has_first() { RunFolder::create(&self.run)? } else { RunFolder { path: self.run } };
        let devices = launch.choose(self.device.device)?;
        devices.iter().for_each(|chosen| info!(device = %chosen.name, "device: {}", chosen.name));
        let started = Instant::now();
        let dataset = data::load(&config)?;
        let pretrained = run_ranks(&launch, &devices, |group, chosen| {
            pretrain(&config, &dataset, &run, self.resume, chosen, group)
        })?;
        if !launch.has_first() {
            return Ok(());
        }
        run.write_encoder(&pretrained.encoder)?;
        let file = run.path.join(ENCODER_FILE);
        if self.json {
            outln!(
                "{}",
                serde_json::json!({"encoder": file, "epoch_losses": run.epoch_losses(), "images_per_second": pretrained.images_per_second,
                    "device": devices[0].name, "ranks": launch.ranks(), "wall_time_s": started.elapsed().as_secs_f64()})
            )?;
        } else {
            outln!("pretrained in {}; the encoder is {}", duration(started.elapsed()), file.display())?;
            outln!("next: nadir probe --run {}", run.path.display())?;
        }
        Ok(())
    }
}
