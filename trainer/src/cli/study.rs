use super::args::{ConfigArgs, DeviceArgs};
use crate::artifacts::report_file::REPORT_FILE;
use crate::artifacts::run_folder::{CONFIG_FILE, RunFolder};
use crate::config::Config;
use crate::data;
use crate::evaluate::{ablation, ranking, teach};
use crate::output::{out, outln};
use crate::preflight::study::dry_run;
use crate::progress::duration;
use crate::report::terminal::table;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use nadir_core::report::Report;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Run a whole study: several trainings, or ways to teach a head, measured alike and compared.
#[derive(Debug, Args)]
pub struct Study {
    #[command(subcommand)]
    study: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Ablation(Ablation),
    Ranking(Ranking),
    Teach(Teach),
}

/// Softmax, SupCon, ranked positives and RINCE on crops of objects: classification, whether the ranking holds, and
/// out-of-distribution detection.
///
/// Every training's result is kept in the run folder; the same command goes on with a study that was stopped. The
/// report is RUN/report.json.
#[derive(Debug, Args)]
struct Ranking {
    #[command(flatten)]
    common: Common,
    /// Run folder that trainings and report are written to; runs/ranking if not given.
    #[arg(long)]
    run: Option<PathBuf>,
}

/// How many clicks teach a class: a simulated teacher answers about the images that the page would ask about, against
/// images drawn at random, and the head is measured after every answer.
///
/// Nothing is trained but the head. The embeddings of the bundle in study.teach.bundle are computed once and kept in the
/// run folder. The report is RUN/report.json.
#[derive(Debug, Args)]
struct Teach {
    #[command(flatten)]
    common: Common,
    /// Run folder that embeddings and report are written to; runs/teach if not given.
    #[arg(long)]
    run: Option<PathBuf>,
}

/// Options of all studies.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Common {
    /// The config given, or that of the run folder where none is, changed by each --set, and the folder. Without any of
    /// them the study is that of the defaults.
    fn config(&self, run: Option<&Path>, default_run: &str) -> Result<(Config, PathBuf)> {
        let folder = run.unwrap_or(Path::new(default_run));
        let is_default = run.is_none() && !folder.join(CONFIG_FILE).exists();
        let config = if is_default { self.config.load()? } else { self.config.load_for_run(folder)? };
        Ok((config, folder.to_owned()))
    }

    fn print(&self, report: &Report, run: &Path) -> Result<()> {
        if self.json {
            outln!("{}", serde_json::to_string_pretty(report)?)?;
            return Ok(());
        }
        out!("{}", table(report))?;
        outln!(
            "{} of work; report: {}",
            duration(Duration::from_secs_f64(report.wall_time_s)),
            run.join(REPORT_FILE).display()
        )?;
        outln!("next: nadir report {} --html report.html", run.display())?;
        Ok(())
    }
}

/// Frozen start, SimCLR, DCL, SupCon, MulSupCon, Jaccard SupCon and supervised training, each with a linear probe.
///
/// Each arm's result is kept in the run folder; the same command goes on with a study that was stopped. The report is
/// RUN/report.json.
#[derive(Debug, Args)]
struct Ablation {
    #[command(flatten)]
    common: Common,
    /// Run folder that trainings and report are written to; runs/ablation if not given.
    #[arg(long)]
    run: Option<PathBuf>,
    /// Check data, weights, memory and disk, estimate the time, and train nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Study {
    pub(super) fn run(self) -> Result<()> {
        match self.study {
            Kind::Ablation(ablation) => ablation.run(),
            Kind::Ranking(ranking) => ranking.run(),
            Kind::Teach(teach) => teach.run(),
        }
    }
}

impl Ablation {
    fn run(self) -> Result<()> {
        let (mut config, folder) = self.common.config(self.run.as_deref(), "runs/ablation")?;
        if config.study.arms.is_empty() {
            config.study.arms = ablation::default_arms();
        }
        config.data.expect_labels("`nadir study ablation`, which measures every arm by a probe,")?;
        let chosen = self.common.device.choose()?;
        if self.dry_run {
            let findings = dry_run(&config, &folder, &chosen);
            if self.common.json {
                outln!("{}", serde_json::to_string_pretty(&findings)?)?;
            } else {
                out!("{findings}")?;
            }
            if !findings.ready() {
                bail!("the study cannot run as it stands: see the lines that say \"missing\"");
            }
            return Ok(());
        }
        let run = RunFolder::create(&folder)?;
        let dataset = data::load(&config)?;
        let report = ablation::ablation(&config, &dataset, &run, &chosen)?;
        self.common.print(&report, &folder)
    }
}

impl Teach {
    fn run(self) -> Result<()> {
        let (config, folder) = self.common.config(self.run.as_deref(), "runs/teach")?;
        let chosen = self.common.device.choose()?;
        let run = RunFolder::create(&folder)?;
        let report = teach::teach_study(&config, &run, &chosen)?;
        self.common.print(&report, &folder)
    }
}

impl Ranking {
    fn run(self) -> Result<()> {
        let (mut config, folder) = self.common.config(self.run.as_deref(), "runs/ranking")?;
        if config.study.arms.is_empty() {
            config.study.arms = ranking::default_arms();
        }
        let chosen = self.common.device.choose()?;
        let run = RunFolder::create(&folder)?;
        let report = ranking::ranking_study(&config, &run, &chosen)?;
        self.common.print(&report, &folder)
    }
}
