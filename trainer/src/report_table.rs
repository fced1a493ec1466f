//! A report's figures as text for a terminal.

use crate::train::progress::duration;
use nadir_shared::plot::number::{grouped, measured, signed};
use nadir_shared::report::{Report, Scalar};
use std::collections::BTreeSet;
use std::time::Duration;

/// Columns that go beyond this width stand in a table of their own below.
const WIDTH: usize = 120;

/// Rows of cells, the first of which is the head; the first column is aligned left, the others right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut from = 1;
    while from < columns {
        let mut to = from + 1;
        let mut used = 2 + width(0) + 2 + width(from);
        while to < columns && used + 2 + width(to) <= WIDTH {
            used += 2 + width(to);
            to += 1;
        }
        for row in rows {
            let mut line = format!("  {:first$}", row[0], first = width(0));
            for (column, cell) in row.iter().enumerate().take(to).skip(from) {
                line.push_str(&format!("  {cell:>next$}", next = width(column)));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        from = to;
    }
    text
}

/// `mean +- deviation [interval]`, as much of it as is known.
pub fn figure(scalar: &Scalar) -> String {
    let mut text = measured(scalar.mean, 4);
    if let Some(std) = scalar.std {
        text.push_str(&format!(" +- {}", measured(std, 4)));
    }
    if let Some([low, high]) = scalar.interval {
        text.push_str(&format!(" [{}, {}]", measured(low, 4), measured(high, 4)));
    }
    text
}

/// The names of all scalars of some reports: the headline (mAP on test, on validation) first, other kinds of mAP, then by
/// name.
pub fn scalar_names<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<&'a str> {
    let arms = reports.into_iter().flat_map(|report| &report.arms);
    let names: BTreeSet<&str> = arms.flat_map(|arm| arm.scalars.keys()).map(String::as_str).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|&name| {
        (name != "test mAP", name != "validation mAP", !name.contains("mAP"), !name.contains("test"))
    });
    names
}

/// The labels without a positive among the test images: no arm has an average precision for them.
pub fn labels_without_positive(report: &Report) -> Vec<&str> {
    let measured = report.arms.iter().filter(|arm| !arm.test_average_precision.is_empty());
    let known = |label: usize| measured.clone().any(|arm| arm.test_average_precision[label].is_some());
    let is_measured = measured.clone().next().is_some();
    report
        .labels
        .iter()
        .enumerate()
        .filter(|&(index, _)| is_measured && !known(index))
        .map(|(_, label)| label.as_str())
        .collect()
}

/// The figures: arms by scalars, comparisons, average precision by label.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    let names = scalar_names([report]);
    if !names.is_empty() {
        let mut rows = vec![[""].into_iter().chain(names.iter().copied()).map(str::to_owned).collect::<Vec<_>>()];
        for arm in &report.arms {
            let cells = names.iter().map(|name| arm.scalars.get(*name).map_or("-".to_owned(), figure));
            rows.push([arm.name.clone()].into_iter().chain(cells).collect());
        }
        text.push_str(&aligned(&rows));
        text.push_str(reading(report));
    }
    if !report.comparisons.is_empty() {
        text.push_str("differences on the same test images [95 % of the resampled ones], share of them above 0\n");
        let mut rows = vec![["", "scalar", "difference", "interval", "above 0"].map(str::to_owned).to_vec()];
        for comparison in &report.comparisons {
            let [low, high] = comparison.interval.map(|end| signed(end, 4));
            rows.push(vec![
                format!("{} - {}", comparison.arm, comparison.against),
                comparison.scalar.clone(),
                signed(comparison.difference, 4),
                format!("[{low}, {high}]"),
                measured(comparison.share_above_zero, 3),
            ]);
        }
        text.push_str(&aligned(&rows));
    }
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
        text.push_str(&aligned(&rows));
    }
    if !without.is_empty() {
        text.push_str(&format!("no positive among the test images: {}\n", without.join(", ")));
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
        ("finished", finished(report)),
        ("images", images(report)),
        ("labels", report.labels.len().to_string()),
        ("split", format!("SHA-256 {}", report.split_sha256)),
        ("version", format!("{}{revision}", report.version)),
    ];
    for (name, fact) in facts {
        text.push_str(&format!("  {name:9} {fact}\n"));
    }
    for note in &report.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    text
}

/// When the command ended and how long it took.
pub fn finished(report: &Report) -> String {
    let took = Duration::try_from_secs_f64(report.wall_time_s).unwrap_or_default();
    format!("{}, in {}", report.finished, duration(took))
}

/// The images in each part, for example `train 1,500, test 400`.
pub fn images(report: &Report) -> String {
    let order = |part: &str| ["train", "validation", "test"].iter().position(|known| *known == part).unwrap_or(3);
    let mut parts: Vec<(&String, &usize)> = report.images.iter().collect();
    parts.sort_by_key(|(part, _)| order(part));
    let parts: Vec<String> = parts.iter().map(|(part, count)| format!("{part} {}", grouped(**count as f64))).collect();
    parts.join(", ")
}

/// Several reports: a table for each scalar, a row for each arm, a column for each report. `names` are the reports'.
pub fn side_by_side(names: &[String], reports: &[Report]) -> String {
    let mut text = String::new();
    for scalar in scalar_names(reports) {
        text.push_str(&format!("{scalar}\n"));
        let mut rows = vec![[String::new()].into_iter().chain(names.iter().cloned()).collect::<Vec<_>>()];
        for arm in arm_names(reports) {
            let found = reports.iter().map(|report| {
                let arm = report.arms.iter().find(|other| other.name == arm);
                arm.and_then(|arm| arm.scalars.get(scalar)).map_or("-".to_owned(), figure)
            });
            rows.push([arm.to_owned()].into_iter().chain(found).collect());
        }
        text.push_str(&aligned(&rows));
    }
    text
}

/// The names of all arms of some reports, in the order they first stand in.
pub fn arm_names(reports: &[Report]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for arm in reports.iter().flat_map(|report| &report.arms) {
        if !names.contains(&arm.name.as_str()) {
            names.push(&arm.name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report_page::example;

    #[test]
    fn columns_stand_below_each_other_and_break_where_the_terminal_ends() {
        let rows = |columns: usize| -> Vec<Vec<String>> {
            let row =
                |first: &str, cell: &str| [first].into_iter().chain(vec![cell; columns]).map(str::to_owned).collect();
            vec![row("", "test mAP"), row("SimCLR", "0.91 +- 0.01")]
        };
        assert_eq!(aligned(&rows(1)), "              test mAP\n  SimCLR  0.91 +- 0.01\n");
        let wide = aligned(&rows(20));
        assert!(wide.lines().all(|line| line.len() <= WIDTH), "{wide}");
        assert_eq!(wide.matches("0.91").count(), 20);
        assert_eq!(wide.matches("SimCLR").count(), 3, "8 columns of 14 characters a table");
    }

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
    fn two_reports_stand_side_by_side() {
        let reports = [example::report(3), example::report(2)];
        let text = side_by_side(&["first".into(), "second".into()], &reports);
        let last = reports[0].arms[2].name.clone();
        let row = text.lines().find(|line| line.contains(&last)).expect("the arm of one report alone");
        assert!(row.ends_with('-'), "{row}");
        assert!(text.lines().next().is_some_and(|line| !line.starts_with(' ')));
    }
}
