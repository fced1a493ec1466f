//! Numbers as the page writes them; plots and reports write them the same way.

pub use nadir_plot::number::{decimal, grouped};

/// A probability as a percentage, for example `97.1%`.
pub fn percent(probability: f32) -> String {
    decimal(f64::from(probability) * 100.0, 1) + "%"
}

/// A number of bytes in decimal units, for example `9.8 MB`.
pub fn bytes(count: u64) -> String {
    if count < 1_000_000 { decimal(count as f64 / 1e3, 0) + " kB" } else { decimal(count as f64 / 1e6, 1) + " MB" }
}

/// A duration given in milliseconds, for example `8.3 ms`, `240 ms` or `1.9 s`.
pub fn duration(ms: f64) -> String {
    if ms < 9.95 {
        decimal(ms, 1) + " ms"
    } else if ms < 999.5 {
        decimal(ms, 0) + " ms"
    } else {
        decimal(ms / 1e3, 1) + " s"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_unit_that_reads_best() {
        assert_eq!(percent(0.9712), "97.1%");
        assert_eq!(bytes(812_345), "812 kB");
        assert_eq!(bytes(9_812_345), "9.8 MB");
        assert_eq!(duration(8.26), "8.3 ms");
        assert_eq!(duration(240.4), "240 ms");
        assert_eq!(duration(999.6), "1.0 s");
    }
}
