//! How large the web app's downloads are, and how large they may be.

use anyhow::{Result, bail};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// Bytes of a file, plain and compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// As it lies on the disk.
    pub raw: usize,
    /// With gzip, level 9.
    pub gzip: usize,
    /// With brotli at the quality that was requested.
    pub brotli: usize,
}

/// A file's limit, in bytes.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// Of the gzip-compressed file.
    Gzip(usize),
    /// Of the brotli-compressed file.
    Brotli(usize),
}

/// Brotli for shipping: the smallest file, about half a minute for the engine.
pub const BROTLI_SHIP: i32 = 11;
/// Brotli for a quick figure.
pub const BROTLI_QUICK: i32 = 5;

/// Compresses with brotli at a quality of 0 to 11, in a window of 16 MiB.
pub fn brotli(bytes: &[u8], quality: i32) -> Result<Vec<u8>> {
    // A window of 16 MiB, the largest that browsers accept.
    let params = brotli::enc::BrotliEncoderParams { quality, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &params)?;
    Ok(compressed)
}

/// Measures `bytes`; `quality` is brotli's.
pub fn measure(bytes: &[u8], quality: i32) -> Result<Sizes> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(Sizes { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: brotli(bytes, quality)?.len() })
}

impl Limit {
    /// The limit as a person reads it.
    pub fn shown(self) -> String {
        match self {
            Self::Gzip(bytes) => format!("{} gzip", kilobytes(bytes)),
            Self::Brotli(bytes) => format!("{} brotli", kilobytes(bytes)),
        }
    }

    /// Fails when `sizes` is over the limit.
    pub fn check(self, name: &str, sizes: Sizes) -> Result<()> {
        let (size, limit) = match self {
            Self::Gzip(limit) => (sizes.gzip, limit),
            Self::Brotli(limit) => (sizes.brotli, limit),
        };
        if size > limit {
            bail!("{name} has {} compressed, over its limit of {}", kilobytes(size), self.shown());
        }
        Ok(())
    }
}

/// Bytes in kB (1,000 bytes), with thousands separated.
pub fn kilobytes(bytes: usize) -> String {
    let rounded = (bytes + 500) / 1000;
    if rounded >= 1000 { format!("{},{:03} kB", rounded / 1000, rounded % 1000) } else { format!("{rounded} kB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_looks_at_its_own_compression() {
        let sizes = Sizes { raw: 1000, gzip: 500, brotli: 300 };
        assert!(Limit::Gzip(500).check("x", sizes).is_ok());
        assert!(Limit::Gzip(499).check("x", sizes).is_err());
        assert!(Limit::Brotli(300).check("x", sizes).is_ok());
        assert!(Limit::Brotli(299).check("x", sizes).is_err());
    }

    #[test]
    fn compression_shrinks_what_repeats() -> Result<()> {
        let sizes = measure(&[7; 100_000], BROTLI_QUICK)?;
        assert_eq!(sizes.raw, 100_000);
        assert!(sizes.gzip < 1000 && sizes.brotli < 1000, "{sizes:?}");
        Ok(())
    }

    #[test]
    fn kilobytes_have_separators() {
        assert_eq!(kilobytes(1_499), "1 kB");
        assert_eq!(kilobytes(18_123_456), "18,123 kB");
        assert_eq!(kilobytes(1_004_000), "1,004 kB");
    }
}
