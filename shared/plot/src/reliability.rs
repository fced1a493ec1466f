//! Whether probabilities come true: predicted probability against observed frequency, and how many predictions.

use super::axes::{ABOVE, Area, BELOW, nothing, tick_width, ticks_along, x_axis, y_axis};
use super::number::{grouped, measured};
use super::scale::{Scale, is_drawable};
use super::svg::{Anchor, Svg, px};
use super::{Plot, Series};
use nadir_core::report::CalibrationBin;

const COUNTS: f64 = 40.0;

/// The reliability curve of one arm. On the dashed diagonal, probabilities are what they say. Below it stand the
/// numbers of predictions as bars from zero.
#[derive(Debug, Clone, PartialEq)]
pub struct ReliabilityPlot<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// The arm with its colour.
    pub series: Series<'a>,
    /// In the order of confidence. Bins without a prediction or with a value outside 0 to 1 are skipped.
    pub bins: &'a [CalibrationBin],
}

impl Plot for ReliabilityPlot<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let is_share = |value: f64| is_drawable(value) && (-1e-6..=1.0 + 1e-6).contains(&value);
        let bins: Vec<&CalibrationBin> = self
            .bins
            .iter()
            .filter(|bin| bin.count > 0 && is_share(bin.confidence) && is_share(bin.frequency))
            .collect();
        let Some(most) = bins.iter().map(|bin| bin.count).max() else { return nothing(self.label, total) };
        let mut svg = Svg::new(self.label, total);
        let ticks = ticks_along([0.0, 1.0], total, 48.0, 0.0);
        let left = tick_width(&ticks) + 10.0;
        let side = total - left - 8.0;
        let area = Area { left, right: left + side, top: ABOVE, bottom: ABOVE + side.min(320.0) };
        let x = Scale { domain: [0.0, 1.0], range: [area.left, area.right] };
        let y = Scale { domain: [0.0, 1.0], range: [area.bottom, area.top] };
        y_axis(&mut svg, area, y, &ticks, "share that came true", total);
        svg.line("reference", [area.left, area.bottom], [area.right, area.top]);
        svg.open_series(self.series.index, self.series.class());
        let mut path = String::new();
        for (index, bin) in bins.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            path.push_str(&format!("{command}{} {}", px(x.at(bin.confidence)), px(y.at(bin.frequency))));
        }
        svg.path("curve", &path, self.series.name);
        for bin in &bins {
            self.series.mark(&mut svg, [x.at(bin.confidence), y.at(bin.frequency)], 4.0, &told(bin));
        }
        svg.close();
        let note = area.bottom + 20.0;
        svg.text("note", Anchor::Start, [0.0, note], &format!("predictions, up to {}", grouped(most as f64)));
        let strip = Area { top: note + 6.0, bottom: note + 6.0 + COUNTS, ..area };
        for bin in &bins {
            let height = (bin.count as f64 / most as f64 * COUNTS).max(1.0);
            let from = (x.at(bin.confidence) - 3.0).max(area.left).min(area.right - 6.0);
            svg.rectangle("count", [from, strip.bottom - height], [6.0, height], "", &told(bin));
        }
        x_axis(&mut svg, strip, x, &ticks, "predicted probability", false, total);
        svg.finish(strip.bottom + BELOW)
    }
}

fn told(bin: &CalibrationBin) -> String {
    let [confidence, frequency] = [bin.confidence, bin.frequency].map(|share| measured(share, 3));
    format!("predicted {confidence}, came true {frequency}, {} predictions", grouped(bin.count as f64))
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;

    #[test]
    fn bins_are_marked_and_counted_and_broken_ones_are_skipped() {
        let bin = |confidence, frequency, count| CalibrationBin { confidence, frequency, count };
        let bins = [
            bin(0.0, 0.01, 30_000),
            bin(0.5, 0.4, 12),
            bin(1.0, 1.0, 900),
            bin(f64::NAN, 0.5, 3),
            bin(0.7, f64::INFINITY, 3),
            bin(0.8, 7.0, 3),
            bin(0.6, 0.6, 0),
        ];
        let series = Series { name: "SimCLR <1>", index: 2 };
        for width in [200, 320, 544] {
            let svg = ReliabilityPlot { label: "Reliability", series, bins: &bins }.svg(width);
            checked(&svg);
            assert_eq!((count(&svg, "mark"), count(&svg, "count")), (3, 3));
            assert!(svg.contains("came true 0.400, 12 predictions"));
        }
        checked(&ReliabilityPlot { label: "Reliability", series, bins: &bins[3..] }.svg(320));
    }
}
