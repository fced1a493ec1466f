//! The leak line, and how much each figure is off by it.

use super::aligned::aligned;
use nadir_core::report::Report;
use nadir_plot::number::{measured, signed};

/// Nothing where nobody looked.
pub(super) fn text(report: &Report, limit: usize) -> String {
    let Some(leak) = &report.leak else { return String::new() };
    let mut text = format!("{}\n", leak.sentence());
    let mut rows = vec![["", "figure", "all", "without", "difference"].map(str::to_owned).to_vec()];
    for arm in &report.arms {
        for (name, without) in leak.without.get(&arm.name).into_iter().flatten() {
            let Some(with) = arm.scalars.get(name) else { continue };
            let difference = signed(without.mean - with.mean, 4);
            let means = [with.mean, without.mean].map(|mean| measured(mean, 4));
            let [with, without] = means;
            rows.push(vec![arm.name.clone(), name.clone(), with, without, difference]);
        }
    }
    if rows.len() > 1 {
        text.push_str("without overlapping test images\n");
        text.push_str(&aligned(&rows, limit));
    }
    text
}
