//! Numbers as plots, tables and the page write them. Integer arithmetic, because formatting floats would add some
//! 10 kB to the page's download.

// Inlined where the page calls them: so it takes these lines along and not the rest of their object file.

/// `value` rounded to `places` decimal places; halves are rounded away from zero.
#[inline]
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
#[inline]
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

/// A measured value: `places` decimal places below 10, fewer the larger it is; a power of ten where that would be 0
/// or beyond 15 digits.
pub fn measured(value: f64, places: u32) -> String {
    let size = value.abs();
    if value.is_nan() {
        "not a number".into()
    } else if value.is_infinite() {
        if value > 0.0 { "infinite".into() } else { "-infinite".into() }
    } else if size >= 1e15 || (size > 0.0 && size < 0.5 / 10_f64.powi(places as i32)) {
        scientific(value)
    } else if size < 10.0 {
        decimal(value, places)
    } else if size < 1000.0 {
        decimal(value, places.min(1))
    } else {
        grouped(value)
    }
}

/// [`measured`] with its sign, for differences.
pub fn signed(value: f64, places: u32) -> String {
    if value > 0.0 { format!("+{}", measured(value, places)) } else { measured(value, places) }
}

/// The number on a tick; `step` is the distance to the next one and sets the decimal places.
pub fn tick(value: f64, step: f64) -> String {
    if step < 1e-6 || value.abs() >= 1e15 {
        return if value == 0.0 { "0".into() } else { scientific(value) };
    }
    // A step is 1, 2 or 5 times a power of ten; the margin is for the logarithm's rounding.
    let places = (-step.log10() - 1e-9).ceil().max(0.0) as u32;
    if places == 0 { grouped(value) } else { decimal(value, places) }
}

/// Two digits and a power of ten, for example `1.5e-7`.
fn scientific(value: f64) -> String {
    let mut exponent = value.abs().log10().floor() as i32;
    // In two factors, since 10^-320 alone is 0.
    let mut mantissa = value / 10_f64.powi(exponent / 2) / 10_f64.powi(exponent - exponent / 2);
    if mantissa.abs() >= 9.95 {
        mantissa /= 10.0;
        exponent += 1;
    }
    let digits = decimal(mantissa, 1);
    format!("{}e{exponent}", digits.strip_suffix(".0").unwrap_or(&digits))
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
    fn gives_a_measured_value_the_places_its_size_deserves() {
        assert_eq!(measured(0.91334, 3), "0.913");
        assert_eq!(measured(-12.345, 3), "-12.3");
        assert_eq!(measured(12_345.6, 3), "12,346");
        assert_eq!(measured(0.00012, 3), "1.2e-4");
        assert_eq!(measured(0.0, 3), "0.000");
        assert_eq!(measured(9.96e20, 3), "1e21");
        assert_eq!(measured(5e-324, 3), "4.9e-324");
        assert_eq!(measured(f64::NAN, 3), "not a number");
        assert_eq!(signed(0.25, 2), "+0.25");
        assert_eq!(signed(-0.25, 2), "-0.25");
    }

    #[test]
    fn a_tick_shows_what_its_step_needs() {
        assert_eq!(tick(0.6, 0.2), "0.6");
        assert_eq!(tick(0.65, 0.05), "0.65");
        assert_eq!(tick(0.001, 0.001), "0.001");
        assert_eq!(tick(20_000.0, 10_000.0), "20,000");
        assert_eq!(tick(3e-8, 1e-8), "3e-8");
        assert_eq!(tick(0.0, 1e-8), "0");
    }
}
