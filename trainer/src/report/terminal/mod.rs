//! A report's figures as text for a terminal.

mod aligned;
mod audit;
mod error_kinds;
mod figure;
mod leak;
mod per_label;
mod published;
mod two_arms;

use aligned::{aligned, whole_width};
pub use figure::figure;
use figure::rounded;
use nadir_core::report::{Comparison, Report, Scalar};
use nadir_plot::number::{measured, signed};
use nadir_plot::report_view::{Palette, elapsed, families, images, labels_without_positive, scalar_names};
pub use two_arms::compared;

/// Columns of a terminal.
const WIDTH: usize = 120;
/// Columns for reports of so many figures that they are grouped; such tables have short cells.
const GROUPED_WIDTH: usize = 100;

/// The figures: arms by scalars, comparisons, figures by label, what papers report.
pub fn table(report: &Report) -> String {
    let mut text = audit::text(report);
    let names = scalar_names([report]);
    let (alone, families) = families(&names);
    let limit = if families.is_empty() { WIDTH } else { GROUPED_WIDTH };
    if !alone.is_empty() {
        let columns: Vec<(&str, &str)> = alone.iter().map(|name| (*name, *name)).collect();
        text.push_str(&arms_by(report, &columns, figure, limit));
        text.push_str(reading(report));
    }
    for family in &families {
        text.push_str(&format!("{}\n", family.heading()));
        text.push_str(&arms_by(report, &family.scalars, rounded, limit));
    }
    if !families.is_empty() {
        text.push_str("  mean +- sample standard deviation over the seeds; --html writes a page with intervals\n");
    }
    text.push_str(&leak::text(report, limit));
    text.push_str(&comparisons(&report.comparisons, limit));
    let without = labels_without_positive(report);
    let with = report.labels.len() - without.len();
    if report.arms.iter().any(|arm| !arm.test_average_precision.is_empty()) {
        text.push_str(&format!("average precision of the {with} labels with a positive among the test images\n"));
        let head = [String::new()].into_iter().chain(report.arms.iter().map(|arm| arm.name.clone())).collect();
        let mut rows: Vec<Vec<String>> = vec![head];
        for (index, label) in report.labels.iter().enumerate().filter(|(_, label)| !without.contains(&label.as_str())) {
            let cells = report.arms.iter().map(|arm| match arm.test_average_precision.get(index) {
                Some(Some(value)) => measured(*value, 3),
                Some(None) => "no positive".into(),
                None => "-".into(),
            });
            rows.push([label.clone()].into_iter().chain(cells).collect());
        }
        text.push_str(&aligned(&rows, WIDTH));
    }
    if !without.is_empty() {
        text.push_str(&format!("no positive among the test images: {}\n", without.join(", ")));
    }
    text.push_str(&per_label::text(report, limit));
    text.push_str(&error_kinds::text(report, limit));
    text.push_str(&published::text(report, limit));
    text
}

/// A row for each arm, a column for each scalar, given by its name and the column's.
fn arms_by(report: &Report, columns: &[(&str, &str)], cell: fn(&Scalar) -> String, limit: usize) -> String {
    let head = [""].into_iter().chain(columns.iter().map(|(_, column)| *column)).map(str::to_owned).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    for arm in &report.arms {
        let cells = columns.iter().map(|(scalar, _)| arm.scalars.get(*scalar).map_or("-".to_owned(), cell));
        rows.push([arm.name.clone()].into_iter().chain(cells).collect());
    }
    aligned(&rows, limit)
}

/// Differences between arms: in one table, or in one for each scalar where grouped figures would make that too wide.
fn comparisons(comparisons: &[Comparison], limit: usize) -> String {
    if comparisons.is_empty() {
        return String::new();
    }
    let mut text =
        "differences on the same test images [95 % of the resampled ones], share of them above 0\n".to_owned();
    let rows = |of: &[&Comparison], scalar: &str| {
        let mut rows = vec![["", scalar, "difference", "interval", "above 0"].map(str::to_owned).to_vec()];
        for comparison in of {
            let [low, high] = comparison.interval.map(|end| signed(end, 4));
            rows.push(vec![
                format!("{} - {}", comparison.arm, comparison.against),
                comparison.scalar.clone(),
                signed(comparison.difference, 4),
                format!("[{low}, {high}]"),
                measured(comparison.share_above_zero, 3),
            ]);
        }
        rows
    };
    let all: Vec<&Comparison> = comparisons.iter().collect();
    let whole = rows(&all, "scalar");
    if limit == WIDTH || whole_width(&whole) <= limit {
        return text + &aligned(&whole, limit);
    }
    let mut scalars: Vec<&str> = Vec::new();
    for comparison in comparisons {
        if !scalars.contains(&comparison.scalar.as_str()) {
            scalars.push(&comparison.scalar);
        }
    }
    for scalar in scalars {
        text.push_str(&format!("{scalar}\n"));
        let of: Vec<&Comparison> = comparisons.iter().filter(|comparison| comparison.scalar == scalar).collect();
        let mut rows = rows(&of, "");
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
        text.push_str(&aligned(&rows, limit));
    }
    text
}

