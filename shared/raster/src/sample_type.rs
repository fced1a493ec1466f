//! How a sample is stored.

use anyhow::{Result, bail, ensure};

/// How a sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleType {
    /// Whole numbers from 0, whole numbers with a sign, or IEEE floating point.
    pub format: SampleFormat,
    /// 1, 2, 4, 8, 16, 32 or 64.
    pub bits: u8,
}

/// The kinds of numbers of TIFF 6.0, section 19.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFormat {
    /// Whole numbers from 0.
    Uint,
    /// Whole numbers with a sign.
    Int,
    /// IEEE floating point.
    Float,
}

impl std::fmt::Display for SampleType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let format = match self.format {
            SampleFormat::Uint => "uint",
            SampleFormat::Int => "int",
            SampleFormat::Float => "float",
        };
        write!(f, "{format}{}", self.bits)
    }
}

impl SampleType {
    /// By the fields SampleFormat and BitsPerSample.
    pub(crate) fn of_tags(format: u16, bits: u16) -> Result<Self> {
        let format = match format {
            // 4 is "undefined", which is read as whole numbers, as libtiff does.
            1 | 4 => SampleFormat::Uint,
            2 => SampleFormat::Int,
            3 => SampleFormat::Float,
            5 | 6 => bail!("its samples are complex numbers, which are no image"),
            other => bail!("its samples are of the unknown format {other}"),
        };
        let is_read = match format {
            SampleFormat::Uint => [1, 2, 4, 8, 16, 32, 64].contains(&bits),
            SampleFormat::Int => [8, 16, 32, 64].contains(&bits),
            SampleFormat::Float => [16, 32, 64].contains(&bits),
        };
        ensure!(is_read, "its samples have {bits} bits, which is not read for this kind of number");
        Ok(Self { format, bits: bits as u8 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_not_read_are_named() {
        assert_eq!(SampleType::of_tags(3, 32).expect("read").to_string(), "float32");
        assert!(SampleType::of_tags(6, 64).expect_err("complex").to_string().contains("complex"));
        assert!(SampleType::of_tags(1, 12).expect_err("12 bits").to_string().contains("12 bits"));
    }
}
