//! A split in which each label has its positives in the requested shares.

use nadir_core::rng::{Rng, fnv1a_64};

/// Iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011, "On the Stratification of Multi-Label Data",
/// algorithm 1): the label with the fewest samples left is dealt out first, each sample to the part that lacks most of
/// that label, then to that which lacks most samples. Samples without a label come last.
///
/// `targets` is \[sample\]\[label\]; `shares` of train, validation and test add up to 1; the parts are returned in this
/// order. Ties are drawn by seed.
pub fn stratified(targets: &[&[bool]], shares: [f64; 3], seed: u64) -> [Vec<usize>; 3] {
    let mut rng = Rng::from_parts(&[seed, fnv1a_64(b"stratified split")]);
    let mut left: Vec<usize> = (0..targets.len()).collect();
    rng.shuffle(&mut left);
    let labels = targets.first().map_or(0, |row| row.len());
    let mut remaining = vec![0usize; labels];
    for row in targets {
        remaining.iter_mut().zip(*row).for_each(|(count, &has)| *count += usize::from(has));
    }
    // What each part still lacks: samples, and positives of each label.
    let mut missing = shares.map(|share| share * targets.len() as f64);
    let mut missing_of: Vec<[f64; 3]> =
        remaining.iter().map(|&count| shares.map(|share| share * count as f64)).collect();
    let mut parts: [Vec<usize>; 3] = Default::default();

    while !left.is_empty() {
        let rarest = (0..labels).filter(|&label| remaining[label] > 0).min_by_key(|&label| remaining[label]);
        let now: Vec<usize> = match rarest {
            Some(label) => left.extract_if(.., |sample| targets[*sample][label]).collect(),
            None => std::mem::take(&mut left),
        };
        for sample in now {
            let need = |part: usize| (rarest.map_or(0.0, |label| missing_of[label][part]), missing[part]);
            let compare = |a: &usize, b: &usize| {
                let (a, b) = (need(*a), need(*b));
                a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
            };
            let best = (0..3).max_by(compare).expect("three parts");
            let tied: Vec<usize> = (0..3).filter(|part| compare(part, &best).is_eq()).collect();
            let part = tied[rng.below(tied.len())];
            parts[part].push(sample);
            missing[part] -= 1.0;
            for (label, _) in targets[sample].iter().enumerate().filter(|(_, has)| **has) {
                missing_of[label][part] -= 1.0;
                remaining[label] -= 1;
            }
        }
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::split::Split;

    fn positives(targets: &[Vec<bool>], part: &[usize], label: usize) -> usize {
        part.iter().filter(|&&at| targets[at][label]).count()
    }

    fn split(targets: &[Vec<bool>], shares: [f64; 3], seed: u64) -> Split {
        let [train, validation, test] =
            stratified(&targets.iter().map(Vec::as_slice).collect::<Vec<_>>(), shares, seed);
        Split { train, validation, test }
    }

    /// One label a sample is plain stratification, whose counts follow by hand: 10, 20 and 70 positives in shares of
    /// 0.7, 0.2 and 0.1.
    #[test]
    fn samples_of_one_label_are_dealt_out_exactly() {
        let targets: Vec<Vec<bool>> = (0..100).map(|at| vec![at < 10, (10..30).contains(&at), at >= 30]).collect();
        for seed in 0..5 {
            let split = split(&targets, [0.7, 0.2, 0.1], seed);
            for (label, expected) in [[7, 2, 1], [14, 4, 2], [49, 14, 7]].into_iter().enumerate() {
                let found = split.parts().map(|(_, part)| positives(&targets, part, label));
                assert_eq!(found, expected, "seed {seed}, label {label}");
            }
        }
    }

    /// What it is for: a label of few positives among many labels, which a plain draw often gives to one part alone.
    #[test]
    fn rare_labels_keep_their_shares_where_samples_have_many_labels() {
        let mut rng = Rng::new(5);
        let targets: Vec<Vec<bool>> =
            (0..2000).map(|_| (0..20).map(|label| rng.chance(0.005 * 1.3f64.powi(label))).collect()).collect();
        let split = split(&targets, [0.7, 0.2, 0.1], 1);
        let mut all: Vec<usize> = split.parts().iter().flat_map(|(_, part)| part.iter().copied()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..2000).collect::<Vec<_>>());
        for label in 0..20 {
            let count = positives(&targets, &all, label) as f64;
            for ((_, part), share) in split.parts().into_iter().zip([0.7, 0.2, 0.1]) {
                let found = positives(&targets, part, label) as f64;
                assert!((found - share * count).abs() <= 2.0 + 0.02 * count, "label {label}: {found} of {count}");
            }
        }
        assert!(split.train.len().abs_diff(1400) <= 20, "{}", split.train.len());
    }

    #[test]
    fn the_seed_decides_and_samples_without_labels_are_dealt_out_too() {
        let targets: Vec<Vec<bool>> = (0..50).map(|at| vec![at % 5 == 0]).collect();
        assert_eq!(split(&targets, [0.6, 0.2, 0.2], 3), split(&targets, [0.6, 0.2, 0.2], 3));
        assert_ne!(split(&targets, [0.6, 0.2, 0.2], 3), split(&targets, [0.6, 0.2, 0.2], 4));
        assert_eq!(split(&targets, [0.6, 0.2, 0.2], 3).parts().map(|(_, part)| part.len()), [30, 10, 10]);
    }
}
