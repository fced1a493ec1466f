//! A ranking of classes as a person edits it: for each class the most similar other one, and the next.

use nadir_core::ranking::{Ranking, Similar};
use nadir_web_kit::text::learn::circles::CLASSES;

/// Ranks behind the class itself that can be set.
pub const RANKS: usize = 2;

/// `classes[class][rank]`, `None` if nothing is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedRanks(pub [[Option<usize>; RANKS]; CLASSES.len()]);

impl Default for EditedRanks {
    /// Cats and dogs, cars and buses.
    fn default() -> Self {
        Self([[Some(1), None], [Some(0), None], [Some(3), None], [Some(2), None]])
    }
}

impl EditedRanks {
    /// Sets one. A class that stands at the other rank already leaves it, and a gap is closed: what the page shows is
    /// always a ranking.
    pub fn set(&mut self, class: usize, rank: usize, similar: Option<usize>) {
        let ranks = &mut self.0[class];
        for (at, other) in ranks.iter_mut().enumerate() {
            if at == rank {
                *other = similar.filter(|&similar| similar != class);
            } else if *other == similar {
                *other = None;
            }
        }
        ranks.sort_by_key(Option::is_none);
    }

    /// As the losses take it.
    pub fn ranking(&self) -> Ranking {
        let names = CLASSES.map(String::from);
        let similar = |ranks: &[Option<usize>; RANKS]| {
            ranks.iter().flatten().map(|&class| Similar { class: names[class].clone(), similarity: None }).collect()
        };
        let entries: Vec<_> = names.iter().cloned().zip(self.0.iter().map(similar)).collect();
        Ranking::new(&names, &[], &entries).expect("`set` keeps every class once and never under itself")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_set_is_a_ranking() {
        let choices = || (0..CLASSES.len()).map(Some).chain([None]);
        for first in choices() {
            for second in choices() {
                let mut ranks = EditedRanks::default();
                ranks.set(0, 0, first);
                ranks.set(0, 1, second);
                let depth = ranks.ranking().ranks(0).len();
                let mut expected: Vec<usize> =
                    [first, second].into_iter().flatten().filter(|&class| class != 0).collect();
                expected.dedup();
                assert_eq!(depth, 1 + expected.len(), "{first:?}, {second:?}: {ranks:?}");
            }
        }
    }

    #[test]
    fn the_last_choice_wins() {
        let mut ranks = EditedRanks::default();
        ranks.set(0, 1, Some(2));
        assert_eq!(ranks.0[0], [Some(1), Some(2)]);
        ranks.set(0, 0, Some(2));
        assert_eq!(ranks.0[0], [Some(2), None]);
    }
}
