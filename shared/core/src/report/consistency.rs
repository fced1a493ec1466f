//! Whether a report's figures follow from each other, which needs neither data nor network.
//!
//! It finds figures that were changed or mixed up afterwards, and nothing else: figures that are wrong from the start can
//! agree with each other. Those have to be computed again from run and data.

use super::names::{CONFUSION, ERROR_KINDS, PRECISION_RECALL, ROC, TAUGHT};
use super::{Arm, Comparison, Report, Scalar};

/// Differences up to this share of a number (or of 1, where it is smaller) are the order of a sum, or the last digit that
/// JSON has.
const ROUNDING: f64 = 1e-9;

/// A precision-recall curve's mean against the average precision: its points are at 101 recalls, as the figure's are, but
/// read off at recalls that are rounded otherwise.
const OF_PRECISION_RECALL: f64 = 1e-3;

/// The area under a ROC curve's points against the figure of all scores: the points are thinned out.
const OF_ROC: f64 = 5e-3;

/// The smallest shares of resamples above 0 that a 95 % interval above 0 can have, less one resample of forty.
const LEAST_SHARE_ABOVE: f64 = 0.95;

/// What was found of figures that others give.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Consistency {
    /// How many figures were compared with what others give.
    pub checked: usize,
    /// Those that cannot be.
    pub faults: Vec<Fault>,
    /// What can be and is unusual, a sentence each.
    pub remarks: Vec<String>,
}

/// A figure that does not follow from those that it must follow from.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which figure, with its arm.
    pub figure: String,
    /// The value in the report.
    pub reported: f64,
    /// The value that follows from others in the report, and from which.
    pub follows: f64,
    /// What it follows from, in a few words.
    pub from: &'static str,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { figure, reported, follows, from } = self;
        write!(f, "{figure}: {reported} is reported, {follows} follows from {from} ({:+.3e})", follows - reported)
    }
}

impl Report {
    /// Compares every figure that others in the report give with what they give: means and standard deviations with
    /// their values, mean average precision with the labels', accuracy with the confusion, differences with their arms,
    /// areas with their curves, counts with the images.
    pub fn consistency(&self) -> Consistency {
        let mut found = Consistency::default();
        for arm in &self.arms {
            for (name, scalar) in &arm.scalars {
                found.scalar(&format!("{}: {name}", arm.name), scalar, is_unbiased(name));
            }
            self.of_labels(arm, &mut found);
            self.of_curves(arm, &mut found);
            self.of_counts(arm, &mut found);
        }
        self.comparisons.iter().for_each(|comparison| self.of_comparison_with_arms(comparison, &mut found));
        self.of_leaked_images(&mut found);
        found
    }

    fn of_labels(&self, arm: &Arm, found: &mut Consistency) {
        let scalar = |name: &str| arm.scalars.get(name).map(|scalar| scalar.mean);
        let of = |values: &[Option<f64>]| mean(values.iter().flatten().copied());
        // A label's value is its mean over the seeds, so that means over labels and seeds can be exchanged.
        for name in ["test mAP", "AP"] {
            if let (Some(reported), Some(follows)) = (scalar(name), of(&arm.test_average_precision)) {
                found.equal(&format!("{}: {name}", arm.name), reported, follows, "the labels' average precision");
            }
        }
        for name in ["AP50", "Kendall's tau"] {
            let values = arm.per_label.get(name).and_then(|values| of(values));
            if let (Some(reported), Some(follows)) = (scalar(name), values) {
                found.equal(&format!("{}: {name}", arm.name), reported, follows, "the labels' values");
            }
        }
        let shares = arm.per_label.iter().filter(|(name, _)| name.as_str() != "Kendall's tau");
        let average_precision = ("average precision", &arm.test_average_precision);
        for (name, values) in shares.map(|(name, values)| (name.as_str(), values)).chain([average_precision]) {
            for (label, value) in self.labels.iter().zip(values).filter_map(|(label, value)| Some((label, (*value)?))) {
                found.share(&format!("{}: {name} of {label}", arm.name), value);
            }
        }
    }

