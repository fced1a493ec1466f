//! Which classes are similar to which, as a person ranks them: the order that ranked contrastive learning trains for.
//!
//! A person who has no ranking yet is asked for it: [`asking`] chooses the question that decides most, [`likeness`] is
//! what the answers say of a class, and [`person`] with [`simulation`] measures how many questions that takes.

pub mod asking;
pub mod changes;
pub mod likeness;
mod normal;
pub mod person;
pub mod question;
pub mod simulation;
mod toml;

use serde::{Deserialize, Serialize};

/// How much less similar than the one before a rank is that has no score: RINCE's temperatures, 0.1, 0.225, 0.35 and so
/// on, then come out between 0.1 and 0.6 (Hoffmann et al. 2022).
const SIMILARITY_STEP: f64 = 0.25;

/// For each class, ranks of classes, the most similar first. Rank 0 is the class itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Class names; a class's index is its position here.
    pub classes: Vec<String>,
    /// The ranks of each class, most similar first: `ranks[class][rank]`.
    ranks: Vec<Vec<Rank>>,
}

/// Classes that are equally similar to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rank {
    /// Indices of the classes; one, where every class has a rank of its own.
    pub classes: Vec<usize>,
    /// How similar they are, 1 (the class itself) to 0.
    pub similarity: f64,
}

/// A class that another is similar to, as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// The class's name.
    pub class: String,
    /// How similar, 0 to 1; `None` for the default of its rank.
    pub similarity: Option<f64>,
}

/// Where the sum over a rank's positives stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Inside the logarithm, at every rank: equation 2 of Balasubramanian et al. 2022, RINCE-in.
    In,
    /// Outside of it, at every rank: RINCE-out.
    Out,
    /// Outside at rank 0, inside behind it: RINCE-out-in.
    OutIn,
}

/// Why a ranking cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RankingError {
    /// The class ranked, or one ranked under it, is none of the data's.
    #[error("{class:?} is no class of the data; the classes are {known}")]
    Unknown {
        /// The name that is no class of the data.
        class: String,
        /// The names of all classes, with commas between.
        known: String,
    },
    /// A class is ranked under itself; it is its own rank 0 in any case.
    #[error("the class {class:?} is ranked under itself")]
    Itself {
        /// The class that is ranked under itself.
        class: String,
    },
    /// A class is named twice under another.
    #[error("{similar:?} is ranked twice under {class:?}")]
    Repeated {
        /// The class whose entry it is.
        class: String,
        /// The one named twice.
        similar: String,
    },
    /// A class of the data has no entry.
    #[error("the class {class:?} has no entry; write `{class} = []` if nothing is similar to it")]
    Missing {
        /// The class without an entry.
        class: String,
    },
    /// A score outside 0 to 1, or above that of an earlier rank.
    #[error(
        "under {class:?}, {similar:?} has the similarity {similarity}; expected 0 to {highest}, which the one before it has"
    )]
    Similarity {
        /// The class whose entry it is.
        class: String,
        /// The one with the score.
        similar: String,
        /// The similarity given.
        similarity: f64,
        /// The highest that it may have.
        highest: f64,
    },
}

