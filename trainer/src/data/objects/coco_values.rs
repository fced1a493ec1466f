//! Values of COCO's JSON that tools write in more than one way.

use serde::Deserialize;
use std::fmt;

/// An image's, annotation's or category's id.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "an id must be a number or a string")]
pub enum Id {
    /// A number.
    Number(serde_json::Number),
    /// A string, as Detectron2 writes.
    Text(String),
}

/// `iscrowd` and `difficult`.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "iscrowd must be 0, 1, true or false")]
pub enum Flag {
    /// 0 or 1.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

/// A number and the same number as a string are the same id.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Flag {
    /// Whether it is anything but 0 or false.
    pub fn is_set(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0,
            Self::Bool(is_set) => *is_set,
        }
    }
}
