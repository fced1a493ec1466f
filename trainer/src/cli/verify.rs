use super::args::DeviceArgs;
use super::data::AuditArgs;
use super::detect::Eval;
use crate::artifacts::report_file;
use crate::artifacts::run_folder::CONFIG_FILE;
use crate::config::{Config, DetectConfig};
use crate::device::ChosenDevice;
use crate::output::{out, outln};
use crate::predict::LoadedBundle;
use crate::train::stop::Interrupted;
use crate::verify::{
    CannotVerify, Compared, Computed, ablation_again, compare, figures_of_bundle, figures_of_labels, pretraining_again,
    probe_again, ranking_again, reported_figures, teach_again,
};
use anyhow::{Result, bail, ensure};
use nadir_core::bundle::{DESCRIPTION_FILE, FIGURE_TOLERANCE};
use nadir_core::report::{Consistency, Report};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Compute a report's figures again from its run or bundle and its data, and compare them digit by digit.
///
/// First those figures are compared that follow from others in the report, which needs nothing else. Then what the report
/// is of is measured again, by the config in the report and on the same split: the probes of `nadir probe` and `nadir study
/// ablation` are trained and measured on the encoders as they are kept, a detector is run and measured, an audit is done
/// again; of `nadir study ranking` the figures are computed from the predictions and scores that the run keeps. What was
/// computed and what was only read is printed. Of a bundle's folder the figures in its bundle.json are compared.
///
/// Exit codes: 0 all as reported, 1 something differs, 2 it cannot be verified here, and why.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// A report.json or a folder that holds one; or a bundle's folder.
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// The run folder that the report is of. Without it that which the report lies in, or its command names.
    #[arg(long, value_name = "FOLDER")]
    run: Option<PathBuf>,
    /// The bundle that the last arm of a `nadir probe` was exported as: what of the report it has is computed, as the page
    /// does. Figures then count as the same up to 0.002, for a bundle's weights are rounded to 16 bits.
    #[arg(long, value_name = "FOLDER", conflicts_with = "run")]
    bundle: Option<PathBuf>,
    /// The config that a bundle was trained by, where REPORT is a bundle: it says on which images.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the report's config, for data that lie elsewhere: --set data.images=FOLDER. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// The data set of an audit, where it lies elsewhere than its command says.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Compare only what follows from other figures in the report: no data, no run, nothing is measured.
    #[arg(long, conflicts_with_all = ["run", "bundle", "config", "sets", "data"])]
    consistency: bool,
    /// Differences up to this count as the same, for another machine than the report's: sums are in another order there.
    #[arg(long, value_name = "X")]
    tolerance: Option<f64>,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Numbers of about 1 that are nearer to each other differ in what JSON rounds.
const LAST_DIGIT: f64 = 1e-12;

/// Differences that are printed; all are in the JSON.
const SHOWN: usize = 20;

/// What stands in REPORT, to be compared.
enum Reported {
    Report(Box<Report>),
    Bundle(Box<LoadedBundle>),
}

impl Verify {
    pub(super) fn run(self) -> Result<()> {
        let reported = self.read()?;
        let (consistency, figures) = match &reported {
            Reported::Report(report) => (report.consistency(), serde_json::to_value(report)?),
            Reported::Bundle(bundle) => (Consistency::default(), reported_figures(bundle)),
        };
        if !self.json {
            self.print_consistency(&reported, &consistency)?;
        }
        if self.consistency {
            return self.end(&consistency, None);
        }
        let computed = self.compute(&reported).map_err(|error| self.why_not(error, &consistency))?;
        let tolerance = self.tolerance.unwrap_or(match (&reported, &self.bundle) {
            (Reported::Report(_), None) => 0.0,
            _ => FIGURE_TOLERANCE,
        });
        let compared = compare(&figures, &computed.figures, computed.extent, tolerance);
        if !self.json {
            print_compared(&compared, &computed, tolerance)?;
        }
        self.end(&consistency, Some((&compared, &computed, tolerance)))
    }

