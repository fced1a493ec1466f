use crate::artifacts::detector_file::WEIGHTS_FILE;
use crate::artifacts::run_folder::RunFolder;
use crate::cli::args::{DeviceArgs, file_of_run};
use crate::config::DetectConfig;
use crate::data::detection::load_parts;
use crate::output::{out, outln};
use crate::preflight::detector::dry_run;
use crate::progress::duration;
use crate::train::detect::train;
use anyhow::{Result, ensure};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// Train a detector on annotated images (VOC, COCO or generated scenes).
///
/// Writes RUN/checkpoints, RUN/metrics.jsonl, RUN/config.toml and, after each measurement on the validation images that
/// is the best so far, RUN/detector.safetensors under torchvision's tensor names with RUN/detector.json. Ctrl-C saves
/// and stops; --resume goes on, to the same weights bit for bit on the same device and thread count.
#[derive(Debug, Args)]
pub struct Train {
    /// TOML file with the experiment (see trainer/configs/detect_*.toml); settings that it omits have their defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, over the file's, for example `--set train.epochs=5`. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Run folder that checkpoints and the detector are written to.
    #[arg(long, default_value = "runs/detect")]
    run: PathBuf,
    /// Go on from the run folder's newest checkpoint (with its config.toml where no --config is given; each --set
    /// changes it). A run can be prolonged: --resume --set train.epochs=N.
    #[arg(long)]
    resume: bool,
    /// Check data, weights, memory and disk, estimate the time, and train nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Train {
    pub(super) fn run(self) -> Result<()> {
        let file = match self.resume {
            true => file_of_run(self.config.as_deref(), &self.sets, &self.run)?,
            false => self.config.clone(),
        };
        let config = DetectConfig::load(file.as_deref(), &self.sets)?;
        let chosen = self.device.choose()?;
        if self.dry_run {
            let findings = dry_run(&config, &self.run, &chosen);
            if self.json {
                outln!("{}", serde_json::to_string_pretty(&findings)?)?;
            } else {
                out!("{findings}")?;
            }
            ensure!(findings.ready(), "the training cannot run as it stands: see the lines that say \"missing\"");
            return Ok(());
        }
        let run = RunFolder::create(&self.run)?;
        let started = Instant::now();
        let data = load_parts(&config)?;
        let trained = train(&config, &data, &run, self.resume, &chosen)?;
        let file = run.path.join(WEIGHTS_FILE);
        if self.json {
            outln!(
                "{}",
                serde_json::json!({"detector": file, "figures": trained.description.figures,
                    "images_per_second": trained.images_per_second, "epoch_losses": run.epoch_losses(),
                    "device": chosen.name, "wall_time_s": started.elapsed().as_secs_f64()})
            )?;
        } else {
            let figures = trained.description.figures;
            outln!("trained in {}; the detector is {}", duration(started.elapsed()), file.display())?;
            for (name, value) in figures {
                outln!("  {name} {value:.4}")?;
            }
            outln!("next: nadir detect eval --run {}", run.path.display())?;
        }
        Ok(())
    }
}
