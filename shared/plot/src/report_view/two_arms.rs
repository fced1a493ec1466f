//! Any two arms against each other: every figure that both have, with what is known of the difference.

use super::figure::{Figure, Section, Width};
use super::scalar_group::{Better, group};
use super::scalars::scalar_names;
use super::subject::ShownArm;
use super::table::{Cell, Column, Table};
use crate::{Difference, ForestPlot, Plot, Series};
use nadir_core::report::{FigureDifference, Interval, NO_INTERVAL, NotComparable, differences};

/// The id of the section, and the beginning of its figures' ids.
pub const TWO_ARMS: &str = "two-arms-compared";

/// The section of `a`'s figures less `b`'s: a table of all, and the differences that have an interval as forest plots.
///
/// # Errors
/// What cannot be compared, see [`differences`].
pub fn two_arms<'a>(a: &ShownArm<'a>, b: &ShownArm<'a>) -> Result<Section<'a>, NotComparable> {
    let mut all = differences(a.side(), b.side())?;
    let order = scalar_names([a.of.report, b.of.report]);
    all.sort_by_key(|one| order.iter().position(|name| *name == one.figure));
    let [name_a, name_b] = names(a, b);
    let mut figures = vec![Figure::tabled("All figures", table(&all, &name_a, &name_b))];
    let with_interval: Vec<&FigureDifference> = all.iter().filter(|one| !one.intervals.is_empty()).collect();
    let mut plots: Vec<(String, Vec<FigureDifference>)> = Vec::new();
    for one in with_interval {
        let title = plot_of(&one.figure);
        match plots.iter_mut().find(|(other, _)| *other == title) {
            Some((_, members)) => members.push(one.clone()),
            None => plots.push((title, vec![one.clone()])),
        }
    }
    let axis = format!("{name_a} less {name_b}");
    figures.extend(
        plots.into_iter().map(|(title, members)| forest(title, members, axis.clone(), a.index, [&name_a, &name_b])),
    );
    let about = format!("{name_a} less {name_b}. {}{READING}", counted(&all));
    let mut sections: Vec<Section<'a>> = Section::of("Two arms compared", about, figures).into_iter().collect();
    super::name(&mut sections);
    sections.pop().ok_or(NotComparable::NothingInCommon)
}

const READING: &str = "Over seeds: what another seed of what was trained may change; over test images: what other images of \
                       the same kind may. Paired, what is easy or hard for both drops out.";
const MARKS: &str = "Line: where 95 % of such differences lie. Filled mark: 0 is outside; hollow: it is not.";

/// The arms' names, with their reports' where these are not the same.
fn names(a: &ShownArm, b: &ShownArm) -> [String; 2] {
    let is_one_report = std::ptr::eq(a.of.report, b.of.report);
    [a, b].map(|arm| if is_one_report { arm.arm.name.clone() } else { format!("{} · {}", arm.arm.name, arm.of.name) })
}

/// How many figures differ by more than chance, as far as that is known.
fn counted(all: &[FigureDifference]) -> String {
    let known = all.iter().filter(|one| !one.intervals.is_empty()).count();
    let clear =
        all.iter().filter(|one| !one.intervals.is_empty() && one.intervals.iter().all(Interval::is_clear)).count();
    match known {
        0 => "No figure has an interval. ".to_owned(),
        known => format!("0 is outside of all intervals for {clear} of {known} figures. "),
    }
}

/// The plot that a figure stands in: shares of 1 in two, others by themselves.
fn plot_of(figure: &str) -> String {
    let group = group(figure);
    match (group.is_share(), group.better()) {
        (true, Better::More) => "Shares, more is better".to_owned(),
        (true, Better::Less) => "Shares, less is better".to_owned(),
        (false, _) => group.title.to_owned(),
    }
}

fn table<'a>(all: &[FigureDifference], name_a: &str, name_b: &str) -> Table<'a> {
    let columns =
        ["Figure", name_a, name_b, "Difference", "95 % from", "95 % to", "Over", "How"].map(Column::new).to_vec();
    Table::of(columns, all.iter().flat_map(rows).collect())
}

/// A row for each interval, or one without.
fn rows<'a>(one: &FigureDifference) -> Vec<Vec<Cell<'a>>> {
    let is_less = group(&one.figure).better() == Better::Less;
    let figure = if is_less { format!("{} (less is better)", one.figure) } else { one.figure.clone() };
    let begin = [Cell::Text(figure), Cell::Number(one.a, 4), Cell::Number(one.b, 4), Cell::Signed(one.difference, 4)];
    let row = |end: [Cell<'a>; 4]| begin.iter().cloned().chain(end).collect::<Vec<Cell<'a>>>();
    if one.intervals.is_empty() {
        return vec![row([Cell::None, Cell::None, Cell::None, Cell::Text(NO_INTERVAL.into())])];
    }
    let of = |interval: &Interval| {
        let [low, high] = interval.ends.map(|end| Cell::Signed(end, 4));
        row([low, high, Cell::Text(interval.over.name().into()), Cell::Text(interval.how())])
    };
    one.intervals.iter().map(of).collect()
}

fn forest<'a>(
    title: String,
    members: Vec<FigureDifference>,
    axis: String,
    index: usize,
    [name_a, name_b]: [&str; 2],
) -> Figure<'a> {
    let table = table(&members, name_a, name_b);
    let label = format!("Differences, {title}");
    let draw = move |width| {
        let all = members.iter().flat_map(|one| one.intervals.iter().map(move |interval| (one, interval)));
        let names: Vec<String> =
            all.clone().map(|(one, interval)| format!("{} · {}", one.figure, interval.over.name())).collect();
        let rows = all.zip(&names).map(|((one, interval), name)| Difference {
            series: Series { name, index },
            difference: one.difference,
            interval: interval.ends,
        });
        ForestPlot { label: &label, x: &axis, rows: rows.collect() }.svg(width)
    };
    Figure::drawn(title, Width::Half, table, draw).about(MARKS)
}
