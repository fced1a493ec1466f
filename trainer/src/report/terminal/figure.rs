//! A figure as text.

use nadir_core::report::Scalar;
use nadir_plot::number::measured;

/// `mean +- std [interval]`, as much of it as is known.
pub fn figure(scalar: &Scalar) -> String {
    let mut text = measured(scalar.mean, 4);
    if let Some(std) = scalar.std {
        text.push_str(&format!(" +- {}", measured(std, 4)));
    }
    if let Some([low, high]) = scalar.interval {
        text.push_str(&format!(" [{}, {}]", measured(low, 4), measured(high, 4)));
    }
    text
}

/// `mean +- std` with three places, for tables of many.
pub(super) fn rounded(scalar: &Scalar) -> String {
    let std = scalar.std.map_or(String::new(), |std| format!(" +- {}", measured(std, 3)));
    measured(scalar.mean, 3) + &std
}
