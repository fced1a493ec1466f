//! The Fourier transform of square grey images, by real transforms of rows and columns.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Transforms of squares of one size.
pub struct Fourier {
    /// Width and height of the square in px; even.
    pub size: usize,
    rows: Arc<dyn RealToComplex<f32>>,
    columns: Arc<dyn Fft<f32>>,
    columns_back: Arc<dyn Fft<f32>>,
    rows_back: Arc<dyn ComplexToReal<f32>>,
}

/// Half of a spectrum, column by column: `size / 2 + 1` columns of `size` values; the other half follows by symmetry.
pub type Spectrum = Vec<Complex<f32>>;

impl Fourier {
    /// Prepares transforms of `size` x `size` px.
    ///
    /// # Panics
    /// If the size is odd or 0.
    pub fn new(size: usize) -> Self {
        assert!(size > 0 && size.is_multiple_of(2), "an even size");
        let (mut real, mut complex) = (RealFftPlanner::<f32>::new(), FftPlanner::<f32>::new());
        Self {
            size,
            rows: real.plan_fft_forward(size),
            columns: complex.plan_fft_forward(size),
            columns_back: complex.plan_fft_inverse(size),
            rows_back: real.plan_fft_inverse(size),
        }
    }

    /// The spectrum of `size * size` values, row-major.
    pub fn spectrum(&self, values: &[f32]) -> Spectrum {
        let (size, half) = (self.size, self.size / 2 + 1);
        let mut columns = vec![Complex::default(); half * size];
        let (mut row, mut out) = (vec![0.0; size], vec![Complex::default(); half]);
        let mut scratch = self.rows.make_scratch_vec();
        for (at, values) in values.chunks_exact(size).enumerate() {
            row.copy_from_slice(values);
            self.rows.process_with_scratch(&mut row, &mut out, &mut scratch).expect("buffers of the planned length");
            for (column, &value) in out.iter().enumerate() {
                columns[column * size + at] = value;
            }
        }
        self.columns.process(&mut columns);
        columns
    }

    /// The `size * size` values of a spectrum.
    pub fn values(&self, mut spectrum: Spectrum) -> Vec<f32> {
        let (size, half) = (self.size, self.size / 2 + 1);
        self.columns_back.process(&mut spectrum);
        let scale = 1.0 / (size * size) as f32;
        let mut values = vec![0.0; size * size];
        let mut row = vec![Complex::default(); half];
        let mut scratch = self.rows_back.make_scratch_vec();
        for (at, values) in values.chunks_exact_mut(size).enumerate() {
            for (column, value) in row.iter_mut().enumerate() {
                *value = spectrum[column * size + at] * scale;
            }
            // What rounding left there would be refused.
            row[0].im = 0.0;
            row[half - 1].im = 0.0;
            self.rows_back.process_with_scratch(&mut row, values, &mut scratch).expect("buffers of the planned length");
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::rng::Rng;

    #[test]
    fn a_spectrum_is_the_sum_by_definition_and_leads_back() {
        let size = 8;
        let mut rng = Rng::new(1);
        let values: Vec<f32> = (0..size * size).map(|_| rng.range(-1.0, 1.0) as f32).collect();
        let plan = Fourier::new(size);
        let spectrum = plan.spectrum(&values);
        for u in 0..=size / 2 {
            for v in 0..size {
                let mut sum = Complex::new(0.0_f64, 0.0);
                for (at, &value) in values.iter().enumerate() {
                    let turn = ((at % size * u + at / size * v) as f64) / size as f64;
                    let angle = -std::f64::consts::TAU * turn;
                    sum += Complex::new(angle.cos(), angle.sin()) * f64::from(value);
                }
                let found = spectrum[u * size + v];
                let off = (f64::from(found.re) - sum.re).abs() + (f64::from(found.im) - sum.im).abs();
                assert!(off < 1e-4, "column {u}, row {v}: {found} for {sum}");
            }
        }
        let back = plan.values(spectrum);
        assert!(back.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
