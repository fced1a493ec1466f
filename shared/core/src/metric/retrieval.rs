//! Whether the images found nearest to a query share a label with it.

use super::nearest::nearest;
use super::per_image::PerImage;

/// The labels of a set of images, packed so that two images are compared in a few instructions.
///
/// ```
/// use nadir_core::metric::retrieval::LabelSets;
/// let images = LabelSets::new(&[true, false, true, true, false, true], 2);
/// assert!(images.share_a_label(0, &images, 1));
/// assert!(!images.share_a_label(0, &images, 2));
/// ```
#[derive(Debug, Clone)]
pub struct LabelSets {
    words: Vec<u64>,
    words_an_image: usize,
}

impl LabelSets {
    /// From `targets`, [images, labels], row-major.
    ///
    /// # Panics
    /// If they are not whole rows of `labels`.
    pub fn new(targets: &[bool], labels: usize) -> Self {
        assert!(targets.is_empty() || (labels > 0 && targets.len().is_multiple_of(labels)), "whole rows of labels");
        let word = |targets: &[bool]| targets.iter().rev().fold(0, |word, &target| word << 1 | u64::from(target));
        let words = targets.chunks_exact(labels.max(1)).flat_map(|image| image.chunks(64).map(word)).collect();
        Self { words, words_an_image: labels.div_ceil(64) }
    }

    /// Whether `image` here and `other` there share at least one label: the rule of relevance.
    ///
    /// # Panics
    /// If there is no such image, or the two sets are not over the same number of labels.
    pub fn share_a_label(&self, image: usize, there: &LabelSets, other: usize) -> bool {
        assert_eq!(self.words_an_image, there.words_an_image, "the same labels on both sides");
        self.of(image).iter().zip(there.of(other)).any(|(a, b)| a & b != 0)
    }

    fn of(&self, image: usize) -> &[u64] {
        &self.words[image * self.words_an_image..(image + 1) * self.words_an_image]
    }
}

/// What one query found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundByQuery {
    /// Relevant images in the gallery, R.
    pub relevant: usize,
    /// Relevant images among the first k, for each cutoff k.
    pub within: Vec<usize>,
    /// Average precision at R: sum over the ranks i <= R that hold a relevant image of precision@i, divided by R
    /// (Musgrave, Belongie & Lim 2020, "A metric learning reality check", section 2.3).
    pub average_precision_at_r: f64,
}

/// Ranks the gallery by `similarities` (one a gallery image; equal ones in their order, NaN last) and looks where the
/// relevant images stand. `itself` is the query's index in the gallery, where it is there: it is skipped. `None` for a
/// query without a relevant image.
///
/// ```
/// use nadir_core::metric::retrieval::search;
/// // Images 0 and 2 are relevant and stand first and last: precision 1 at the first of R = 2 ranks.
/// let found = search(&[0.9, 0.8, 0.1], |image| image != 1, None, &[1, 2]).unwrap();
/// assert_eq!((found.relevant, found.within), (2, vec![1, 1]));
/// assert_eq!(found.average_precision_at_r, 0.5);
/// ```
///
/// # Panics
/// If the gallery has 2^32 images or more.
pub fn search(
    similarities: &[f32],
    is_relevant: impl Fn(usize) -> bool,
    itself: Option<usize>,
    cutoffs: &[usize],
) -> Option<FoundByQuery> {
    let in_gallery = |image: &usize| Some(*image) != itself && is_relevant(*image);
    let relevant = (0..similarities.len()).filter(in_gallery).count();
    if relevant == 0 {
        return None;
    }
    let deepest = cutoffs.iter().copied().fold(relevant, usize::max);
    let mut found = vec![0; 1]; // among the first k, k from 0
    let mut sum = 0.0;
    for (at, image) in nearest(similarities, deepest, itself).into_iter().enumerate() {
        let hit = is_relevant(image);
        found.push(found[at] + usize::from(hit));
        if hit && at < relevant {
            sum += found[at + 1] as f64 / (at + 1) as f64;
        }
    }
    let within = cutoffs.iter().map(|&k| found[k.min(found.len() - 1)]).collect();
    Some(FoundByQuery { relevant, within, average_precision_at_r: sum / relevant as f64 })
}

