use crate::artifacts::{report_file, weight_file};
use crate::output::out;
use crate::report::html;
use crate::report::pairs::pairs;
use crate::report::terminal::{compared, side_by_side, table, what_ran};
use anyhow::{Context, Result};
use nadir_core::report::{Report as StoredReport, differences};
use nadir_plot::report_view::{Named, Palette, ShownArm, Subject};
use serde_json::json;
use std::path::PathBuf;
use tracing::info;

/// Show reports: what ran, the figures of each arm, comparisons; as an HTML page with plots too.
///
/// Several reports stand side by side, a table for each figure. With --compare one arm stands against another: the
/// difference of every figure that both have, with 95 % intervals over seeds and over test images, paired where both are of
/// the same, and what each was taken from.
#[derive(Debug, clap::Args)]
pub struct Report {
    /// A report.json, or a folder that holds one.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write a page with tables and plots that needs no other file.
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    /// Compare the first report's arms with the second's, or two arms of one report: differences with intervals.
    #[arg(long)]
    compare: bool,
    /// An arm to compare, by its name: the first report's, then the second's. Without it every arm that both have.
    #[arg(long = "arm", value_name = "NAME", requires = "compare")]
    arms: Vec<String>,
    /// Print the reports as a JSON list; with --compare the differences.
    #[arg(long)]
    json: bool,
}

impl Report {
    pub(super) fn run(self) -> Result<()> {
        let reports = self.paths.iter().map(|path| report_file::read(path)).collect::<Result<Vec<StoredReport>>>()?;
        let names = distinct(self.paths.iter().map(|path| report_file::name(path)).collect());
        if self.compare {
            return self.print_compared(&names, &reports);
        }
        if let Some(out) = &self.html {
            weight_file::write_atomically(out, html::page(&names, &reports).as_bytes())?;
            info!(path = %out.display(), "page: {}", out.display());
        }
        let mut text = String::new();
        if self.json {
            text = serde_json::to_string_pretty(&reports)? + "\n";
        } else if let [report] = reports.as_slice() {
            text = what_ran(report) + &table(report);
        } else {
            for (name, report) in names.iter().zip(&reports) {
                text.push_str(&format!("{name}: {}", what_ran(report)));
            }
            text.push_str(&side_by_side(&names, &reports));
        }
        out!("{text}")
    }

    fn print_compared(&self, names: &[String], reports: &[StoredReport]) -> Result<()> {
        let named: Vec<Named> = names.iter().zip(reports).map(|(name, report)| Named { name, report }).collect();
        let subject = Subject::new(&named, &Palette::of(reports));
        let pairs = pairs(&subject, &self.arms)?;
        let cannot = |[a, b]: &[ShownArm; 2]| format!("{} and {} cannot be compared", a.name, b.name);
        let mut text = String::new();
        let mut all = Vec::new();
        for pair in &pairs {
            let [a, b] = pair;
            let compared = compared(a, b).with_context(|| cannot(pair))?;
            text.push_str(&compared);
            let differences = differences(a.side(), b.side()).with_context(|| cannot(pair))?;
            all.push(json!({"arm": a.key(), "against": b.key(), "differences": differences}));
        }
        if let Some(out) = &self.html {
            weight_file::write_atomically(out, html::compared_page(&subject, &pairs)?.as_bytes())?;
            info!(path = %out.display(), "page: {}", out.display());
        }
        if self.json {
            text = serde_json::to_string_pretty(&all)? + "\n";
        }
        out!("{text}")
    }
}

/// Names that occur more than once get their index in the list.
fn distinct(names: Vec<String>) -> Vec<String> {
    let times = |name: &String| names.iter().filter(|other| *other == name).count();
    let numbered = names.iter().enumerate();
    numbered
        .map(|(index, name)| if times(name) > 1 { format!("{name} ({})", index + 1) } else { name.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn reports_of_the_same_name_can_be_told_apart() {
        let names = super::distinct(["a", "b", "a"].map(str::to_owned).to_vec());
        assert_eq!(names, ["a (1)", "b", "a (3)"]);
    }
}