impl Ranking {
    /// From entries (class, similar classes in order) in any order. Classes of the data are `classes`; entries and
    /// similar classes among `held_out` are skipped without a word.
    ///
    /// # Errors
    /// See [`RankingError`]; the first fault found, entries in their order.
    pub fn new(
        classes: &[String],
        held_out: &[String],
        entries: &[(String, Vec<Similar>)],
    ) -> Result<Self, RankingError> {
        let unknown = |class: &str| RankingError::Unknown { class: class.to_owned(), known: classes.join(", ") };
        let index = |class: &str| classes.iter().position(|known| known == class);
        let mut ranks: Vec<Option<Vec<Rank>>> = vec![None; classes.len()];
        for (class, similar) in entries {
            if held_out.contains(class) {
                continue;
            }
            let at = index(class).ok_or_else(|| unknown(class))?;
            let mut own = vec![Rank { classes: vec![at], similarity: 1.0 }];
            let mut highest = 1.0;
            for (position, entry) in similar.iter().enumerate() {
                let name = &entry.class;
                let similarity = entry.similarity.unwrap_or((1.0 - SIMILARITY_STEP * (position + 1) as f64).max(0.0));
                // A default never exceeds the similarity that the file gives to an earlier rank.
                let similarity = if entry.similarity.is_none() { similarity.min(highest) } else { similarity };
                if !(0.0..=highest).contains(&similarity) {
                    let (class, similar) = (class.clone(), name.clone());
                    return Err(RankingError::Similarity { class, similar, similarity, highest });
                }
                highest = similarity;
                if name == class {
                    return Err(RankingError::Itself { class: class.clone() });
                }
                if similar[..position].iter().any(|earlier| earlier.class == *name) {
                    return Err(RankingError::Repeated { class: class.clone(), similar: name.clone() });
                }
                if held_out.contains(name) {
                    continue;
                }
                own.push(Rank { classes: vec![index(name).ok_or_else(|| unknown(name))?], similarity });
            }
            if ranks[at].replace(own).is_some() {
                return Err(RankingError::Repeated { class: class.clone(), similar: class.clone() });
            }
        }
        let ranks = ranks.into_iter().zip(classes).map(|(ranks, class)| match ranks {
            Some(ranks) => Ok(ranks),
            None => Err(RankingError::Missing { class: class.clone() }),
        });
        Ok(Self { classes: classes.to_vec(), ranks: ranks.collect::<Result<_, _>>()? })
    }

    /// Without any similar class: every class has itself alone, as in supervised contrastive learning.
    pub fn of_itself(classes: &[String]) -> Self {
        let itself = (0..classes.len()).map(|class| vec![Rank { classes: vec![class], similarity: 1.0 }]);
        Self { classes: classes.to_vec(), ranks: itself.collect() }
    }

    /// A class's ranks from itself on.
    pub fn ranks(&self, class: usize) -> &[Rank] {
        &self.ranks[class]
    }

