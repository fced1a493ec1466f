//! From numbers of any type to 8 bits.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How values become [0, 1], the same for every band or each by its own limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// By the range of the type: 0 to 255 of a byte, 0 to 65,535 of two; floating point is taken as it is.
    Type,
    /// From the first value to the second; one pair for all bands, or one a band.
    Range(Vec<[f64; 2]>),
    /// From one percentile of a band's own valid values to another.
    Percentiles([f64; 2]),
}

impl Scaling {
    /// What is taken for values of more than 8 bits where nothing else was requested: few have their type's whole range.
    pub const DEFAULT_PERCENTILES: Self = Self::Percentiles([2.0, 98.0]);
}

impl FromStr for Scaling {
    type Err = String;

    /// `type`, `percentiles` (2 to 98), `percentiles:1:99`, or ranges as `0:10000` and `0:255,0:255,0:3000`.
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected type, percentiles, percentiles:LOW:HIGH, or LOW:HIGH for all bands or each one after commas, and \
                 found {text:?}"
            )
        };
        let pair = |text: &str| -> Result<[f64; 2], String> {
            let (low, high) = text.split_once(':').ok_or_else(expected)?;
            let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            let (low, high) = number(low).zip(number(high)).ok_or_else(expected)?;
            if low < high { Ok([low, high]) } else { Err(format!("{low}:{high}: the first must be the lower one")) }
        };
        match text.trim() {
            "type" => Ok(Self::Type),
            "percentiles" => Ok(Self::DEFAULT_PERCENTILES),
            text => match text.strip_prefix("percentiles:") {
                Some(limits) => match pair(limits)? {
                    [low, high] if low >= 0.0 && high <= 100.0 => Ok(Self::Percentiles([low, high])),
                    _ => Err(format!("{text}: percentiles are 0 to 100")),
                },
                None => Ok(Self::Range(text.split(',').map(pair).collect::<Result<_, _>>()?)),
            },
        }
    }
}

impl std::fmt::Display for Scaling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Type => write!(f, "type"),
            Self::Percentiles([low, high]) => write!(f, "percentiles:{low}:{high}"),
            Self::Range(ranges) => {
                let ranges: Vec<String> = ranges.iter().map(|[low, high]| format!("{low}:{high}")).collect();
                write!(f, "{}", ranges.join(","))
            }
        }
    }
}

/// The value that `limits` bring to 0 to 255, rounded; what is no number is 0.
pub(super) fn byte(value: f32, [low, high]: [f64; 2]) -> u8 {
    // NaN becomes 0 in the cast.
    ((f64::from(value) - low) / (high - low) * 255.0 + 0.5).clamp(0.0, 255.0) as u8
}

/// Two percentiles of values, by linear interpolation between the sorted ones as NumPy's default does. Without values,
/// or where both are equal, a range that brings all to 0.
pub(super) fn percentiles(values: &mut [f32], [low, high]: [f64; 2]) -> [f64; 2] {
    values.sort_unstable_by(f32::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return [0.0, 1.0] };
    let at = |percent: f64| {
        let place = percent / 100.0 * last as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let (below, above) = (f64::from(values[below]), f64::from(values[above]));
        below + (above - below) * place.fract()
    };
    let (low, high) = (at(low), at(high));
    if low < high { [low, high] } else { [low, low + 1.0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        for text in ["type", "percentiles:2:98", "0:10000", "0:255,0:255,-1:3000"] {
            assert_eq!(text.parse::<Scaling>().expect(text).to_string(), text);
        }
        assert_eq!("percentiles".parse(), Ok(Scaling::DEFAULT_PERCENTILES));
        for text in ["", "minmax", "5", "9:3", "1:1", "percentiles:98:2", "percentiles:0:101", "0:nan"] {
            assert!(text.parse::<Scaling>().is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_scaled_rounded_and_clamped() {
        assert_eq!([0.0, 1.0, 128.0, 255.0].map(|value| byte(value, [0.0, 255.0])), [0, 1, 128, 255]);
        assert_eq!(
            [-5.0, 50.0, 300.0, f32::NAN, f32::INFINITY].map(|value| byte(value, [0.0, 100.0])),
            [0, 128, 255, 0, 255]
        );
    }

    /// `numpy.percentile([1, 2, 3, 4, 10], [25, 98])` is 2.0 and 9.52.
    #[test]
    fn percentiles_are_numpys() {
        let [low, high] = percentiles(&mut [10.0, 2.0, 1.0, 4.0, 3.0], [25.0, 98.0]);
        assert!((low - 2.0).abs() < 1e-12 && (high - 9.52).abs() < 1e-9, "{low} {high}");
        assert_eq!(percentiles(&mut [7.0, 7.0], [2.0, 98.0]), [7.0, 8.0]);
        assert_eq!(percentiles(&mut [], [2.0, 98.0]), [0.0, 1.0]);
    }
}
