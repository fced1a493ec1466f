//! The plot of lesson 7: how the scores of known and of held-out points lie about the threshold.

/// Width of the plot, in its own px.
pub const WIDTH: f64 = 360.0;
/// Height of the plot, in its own px.
pub const HEIGHT: f64 = 130.0;
const LEFT: f64 = 12.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 20.0;
/// Bins of the histogram; the last holds all that lies beyond.
const BINS: usize = 30;

/// Shares of the values in bins between two scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// At the left end.
    pub low: f64,
    /// At the right end.
    pub high: f64,
}

impl Axis {
    /// From the lowest score to as far behind the threshold as it lies before it, so that both sides are seen.
    pub fn about(threshold: f64, scores: &[f32]) -> Self {
        let low = scores.iter().map(|&score| f64::from(score)).fold(threshold, f64::min);
        let half = (threshold - low).max(threshold.abs() * 1e-6).max(1e-9);
        Self { low: threshold - half, high: threshold + half }
    }

    /// Where a score stands, px from the left.
    pub fn across(&self, score: f64) -> f64 {
        let share = ((score - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        LEFT + share * (WIDTH - 2.0 * LEFT)
    }

    /// The share of the scores in each bin.
    pub fn shares(&self, scores: &[f32]) -> [f64; BINS] {
        let mut shares = [0.0; BINS];
        for &score in scores {
            let share = (f64::from(score) - self.low) / (self.high - self.low);
            shares[((share * BINS as f64).max(0.0) as usize).min(BINS - 1)] += 1.0 / scores.len() as f64;
        }
        shares
    }
}

/// The contents of the SVG.
pub fn svg(threshold: f64, known: &[f32], held_out: &[f32], [passes, beyond]: [&str; 2]) -> String {
    let all: Vec<f32> = known.iter().chain(held_out).copied().collect();
    let axis = Axis::about(threshold, &all);
    let shares = [axis.shares(known), axis.shares(held_out)];
    let most = shares.iter().flatten().copied().fold(1e-9, f64::max);
    let ground = HEIGHT - BOTTOM;
    let bin = (WIDTH - 2.0 * LEFT) / BINS as f64;
    let steps = |shares: &[f64; BINS]| {
        let mut path = format!("M{LEFT} {ground}");
        for (at, share) in shares.iter().enumerate() {
            let y = ground - share / most * (ground - TOP);
            let x = LEFT + bin * at as f64;
            path += &format!("L{x:.1} {y:.1}H{:.1}", x + bin);
        }
        path + &format!("V{ground}Z")
    };
    let at = axis.across(threshold);
    format!(
        r#"<path class="known" d="{}"/><path class="held-out" d="{}"/><path class="axis" d="M{LEFT} {ground}H{end}"/><path class="cut" d="M{at:.1} {high}V{ground}"/><text x="{before:.1}" y="12" text-anchor="end">{passes}</text><text x="{behind:.1}" y="12">{beyond}</text>"#,
        steps(&shares[0]),
        steps(&shares[1]),
        end = WIDTH - LEFT,
        high = TOP - 6.0,
        before = at - 6.0,
        behind = at + 6.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_in_a_bin_and_the_threshold_in_the_middle() {
        let scores = [-3.0, 0.5, 1.0, 1e9];
        let axis = Axis::about(1.0, &scores);
        assert_eq!((axis.low, axis.high), (-3.0, 5.0));
        let shares = axis.shares(&scores);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && shares[0] == 0.25 && shares[BINS - 1] == 0.25);
        assert_eq!(axis.across(1.0), WIDTH / 2.0);
        assert_eq!(axis.across(1e9), WIDTH - LEFT);
        // All alike: a plot of no width is none.
        let flat = Axis::about(-1.0, &[-1.0; 3]);
        assert!(flat.high > flat.low && svg(-1.0, &[-1.0], &[-1.0], ["", ""]).contains("class=\"cut\""));
    }
}