    fn read(&self) -> Result<Reported> {
        let folder = match self.report.file_name() {
            Some(name) if name == DESCRIPTION_FILE => self.report.parent().unwrap_or(Path::new(".")),
            _ => self.report.as_path(),
        };
        if folder.join(DESCRIPTION_FILE).is_file() {
            ensure!(!self.consistency, "a bundle's figures do not follow from each other; leave --consistency out");
            let bundle = LoadedBundle::load(folder, &self.device.choose()?.device)?;
            return Ok(Reported::Bundle(Box::new(bundle)));
        }
        Ok(Reported::Report(Box::new(report_file::read(&self.report)?)))
    }

    fn compute(&self, reported: &Reported) -> Result<Computed> {
        match reported {
            Reported::Bundle(bundle) => {
                let config = self.config.as_deref().map(|file| Config::load(Some(file), &self.sets)).transpose()?;
                figures_of_bundle(bundle, config.as_ref(), bundle.folder())
            }
            Reported::Report(report) => self.compute_report(report),
        }
    }

    fn compute_report(&self, report: &Report) -> Result<Computed> {
        let chosen = self.device.choose()?;
        let run = self.run_of(report);
        let run = run.as_deref();
        let config = || Config::of_report(&report.config, &self.sets);
        if let Some(folder) = &self.bundle {
            ensure!(
                report.study == "probe",
                "--bundle is for reports of `nadir probe`, and this is of {}",
                report.study
            );
            return figures_of_labels(report, &config()?, &LoadedBundle::load(folder, &chosen.device)?, folder);
        }
        match report.study.as_str() {
            "probe" => probe_again(report, &config()?, run, &chosen),
            "ablation" => ablation_again(report, &config()?, run, &chosen),
            "ranking" => ranking_again(report, &config()?, run, &chosen),
            "teach" => teach_again(report, &config()?, &chosen),
            "pretraining" => pretraining_again(report, &config()?, run, &chosen),
            "detection" => self.detection(report, run),
            "data audit" => self.audit(report, &chosen),
            other => bail!("figures of a report of kind {other:?} are of a machine, or of files that it does not name"),
        }
    }

    fn detection(&self, report: &Report, run: Option<&Path>) -> Result<Computed> {
        let eval = Eval::of_command(&report.command, run)?;
        let computed = eval.measure(Some(DetectConfig::of_report(&report.config, &self.sets)?))?;
        let how = format!("the detector in {} run and measured again", eval.run_folder().display());
        Computed::whole(report, &computed, how)
    }

    fn audit(&self, report: &Report, chosen: &ChosenDevice) -> Result<Computed> {
        let computed = AuditArgs::of_command(&report.command, self.data.as_deref())?.measure(chosen)?;
        Computed::whole(report, &computed, "the audit done again".to_owned())
    }

    /// The run that a report is of: the one named, the folder that it lies in, or that which its command names.
    fn run_of(&self, report: &Report) -> Option<PathBuf> {
        if self.run.is_some() {
            return self.run.clone();
        }
        let own = if self.report.is_dir() { Some(self.report.as_path()) } else { self.report.parent() };
        let named = || {
            let mut words = report.command.split_whitespace();
            words.find(|word| *word == "--run").and_then(|_| words.next()).map(PathBuf::from)
        };
        let own = own.map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
        own.filter(|folder| folder.join(CONFIG_FILE).is_file()).map(Path::to_owned).or_else(named)
    }

    /// An error on the way to the figures says that nothing is known of them; a fault that was found before stays one.
    fn why_not(&self, error: anyhow::Error, consistency: &Consistency) -> anyhow::Error {
        if error.is::<Interrupted>() || error.is::<CannotVerify>() {
            return error;
        }
        let faults = match consistency.faults.len() {
            0 => String::new(),
            faults => format!(". {faults} figures contradict others in the report all the same"),
        };
        CannotVerify(format!(
            "{error:#}. Paths are as in the report's config and command: run where the study ran, or name others with \
             --set, --data and --run{faults}"
        ))
        .into()
    }