    fn of_curves(&self, arm: &Arm, found: &mut Consistency) {
        for (name, curve) in &arm.curves {
            let figure = format!("{}: {name}", arm.name);
            for (point, [low, high]) in curve.points.iter().zip(&curve.band) {
                found.ordered(&format!("{figure} at {} {}", curve.x, point[0]), [*low, *high]);
            }
            if name == TAUGHT {
                for [clicks, reported] in &curve.points {
                    let scalar = arm.scalars.get(&format!("test mAP, {clicks} clicks"));
                    if let Some(scalar) = scalar {
                        found.equal(
                            &format!("{figure} at {clicks}"),
                            *reported,
                            scalar.mean,
                            "the figure after as many",
                        );
                    }
                }
            } else if let Some(of) = name.strip_prefix(PRECISION_RECALL) {
                curve.points.iter().flatten().for_each(|value| found.share(&figure, *value));
                let reported = match of.split_once(" of ") {
                    None => arm.scalars.get(&ap_at(of)).map(|scalar| scalar.mean),
                    Some((overlap, class)) => {
                        let label = self.labels.iter().position(|label| label == class);
                        arm.per_label.get(&ap_at(overlap)).zip(label).and_then(|(values, label)| *values.get(label)?)
                    }
                };
                if let (Some(reported), Some(area)) = (reported, mean(curve.points.iter().map(|point| point[1]))) {
                    found.near(&figure, reported, area, OF_PRECISION_RECALL, "the curve's mean precision");
                }
            } else if let Some(score) = name.strip_prefix(ROC) {
                curve.points.iter().flatten().for_each(|value| found.share(&figure, *value));
                let trapezoid = |pair: &[[f64; 2]]| (pair[1][0] - pair[0][0]) * (pair[0][1] + pair[1][1]) / 2.0;
                let area = curve.points.windows(2).map(trapezoid).sum();
                // The curve is of the first training.
                let scalar = arm.scalars.get(&format!("OOD AUROC, {score}"));
                if let Some(reported) = scalar.and_then(|scalar| scalar.values.first()) {
                    found.near(&figure, *reported, area, OF_ROC, "the area under the curve");
                }
            }
        }
    }

    fn of_counts(&self, arm: &Arm, found: &mut Consistency) {
        let test = self.images.get("test").copied().unwrap_or(0) as f64;
        if !arm.calibration.is_empty() {
            let counted: f64 = arm.calibration.iter().map(|bin| bin.count as f64).sum();
            let decisions = test * self.labels.len() as f64;
            let figure = format!("{}: decisions in the reliability curve", arm.name);
            found.equal(&figure, counted, decisions, "test images and labels");
            let error = |bin: &super::CalibrationBin| bin.count as f64 * (bin.confidence - bin.frequency).abs();
            let error = arm.calibration.iter().map(error).sum::<f64>() / counted;
            // The curve is the first probe's.
            if let Some(reported) = arm.scalars.get("test ECE").and_then(|scalar| scalar.values.first()) {
                let figure = format!("{}: test ECE of the first probe", arm.name);
                found.equal(&figure, *reported, error, "the reliability curve");
            }
        }
        if let Some(kinds) = arm.matrices.get(ERROR_KINDS) {
            let figure = format!("{}: {ERROR_KINDS}", arm.name);
            for count in kinds.values.iter().flatten().flatten() {
                found.equal(&figure, *count, count.max(0.0).round(), "counts, which are whole");
            }
        }
        let Some(confusion) = arm.matrices.get(CONFUSION) else { return };
        let count = |row: usize, column: usize| {
            confusion.values.get(row).and_then(|row| row.get(column)).copied().flatten().unwrap_or(0.0)
        };
        let classes = confusion.rows.len();
        let of_class = |row: usize| (0..classes).map(|column| count(row, column)).sum::<f64>();
        let right: f64 = (0..classes).map(|class| count(class, class)).sum();
        let all: f64 = (0..classes).map(of_class).sum();
        // The counts are summed over the trainings on all classes.
        let name = format!("accuracy, {}", confusion.x);
        if let Some(accuracy) = arm.scalars.get(&name).filter(|_| all > 0.0) {
            found.equal(&format!("{}: {name}", arm.name), accuracy.mean, right / all, CONFUSION);
            let figure = format!("{}: test crops in the confusion", arm.name);
            found.equal(&figure, all, test * accuracy.values.len() as f64, "test crops and trainings");
        }
        for (class, reported) in arm.per_label.get(&name).into_iter().flatten().enumerate() {
            if let (Some(reported), Some(row)) = (reported.filter(|_| of_class(class) > 0.0), confusion.rows.get(class))
            {
                let figure = format!("{}: {name} of {row}", arm.name);
                found.equal(&figure, reported, count(class, class) / of_class(class), CONFUSION);
            }
        }
    }