    /// Ranks of the class that has most, itself included.
    pub fn depth(&self) -> usize {
        self.ranks.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The first `count` ranks of each class, itself included (the r of "ranking r = 3").
    pub fn first(mut self, count: usize) -> Self {
        self.ranks.iter_mut().for_each(|ranks| ranks.truncate(count));
        self
    }

    /// All of a class's similar classes in one rank, as similar as they are on average: the clusters of RINCE.
    pub fn clustered(mut self) -> Self {
        for ranks in &mut self.ranks {
            let similar = ranks.split_off(1);
            if !similar.is_empty() {
                let similarity = similar.iter().map(|rank| rank.similarity).sum::<f64>() / similar.len() as f64;
                let classes = similar.into_iter().flat_map(|rank| rank.classes).collect();
                ranks.push(Rank { classes, similarity });
            }
        }
        self
    }

    /// The classes similar to each, most similar first, without itself.
    pub fn similar_classes(&self) -> Vec<Vec<usize>> {
        let of = |ranks: &Vec<Rank>| ranks[1..].iter().flat_map(|rank| rank.classes.iter().copied()).collect();
        self.ranks.iter().map(of).collect()
    }

    /// For classes a and b, b's rank under a (0 on the diagonal); `None` if b is not ranked.
    pub fn matrix(&self) -> Vec<Vec<Option<usize>>> {
        let rank_of = |ranks: &Vec<Rank>, class: usize| ranks.iter().position(|rank| rank.classes.contains(&class));
        self.ranks.iter().map(|ranks| (0..self.classes.len()).map(|class| rank_of(ranks, class)).collect()).collect()
    }

    /// The loss's temperature at a rank of a class: `lowest` at similarity 1, `highest` at 0, linear between
    /// (Hoffmann et al. 2022, "dynamic temperature").
    pub fn temperature(&self, class: usize, rank: usize, [lowest, highest]: [f64; 2]) -> f64 {
        highest - self.ranks[class][rank].similarity * (highest - lowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn entry(class: &str, similar: &[&str]) -> (String, Vec<Similar>) {
        let similar = similar.iter().map(|class| Similar { class: (*class).to_owned(), similarity: None });
        (class.to_owned(), similar.collect())
    }

    fn animals(entries: &[(String, Vec<Similar>)]) -> Result<Ranking, RankingError> {
        Ranking::new(&names(&["cat", "dog", "horse", "sofa"]), &[], entries)
    }

    fn whole() -> Ranking {
        animals(&[entry("sofa", &[]), entry("cat", &["dog", "horse"]), entry("dog", &["cat"]), entry("horse", &[])])
            .expect("valid")
    }

    #[test]
    fn temperatures_without_scores_are_rinces() {
        let ranking = whole();
        let temperatures: Vec<f64> = (0..3).map(|rank| ranking.temperature(0, rank, [0.1, 0.6])).collect();
        assert!(temperatures.iter().zip([0.1, 0.225, 0.35]).all(|(found, expected)| (found - expected).abs() < 1e-12));
        assert_eq!(ranking.similar_classes(), [vec![1, 2], vec![0], vec![], vec![]]);
        assert_eq!(ranking.matrix()[0], [Some(0), Some(1), Some(2), None]);
    }

    #[test]
    fn fewer_ranks_and_clusters() {
        assert_eq!(
            (whole().depth(), whole().first(2).depth(), whole().first(1)),
            (3, 2, Ranking::of_itself(&whole().classes))
        );
        let clustered = whole().clustered();
        assert_eq!(clustered.ranks(0)[1], Rank { classes: vec![1, 2], similarity: 0.625 });
        assert_eq!(clustered.ranks(2).len(), 1);
    }

    #[test]
    fn held_out_classes_leave_the_others_in_their_order() {
        let entries = [entry("cat", &["dog", "horse"]), entry("dog", &["cat"]), entry("horse", &["dog"])];
        let ranking = Ranking::new(&names(&["cat", "horse"]), &names(&["dog"]), &entries).expect("valid");
        assert_eq!(ranking.similar_classes(), [vec![1], vec![]]);
        assert_eq!(ranking.ranks(0)[1].similarity, 0.5, "the rank that the file gives it");
    }

    #[test]
    fn each_fault_is_told() {
        let rest = |own: (String, Vec<Similar>)| {
            let error =
                animals(&[own, entry("dog", &[]), entry("horse", &[]), entry("sofa", &[])]).expect_err("refused");
            error.to_string()
        };
        assert!(rest(entry("cat", &["wolf"])).contains("\"wolf\" is no class"));
        assert!(rest(entry("lynx", &[])).contains("\"lynx\" is no class"));
        assert!(rest(entry("cat", &["cat"])).contains("under itself"));
        assert!(rest(entry("cat", &["dog", "horse", "dog"])).contains("\"dog\" is ranked twice under \"cat\""));
        assert!(rest(entry("dog", &[])).contains("twice"), "an entry given twice");
        let missing = animals(&[entry("cat", &[])]).expect_err("refused").to_string();
        assert!(missing.contains("\"dog\" has no entry"), "{missing}");
        let scored = |first: f64, second: f64| {
            let similar = |class: &str, similarity| Similar { class: class.into(), similarity: Some(similarity) };
            rest(("cat".into(), vec![similar("dog", first), similar("horse", second)]))
        };
        assert!(scored(0.4, 0.5).contains("expected 0 to 0.4"));
        assert!(scored(1.5, 0.5).contains("expected 0 to 1"));
        assert!(scored(f64::NAN, 0.5).contains("NaN"));
    }
}
