//! What papers report, beside this run's own figures.

use super::aligned::aligned;
use super::figure::rounded;
use nadir_core::report::{Published, Report, Scalar};
use nadir_plot::number::measured;

/// This run's own figure for a published one.
fn own<'a>(report: &'a Report, published: &Published) -> Option<&'a Scalar> {
    report.arms.iter().find(|arm| arm.name == published.arm)?.scalars.get(&published.scalar)
}

/// A table for each source.
pub(super) fn text(report: &Report, limit: usize) -> String {
    let mut text = String::new();
    let mut sources: Vec<&str> = Vec::new();
    for published in &report.published {
        if !sources.contains(&published.source.as_str()) {
            sources.push(&published.source);
        }
    }
    for source in sources {
        text.push_str(&format!("beside {source}\n"));
        let mut rows = vec![["", "scalar", "here", "paper"].map(str::to_owned).to_vec()];
        for published in report.published.iter().filter(|published| published.source == source) {
            let here = own(report, published).map_or("not run here".into(), rounded);
            rows.push(vec![published.arm.clone(), published.scalar.clone(), here, measured(published.value, 3)]);
        }
        text.push_str(&aligned(&rows, limit));
    }
    text
}
