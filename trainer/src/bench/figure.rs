//! A measured figure and the baseline that stands beside it.

use serde::Serialize;
use std::time::Instant;

#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    /// What does the same on the same cores in the same call.
    pub(super) baseline: Option<&'static str>,
    /// Its value, and how many times its speed this one's is (above 1: faster).
    pub(super) baseline_value: Option<f64>,
    pub(super) ratio: Option<f64>,
}

impl Figure {
    pub(super) fn new(what: &str, value: f64, unit: &'static str) -> Self {
        Self { what: what.to_owned(), value, unit, baseline: None, baseline_value: None, ratio: None }
    }

    /// With the value of a baseline, where it ran.
    pub(super) fn beside(self, baseline: &'static str, value: Option<f64>) -> Self {
        let Some(value) = value else { return self };
        let is_time = matches!(self.unit, "ms" | "s");
        let ratio = if is_time { value / self.value } else { self.value / value };
        Self { baseline: Some(baseline), baseline_value: Some(value), ratio: Some(ratio), ..self }
    }
}

/// Calls `work` for so many seconds, after one call that does not count; calls a second.
pub(super) fn rate(seconds: f64, mut work: impl FnMut(u64)) -> f64 {
    work(0);
    let started = Instant::now();
    let mut calls = 0;
    while started.elapsed().as_secs_f64() < seconds {
        calls += 1;
        work(calls);
    }
    calls as f64 / started.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_1_is_faster_whatever_the_unit() {
        let rate = Figure::new("steps", 30.0, "views/s").beside("PyTorch", Some(20.0));
        assert_eq!((rate.baseline, rate.baseline_value, rate.ratio), (Some("PyTorch"), Some(20.0), Some(1.5)));
        for unit in ["ms", "s"] {
            assert_eq!(Figure::new("a call", 2.0, unit).beside("PyTorch", Some(3.0)).ratio, Some(1.5), "{unit}");
        }
        let alone = Figure::new("steps", 30.0, "views/s").beside("PyTorch", None);
        assert_eq!((alone.baseline, alone.baseline_value, alone.ratio), (None, None, None));
    }

    #[test]
    fn the_first_call_does_not_count() {
        let mut calls = Vec::new();
        let per_second = rate(0.05, |call| {
            calls.push(call);
            std::thread::sleep(std::time::Duration::from_millis(10));
        });
        assert_eq!(calls, (0..calls.len() as u64).collect::<Vec<_>>());
        // Each call that counts takes 10 ms at the least, on a busy machine more; with the first there would be one more.
        assert!(per_second > 0.0 && per_second <= 100.0, "{per_second} calls/s, {} calls", calls.len());
    }
}
