use super::{ConfigArgs, DeviceArgs};
use crate::config::Config;
use crate::data;
use crate::evaluate::ablation::ablation;
use crate::evaluate::dry_run::dry_run;
use crate::report_table::table;
use crate::train::progress::duration;
use crate::train::run_folder::{CONFIG_FILE, RunFolder};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Run a whole study: several trainings, measured alike and compared.
#[derive(Debug, Args)]
pub struct Study {
    #[command(subcommand)]
    study: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Ablation(Ablation),
}

/// Frozen start, SimCLR, DCL, SupCon, MulSupCon, Jaccard SupCon and supervised training, each with a linear probe.
///
/// Each arm's result is kept in the run folder; the same command goes on with a study that was stopped. The report is
/// RUN/report.json.
#[derive(Debug, Args)]
struct Ablation {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Run folder.
    #[arg(long, default_value = "runs/ablation")]
    run: PathBuf,
    /// Check data, weights, memory and disk, estimate the time, and train nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the report (or the dry run's findings) as JSON.
    #[arg(long)]
    json: bool,
}

impl Study {
    pub(super) fn run(self) -> Result<()> {
        match self.study {
            Kind::Ablation(ablation) => ablation.run(),
        }
    }
}

impl Ablation {
    fn run(self) -> Result<()> {
        let saved = self.run.join(CONFIG_FILE);
        let config = if self.config.config.is_none() && self.config.sets.is_empty() && saved.exists() {
            Config::load(Some(&saved), &[])?
        } else {
            self.config.load()?
        };
        let chosen = self.device.choose()?;
        if self.dry_run {
            let findings = dry_run(&config, &self.run, &chosen);
            if self.json {
                println!("{}", serde_json::to_string_pretty(&findings)?);
            } else {
                print!("{findings}");
            }
            if !findings.ready() {
                bail!("the study cannot run as it stands: see the lines that say \"missing\"");
            }
            return Ok(());
        }
        let run = RunFolder::create(&self.run)?;
        let dataset = data::load(&config)?;
        let report = ablation(&config, &dataset, &run, &chosen)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{}", table(&report));
            println!(
                "{} of work; report: {}",
                duration(Duration::from_secs_f64(report.wall_time_s)),
                run.path.join("report.json").display()
            );
            println!("next: nadir report {} --html report.html", run.path.display());
        }
        Ok(())
    }
}
