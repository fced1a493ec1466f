use crate::artifacts::{report_file, weight_file};
use crate::output::out;
use crate::report::html;
use crate::report::terminal::{side_by_side, table, what_ran};
use anyhow::Result;
use nadir_core::report::Report as StoredReport;
use std::path::PathBuf;
use tracing::info;

/// Show reports: what ran, the figures of each arm, comparisons; as an HTML page with plots too.
///
/// Several reports stand side by side, a table for each figure.
#[derive(Debug, clap::Args)]
pub struct Report {
    /// A report.json, or a folder that holds one.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write a page with tables and plots that needs no other file.
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    /// Print the reports as a JSON list.
    #[arg(long)]
    json: bool,
}

impl Report {
    pub(super) fn run(self) -> Result<()> {
        let reports = self.paths.iter().map(|path| report_file::read(path)).collect::<Result<Vec<StoredReport>>>()?;
        let names = distinct(self.paths.iter().map(|path| report_file::name(path)).collect());
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
}

/// Names that occur more than once get their place in the list.
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
