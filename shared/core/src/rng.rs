//! Random numbers that are the same on every machine and in every release: the seed of a run decides its draws.

/// SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"): 64 bits of state,
/// one addition and three xor-shift-multiplies a draw.
///
/// Every draw of a run comes from a generator made by [`Rng::from_parts`] out of (seed, epoch, sample, view), so
/// neither thread count nor order of work changes it, and a resumed run draws what an uninterrupted one drew.
#[derive(Debug, Clone)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator whose stream is decided by `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator for one place in a run, for example `[seed, epoch, sample, view]`.
    /// Different parts give unrelated streams; the order of the parts matters.
    pub fn from_parts(parts: &[u64]) -> Self {
        let mut rng = Self::new(0x6E61_6469_7200_0000);
        for &part in parts {
            rng.state = rng.next_u64() ^ part;
            rng.state = rng.next_u64();
        }
        rng
    }

    /// A generator seeded by FNV-1a-64 of `name`, as the reference values of `tests/golden` are.
    pub fn from_name(name: &str) -> Self {
        Self::new(fnv1a_64(name.as_bytes()))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [low, high).
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform integer in 0..`count`; 0 where `count` is 0. Multiply-shift: the bias is below `count` / 2^64.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next_u64()) * count as u128) >> 64) as usize
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Standard normal (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Puts the items in random order, in place (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// FNV-1a, 64 bits: a stable hash for names.
pub fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_the_published_first_values_of_seed_1234567() {
        // From the reference implementation, as quoted by Rosetta Code's "Pseudo-random numbers/Splitmix64".
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn places_in_a_run_have_unrelated_streams() {
        let mut seen = std::collections::HashSet::new();
        for epoch in 0..20 {
            for sample in 0..50 {
                for view in 0..2 {
                    assert!(seen.insert(Rng::from_parts(&[7, epoch, sample, view]).next_u64()));
                }
            }
        }
    }

    #[test]
    fn shuffle_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        Rng::new(3).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
