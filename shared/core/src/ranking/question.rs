//! Questions to a person, and the answers.

use serde::{Deserialize, Serialize};

/// Is the class `anchor` more like the first or the second of `pair`? All are indices of classes, and different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// The class that is asked about.
    pub anchor: usize,
    /// The classes that are compared with it.
    pub pair: [usize; 2],
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// More like the first one.
    First,
    /// More like the second one.
    Second,
    /// Like both, and equally.
    Equal,
    /// Like neither of them.
    Neither,
}

impl Answer {
    /// All, in the order of [`super::likeness::probabilities`].
    pub const ALL: [Self; 4] = [Self::First, Self::Second, Self::Equal, Self::Neither];

    /// The same answer to the question with its pair the other way round.
    pub fn turned(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
            same => same,
        }
    }
}

/// A question with its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// What was asked.
    pub question: Question,
    /// What was said.
    pub answer: Answer,
}
