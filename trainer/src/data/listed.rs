//! Things of one kind: how many, and the first names.

use serde::Serialize;

/// So many names are listed of each kind of fault.
pub(super) const EXAMPLES: usize = 20;

/// Things of one kind: how many, and the first names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// All of them.
    pub count: usize,
    /// The first twenty.
    pub first: Vec<String>,
}

impl FromIterator<String> for Listed {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let mut listed = Self::default();
        for name in names {
            listed.count += 1;
            if listed.count <= EXAMPLES {
                listed.first.push(name);
            }
        }
        listed
    }
}
