//! The learning rate over a run.

use crate::config::{PretrainConfig, Schedule};

/// Learning rate of step `step` (from 0) of `steps`: a linear rise over the warm-up, then constant or half a cosine
/// to `decay_rate`^3 of the highest rate (Loshchilov & Hutter 2017, without restarts).
pub fn learning_rate(config: &PretrainConfig, step: usize, steps_per_epoch: usize) -> f64 {
    let warmup = config.warmup_epochs.max(0.0) * steps_per_epoch as f64;
    let steps = (config.epochs * steps_per_epoch) as f64;
    let step = step as f64;
    if step < warmup {
        return config.learning_rate * (step + 1.0) / warmup.ceil();
    }
    match config.schedule {
        Schedule::Constant => config.learning_rate,
        Schedule::Cosine => {
            let progress = (step - warmup) / (steps - warmup).max(1.0);
            let end = config.decay_rate.powi(3);
            config.learning_rate * (end + (1.0 - end) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_over_the_warm_up_and_falls_to_almost_nothing() {
        let config = PretrainConfig { epochs: 10, warmup_epochs: 1.0, learning_rate: 1.0, ..PretrainConfig::default() };
        let rates: Vec<f64> = (0..100).map(|step| learning_rate(&config, step, 10)).collect();
        assert_eq!(rates[0], 0.1);
        assert_eq!(rates[9], 1.0);
        assert_eq!(rates[10], 1.0);
        assert!(rates[10..].windows(2).all(|pair| pair[1] < pair[0]));
        assert!(rates[99] < 1e-3);
        let ends = PretrainConfig { decay_rate: 0.5, ..config };
        assert!((learning_rate(&ends, 100, 10) - 0.125).abs() < 1e-12);
    }
}
