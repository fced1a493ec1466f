use super::args::{ConfigArgs, DeviceArgs};
use super::folder_run::{expect_folder, settings_of_folder};
use crate::artifacts::report_file::REPORT_FILE;
use crate::artifacts::run_folder::{ENCODER_FILE, RunFolder};
use crate::config::Config;
use crate::data;
use crate::device::ChosenDevice;
use crate::distributed::{Launch, run_ranks};
use crate::evaluate::pretraining::{monitor_curves, report};
use crate::output::outln;
use crate::progress::duration;
use crate::train::pretrain::pretrain;
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tracing::info;

/// Pretrain an encoder with SimCLR, or another objective (`--set pretrain.objective.kind=...`).
///
/// With a FOLDER, every image below it is taken and no config is needed: `nadir pretrain photos --run runs/photos`.
///
/// Writes RUN/checkpoints, RUN/metrics.jsonl, RUN/config.toml and, at the end, RUN/encoder.safetensors under
/// torchvision's tensor names; with pretrain.monitor.every, which a FOLDER has, also RUN/report.json, and with
/// pretrain.tensorboard event files for TensorBoard. Ctrl-C saves and stops; --resume goes on, to the same weights bit
/// for bit on the same device and thread count.
///
/// Several GPUs of one machine: --devices 8. Several machines, with a build with `--features mpi`: `mpirun -n 4 nadir
/// pretrain ...`, or srun --mpi=pmix and the templates in trainer/deploy; each process holds --devices ranks.
/// pretrain.batch_size is that of all together. Rank 0 alone writes RUN.
#[derive(Debug, clap::Args)]
pub struct Pretrain {
    /// Folder of images, at any depth, to pretrain on without a config: what is not set follows from the images and this
    /// machine, is printed, and stands in RUN/config.toml. With --config, only the images are the folder's.
    folder: Option<PathBuf>,
    /// Passes over the training images: --set pretrain.epochs=N.
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Encoder, such as resnet18, resnet50 or efficientnet_lite0: --set encoder.encoder=NAME.
    #[arg(long, value_name = "NAME")]
    encoder: Option<String>,
    /// Weights to start from, .pth or .safetensors, or a folder of `nadir export --hub`: --set weights=PATH.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
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

/// What a training is to be.
struct Settings {
    config: Config,
    /// What of it was chosen for a folder, a line each.
    lines: Vec<String>,
    /// What computes, where the settings hang on it.
    devices: Option<Vec<ChosenDevice>>,
}

impl Pretrain {
    pub(super) fn run(mut self) -> Result<()> {
        self.take_up_flags();
        let Settings { config, lines, devices } = self.settings()?;
        ensure!(config.pretrain.epochs > 0, "pretrain.epochs must be at least 1");
        let launch = Launch::join(self.devices)?;
        // The folder of another rank than the first is neither made nor looked at.
        let run = if launch.has_first() { RunFolder::create(&self.run)? } else { RunFolder { path: self.run } };
        let devices = match devices {
            Some(devices) => devices,
            None => launch.choose(self.device.device)?,
        };
        lines.iter().for_each(|line| info!("folder: {line}"));
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
        let is_measured = config.pretrain.monitor.every > 0;
        if is_measured {
            run.write_report(&report(&config, &dataset, &run, started, &devices[0]))?;
        }
        if self.json {
            let mut answer = serde_json::json!({"encoder": file, "epoch_losses": run.epoch_losses(),
                "images_per_second": pretrained.images_per_second, "device": devices[0].name, "ranks": launch.ranks(),
                "wall_time_s": started.elapsed().as_secs_f64()});
            if is_measured {
                answer["held_out"] = serde_json::to_value(monitor_curves(&run))?;
            }
            outln!("{answer}")?;
            return Ok(());
        }
        outln!("pretrained in {}; the encoder is {}", duration(started.elapsed()), file.display())?;
        if is_measured {
            outln!("report: {}", run.path.join(REPORT_FILE).display())?;
        }
        match config.data.image_folder().filter(|_| !config.data.has_labels()) {
            Some(images) => outln!(
                "next: nadir embed --run {} --images {} --out embeddings.parquet{}",
                run.path.display(),
                images.display(),
                config
                    .data
                    .tiling()
                    .map_or(String::new(), |tiles| { format!(" --tile {} --stride {}", tiles.side, tiles.stride) })
            )?,
            None => outln!("next: nadir probe --run {}", run.path.display())?,
        }
        Ok(())
    }

    /// What the flags say, as the settings that they stand for; a --set of the same key comes after them.
    fn take_up_flags(&mut self) {
        let text = |path: &Path| toml::Value::String(path.display().to_string());
        let flags = [
            self.epochs.map(|epochs| format!("pretrain.epochs={epochs}")),
            self.encoder.as_ref().map(|name| format!("encoder.encoder={name}")),
            self.weights.as_deref().map(|file| format!("weights={}", text(file))),
        ];
        self.config.sets.splice(0..0, flags.into_iter().flatten());
    }

    fn settings(&self) -> Result<Settings> {
        let Some(folder) = &self.folder else {
            let config = if self.resume { self.config.load_for_run(&self.run)? } else { self.config.load()? };
            return Ok(Settings { config, lines: Vec::new(), devices: None });
        };
        // A run that has begun goes on with its settings, whatever the machine has free now.
        if self.resume && RunFolder::config_file(&self.run).is_ok() {
            let config = self.config.load_for_run(&self.run)?;
            expect_folder(&config, folder, &self.run)?;
            return Ok(Settings { config, lines: Vec::new(), devices: None });
        }
        let launch = Launch::join(self.devices)?;
        let choose = || launch.choose(self.device.device);
        let (chosen, devices) = settings_of_folder(folder, &self.config, &self.run, launch.ranks(), choose)?;
        Ok(Settings { config: chosen.config, lines: chosen.lines, devices: Some(devices) })
    }
}
