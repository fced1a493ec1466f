//! Values of COCO's JSON that tools write in more than one way.

use serde::Deserialize;
use std::cmp::Ordering;
use std::fmt;

/// An image's, annotation's or category's id.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "an id must be a number or a string")]
pub enum Id {
    /// A JSON number, as COCO writes.
    Number(serde_json::Number),
    /// A string, as Detectron2 writes.
    Text(String),
}

/// A value of `iscrowd` or `difficult`.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "iscrowd must be 0, 1, true or false")]
pub enum Flag {
    /// 0 or 1, as COCO writes.
    Number(f64),
    /// `true` or `false`, as some tools write.
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

impl Id {
    /// The order in which pycocotools takes images and categories (numpy's `unique`): numbers by value, strings by
    /// their letters, and numbers first where there are both.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => {
                let (a, b) = (whole_and_rest(a), whole_and_rest(b));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
            }
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// A number's whole part and what is left: ids have up to 64 bits, of which f64 holds 53.
fn whole_and_rest(number: &serde_json::Number) -> (i128, f64) {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    let float = number.as_f64().unwrap_or(f64::NAN);
    whole.map_or((float.floor() as i128, float - float.floor()), |whole| (whole, 0.0))
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
