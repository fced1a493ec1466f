//! What one ranking says otherwise than another.

use super::Ranking;

/// A class that another ranks otherwise than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The class whose ranks they are.
    pub class: usize,
    /// The one that is ranked.
    pub similar: usize,
    /// Its rank before, from 1; `None` if it was not ranked.
    pub before: Option<usize>,
    /// Its rank now.
    pub after: Option<usize>,
}

/// All changes, by class and then by the rank that is now. Classes that are as similar as each other stand at the same
/// rank, whichever is named first.
///
/// # Panics
/// If the rankings are not of the same classes.
pub fn changes(before: &Ranking, after: &Ranking) -> Vec<Change> {
    assert_eq!(before.classes, after.classes, "two rankings of the same classes");
    let mut changes = Vec::new();
    for class in 0..after.classes.len() {
        let (old, new) = (ranks(before, class), ranks(after, class));
        let mut of_class: Vec<Change> = (0..after.classes.len())
            .filter(|&similar| old[similar] != new[similar])
            .map(|similar| Change { class, similar, before: old[similar], after: new[similar] })
            .collect();
        of_class.sort_by_key(|change| (change.after.is_none(), change.after, change.before));
        changes.extend(of_class);
    }
    changes
}

/// The rank of each class under another, from 1; equally similar ones share theirs.
pub fn ranks(ranking: &Ranking, class: usize) -> Vec<Option<usize>> {
    let mut found = vec![None; ranking.classes.len()];
    let (mut rank, mut similarity) = (0, f64::INFINITY);
    for entry in &ranking.ranks(class)[1..] {
        if entry.similarity < similarity {
            (rank, similarity) = (rank + 1, entry.similarity);
        }
        entry.classes.iter().for_each(|&similar| found[similar] = Some(rank));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::Similar;
    use super::*;

    fn ranking(of_cat: &[(&str, f64)]) -> Ranking {
        let classes = ["cat", "dog", "sheep", "car"].map(String::from);
        let similar =
            of_cat.iter().map(|&(class, similarity)| Similar { class: class.into(), similarity: Some(similarity) });
        let entries = [
            ("cat".to_owned(), similar.collect()),
            ("dog".to_owned(), vec![]),
            ("sheep".to_owned(), vec![]),
            ("car".to_owned(), vec![]),
        ];
        Ranking::new(&classes, &[], &entries).expect("valid")
    }

    #[test]
    fn what_moved_came_and_went_is_told_and_nothing_else() {
        let (before, after) = (ranking(&[("dog", 0.7), ("car", 0.4)]), ranking(&[("sheep", 0.9), ("dog", 0.8)]));
        let told = changes(&before, &after);
        let expected = [(2, None, Some(1)), (1, Some(1), Some(2)), (3, Some(2), None)];
        assert_eq!(
            told.iter().map(|change| (change.similar, change.before, change.after)).collect::<Vec<_>>(),
            expected
        );
        assert_eq!(changes(&after, &ranking(&[("sheep", 0.6), ("dog", 0.5)])), [], "other scores, the same ranks");
    }

    #[test]
    fn equally_similar_classes_share_a_rank() {
        let one = ranking(&[("dog", 0.7), ("sheep", 0.7), ("car", 0.2)]);
        assert_eq!(ranks(&one, 0), [None, Some(1), Some(1), Some(2)]);
        assert_eq!(changes(&one, &ranking(&[("sheep", 0.7), ("dog", 0.7), ("car", 0.2)])), []);
    }
}
