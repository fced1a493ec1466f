//! Times of the runs of a network, or of the searches of a gallery.

/// The times of all runs so far, ms.
#[derive(Debug, Default)]
pub struct RunTimes {
    ms: Vec<f64>,
}

impl RunTimes {
    /// Counts one more run of `run_ms`; gives the median in ms and how many runs it is over.
    pub fn add(&mut self, run_ms: f64) -> (f64, usize) {
        self.ms.push(run_ms);
        (median(&self.ms), self.ms.len())
    }
}

/// The middle value; the mean of the two middle ones where their number is even.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