    fn print_consistency(&self, reported: &Reported, consistency: &Consistency) -> Result<()> {
        let path = self.report.display();
        match reported {
            Reported::Bundle(bundle) => outln!("{path}: the bundle {}", bundle.bundle.name)?,
            Reported::Report(report) => {
                let revision = report.revision.as_deref().map(|of| format!(" ({of})")).unwrap_or_default();
                let Report { study, version, device, finished, .. } = report.as_ref();
                outln!("{path}: {study} of {finished} by nadir {version}{revision} on {device}")?;
                if consistency.checked == 0 {
                    outln!("consistency: no figure in it follows from others")?;
                    return Ok(());
                }
                outln!(
                    "consistency: {} of {} figures that others in the report give are what these give",
                    consistency.checked.saturating_sub(consistency.faults.len()),
                    consistency.checked
                )?;
            }
        }
        for fault in consistency.faults.iter().take(SHOWN) {
            outln!("  {fault}")?;
        }
        for remark in &consistency.remarks {
            outln!("  unusual: {remark}")?;
        }
        Ok(())
    }

    fn end(&self, consistency: &Consistency, compared: Option<(&Compared, &Computed, f64)>) -> Result<()> {
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&as_json(consistency, compared))?)?;
        }
        let differences = compared.map_or(0, |(compared, ..)| compared.differences.len());
        match (consistency.faults.len(), differences) {
            (0, 0) => Ok(()),
            (faults, 0) => bail!("{faults} figures do not follow from those that they must follow from"),
            (0, differences) => bail!("{differences} figures differ from the report's"),
            (faults, differences) => {
                bail!("{differences} figures differ from the report's, {faults} contradict others")
            }
        }
    }
}

fn print_compared(compared: &Compared, computed: &Computed, tolerance: f64) -> Result<()> {
    outln!("computed again: {}", computed.how)?;
    let differences = &compared.differences;
    let width = differences.iter().take(SHOWN).map(|one| one.figure.chars().count()).max().unwrap_or(0);
    for one in differences.iter().take(SHOWN) {
        let by = one.by.map(|by| format!("  {by:+.3e}")).unwrap_or_default();
        outln!(
            "  {:<width$}  reported {}  computed {}{by}",
            one.figure,
            or_none(&one.reported),
            or_none(&one.computed)
        )?;
    }
    if differences.len() > SHOWN {
        outln!("  and {} more (all with --json)", differences.len() - SHOWN)?;
    }
    let numbers = compared.numbers;
    let within = match compared.largest_within {
        largest if largest < LAST_DIGIT => ", each to its last digit".to_owned(),
        largest => format!(", up to {largest:.1e} apart"),
    };
    let up_to = if tolerance > 0.0 { format!(" (the same up to {tolerance})") } else { String::new() };
    match differences.len() {
        0 => outln!("{numbers} numbers are as reported{within}{up_to}")?,
        count => outln!("{count} of {numbers} numbers, or what they are of, differ{up_to}")?,
    }
    if !compared.not_computed.is_empty() {
        let names: Vec<&str> = compared.not_computed.iter().map(String::as_str).collect();
        out!("not computed: {}\n", names.join("; "))?;
    }
    Ok(())
}

fn or_none(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

fn as_json(consistency: &Consistency, compared: Option<(&Compared, &Computed, f64)>) -> Value {
    let faults = consistency.faults.iter().map(|fault| {
        json!({"figure": fault.figure, "reported": fault.reported, "follows": fault.follows, "from": fault.from})
    });
    let computed = compared.map(|(compared, computed, tolerance)| {
        let differences = compared
            .differences
            .iter()
            .map(|one| json!({"figure": one.figure, "reported": one.reported, "computed": one.computed, "by": one.by}));
        json!({
            "how": computed.how,
            "figures": computed.figures,
            "tolerance": tolerance,
            "numbers": compared.numbers,
            "largest_within": compared.largest_within,
            "differences": differences.collect::<Vec<_>>(),
            "not_computed": compared.not_computed,
        })
    });
    json!({
        "consistency": {
            "checked": consistency.checked,
            "faults": faults.collect::<Vec<_>>(),
            "remarks": consistency.remarks,
        },
        "computed": computed,
    })
}
