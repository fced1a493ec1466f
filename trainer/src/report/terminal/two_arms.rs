//! Two arms against each other, as text.

use super::WIDTH;
use super::aligned::aligned;
use nadir_core::report::NotComparable;
use nadir_plot::number::{measured, signed};
use nadir_plot::report_view::{Cell, Section, ShownArm, two_arms};

/// Every figure that both have, its difference and where that truly lies.
///
/// # Errors
/// What cannot be compared.
pub fn compared(a: &ShownArm, b: &ShownArm) -> Result<String, NotComparable> {
    two_arms(a, b).map(|section| text(&section))
}

fn text(section: &Section) -> String {
    let mut text = format!("{}\n", section.about);
    let Some(table) = section.figures.first().map(|figure| &figure.table) else { return text };
    // Names of arms would widen every column, and the ways in which intervals were taken every line.
    let mut rows = vec![["", "A", "B", "A - B", "95 % interval", "over", "how"].map(str::to_owned).to_vec()];
    let mut ways: Vec<String> = Vec::new();
    for row in 0..table.length {
        let cells: Vec<String> = table.row(row).iter().map(cell).collect();
        let [figure, a, b, difference, low, high, over, how] = cells.as_slice() else { continue };
        let interval = if low == "-" { "-".to_owned() } else { format!("[{low}, {high}]") };
        let way = ways.iter().position(|other| other == how).unwrap_or(ways.len());
        if way == ways.len() {
            ways.push(how.clone());
        }
        rows.push([figure, a, b, difference, &interval, over, &format!("({})", way + 1)].map(String::clone).to_vec());
    }
    text.push_str(&aligned(&rows, WIDTH));
    for (at, way) in ways.iter().enumerate() {
        text.push_str(&format!("  ({}) {way}\n", at + 1));
    }
    text
}

fn cell(of: &Cell) -> String {
    match of {
        Cell::Text(text) | Cell::Arm(_, text) => text.clone(),
        Cell::Number(value, places) => measured(*value, *places),
        Cell::Signed(value, places) => signed(*value, *places),
        _ => "-".into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::html::example;
    use nadir_plot::report_view::{Named, Palette, Subject};

    #[test]
    fn each_way_in_which_an_interval_was_taken_is_said_once() {
        let report = example::report(3);
        let subject = Subject::new(&[Named { name: "run", report: &report }], &Palette::of([&report]));
        let text = super::compared(&subject.arms[1], &subject.arms[0]).expect("of one report");
        let figures = subject.arms[0].arm.scalars.keys().filter(|name| subject.arms[1].arm.scalars.contains_key(*name));
        for figure in figures {
            assert!(text.lines().any(|line| line.trim_start().starts_with(figure.as_str())), "{figure}: {text}");
        }
        assert_eq!(text.lines().filter(|line| line.starts_with("  (1) ")).count(), 1, "{text}");
        assert!(text.lines().skip(1).all(|line| line.chars().count() <= 120), "{text}");
    }
}
