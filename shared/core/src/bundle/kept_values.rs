//! What a training step keeps of an image's maps.

use std::ops::AddAssign;

/// How many values a training step keeps for its backward pass, for one image, where every operation keeps what its
/// gradient needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptValues {
    /// What convolutions gave, where a BatchNorm follows, which needs its input again.
    pub convolved: u64,
    /// What activations need, where they are an operation of their own behind a BatchNorm: its outputs.
    pub normalised: u64,
    /// What poolings and the next convolutions need: their inputs.
    pub others: u64,
    /// Where in its window each maximum of a pooling stood, an integer each.
    pub places: u64,
    /// The largest map's values.
    pub largest: u64,
}

impl KeptValues {
    /// Values of all kinds.
    pub fn total(self) -> u64 {
        self.convolved + self.normalised + self.others + self.places
    }

    /// A convolution to a map of so many values, its BatchNorm, and an activation whose output the next layer needs.
    pub(super) fn activated(map: usize) -> Self {
        let map = map as u64;
        Self { convolved: map, normalised: map, others: map, places: 0, largest: map }
    }

    /// A convolution and its BatchNorm, whose output nothing needs: it is added to another, or normalised only.
    pub(super) fn normalised(map: usize) -> Self {
        Self { normalised: 0, others: 0, ..Self::activated(map) }
    }

    /// What the next layer needs of a map that no convolution gave.
    pub(super) fn input(map: usize) -> Self {
        Self { others: map as u64, largest: map as u64, ..Self::default() }
    }
}

impl AddAssign for KeptValues {
    fn add_assign(&mut self, more: Self) {
        self.convolved += more.convolved;
        self.normalised += more.normalised;
        self.others += more.others;
        self.places += more.places;
        self.largest = self.largest.max(more.largest);
    }
}
