//! The pictures that are kept: those of the coarsest level all, of the others the ones that were used last.

use crate::camera::Part;
use std::collections::HashMap;

/// Pictures by part.
#[derive(Debug)]
pub struct Kept<T> {
    coarsest: u32,
    most: usize,
    uses: u64,
    pictures: HashMap<Part, (T, u64)>,
}

impl<T> Kept<T> {
    /// None yet; at most so many of the finer levels.
    pub fn new(coarsest: u32, most: usize) -> Self {
        Self { coarsest, most, uses: 0, pictures: HashMap::new() }
    }

    /// The picture of a part, which counts as used now.
    pub fn get(&mut self, part: Part) -> Option<&T> {
        self.uses += 1;
        let (picture, used) = self.pictures.get_mut(&part)?;
        *used = self.uses;
        Some(picture)
    }

    /// Whether the part's picture is here.
    pub fn has(&self, part: Part) -> bool {
        self.pictures.contains_key(&part)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.pictures.clear();
    }

    /// The part itself or the finest coarser one that is here.
    pub fn nearest(&self, mut part: Part) -> Option<Part> {
        loop {
            if self.has(part) {
                return Some(part);
            }
            if part.level >= self.coarsest {
                return None;
            }
            part = part.coarser();
        }
    }

    /// Keeps a picture, in place of the one that was not used for the longest time.
    pub fn put(&mut self, part: Part, picture: T) {
        self.uses += 1;
        self.pictures.insert(part, (picture, self.uses));
        let finer = self.pictures.iter().filter(|(part, _)| part.level < self.coarsest);
        if finer.clone().count() > self.most
            && let Some(&oldest) = finer.min_by_key(|(_, (_, used))| *used).map(|(part, _)| part)
        {
            self.pictures.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarsest_stay_and_of_the_others_those_that_were_used_last() {
        let part = |level, column| Part { level, column, row: 0 };
        let mut kept = Kept::new(2, 2);
        kept.put(part(2, 0), "whole");
        kept.put(part(0, 0), "a");
        kept.put(part(0, 1), "b");
        assert_eq!(kept.get(part(0, 0)), Some(&"a"));
        kept.put(part(1, 5), "c");
        assert!(!kept.has(part(0, 1)) && kept.has(part(0, 0)) && kept.has(part(1, 5)) && kept.has(part(2, 0)));
        // What is not here is shown by what holds it.
        assert_eq!(kept.nearest(part(0, 3)), Some(part(2, 0)));
        assert_eq!(kept.nearest(part(0, 10)), Some(part(1, 5)));
        assert_eq!(kept.nearest(part(0, 0)), Some(part(0, 0)));
        kept.clear();
        assert_eq!(kept.nearest(part(0, 0)), None);
        assert_eq!(Kept::<()>::new(2, 2).nearest(part(0, 0)), None);
    }
}
