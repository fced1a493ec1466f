//! The Fourier transform of square grey images, by real transforms of rows and columns.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Transforms of squares of one size.
pub struct Fourier {
    /// Width and height of the square in px; even.
    pub size: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
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
        let mut planner = RealFftPlanner::<f32>::new();
        Self { size, forward: planner.plan_fft_forward(size), inverse: planner.plan_fft_inverse(size) }
    }

    /// The spectrum of `size * size` values, row-major.
    pub fn spectrum(&self, values: &[f32]) -> Spectrum {
        let (size, half) = (self.size, self.size / 2 + 1);
        let mut columns = vec![Complex::default(); half * size];
        let mut row = vec![0.0; size];
        let mut out = vec![Complex::default(); half];
        for (at, values) in values.chunks_exact(size).enumerate() {
            row.copy_from_slice(values);
            self.forward.process(&mut row, &mut out).expect("buffers of the planned length");
            for (column, &value) in out.iter().enumerate() {
                columns[column * size + at] = value;
            }
        }
        let mut line = Line::new(self);
        columns.chunks_exact_mut(size).for_each(|column| line.transform(column));
        columns
    }

    /// The `size * size` values of a spectrum.
    pub fn values(&self, mut spectrum: Spectrum) -> Vec<f32> {
        let (size, half) = (self.size, self.size / 2 + 1);
        let mut line = Line::new(self);
        for column in spectrum.chunks_exact_mut(size) {
            // The inverse is the conjugate of the transform of the conjugate.
            column.iter_mut().for_each(|value| *value = value.conj());
            line.transform(column);
            column.iter_mut().for_each(|value| *value = value.conj());
        }
        let scale = 1.0 / (size * size) as f32;
        let mut values = vec![0.0; size * size];
        let mut row = vec![Complex::default(); half];
        for (at, values) in values.chunks_exact_mut(size).enumerate() {
            for (column, value) in row.iter_mut().enumerate() {
                *value = spectrum[column * size + at];
            }
            // What rounding left there would be refused.
            row[0].im = 0.0;
            row[half - 1].im = 0.0;
            self.inverse.process(&mut row, values).expect("buffers of the planned length");
            values.iter_mut().for_each(|value| *value *= scale);
        }
        values
    }
}

/// Complex transforms of one column after another, each by two real ones: F(a + ib) = F(a) + i F(b).
struct Line<'a> {
    plan: &'a Fourier,
    part: Vec<f32>,
    real: Vec<Complex<f32>>,
    imaginary: Vec<Complex<f32>>,
}

impl<'a> Line<'a> {
    fn new(plan: &'a Fourier) -> Self {
        let half = vec![Complex::default(); plan.size / 2 + 1];
        Self { plan, part: vec![0.0; plan.size], real: half.clone(), imaginary: half }
    }

    fn transform(&mut self, column: &mut [Complex<f32>]) {
        let size = self.plan.size;
        for (out, of) in
            [(&mut self.real, (|v: &Complex<f32>| v.re) as fn(&Complex<f32>) -> f32), (&mut self.imaginary, |v| v.im)]
        {
            self.part.iter_mut().zip(column.iter()).for_each(|(part, value)| *part = of(value));
            self.plan.forward.process(&mut self.part, out).expect("buffers of the planned length");
        }
        for (at, value) in column.iter_mut().enumerate() {
            let (a, b) = match at <= size / 2 {
                true => (self.real[at], self.imaginary[at]),
                false => (self.real[size - at].conj(), self.imaginary[size - at].conj()),
            };
            *value = Complex::new(a.re - b.im, a.im + b.re);
        }
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