    fn of_comparison_with_arms(&self, comparison: &Comparison, found: &mut Consistency) {
        let Comparison { scalar, arm, against, difference, interval: [low, high], share_above_zero } = comparison;
        let figure = format!("{arm} less {against}: {scalar}");
        let mean = |name: &String| Some(self.arms.iter().find(|arm| arm.name == *name)?.scalars.get(scalar)?.mean);
        match (mean(arm), mean(against)) {
            (Some(own), Some(other)) => found.equal(&figure, *difference, own - other, "the two arms"),
            _ => found.fault(&figure, *difference, f64::NAN, "arms that the report does not have"),
        }
        found.ordered(&figure, [*low, *high]);
        found.share(&figure, *share_above_zero);
        if *low > 0.0 && *share_above_zero < LEAST_SHARE_ABOVE {
            found.fault(&figure, *share_above_zero, 1.0, "an interval above 0");
        }
        if *high < 0.0 && *share_above_zero > 1.0 - LEAST_SHARE_ABOVE {
            found.fault(&figure, *share_above_zero, 0.0, "an interval below 0");
        }
    }

    fn of_leaked_images(&self, found: &mut Consistency) {
        let Some(leak) = &self.leak else { return };
        let listed: usize = leak.overlapping.values().sum();
        found.equal("overlapping test images", leak.images.len() as f64, listed as f64, "their number by part");
        for (arm, scalars) in &leak.without {
            for (name, scalar) in scalars {
                found.scalar(&format!("{arm}, without overlapping test images: {name}"), scalar, true);
            }
        }
    }
}

/// The name of the average precision at an overlap such as `0.5`.
fn ap_at(overlap: &str) -> String {
    let hundredths = overlap.parse::<f64>().map_or(0.0, |overlap| (overlap * 100.0).round());
    format!("AP{hundredths}")
}

