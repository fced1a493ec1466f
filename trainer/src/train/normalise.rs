//! A view as the network's input, value for value what [`nadir_core::image::augment::normalise_into`] makes of it, without
//! its divisions where the processor multiplies and adds in one step.

use nadir_core::image::Planes;
use nadir_core::image::augment;
use nadir_nn::kernels::simd::{Kernel, run};

/// One channel.
struct Channel<'a> {
    plane: &'a [f32],
    mean: f32,
    std: f32,
    out: &'a mut [f32],
}

/// Subtracts the mean and divides by the standard deviation, channel by channel, into `out` [channels, height, width].
///
/// # Panics
/// As [`augment::normalise_into`].
pub fn normalise_into(planes: &Planes, mean: &[f32], std: &[f32], out: &mut [f32]) {
    let channels = planes.channels();
    let is_ordinary = std.iter().all(|std| std.is_normal() && std.recip().is_normal());
    if !is_ordinary || planes.values.len() != out.len() || [mean.len(), std.len()] != [channels; 2] {
        return augment::normalise_into(planes, mean, std, out);
    }
    let area = (planes.width * planes.height).max(1);
    let channels = planes.values.chunks_exact(area).zip(out.chunks_exact_mut(area));
    for ((plane, out), (&mean, &std)) in channels.zip(mean.iter().zip(std)) {
        run(Channel { plane, mean, std, out });
    }
}

impl Kernel for Channel<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { plane, mean, std, out } = self;
        let inverse = std.recip();
        for (out, &value) in out.iter_mut().zip(plane) {
            let difference = value - mean;
            *out = if FUSED {
                // Corrected by its remainder, which is exact, a product with the rounded inverse is the rounded quotient
                // (Markstein 1990, "Computation of elementary functions on the IBM RISC System/6000 processor").
                let quotient = difference * inverse;
                (-quotient).mul_add(std, difference).mul_add(inverse, quotient)
            } else {
                difference / std
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    /// Bit for bit, also for the divisor for which the theorem makes an exception (all bits of its fraction set).
    #[test]
    fn every_value_is_the_rounded_quotient() {
        let mut rng = Rng::new(7);
        for std in [0.229, 0.224, 0.225, 0.5, 0.501_960_8, 1.0, f32::from_bits(0x3eff_ffff), 1.7e-3, 1e-40, 1e38]
            .into_iter()
            .chain((0..40).map(|_| rng.range(0.05, 2.0) as f32))
            .collect::<Vec<_>>()
        {
            let mean = rng.range(-0.5, 1.0) as f32;
            let values: Vec<f32> = (0..30_000).map(|_| rng.range(-1.0, 2.0) as f32).chain([mean, 0.0, 1.0]).collect();
            let count = values.len();
            let planes = Planes { width: count, height: 1, values };
            let (mut found, mut expected) = (vec![0.0; count], vec![0.0; count]);
            normalise_into(&planes, &[mean], &[std], &mut found);
            augment::normalise_into(&planes, &[mean], &[std], &mut expected);
            for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert!(
                    found.to_bits() == expected.to_bits() || found == expected,
                    "{}: {found}, not {expected}, by {std}",
                    planes.values[at]
                );
            }
        }
    }
}
