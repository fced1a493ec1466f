//! What is wrong with a data set: pairs of images of the same ground side by side, and what else was found.

use super::figure::{Figure, Section, Width};
use super::subject::{Named, Subject};
use super::table::{Cell, Column, Table};
use crate::{Photograph, Photographs, Plot, Tile};
use nadir_core::report::{Audit, Finding, ImagePair, ShownImage};

/// How to read the pairs.
const ABOUT: &str = "The second image of a pair is drawn turned as it lies on the first; the frames mark what both show. \
                     Proven on pixels: docs/audit.md says how.";

/// The sections of audits; none without one.
pub(super) fn sections<'a>(subject: &Subject<'a>) -> Vec<Section<'a>> {
    let mut sections = Vec::new();
    for of in &subject.reports {
        let Some(audit) = &of.report.audit else { continue };
        let title = subject.qualified("Same ground", *of);
        sections.extend(Section::of(&title, ABOUT, pairs(audit)));
        for finding in &audit.findings {
            sections.extend(of_finding(subject, *of, finding));
        }
    }
    sections
}

/// The pairs across parts, and those within one.
fn pairs<'a>(audit: &'a Audit) -> Vec<Figure<'a>> {
    let (across, within): (Vec<&'a ImagePair>, Vec<&'a ImagePair>) =
        audit.pairs.iter().partition(|pair| pair.first.part != pair.second.part);
    let shown = across.len() + within.len();
    let rest = match audit.pairs_found > shown {
        true => format!("The first {shown} of {} pairs; overlaps.csv has all.", audit.pairs_found),
        false => String::new(),
    };
    let figure = |title: &'static str, pairs: Vec<&'a ImagePair>| {
        (!pairs.is_empty()).then(|| sheet(title, pairs).about(rest.clone()))
    };
    [figure("Across parts", across), figure("Within a part", within)].into_iter().flatten().collect()
}

fn sheet<'a>(title: &'static str, pairs: Vec<&'a ImagePair>) -> Figure<'a> {
    let columns =
        ["First", "Second", "Parts", "Kind", "Turned by, degrees", "Down, px", "Right, px", "Overlap", "Correlation"];
    let row = |pair: &&ImagePair| {
        vec![
            Cell::Text(pair.first.name.clone()),
            Cell::Text(pair.second.name.clone()),
            Cell::Text(parts(pair)),
            Cell::Text(pair.kind.clone()),
            Cell::Count(90.0 * f64::from(pair.quarter_turns)),
            Cell::Number(pair.shift_px[0], 0),
            Cell::Number(pair.shift_px[1], 0),
            Cell::Number(pair.share, 2),
            Cell::Number(pair.correlation, 3),
        ]
    };
    let table = Table::of(columns.map(Column::new).to_vec(), pairs.iter().map(row).collect());
    let draw =
        move |width| Photographs { label: title, tiles: pairs.iter().map(|pair| tile(pair)).collect() }.svg(width);
    Figure::drawn(title, Width::Whole, table, draw)
}

fn parts(pair: &ImagePair) -> String {
    let (first, second) = (&pair.first.part, &pair.second.part);
    if first == second { first.clone() } else { format!("{first}, {second}") }
}

fn tile(pair: &ImagePair) -> Tile<'_> {
    let [first, second] = frames(pair);
    let photograph = |image: &'_ ShownImage, quarter_turns, frame| Photograph {
        address: "",
        size_px: image.size_px.map(|side| side as f64),
        quarter_turns,
        frame: Some(frame),
    };
    let photographs = vec![
        Photograph { address: &pair.first.thumbnail, ..photograph(&pair.first, 0, first) },
        Photograph { address: &pair.second.thumbnail, ..photograph(&pair.second, pair.quarter_turns, second) },
    ];
    let how = format!("{}, {:.0} % of the ground", pair.kind, 100.0 * pair.share);
    Tile { photographs, lines: vec![format!("{}, {}", pair.first.name, pair.second.name), how, parts(pair)] }
}

/// What both show, as x, y, width and height: shares of the first, and of the second as it is drawn.
fn frames(pair: &ImagePair) -> [[f64; 4]; 2] {
    let first = pair.first.size_px.map(|side| side as f64);
    let mut second = pair.second.size_px.map(|side| side as f64);
    // The second is brought to the first's scale, by their longer sides.
    let scale = first[0].max(first[1]) / second[0].max(second[1]).max(1.0);
    second = second.map(|side| side * scale);
    if pair.quarter_turns % 2 == 1 {
        second.reverse();
    }
    // Horizontally and vertically: where the second's corner lies on the first, and what is common from there.
    let side = |at: usize, shift: f64| {
        let corner = (first[at] - second[at]) / 2.0 + shift;
        let (start, end) = (corner.max(0.0), (corner + second[at]).min(first[at]));
        let length = (end - start).max(0.0);
        [[start / first[at], length / first[at]], [(start - corner) / second[at], length / second[at]]]
    };
    let (x, y) = (side(0, pair.shift_px[1]), side(1, pair.shift_px[0]));
    [0, 1].map(|image| [x[image][0], y[image][0], x[image][1], y[image][1]])
}

fn of_finding<'a>(subject: &Subject<'a>, of: Named<'a>, finding: &'a Finding) -> Option<Section<'a>> {
    let columns = finding.columns.iter().map(|column| Column::new(column.as_str())).collect();
    let cells = |row: &Vec<String>| row.iter().map(|cell| Cell::Text(cell.clone())).collect();
    let table = Table::of(columns, finding.rows.iter().map(cells).collect());
    let rest = match finding.found > finding.rows.len() {
        true => format!("The first {} of {}.", finding.rows.len(), finding.found),
        false => String::new(),
    };
    let figure = match finding.images.is_empty() {
        true => Figure::tabled(finding.title.as_str(), table),
        false => Figure::drawn(finding.title.as_str(), Width::Whole, table, move |width| {
            let tile = |(image, row): (&'a ShownImage, &Vec<String>)| Tile {
                photographs: vec![Photograph {
                    address: &image.thumbnail,
                    size_px: image.size_px.map(|side| side as f64),
                    quarter_turns: 0,
                    frame: None,
                }],
                lines: row.clone(),
            };
            let tiles = finding.images.iter().zip(&finding.rows).map(tile).collect();
            Photographs { label: &finding.title, tiles }.svg(width)
        }),
    };
    let figures = if finding.rows.is_empty() { Vec::new() } else { vec![figure.about(rest)] };
    Section::of(&subject.qualified(&finding.title, of), finding.about.as_str(), figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_around_the_common_ground_also_of_a_turned_and_smaller_image() {
        let image = |size_px| ShownImage { size_px, ..ShownImage::default() };
        let mut pair = ImagePair {
            first: image([200, 100]),
            second: image([200, 100]),
            kind: "shifted".into(),
            quarter_turns: 0,
            shift_px: [0.0, 50.0],
            share: 0.75,
            correlation: 1.0,
        };
        assert_eq!(frames(&pair), [[0.25, 0.0, 0.75, 1.0], [0.0, 0.0, 0.75, 1.0]]);
        // Lying across, at half the size: 50 px wide and 100 px high as drawn, which is 100 by 200 px of the first.
        pair.second = image([100, 50]);
        pair.quarter_turns = 1;
        pair.shift_px = [0.0, 0.0];
        assert_eq!(frames(&pair), [[0.25, 0.0, 0.5, 1.0], [0.0, 0.25, 1.0, 0.5]]);
    }
}
