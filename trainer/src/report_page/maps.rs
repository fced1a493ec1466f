//! Maps of the embeddings, a row for each arm and a column for each method.

use super::markup::{self, figure};
use nadir_shared::plot::{Plot, ScatterMap, Series, clusters_by_rarest_label, escaped, legend};
use nadir_shared::report::Report;
use std::collections::BTreeMap;

/// Width in px; three of them stand in a row.
const WIDTH: u32 = 318;

/// The section.
pub(super) fn section(report: &Report) -> String {
    let clusters = clusters_by_rarest_label(&report.map_images, &report.labels);
    let mut body = String::new();
    for arm in report.arms.iter().filter(|arm| !arm.maps.is_empty()) {
        body.push_str(&format!("<h3 class=\"maps-of\">{}</h3><div class=\"plots small\">", escaped(&arm.name)));
        for (method, points) in &arm.maps {
            let label = format!("{method} map of {}", arm.name);
            // PCA alone has axes of a meaning.
            let axes = method.eq_ignore_ascii_case("pca").then_some(["first component", "second component"]);
            let map = ScatterMap { label: &label, axes, points, clusters: &clusters };
            body.push_str(&figure(method, &map.svg(WIDTH), "", ""));
        }
        body.push_str("</div>\n");
    }
    if body.is_empty() {
        return body;
    }
    let shown: BTreeMap<usize, Series> =
        clusters.iter().filter_map(|cluster| cluster.series).map(|series| (series.index, series)).collect();
    let shown: Vec<Series> = shown.into_values().collect();
    let [wide, narrow] = [1088, 358].map(|width| legend(&shown, width));
    let legend = format!("<div class=\"legend wide\">{wide}</div><div class=\"legend narrow\">{narrow}</div>");
    let hint = format!(
        "{} images by their embeddings: near images have like embeddings. An image has the mark of the rarest of its \
         labels; under the pointer it tells all of them.",
        nadir_shared::plot::number::grouped(report.map_images.len() as f64)
    );
    markup::section("Maps", &hint, &format!("{legend}{body}"))
}
