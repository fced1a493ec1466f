//! Whether an embedding keeps the order of similar classes that a person ranked.

use super::nan_last;
use super::per_image::PerImage;

/// The requested order. Level 0 of a class is the class itself, level i the i-th class of its ranking, and the last
/// level all classes that it does not rank, together.
///
/// ```
/// use nadir_core::metric::rank_order::RankOrder;
/// // Class 0 ranks class 1; classes 1 and 2 rank none.
/// let order = RankOrder::new(&[vec![1], vec![], vec![]], 3).unwrap();
/// assert_eq!(order.levels(0), [0, 1, 2]);
/// // Of an anchor of class 0: its own class is most similar, but class 2 comes before class 1.
/// assert_eq!(order.kept_by(0, &[0.9, 0.2, 0.5], &[0, 1, 2], None), Some(0.5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankOrder {
    /// How many classes each class ranks.
    ranked: Vec<usize>,
    /// [classes, classes]: the level that the row's class gives to the column's.
    levels: Vec<usize>,
}

/// Why a ranking cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RankOrderError {
    /// Not one ranking a class.
    #[error("{rankings} rankings for {classes} classes")]
    Number {
        /// How many rankings there are.
        rankings: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A ranking holds a class that does not exist, the class itself, or a class twice.
    #[error(
        "the ranking of class {class} cannot hold class {ranked}: it is the class itself, not a class, or there twice"
    )]
    Ranked {
        /// Whose ranking it is.
        class: usize,
        /// The class that it must not hold.
        ranked: usize,
    },
}

impl RankOrder {
    /// From `ranking[c]`, the classes similar to c, most similar first, without c itself; empty where c ranks none.
    ///
    /// # Errors
    /// See [`RankOrderError`].
    pub fn new(ranking: &[Vec<usize>], classes: usize) -> Result<Self, RankOrderError> {
        if ranking.len() != classes {
            return Err(RankOrderError::Number { rankings: ranking.len(), classes });
        }
        let mut levels = Vec::with_capacity(classes * classes);
        for (class, ranking) in ranking.iter().enumerate() {
            let unranked = ranking.len() + 1;
            let mut row = vec![unranked; classes];
            row[class] = 0;
            for (&ranked, level) in ranking.iter().zip(1..) {
                match row.get_mut(ranked) {
                    Some(found) if *found == unranked => *found = level,
                    _ => return Err(RankOrderError::Ranked { class, ranked }),
                }
            }
            levels.extend(row);
        }
        Ok(Self { ranked: ranking.iter().map(Vec::len).collect(), levels })
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.ranked.len()
    }

    /// The levels that `class` gives to all classes, \[classes\].
    ///
    /// # Panics
    /// If there is no such class.
    pub fn levels(&self, class: usize) -> &[usize] {
        &self.levels[class * self.classes()..(class + 1) * self.classes()]
    }

    /// How far one anchor's similarities keep the order that its class ranks, from 0 to 1; chance is 0.5.
    ///
    /// Of all pairs (x of level i, y of level i + 1) the share with x more similar than y, ties counting half, is taken
    /// for each i where both levels have members in the gallery; the value is the mean of those shares. The many
    /// unranked examples thus weigh as much as the few of a ranked class, and each step of the ranking as much as any
    /// other. `None` if no two adjacent levels have members, or the class ranks none.
    ///
    /// `similarities` and `gallery_classes` are \[gallery\]; `itself` is the anchor's index in the gallery, where it is
    /// there: it is skipped. NaN counts as lowest. Time O(n log n).
    ///
    /// # Panics
    /// If there is not one class a similarity, or a class does not exist.
    pub fn kept_by(
        &self,
        class: usize,
        similarities: &[f32],
        gallery_classes: &[usize],
        itself: Option<usize>,
    ) -> Option<f64> {
        assert_eq!(similarities.len(), gallery_classes.len(), "one class a gallery example");
        let level_of = self.levels(class);
        if self.ranked[class] == 0 {
            return None;
        }
        let mut gallery: Vec<(f32, usize)> = (0..similarities.len())
            .filter(|&at| Some(at) != itself)
            .map(|at| (nan_last(similarities[at]), level_of[gallery_classes[at]]))
            .collect();
        gallery.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let levels = self.ranked[class] + 2;
        // From the lowest similarity up; below[level] are those of the level that are less similar.
        let (mut below, mut halves_won) = (vec![0u64; levels], vec![0u64; levels - 1]);
        let mut tied = vec![0u64; levels];
        for group in gallery.chunk_by(|a, b| a.0 == b.0) {
            tied.fill(0);
            group.iter().for_each(|&(_, level)| tied[level] += 1);
            for (level, won) in halves_won.iter_mut().enumerate() {
                *won += tied[level] * (2 * below[level + 1] + tied[level + 1]);
            }
            below.iter_mut().zip(&tied).for_each(|(below, tied)| *below += tied);
        }
        let shares = halves_won.iter().zip(below.windows(2)).map(|(&won, members)| {
            let pairs = members[0] * members[1];
            (pairs > 0).then(|| won as f64 / (2 * pairs) as f64)
        });
        PerImage { values: shares.collect() }.mean()
    }
}

