//! Figures without the test images that show ground which was trained on.

use super::figure::{Figure, Section};
use super::subject::{ShownArm, Subject};
use super::table::{Cell, Column, Table};
use std::collections::BTreeSet;

/// Each figure as it is and without the overlapping test images, and these; `None` where none overlaps.
pub(super) fn section<'a>(subject: &Subject<'a>) -> Option<Section<'a>> {
    let mut figures = Vec::new();
    for of in &subject.reports {
        let Some(leak) = &of.report.leak else { continue };
        let arms: Vec<_> = subject.arms.iter().filter(|arm| std::ptr::eq(arm.of.report, of.report)).collect();
        let names: BTreeSet<&'a str> =
            leak.without.values().flat_map(|scalars| scalars.keys()).map(String::as_str).collect();
        for name in names {
            let row = |arm: &ShownArm<'a>| {
                let without = leak.without.get(&arm.arm.name)?.get(name)?;
                let with = arm.arm.scalars.get(name);
                let change = with.map_or(Cell::None, |with| Cell::Signed(without.mean - with.mean, 4));
                Some(vec![
                    Cell::Arm(arm.index, arm.name.clone()),
                    with.map_or(Cell::None, |with| Cell::Scalar(with, Vec::new())),
                    Cell::Scalar(without, Vec::new()),
                    change,
                ])
            };
            let rows: Vec<_> = arms.iter().filter_map(|arm| row(arm)).collect();
            let columns = vec![
                Column::new("Arm"),
                Column::of_scalars("all test images", 1),
                Column::of_scalars("without the overlapping ones", 1),
                Column::new("difference"),
            ];
            figures.push(Figure::tabled(subject.qualified(name, *of), Table::of(columns, rows)));
        }
        if !leak.images.is_empty() {
            let columns = ["Test image", "shows ground of", "which is in", "Kind"].map(Column::new).to_vec();
            let texts = leak.images.iter().map(|image| [&image.name, &image.other, &image.part, &image.kind]);
            let rows = texts.map(|texts| texts.map(|text| Cell::Text(text.clone())).to_vec()).collect();
            let images = Figure::tabled(subject.qualified("Overlapping test images", *of), Table::of(columns, rows));
            figures.push(images.in_part("Which images", true));
        }
    }
    let about = "Test images that show ground which an image of another part shows too, shifted or turned perhaps, are \
                 easier than new ground. The last column is what the figures lose or gain without them.";
    Section::of("Without overlapping test images", about, figures)
}
