//! Axes: a thin line, ticks with numbers, light lines across, and a title with its unit at each.

use super::number::tick;
use super::scale::{Scale, Ticks, ticks};
use super::svg::{Anchor, Svg};
use super::text::{SIZE, SMALL, fitted, width};

/// What is left of the drawing for the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Height of the numbers and the title below an x axis.
pub(super) const BELOW: f64 = 40.0;
/// Height of the title above a y axis.
pub(super) const ABOVE: f64 = 26.0;

/// Ticks for an axis that is `length` px long, one for `each` px at most.
pub(super) fn ticks_along(domain: [f64; 2], length: f64, each: f64, least_step: f64) -> Ticks {
    ticks(domain, ((length / each) as usize).max(2), least_step)
}

/// The width that the numbers of an axis need.
pub(super) fn tick_width(ticks: &Ticks) -> f64 {
    ticks.values.iter().map(|&value| width(&tick(value, ticks.step), SMALL)).fold(0.0, f64::max)
}

/// The x axis below the area. Numbers that would touch the one before are skipped; `lines` draws a light line up
/// from each tick.
pub(super) fn x_axis(svg: &mut Svg, area: Area, scale: Scale, ticks: &Ticks, title: &str, lines: bool, total: f64) {
    let mut free_from = f64::MIN;
    for &value in &ticks.values {
        let x = scale.at(value);
        if lines {
            svg.line("grid", [x, area.top], [x, area.bottom]);
        }
        svg.line("axis", [x, area.bottom], [x, area.bottom + 4.0]);
        let text = tick(value, ticks.step);
        let half = width(&text, SMALL) / 2.0;
        // The last number may lean inwards rather than leave the drawing.
        let middle = x.min(total - half).max(half);
        if middle - half >= free_from {
            svg.text("tick", Anchor::Middle, [middle, area.bottom + 16.0], &text);
            free_from = middle + half + 4.0;
        }
    }
    svg.line("axis", [area.left, area.bottom], [area.right, area.bottom]);
    let text = fitted(title, SIZE, total);
    let half = width(&text, SIZE) / 2.0;
    let middle = ((area.left + area.right) / 2.0).min(total - half).max(half);
    svg.titled_text("title", Anchor::Middle, [middle, area.bottom + 34.0], &text, title);
}

/// The y axis on the left of the area, its title above it so that it reads without turning the head.
pub(super) fn y_axis(svg: &mut Svg, area: Area, scale: Scale, ticks: &Ticks, title: &str, total: f64) {
    for &value in &ticks.values {
        let y = scale.at(value);
        svg.line("grid", [area.left, y], [area.right, y]);
        svg.text("tick", Anchor::End, [area.left - 6.0, y + 4.0], &tick(value, ticks.step));
    }
    svg.titled_text("title", Anchor::Start, [0.0, area.top - 12.0], &fitted(title, SIZE, total), title);
}

/// A drawing that has nothing to draw says so.
pub(super) fn nothing(label: &str, total: f64) -> String {
    let mut svg = Svg::new(label, total);
    svg.text("note", Anchor::Start, [0.0, 14.0], &fitted("No values to draw.", SIZE, total));
    svg.finish(20.0)
}
