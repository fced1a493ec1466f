//! Maps of the embeddings, an arm a part and a method a plot.

use super::figure::{Figure, Section, Width};
use super::subject::{Named, ShownArm, Subject};
use super::table::{Cell, Column, Table};
use crate::number::grouped;
use crate::{Cluster, DENSE, Plot, ScatterMap, clusters_by_rarest_label};
use nadir_core::report::Report;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A section for each report, since each has images and labels of its own.
pub(super) fn sections<'a>(subject: &Subject<'a>) -> Vec<Section<'a>> {
    subject.reports.iter().filter_map(|of| section(subject, *of)).collect()
}

fn section<'a>(subject: &Subject<'a>, of: Named<'a>) -> Option<Section<'a>> {
    let is_mapped = |arm: &&ShownArm| std::ptr::eq(arm.of.report, of.report) && !arm.arm.maps.is_empty();
    let arms: Vec<&ShownArm<'a>> = subject.arms.iter().filter(is_mapped).collect();
    if arms.is_empty() {
        return None;
    }
    let report = of.report;
    // Made for the first map that is drawn.
    let clusters = Rc::new(OnceCell::new());
    let figures = arms.iter().flat_map(|arm| {
        let clusters = &clusters;
        arm.arm.maps.iter().map(move |(method, points)| {
            figure(report, method, points, &arm.name, Rc::clone(clusters)).in_part(arm.name.as_str(), false)
        })
    });
    let dense =
        if report.map_images.len() > DENSE { " Of points on the same px one is drawn; the table has all." } else { "" };
    let about = format!(
        "{} images by their embeddings: near images have like embeddings. An image has the mark of the rarest of its \
         labels; under the pointer it tells all of them.{dense}",
        grouped(report.map_images.len() as f64)
    );
    let mut section = Section::of(&subject.qualified("Maps", of), about, figures.collect())?;
    let carried: BTreeSet<usize> =
        report.map_images.iter().flat_map(|image| &image.labels).map(|label| usize::from(*label)).collect();
    let named = carried.into_iter().filter_map(|label| Some((label, report.labels.get(label)?.as_str())));
    section.legend = named.collect();
    Some(section)
}

fn figure<'a>(
    report: &'a Report,
    method: &'a str,
    points: &'a [[f32; 2]],
    arm: &str,
    clusters: Rc<OnceCell<Vec<Cluster<'a>>>>,
) -> Figure<'a> {
    let columns = ["Image", "x", "y", "Labels"].map(Column::new).to_vec();
    let table = Table::new(columns, points.len(), move |row| {
        let image = report.map_images.get(row);
        let labels = image.into_iter().flat_map(|image| &image.labels);
        let labels: Vec<&str> =
            labels.filter_map(|label| report.labels.get(usize::from(*label)).map(String::as_str)).collect();
        let [x, y] = points[row].map(f64::from);
        vec![
            image.map_or(Cell::None, |image| Cell::Text(image.key.clone())),
            Cell::Number(x, 3),
            Cell::Number(y, 3),
            Cell::Text(labels.join(", ")),
        ]
    });
    let label = format!("{method} map of {arm}");
    let draw = move |width| {
        // PCA alone has axes of a meaning.
        let axes = method.eq_ignore_ascii_case("pca").then_some(["first component", "second component"]);
        let clusters = clusters.get_or_init(|| clusters_by_rarest_label(&report.map_images, &report.labels));
        ScatterMap { label: &label, axes, points, clusters }.svg(width)
    };
    Figure::drawn(method, Width::Third, table, draw)
}