/// How far an embedding keeps the requested order, see [`RankOrder::kept_by`]; 0.5 is chance.
#[derive(Debug, Clone, PartialEq)]
pub struct RankSatisfaction {
    /// Each anchor's value, for a bootstrap's resample.
    pub per_anchor: PerImage,
    /// Mean over the anchors of each class; `None` if none of them has a value.
    pub per_class: Vec<Option<f64>>,
    /// Mean over the anchors that have a value.
    pub overall: Option<f64>,
}

/// [`RankOrder::kept_by`] of every anchor. `similarities` is [anchors, gallery], cosines, row-major. No anchor may be
/// in the gallery: as its own nearest example it would always be right.
///
/// ```
/// use nadir_core::metric::rank_order::{RankOrder, rank_satisfaction};
/// let order = RankOrder::new(&[vec![1], vec![], vec![]], 3).unwrap();
/// let found = rank_satisfaction(&[0.9, 0.5, 0.2], &[0], &[0, 1, 2], &order);
/// assert_eq!((found.overall, found.per_class[1]), (Some(1.0), None));
/// ```
///
/// # Panics
/// If there is not one similarity for each pair of anchor and gallery example, or a class does not exist.
pub fn rank_satisfaction(
    similarities: &[f32],
    anchor_classes: &[usize],
    gallery_classes: &[usize],
    ranking: &RankOrder,
) -> RankSatisfaction {
    let gallery = gallery_classes.len();
    assert_eq!(similarities.len(), anchor_classes.len() * gallery, "one similarity a pair");
    let value = |(anchor, &class): (usize, &usize)| {
        ranking.kept_by(class, &similarities[anchor * gallery..(anchor + 1) * gallery], gallery_classes, None)
    };
    let per_anchor = PerImage { values: anchor_classes.iter().enumerate().map(value).collect() };
    let of_class = |class| {
        let own = anchor_classes.iter().zip(&per_anchor.values).filter(|(anchor, _)| **anchor == class);
        PerImage { values: own.map(|(_, &value)| value).collect() }.mean()
    };
    let per_class = (0..ranking.classes()).map(of_class).collect();
    RankSatisfaction { overall: per_anchor.mean(), per_anchor, per_class }
}

/// Kendall's tau-b of two lists: concordant less discordant pairs, divided by the geometric mean of the pairs that are
/// not tied in the one and in the other (Kendall 1945, "The treatment of ties in ranking problems"). From -1 to 1;
/// `None` if all of a list is tied or a value is NaN. Time O(n²): meant for tens or hundreds of classes.
///
/// ```
/// use nadir_core::metric::rank_order::kendall_tau_b;
/// // Two of three pairs in the same order.
/// let tau = kendall_tau_b(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]).unwrap();
/// assert!((tau - 1.0 / 3.0).abs() < 1e-12);
/// ```
///
/// # Panics
/// If the lists differ in length.
pub fn kendall_tau_b(a: &[f64], b: &[f64]) -> Option<f64> {
    assert_eq!(a.len(), b.len(), "lists of the same length");
    let (mut concordant_less_discordant, mut untied_in_a, mut untied_in_b) = (0i64, 0i64, 0i64);
    for first in 0..a.len() {
        for second in 0..first {
            let in_a = a[first].partial_cmp(&a[second])? as i64;
            let in_b = b[first].partial_cmp(&b[second])? as i64;
            concordant_less_discordant += in_a * in_b;
            untied_in_a += in_a * in_a;
            untied_in_b += in_b * in_b;
        }
    }
    let scale = (untied_in_a as f64).sqrt() * (untied_in_b as f64).sqrt();
    (scale > 0.0).then(|| (concordant_less_discordant as f64 / scale).clamp(-1.0, 1.0))
}

/// For each class, [`kendall_tau_b`] between the order of the other classes that it requests (ranked ones by their
/// rank, unranked ones tied last) and their learned similarity to it; 1 where similarity falls from each rank to the
/// next. Where several classes are unranked it stays below 1, as similarities are not tied there. `None` for a class
/// that ranks none, and where there is nothing to order. `class_similarity` is [classes, classes], for example the
/// cosines of class means.
///
/// ```
/// use nadir_core::metric::rank_order::{RankOrder, requested_and_learned_tau};
/// let order = RankOrder::new(&[vec![1, 2], vec![], vec![]], 3).unwrap();
/// let learned = [vec![1.0, 0.8, 0.3], vec![0.8, 1.0, 0.1], vec![0.3, 0.1, 1.0]];
/// assert_eq!(requested_and_learned_tau(&learned, &order), [Some(1.0), None, None]);
/// ```
///
/// # Panics
/// If the similarities are not of as many classes as the ranking.
pub fn requested_and_learned_tau(class_similarity: &[Vec<f64>], ranking: &RankOrder) -> Vec<Option<f64>> {
    assert_eq!(class_similarity.len(), ranking.classes(), "similarities of the ranking's classes");
    let of_class = |(class, learned): (usize, &Vec<f64>)| {
        assert_eq!(learned.len(), ranking.classes(), "similarities of the ranking's classes");
        if ranking.ranked[class] == 0 {
            return None;
        }
        let others = ranking.levels(class).iter().zip(learned).filter(|(level, _)| **level > 0);
        let (requested, learned): (Vec<f64>, Vec<f64>) =
            others.map(|(&level, &learned)| (-(level as f64), learned)).unzip();
        kendall_tau_b(&requested, &learned)
    };
    class_similarity.iter().enumerate().map(of_class).collect()
}

#[cfg(test)]
mod tests;
