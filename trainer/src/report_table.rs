//! A report as text for a terminal.

use nadir_shared::report::Report;

/// The report's figures as a table for a terminal.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    let classes = report.arms.first().map_or(0, |arm| arm.test_average_precision.iter().flatten().count());
    text.push_str(&format!("mean average precision over the {classes} labels with a positive among the test images\n"));
    for arm in &report.arms {
        text.push_str(&format!("  {:28}", arm.name));
        for (name, scalar) in &arm.scalars {
            text.push_str(&format!("  {name} {scalar}"));
        }
        text.push('\n');
    }
    text.push_str("average precision by label\n");
    for (index, label) in report.labels.iter().enumerate() {
        text.push_str(&format!("  {label:28}"));
        for arm in &report.arms {
            match arm.test_average_precision[index] {
                Some(value) => text.push_str(&format!("  {value:.3} ({})", arm.name)),
                None => text.push_str("  no positive in the test images"),
            }
        }
        text.push('\n');
    }
    text
}
