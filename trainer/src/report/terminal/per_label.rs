//! Figures of each label.

use super::aligned::{aligned, broken_head};
use nadir_core::report::Report;
use nadir_plot::number::measured;
use nadir_plot::report_view::{Named, Palette, Subject, per_label};

/// Arms' names are broken into lines of about this many characters, so that many stand beside each other.
const HEAD: usize = 10;

/// A table of labels by arms for each figure but average precision.
pub(super) fn text(report: &Report, limit: usize) -> String {
    let named = [Named { name: "", report }];
    let mut text = String::new();
    for figure in
        per_label(&Subject::new(&named, &Palette::of([report]))).into_iter().filter(|other| !other.is_precision())
    {
        text.push_str(&format!("{} of each label\n", figure.title));
        let names: Vec<&str> = [""].into_iter().chain(figure.arms.iter().map(|(arm, _)| arm.name.as_str())).collect();
        let mut rows = broken_head(&names, HEAD);
        for (index, label) in report.labels.iter().enumerate() {
            let value = |values: &[Option<f64>]| values[index].map_or("-".into(), |value| measured(value, 3));
            rows.push([label.clone()].into_iter().chain(figure.arms.iter().map(|(_, values)| value(values))).collect());
        }
        text.push_str(&aligned(&rows, limit));
    }
    text
}
