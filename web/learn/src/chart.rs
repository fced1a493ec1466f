//! A line that grows: the loss, and the accuracy.

use crate::scale::{HEIGHT, MARGIN, Scale, WIDTH};
use nadir_web_kit::dom;
use nadir_web_kit::numbers::decimal;

/// A level drawn across the plot.
pub struct Level<'a> {
    /// Name beside the line.
    pub name: &'a str,
    /// Height of the line, in the unit of y.
    pub value: f64,
}

/// The HTML of a chart without points.
pub fn html(id: &str, title: &str) -> String {
    let [left, top, right, bottom] = MARGIN;
    let (ground, end) = (HEIGHT - bottom, WIDTH - right);
    format!(
        r#"<figure class="chart"><figcaption><b>{title}</b></figcaption><svg id="{id}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" data-points="0">
<path class="axis" d="M{left} {top}V{ground}H{end}"/><text class="most" x="{beside}" y="{high}" text-anchor="end"></text>
<text class="least" x="{beside}" y="{ground}" text-anchor="end"></text><text class="last" x="{end}" y="{under}" text-anchor="end"></text>
<g class="levels"></g><path class="each"/><path class="smooth"/></svg></figure>"#,
        beside = left - 6.0,
        high = top + 8.0,
        under = HEIGHT - 5.0,
    )
}

/// Draws points (x, y), x rising; `smooth` is a second, heavier line over them where there is one.
pub fn draw(
    id: &str,
    points: &[[f64; 2]],
    smooth: &[[f64; 2]],
    levels: &[Level],
    range: Option<[f64; 2]>,
    x_name: &str,
    digits: u32,
) {
    let Some(chart) = dom::by_id(id) else { return };
    let find = |css: &str| chart.query_selector(css).ok().flatten();
    dom::set(&chart, "data-points", &points.len().to_string());
    let scale = Scale::new(points, range);
    for (css, points) in [(".each", points), (".smooth", smooth)] {
        if let Some(line) = find(css) {
            dom::set(&line, "d", &scale.path(points));
        }
    }
    let is_empty = points.is_empty();
    let shown = |value: f64| if is_empty { String::new() } else { decimal(value, digits) };
    let ends = [(".most", shown(scale.most)), (".least", shown(scale.least))];
    let steps = if is_empty { String::new() } else { format!("{x_name} {}", decimal(scale.last, 0)) };
    for (css, text) in ends.into_iter().chain([(".last", steps)]) {
        if let Some(element) = find(css) {
            dom::say(&element, &text);
        }
    }
    if let Some(group) = find(".levels") {
        let [left, _, right, _] = MARGIN;
        let levels = levels.iter().map(|level| {
            let [_, y] = scale.at([0.0, level.value]);
            format!(
                r#"<path class="level" d="M{left} {y:.1}H{end}"/><text x="{beside}" y="{above:.1}">{name}</text>"#,
                end = WIDTH - right,
                beside = left + 6.0,
                above = y - 4.0,
                name = level.name,
            )
        });
        group.set_inner_html(&levels.collect::<String>());
    }
}