/// Whether a resample's figure is as likely above the figure of all test images as below. A calibration error is a sum of
/// distances, which are larger the fewer different images there are.
fn is_unbiased(figure: &str) -> bool {
    !figure.ends_with("ECE")
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

impl Consistency {
    fn scalar(&mut self, figure: &str, scalar: &Scalar, is_unbiased: bool) {
        if scalar.values.is_empty() {
            return self.fault(figure, scalar.mean, f64::NAN, "no values at all");
        }
        let Scalar { mean, std, .. } = Scalar::over(scalar.values.clone());
        self.equal(figure, scalar.mean, mean, "its values' mean");
        match (scalar.std, std) {
            (Some(reported), Some(std)) => {
                self.equal(&format!("{figure}, standard deviation"), reported, std, "its values");
            }
            (None, None) => {}
            (reported, std) => {
                let [reported, std] = [reported, std].map(|std| std.unwrap_or(f64::NAN));
                self.fault(&format!("{figure}, standard deviation"), reported, std, "its values");
            }
        }
        let Some(interval) = scalar.interval else { return };
        self.ordered(figure, interval);
        let is_outside = scalar.mean < interval[0] || scalar.mean > interval[1];
        if is_outside && is_unbiased {
            let [low, high] = interval;
            self.remarks.push(format!("{figure}: {} lies outside its interval, {low} to {high}.", scalar.mean));
        }
    }

    fn ordered(&mut self, figure: &str, [low, high]: [f64; 2]) {
        self.checked += 1;
        if !low.is_finite() || !high.is_finite() || low > high {
            self.fault(&format!("{figure}, interval"), low, high, "an upper end below its lower end");
        }
    }

    fn share(&mut self, figure: &str, value: f64) {
        self.checked += 1;
        if !(-ROUNDING..=1.0 + ROUNDING).contains(&value) {
            self.fault(figure, value, value.clamp(0.0, 1.0), "being a share, 0 to 1");
        }
    }

    fn equal(&mut self, figure: &str, reported: f64, follows: f64, from: &'static str) {
        self.near(figure, reported, follows, ROUNDING * reported.abs().max(1.0), from);
    }

    fn near(&mut self, figure: &str, reported: f64, follows: f64, within: f64, from: &'static str) {
        self.checked += 1;
        // Also where one of them is no number.
        let is_near = (reported - follows).abs() <= within;
        if !is_near {
            self.fault(figure, reported, follows, from);
        }
    }

    fn fault(&mut self, figure: &str, reported: f64, follows: f64, from: &'static str) {
        self.faults.push(Fault { figure: figure.to_owned(), reported, follows, from });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CalibrationBin, Curve, Matrix};
    use std::collections::BTreeMap;

    /// Two labels, two arms over two seeds; every figure follows from the others.
    fn report() -> Report {
        let scalar = |values: [f64; 2]| Scalar { interval: Some([0.1, 0.9]), ..Scalar::over(values.to_vec()) };
        let arm = |name: &str, shift: f64| Arm {
            name: name.into(),
            scalars: BTreeMap::from([
                ("test mAP".into(), scalar([0.4 + shift, 0.6 + shift])),
                ("test ECE".into(), scalar([0.25, 0.3])),
                ("accuracy, nearest class mean".into(), scalar([0.5, 1.0])),
                ("OOD AUROC, kNN".into(), scalar([0.5, 0.9])),
            ]),
            test_average_precision: vec![Some(0.3 + shift), Some(0.7 + shift)],
            per_label: BTreeMap::from([("accuracy, nearest class mean".into(), vec![Some(1.0), Some(0.5)])]),
            curves: BTreeMap::from([(
                "ROC, kNN".into(),
                Curve { x: String::new(), y: String::new(), points: vec![[0.0, 0.0], [1.0, 1.0]], band: Vec::new() },
            )]),
            matrices: BTreeMap::from([(
                CONFUSION.into(),
                Matrix {
                    y: "true class".into(),
                    x: "nearest class mean".into(),
                    rows: vec!["a".into(), "b".into()],
                    columns: vec!["a".into(), "b".into()],
                    values: vec![vec![Some(2.0), Some(0.0)], vec![Some(1.0), Some(1.0)]],
                },
            )]),
            calibration: vec![CalibrationBin { confidence: 0.25, frequency: 0.5, count: 4 }],
            ..Arm::default()
        };
        let json = serde_json::json!({
            "schema_version": super::super::SCHEMA_VERSION, "study": "ablation", "title": "t", "command": "c",
            "config": "", "version": "0", "device": "CPU", "finished": "2026-11-29T00:00:00Z", "wall_time_s": 1.0,
            "images": {"test": 2}, "split_sha256": "", "labels": ["a", "b"],
            "arms": [arm("frozen", 0.0), arm("SimCLR", 0.1)],
            "comparisons": [{"scalar": "test mAP", "arm": "SimCLR", "against": "frozen", "difference": 0.1,
                "interval": [0.05, 0.2], "share_above_zero": 1.0}],
        });
        serde_json::from_value(json).expect("a report")
    }

    #[test]
    fn a_report_whose_figures_follow_from_each_other_has_no_fault() {
        let found = report().consistency();
        assert_eq!((found.faults, found.remarks), (vec![], vec![]));
        assert!(found.checked > 30, "{}", found.checked);
    }

    #[test]
    fn each_figure_that_was_changed_afterwards_is_found() {
        type Change = fn(&mut Report);
        let changes: [(&str, Change); 9] = [
            ("frozen: test mAP", |report| report.arms[0].scalars.get_mut("test mAP").expect("there").mean = 0.51),
            ("SimCLR: test mAP, standard deviation", |report| {
                report.arms[1].scalars.get_mut("test mAP").expect("there").std = Some(0.1);
            }),
            ("SimCLR: test mAP", |report| report.arms[1].test_average_precision[0] = Some(0.5)),
            ("frozen: test ECE of the first probe", |report| report.arms[0].calibration[0].frequency = 0.6),
            ("frozen: accuracy, nearest class mean of b", |report| {
                report.arms[0].per_label.values_mut().for_each(|values| values[1] = Some(0.6));
            }),
            ("frozen: ROC, kNN", |report| {
                report.arms[0].curves.values_mut().for_each(|curve| curve.points[1] = [1.0, 0.9]);
            }),
            ("SimCLR less frozen: test mAP", |report| report.comparisons[0].difference = 0.11),
            ("SimCLR less frozen: test mAP", |report| report.comparisons[0].share_above_zero = 0.4),
            ("SimCLR less nobody: test mAP", |report| report.comparisons[0].against = "nobody".into()),
        ];
        for (figure, change) in changes {
            let mut report = report();
            change(&mut report);
            let faults = report.consistency().faults;
            assert!(faults.iter().any(|fault| fault.figure == figure), "{figure}: {faults:?}");
        }
    }

    #[test]
    fn a_figure_outside_its_interval_is_unusual_and_no_fault_but_for_a_calibration_error() {
        let mut report = report();
        for figure in ["test mAP", "test ECE"] {
            report.arms[0].scalars.get_mut(figure).expect("there").interval = Some([0.8, 0.9]);
        }
        let found = report.consistency();
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        assert_eq!(found.remarks, ["frozen: test mAP: 0.5 lies outside its interval, 0.8 to 0.9."]);
    }

    #[test]
    fn the_overlaps_name_their_figures() {
        assert_eq!([ap_at("0.5"), ap_at("0.75")], ["AP50", "AP75"]);
    }
}
