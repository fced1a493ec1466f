//! What follows a convolution without a gradient, done with the values that were just computed.

use super::simd::{Kernel, run};
use crate::kernels::Activation;

/// Summands of each channel, another map, and an activation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Epilogue<'a> {
    /// What each output channel's sums start from; empty: 0.
    pub shift: &'a [f32],
    /// Added then; a map of the output's sizes.
    pub sum: Option<&'a [f32]>,
    /// Then of that.
    pub activation: Activation,
}

impl Epilogue<'_> {
    /// What a channel's sums start from.
    pub fn shift(&self, channel: usize) -> f32 {
        self.shift.get(channel).copied().unwrap_or(0.0)
    }

    /// The last two steps, of values that stand from `at` on in the output.
    pub fn finish(&self, values: &mut [f32], at: usize) {
        if self.sum.is_none() && self.activation == Activation::None {
            return;
        }
        let sum = self.sum.map(|sum| &sum[at..][..values.len()]);
        run(Finish { values, sum, bounds: self.activation.bounds() });
    }
}

struct Finish<'a> {
    values: &'a mut [f32],
    sum: Option<&'a [f32]>,
    bounds: (f32, f32),
}

impl Kernel for Finish<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let (lowest, highest) = self.bounds;
        match self.sum {
            Some(sum) => {
                for (value, sum) in self.values.iter_mut().zip(sum) {
                    *value = (*value + sum).max(lowest).min(highest);
                }
            }
            None => {
                for value in self.values {
                    *value = value.max(lowest).min(highest);
                }
            }
        }
    }
}
