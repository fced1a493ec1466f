//! A measured figure and the baseline that stands beside it, each with the spread of its repeats.

use serde::Serialize;
use std::time::Instant;

/// Measurements of one figure, as many in Python's part (`rate.py`).
const REPEATS: usize = 5;

/// One figure measured several times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Repeats {
    pub(crate) median: f64,
    least: f64,
    most: f64,
}

impl Repeats {
    /// # Panics
    /// Without a value.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let [Some(&least), Some(&most)] = [values.first(), values.last()] else { panic!("no repeat") };
        Self { median: values[values.len() / 2], least, most }
    }

    /// Each repeat in another unit; `convert` rises or falls throughout.
    pub(super) fn map(self, convert: impl Fn(f64) -> f64) -> Self {
        Self::of([self.least, self.median, self.most].map(convert).to_vec())
    }
}

/// Measured once.
impl From<f64> for Repeats {
    fn from(value: f64) -> Self {
        Self::of(vec![value])
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) what: String,
    /// The median of the repeats, and the least and the most of them.
    pub(super) value: f64,
    pub(super) spread: [f64; 2],
    pub(super) unit: &'static str,
    /// What does the same on the same cores in the same call.
    pub(super) baseline: Option<&'static str>,
    /// Its value, and how many times its speed this one's is (above 1: faster).
    pub(super) baseline_value: Option<f64>,
    pub(super) baseline_spread: Option<[f64; 2]>,
    pub(super) ratio: Option<f64>,
    /// Of any repeat of the one to any of the other.
    pub(super) ratio_spread: Option<[f64; 2]>,
}

impl Figure {
    pub(super) fn new(what: &str, value: impl Into<Repeats>, unit: &'static str) -> Self {
        let Repeats { median, least, most } = value.into();
        Self {
            what: what.to_owned(),
            value: median,
            spread: [least, most],
            unit,
            baseline: None,
            baseline_value: None,
            baseline_spread: None,
            ratio: None,
            ratio_spread: None,
        }
    }

    /// With the values of a baseline, where it ran.
    pub(super) fn beside(self, baseline: &'static str, values: Option<Repeats>) -> Self {
        let Some(Repeats { median, least, most }) = values else { return self };
        let is_time = matches!(self.unit, "ms" | "s");
        let ratio = |own: f64, other: f64| if is_time { other / own } else { own / other };
        let ends =
            Repeats::of(self.spread.iter().flat_map(|&own| [least, most].map(|other| ratio(own, other))).collect());
        Self {
            baseline: Some(baseline),
            baseline_value: Some(median),
            baseline_spread: Some([least, most]),
            ratio: Some(ratio(self.value, median)),
            ratio_spread: Some([ends.least, ends.most]),
            ..self
        }
    }
}

/// Calls `work` for so many seconds in all, after one call that does not count; calls a second.
pub(super) fn rate(seconds: f64, mut work: impl FnMut(u64)) -> Repeats {
    work(0);
    let mut call = 0;
    let repeat = |_| {
        let (started, before) = (Instant::now(), call);
        while started.elapsed().as_secs_f64() < seconds / REPEATS as f64 {
            call += 1;
            work(call);
        }
        (call - before) as f64 / started.elapsed().as_secs_f64()
    };
    Repeats::of((0..REPEATS).map(repeat).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_1_is_faster_whatever_the_unit() {
        let rate = Figure::new("steps", 30.0, "views/s").beside("PyTorch", Some(20.0.into()));
        assert_eq!((rate.baseline, rate.baseline_value, rate.ratio), (Some("PyTorch"), Some(20.0), Some(1.5)));
        for unit in ["ms", "s"] {
            assert_eq!(Figure::new("a call", 2.0, unit).beside("PyTorch", Some(3.0.into())).ratio, Some(1.5), "{unit}");
        }
        let alone = Figure::new("steps", 30.0, "views/s").beside("PyTorch", None);
        assert_eq!((alone.baseline, alone.baseline_value, alone.ratio), (None, None, None));
    }

    #[test]
    fn a_spread_holds_all_repeats() {
        let repeats = Repeats::of(vec![4.0, 1.0, 2.0, 5.0, 3.0]);
        assert_eq!((repeats.least, repeats.median, repeats.most), (1.0, 3.0, 5.0));
        let times = repeats.map(|rate| 60.0 / rate);
        assert_eq!((times.least, times.median, times.most), (12.0, 20.0, 60.0));
        let figure = Figure::new("a call", times, "ms").beside("PyTorch", Some(Repeats::of(vec![10.0, 30.0, 120.0])));
        assert_eq!((figure.ratio, figure.ratio_spread), (Some(1.5), Some([10.0 / 60.0, 10.0])));
    }

    #[test]
    fn the_first_call_does_not_count() {
        let mut calls = Vec::new();
        let per_second = rate(0.05, |call| {
            calls.push(call);
            std::thread::sleep(std::time::Duration::from_millis(10));
        });
        assert_eq!(calls, (0..calls.len() as u64).collect::<Vec<_>>());
        // Each call that counts takes 10 ms at the least, on a busy machine more; with the first there would be one
        // more.
        assert!(per_second.least > 0.0 && per_second.most <= 100.0, "{per_second:?}, {} calls", calls.len());
    }
}
