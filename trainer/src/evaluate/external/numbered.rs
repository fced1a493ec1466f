//! Ids of a ground truth as numbers without gaps.

use crate::data::json::Id;
use std::collections::HashMap;

/// For each id of a ground truth its number.
pub struct Numbered {
    numbers: HashMap<Id, usize>,
    /// Ids of digits with zeros in front, without them; `None` where two ids differ by the zeros alone.
    without_zeros: HashMap<Id, Option<usize>>,
    first: Option<Id>,
}

impl Numbered {
    /// Numbers them in pycocotools' order. An id that stands there twice has one number.
    pub fn new(mut ids: Vec<&Id>) -> Self {
        let first = ids.first().map(|&id| id.clone());
        ids.sort_by(|a, b| a.order(b));
        let mut numbers: HashMap<Id, usize> = HashMap::new();
        for id in ids {
            let next = numbers.len();
            numbers.entry(id.clone()).or_insert(next);
        }
        let mut without_zeros: HashMap<Id, Option<usize>> = HashMap::new();
        for (id, &number) in &numbers {
            without_zeros.entry(id.without_zeros()).and_modify(|number| *number = None).or_insert(Some(number));
        }
        Self { numbers, without_zeros, first }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of an id.
    pub fn get(&self, id: &Id) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// The number of the only id that differs from this one by zeros in front alone: `000000000139` is the name of the
    /// image 139.
    pub fn get_without_zeros(&self, id: &Id) -> Option<usize> {
        self.without_zeros.get(&id.without_zeros()).copied().flatten()
    }

    /// The file's first id, for messages.
    pub fn example(&self) -> String {
        self.first.as_ref().map_or_else(|| "none".to_owned(), Id::to_string)
    }
}
