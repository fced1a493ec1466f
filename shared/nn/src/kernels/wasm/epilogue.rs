//! What follows a convolution, done with its sums before they are written.

use super::four::Four;
use super::map::{Map, Rows};
use crate::kernels::Activation;

/// What is done with a convolution's sums before they are written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Epilogue<'a> {
    /// Added; a map of the output's sizes, written from its first channel on.
    pub sum: Option<&'a Map>,
    /// Then of the sum.
    pub activation: Activation,
}

impl Epilogue<'_> {
    /// Writes what becomes of `values` from place `at` of `output` on.
    #[inline]
    pub(super) fn write(&self, values: &[[f32; 4]], output: &mut Rows<'_>, at: usize) {
        let to = output.run_mut(at, 4 * values.len());
        let to = to.as_chunks_mut::<4>().0.iter_mut().zip(values);
        let (lowest, highest) = self.activation.bounds();
        let (lowest, highest) = (Four::splat(lowest), Four::splat(highest));
        match self.sum {
            Some(sum) => {
                let sum = sum.values[at..].as_chunks::<4>().0;
                for ((to, &value), &sum) in to.zip(sum) {
                    *to = (Four::new(value) + Four::new(sum)).max(lowest).min(highest).values();
                }
            }
            None => {
                for (to, &value) in to {
                    *to = Four::new(value).max(lowest).min(highest).values();
                }
            }
        }
    }

    /// Likewise of a few single values.
    pub(super) fn write_singly(&self, values: &[f32], output: &mut Rows<'_>, at: usize) {
        let to = output.run_mut(at, values.len());
        for ((at, &value), to) in (at..).zip(values).zip(to) {
            let value = value + self.sum.map_or(0.0, |sum| sum.values[at]);
            let (lowest, highest) = self.activation.bounds();
            *to = value.max(lowest).min(highest);
        }
    }
}
