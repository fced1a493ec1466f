//! Stored samples as numbers.

use crate::sample_type::{SampleFormat, SampleType};
use half::f16;

impl SampleType {
    /// The samples of a row, from the sample `first` on every `step`-th, as f32 (whole numbers above 16,777,216 and f64
    /// are rounded to it).
    pub(crate) fn read(self, row: &[u8], first: usize, step: usize, into: &mut [f32]) {
        macro_rules! typed {
            ($type:ty, $as_f32:expr) => {{
                const LEN: usize = std::mem::size_of::<$type>();
                for (to, at) in into.iter_mut().zip((first..).step_by(step)) {
                    let bytes = row[at * LEN..].first_chunk::<LEN>().copied().unwrap_or_default();
                    *to = $as_f32(<$type>::from_ne_bytes(bytes));
                }
            }};
        }
        match (self.format, self.bits) {
            (SampleFormat::Uint, 8) => typed!(u8, f32::from),
            (SampleFormat::Uint, 16) => typed!(u16, f32::from),
            (SampleFormat::Uint, 32) => typed!(u32, |value| value as f32),
            (SampleFormat::Uint, 64) => typed!(u64, |value| value as f32),
            (SampleFormat::Int, 8) => typed!(i8, f32::from),
            (SampleFormat::Int, 16) => typed!(i16, f32::from),
            (SampleFormat::Int, 32) => typed!(i32, |value| value as f32),
            (SampleFormat::Int, _) => typed!(i64, |value| value as f32),
            (SampleFormat::Float, 16) => typed!(f16, f16::to_f32),
            (SampleFormat::Float, 32) => typed!(f32, |value| value),
            (SampleFormat::Float, _) => typed!(f64, |value| value as f32),
            // 1, 2 or 4 bits, the first sample in the high ones.
            (SampleFormat::Uint, bits) => {
                let bits = usize::from(bits);
                for (to, at) in into.iter_mut().zip((first..).step_by(step)) {
                    let shift = 8 - bits - at * bits % 8;
                    *to = f32::from(row[at * bits / 8] >> shift & ((1 << bits) - 1));
                }
            }
        }
    }

    /// A value as it is stored, for types of whole bytes.
    pub(crate) fn bytes_of(self, value: f64) -> Vec<u8> {
        match (self.format, self.bits) {
            (SampleFormat::Uint, 16) => (value as u16).to_ne_bytes().to_vec(),
            (SampleFormat::Uint, 32) => (value as u32).to_ne_bytes().to_vec(),
            (SampleFormat::Uint, 64) => (value as u64).to_ne_bytes().to_vec(),
            (SampleFormat::Uint, _) => vec![value as u8],
            (SampleFormat::Int, 8) => (value as i8).to_ne_bytes().to_vec(),
            (SampleFormat::Int, 16) => (value as i16).to_ne_bytes().to_vec(),
            (SampleFormat::Int, 32) => (value as i32).to_ne_bytes().to_vec(),
            (SampleFormat::Int, _) => (value as i64).to_ne_bytes().to_vec(),
            (SampleFormat::Float, 16) => f16::from_f64(value).to_ne_bytes().to_vec(),
            (SampleFormat::Float, 32) => (value as f32).to_ne_bytes().to_vec(),
            (SampleFormat::Float, _) => value.to_ne_bytes().to_vec(),
        }
    }

    /// Lowest and highest value of the type; of floating point, 0 and 1.
    pub fn range(self) -> [f64; 2] {
        let bits = i32::from(self.bits);
        match self.format {
            SampleFormat::Uint => [0.0, 2f64.powi(bits) - 1.0],
            SampleFormat::Int => [-(2f64.powi(bits - 1)), 2f64.powi(bits - 1) - 1.0],
            SampleFormat::Float => [0.0, 1.0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: SampleFormat, bits: u8, row: &[u8], first: usize, step: usize, count: usize) -> Vec<f32> {
        let mut values = vec![0.0; count];
        SampleType { format, bits }.read(row, first, step, &mut values);
        values
    }

    #[test]
    fn every_type_gives_its_numbers() {
        use SampleFormat::{Float, Int, Uint};
        assert_eq!(read(Uint, 8, &[1, 2, 3, 4, 5, 6], 1, 3, 2), [2.0, 5.0]);
        assert_eq!(read(Uint, 1, &[0b1010_0000], 0, 1, 4), [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(read(Uint, 4, &[0x12, 0x34], 1, 2, 2), [2.0, 4.0]);
        for (format, bits, value) in [
            (Uint, 16, 513.0),
            (Int, 16, -3.0),
            (Int, 8, -100.0),
            (Float, 32, 0.25),
            (Float, 64, -1.5),
            (Float, 16, 2.5),
        ] {
            let kind = SampleType { format, bits };
            assert_eq!(read(format, bits, &kind.bytes_of(f64::from(value)), 0, 1, 1), [value], "{kind}");
        }
    }
}
