//! Numbers as the page writes them. Integer arithmetic, because formatting floats would add some 10 kB to the download.

/// `value` rounded to `places` decimal places; halves are rounded away from zero.
pub fn decimal(value: f64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let units = (value.abs() * scale as f64 + 0.5) as u64;
    let sign = if value < 0.0 && units > 0 { "-" } else { "" };
    if places == 0 {
        format!("{sign}{units}")
    } else {
        format!("{sign}{}.{:0width$}", units / scale, units % scale, width = places as usize)
    }
}

/// A whole number with its thousands set apart, for example `2,812,345`.
pub fn grouped(value: f64) -> String {
    let digits = decimal(value, 0);
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

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
    fn rounds_to_the_places_asked_for() {
        assert_eq!(decimal(0.0, 4), "0.0000");
        assert_eq!(decimal(0.99996, 4), "1.0000");
        assert_eq!(decimal(0.05, 2), "0.05");
        assert_eq!(decimal(-1.25, 1), "-1.3");
        assert_eq!(decimal(-0.001, 1), "0.0");
        assert_eq!(decimal(41.5, 0), "42");
    }

    #[test]
    fn sets_thousands_apart() {
        assert_eq!(grouped(2_812_345.0), "2,812,345");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(grouped(-123_456.0), "-123,456");
    }

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
