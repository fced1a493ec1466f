//! Which image is for training, which for validation, which for test.

use nadir_shared::rng::Rng;

/// Indices of samples.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// Seen in training.
    pub train: Vec<usize>,
    /// For thresholds and choices.
    pub validation: Vec<usize>,
    /// For figures alone.
    pub test: Vec<usize>,
}

impl Split {
    /// 70 / 20 / 10, as the study on MLRSNet has it, drawn by seed.
    pub fn seeded(count: usize, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..count).collect();
        Rng::from_parts(&[seed, nadir_shared::rng::fnv1a_64(b"split")]).shuffle(&mut order);
        let train = (count as f64 * 0.7).round() as usize;
        let validation = (count as f64 * 0.2).round() as usize;
        let mut parts =
            [order[..train].to_vec(), order[train..train + validation].to_vec(), order[train + validation..].to_vec()];
        parts.iter_mut().for_each(|part| part.sort_unstable());
        let [train, validation, test] = parts;
        Self { train, validation, test }
    }

    /// The parts with their names.
    pub fn parts(&self) -> [(&'static str, &[usize]); 3] {
        [("train", &self.train), ("validation", &self.validation), ("test", &self.test)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_complete_for_any_count_and_seed() {
        for count in [3, 10, 11, 99, 1000] {
            for seed in 0..20 {
                let split = Split::seeded(count, seed);
                let mut all: Vec<usize> = split.parts().iter().flat_map(|(_, part)| part.iter().copied()).collect();
                all.sort_unstable();
                assert_eq!(all, (0..count).collect::<Vec<_>>(), "{count} images, seed {seed}");
            }
        }
    }
}
