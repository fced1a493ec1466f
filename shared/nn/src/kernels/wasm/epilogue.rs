//! What follows a convolution, done with its sums before they are written.

use super::four::Four;
use super::map::Map;

/// What is done with a convolution's sums before they are written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Epilogue<'a> {
    /// Added; a map of the output's sizes, written from its first channel on.
    pub sum: Option<&'a Map>,
    /// Negative values become zero.
    pub relu: bool,
}

impl Epilogue<'_> {
    /// Writes what becomes of `values` from place `at` of `output` on.
    #[inline]
    pub(super) fn write(&self, values: &[[f32; 4]], output: &mut Map, at: usize) {
        let to = &mut output.values[at..][..4 * values.len()];
        let to = to.as_chunks_mut::<4>().0.iter_mut().zip(values);
        let lowest = Four::splat(if self.relu { 0.0 } else { f32::NEG_INFINITY });
        match self.sum {
            Some(sum) => {
                let sum = sum.values[at..].as_chunks::<4>().0;
                for ((to, &value), &sum) in to.zip(sum) {
                    *to = (Four::new(value) + Four::new(sum)).max(lowest).values();
                }
            }
            None => {
                for (to, &value) in to {
                    *to = Four::new(value).max(lowest).values();
                }
            }
        }
    }

    /// Likewise of a few single values.
    pub(super) fn write_singly(&self, values: &[f32], output: &mut Map, at: usize) {
        for (at, &value) in (at..).zip(values) {
            let value = value + self.sum.map_or(0.0, |sum| sum.values[at]);
            output.values[at] = if self.relu { value.max(0.0) } else { value };
        }
    }
}