/// How to read the figures.
fn reading(report: &Report) -> &'static str {
    let mut scalars = report.arms.iter().flat_map(|arm| arm.scalars.values());
    let has_std = scalars.clone().any(|scalar| scalar.std.is_some());
    match (has_std, scalars.any(|scalar| scalar.interval.is_some())) {
        (true, true) => "  mean +- sample standard deviation over the seeds [95 % interval over the test images]\n",
        (true, false) => "  mean +- sample standard deviation over the seeds\n",
        (false, true) => "  mean [95 % interval over the test images]\n",
        (false, false) => "",
    }
}

/// What ran, in lines.
pub fn what_ran(report: &Report) -> String {
    let revision = report.revision.as_deref().map_or(String::new(), |revision| format!(", revision {revision}"));
    let mut text = format!("{}\n", report.title);
    let facts = [
        ("command", report.command.clone()),
        ("device", report.device.clone()),
        ("finished", format!("{}, in {}", report.finished, elapsed(report.wall_time_s))),
        ("images", images(report)),
        ("labels", if report.labels.is_empty() { String::new() } else { report.labels.len().to_string() }),
        (
            "split",
            if report.split_sha256.is_empty() { String::new() } else { format!("SHA-256 {}", report.split_sha256) },
        ),
        ("version", format!("{}{revision}", report.version)),
    ];
    for (name, fact) in facts.into_iter().filter(|(_, fact)| !fact.is_empty()) {
        text.push_str(&format!("  {name:9} {fact}\n"));
    }
    for note in &report.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    text
}

/// Several reports: a table for each scalar, a row for each arm, a column for each report. `names` are the reports'.
pub fn side_by_side(names: &[String], reports: &[Report]) -> String {
    let mut text = String::new();
    for scalar in scalar_names(reports) {
        text.push_str(&format!("{scalar}\n"));
        let mut rows = vec![[String::new()].into_iter().chain(names.iter().cloned()).collect::<Vec<_>>()];
        for arm in Palette::of(reports).names() {
            let found = reports.iter().map(|report| {
                let arm = report.arms.iter().find(|other| other.name == *arm);
                arm.and_then(|arm| arm.scalars.get(scalar)).map_or("-".to_owned(), figure)
            });
            rows.push([(*arm).to_owned()].into_iter().chain(found).collect());
        }
        text.push_str(&aligned(&rows, WIDTH));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::example;

    #[test]
    fn a_figure_says_as_much_as_is_known() {
        let mut scalar = Scalar::over(vec![0.5, 0.7]);
        assert_eq!(figure(&scalar), "0.6000 +- 0.1414");
        scalar.interval = Some([0.4, 0.75]);
        assert_eq!(figure(&scalar), "0.6000 +- 0.1414 [0.4000, 0.7500]");
        assert_eq!(figure(&Scalar::over(vec![0.5])), "0.5000");
    }

    #[test]
    fn labels_without_a_positive_are_named_once() {
        let report = example::report(2);
        assert_eq!(labels_without_positive(&report), ["chaparral"]);
        let text = table(&report);
        assert_eq!(text.matches("chaparral").count(), 1, "{text}");
        assert!(text.contains("average precision of the 16 labels"));
    }

    #[test]
    fn many_figures_are_grouped_and_stay_within_a_hundred_columns() {
        let report = example::ranking();
        let text = table(&report);
        let widest = text.lines().max_by_key(|line| line.chars().count()).expect("lines");
        assert!(widest.chars().count() <= 100, "{widest}");
        for heading in ["OOD AUROC", "OOD FPR@95 (less is better)", "ranking satisfaction of each label"] {
            assert_eq!(text.lines().filter(|line| *line == heading).count(), 1, "{heading}");
        }
        let published = text.lines().find(|line| line.contains("triplet loss")).expect("listed");
        assert!(published.ends_with("not run here  0.820"), "{published}");
        assert!(!text.contains("average precision"));
    }

    #[test]
    fn two_reports_stand_side_by_side() {
        let reports = [example::report(3), example::report(2)];
        let text = side_by_side(&["first".into(), "second".into()], &reports);
        let last = reports[0].arms[2].name.clone();
        let row = text.lines().find(|line| line.contains(&last)).expect("the arm of one report alone");
        assert!(row.ends_with('-'), "{row}");
        assert!(text.lines().next().is_some_and(|line| !line.starts_with(' ')));
    }
}
