//! What is taken of images of many bands and of more than eight bits: which bands, and how their values are scaled. It
//! stands in a run's config and in a bundle, so that all who read images for a network read them alike.

use super::RGB;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What is taken of a TIFF image; the default is the first three bands (or one, as grey).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BandSettings {
    /// Names, or numbers from 1, of the bands that become red, green and blue; or one, as grey; or any other number of
    /// bands, for a network whose first convolution has a channel for each.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "band_names")]
    #[cfg_attr(test, schemars(with = "Option<Vec<band_names::Band>>"))]
    pub bands: Option<Vec<String>>,
    /// `None`: bytes by their type, anything else by the 2nd and 98th percentile of each file.
    #[serde(rename = "scale", default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

impl BandSettings {
    /// So many bands a network can have.
    pub const MOST_BANDS: usize = 32;

    /// Channels of the images that are read by these settings: as many as there are bands; three of one band, which is
    /// grey, and where none are named.
    pub fn channels(&self) -> usize {
        match self.bands.as_ref().map(Vec::len) {
            None | Some(1) => RGB,
            Some(bands) => bands,
        }
    }

    /// What tells images apart that were read from one file by different settings; nothing for the default ones.
    pub fn suffix(&self) -> String {
        let bands = self.bands.as_ref().map_or(String::new(), |bands| format!("?bands={}", bands.join(",")));
        let scaling = self.scaling.as_ref().map_or(String::new(), |scaling| format!("?scale={scaling}"));
        bands + &scaling
    }

    /// What cannot be, as a sentence; `None` if all fits.
    pub fn fault(&self) -> Option<String> {
        let bands = self.bands.as_ref().map(Vec::len);
        if let Some(count) = bands.filter(|count| !(1..=Self::MOST_BANDS).contains(count)) {
            return Some(format!(
                "one band becomes grey, three become red, green and blue, and a network has up to {}; there are {count}",
                Self::MOST_BANDS
            ));
        }
        match (&self.scaling, bands) {
            (Some(Scaling::Range(ranges)), Some(bands)) if ![1, bands].contains(&ranges.len()) => {
                Some(format!("expected one range for all bands or {bands}, one a band, and found {}", ranges.len()))
            }
            _ => None,
        }
    }
}

/// A list in which numbers are numbers and names are texts.
pub mod band_names {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// A band by its number, from 1, or by its name.
    #[derive(Serialize, Deserialize)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    #[serde(untagged)]
    pub(super) enum Band {
        Number(u32),
        Name(String),
    }

    /// Writes the list.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(bands: &Option<Vec<String>>, to: S) -> Result<S::Ok, S::Error> {
        let band = |name: &String| match name.parse::<u32>() {
            // `07` is a name.
            Ok(number) if number.to_string() == *name => Band::Number(number),
            _ => Band::Name(name.clone()),
        };
        bands.as_ref().map(|bands| bands.iter().map(band).collect::<Vec<_>>()).serialize(to)
    }

    /// Reads the list.
    ///
    /// # Errors
    /// A band that is no whole number and no text.
    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
        let bands: Option<Vec<Band>> = Option::deserialize(from)?;
        let name = |band: Band| match band {
            Band::Number(number) => number.to_string(),
            Band::Name(name) => name,
        };
        Ok(bands.map(|bands| bands.into_iter().map(name).collect()))
    }
}

/// How values become [0, 1], the same for every band or each by its own limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
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

impl From<Scaling> for String {
    fn from(scaling: Scaling) -> Self {
        scaling.to_string()
    }
}

impl TryFrom<String> for Scaling {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
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
    fn settings_are_written_as_a_person_writes_them() {
        let settings = |bands: &[&str], scaling: Scaling| BandSettings {
            bands: Some(bands.iter().map(ToString::to_string).collect()),
            scaling: Some(scaling),
        };
        let numbers = settings(&["4", "3", "nir"], Scaling::Range(vec![[0.0, 1.5], [0.25, 3000.0], [-1.0, 1e-7]]));
        let json = serde_json::to_string(&numbers).expect("has a JSON form");
        assert_eq!(json, r#"{"bands":[4,3,"nir"],"scale":"0:1.5,0.25:3000,-1:0.0000001"}"#);
        assert_eq!(serde_json::from_str::<BandSettings>(&json).expect("reads back"), numbers);
        assert_eq!(serde_json::from_str::<BandSettings>("{}").expect("the default"), BandSettings::default());
        for wrong in [r#"{"bands":[1.5]}"#, r#"{"scale":"9:3"}"#, r#"{"band":[1]}"#] {
            assert!(serde_json::from_str::<BandSettings>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(numbers.fault(), None);
        assert_eq!(settings(&["1", "2"], Scaling::Type).fault(), None);
        let channels = [&["8"][..], &["1", "2"], &["3", "2", "1"], &["4", "3", "2", "nir"]];
        assert_eq!(channels.map(|bands| settings(bands, Scaling::Type).channels()), [3, 2, 3, 4]);
        assert_eq!(BandSettings::default().channels(), 3);
        for count in [0, 33] {
            let fault = settings(&vec!["1"; count], Scaling::Type).fault().expect("too few or many");
            assert!(fault.contains(&format!("there are {count}")), "{fault}");
        }
        let ranges = settings(&["1"], Scaling::Range(vec![[0.0, 1.0]; 3]));
        assert!(ranges.fault().expect("three of one").contains("found 3"));
    }
}