/// The figures of every query, in the order of the queries. A query without a relevant image has none
/// ([`PerImage::skipped`] counts them).
///
/// ```
/// use nadir_core::metric::retrieval::{Retrieval, search};
/// let found = search(&[0.9, 0.8, 0.1], |image| image != 1, None, &[1, 2]);
/// let figures = Retrieval::over(&[1, 2], &[found, None]);
/// assert_eq!(figures.recall[0].mean(), Some(1.0));
/// assert_eq!(figures.precision[1].mean(), Some(0.5));
/// assert_eq!(figures.map_at_r.skipped(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieval {
    /// The values of k.
    pub cutoffs: Vec<usize>,
    /// For each k, 1 where a relevant image is among the first k, else 0; the mean is recall@k as in metric learning.
    pub recall: Vec<PerImage>,
    /// For each k, the share of relevant images among the first k; of k even where the gallery is smaller.
    pub precision: Vec<PerImage>,
    /// Average precision at R; the mean is mAP@R.
    pub map_at_r: PerImage,
}

impl Retrieval {
    /// Over what every query found by [`search`] with these `cutoffs`.
    ///
    /// # Panics
    /// If a query was searched with another number of cutoffs.
    pub fn over(cutoffs: &[usize], queries: &[Option<FoundByQuery>]) -> Self {
        assert!(queries.iter().flatten().all(|found| found.within.len() == cutoffs.len()), "the same cutoffs");
        let figure = |value: &dyn Fn(&FoundByQuery) -> f64| PerImage {
            values: queries.iter().map(|found| found.as_ref().map(value)).collect(),
        };
        let at = || cutoffs.iter().enumerate();
        Self {
            cutoffs: cutoffs.to_vec(),
            recall: at().map(|(at, _)| figure(&|found| f64::from(u8::from(found.within[at] > 0)))).collect(),
            precision: at().map(|(at, &k)| figure(&|found| found.within[at] as f64 / k.max(1) as f64)).collect(),
            map_at_r: figure(&|found| found.average_precision_at_r),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_a_query_counted_by_hand() {
        // Relevant are 0, 2 and 3; the order found is 1, 0, 4, 3, 2.
        let similarities = [0.8, 0.9, 0.1, 0.2, 0.7];
        let found = search(&similarities, |image| [0, 2, 3].contains(&image), None, &[1, 2, 4, 10]);
        // Within R = 3 only rank 2 holds one, with precision 1/2.
        let expected = FoundByQuery { relevant: 3, within: vec![0, 1, 2, 3], average_precision_at_r: 0.5 / 3.0 };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_query_does_not_find_itself_and_may_have_nothing_to_find() {
        let found = search(&[1.0, 0.5, 0.4], |image| image != 1, Some(0), &[1]).expect("image 2 is relevant");
        assert_eq!((found.relevant, found.within[0], found.average_precision_at_r), (1, 0, 0.0));
        let alone = search(&[1.0, 0.5], |image| image == 0, Some(0), &[1]);
        assert_eq!(alone, None);
        let retrieval = Retrieval::over(&[1], &[Some(found), alone]);
        assert_eq!((retrieval.recall[0].mean(), retrieval.map_at_r.skipped()), (Some(0.0), 1));
    }

    #[test]
    fn label_sets_share_where_a_label_is_in_both() {
        // 70 labels need a second word.
        let with = |labels: &[usize]| {
            let targets: Vec<bool> = (0..70).map(|label| labels.contains(&label)).collect();
            LabelSets::new(&targets, 70)
        };
        let share = |a: &[usize], b: &[usize]| with(a).share_a_label(0, &with(b), 0);
        assert!(share(&[3, 69], &[5, 69]) && share(&[63], &[63]) && share(&[0], &[0, 64]));
        assert!(!share(&[3, 69], &[5, 68]) && !share(&[0], &[64]) && !share(&[], &[0]));
        let two = LabelSets::new(&[[true, false], [false, true]].concat(), 2);
        assert!(two.share_a_label(1, &two, 1) && !two.share_a_label(0, &two, 1));
    }
}
