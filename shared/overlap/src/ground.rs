//! From pairs to images: which others show what an image shows.

use super::pair::{Kind, Overlap};
use std::collections::BTreeMap;

/// For each image the others of the same ground. Of images with the same pixels only the first was compared with others;
/// what was found of it holds for all of them.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The first image with the same pixels.
    first: Vec<usize>,
    /// All images with the pixels of a first one, itself included.
    same: Vec<Vec<usize>>,
    /// The first ones that overlap with a first one.
    beside: Vec<BTreeMap<usize, Kind>>,
}

impl Ground {
    /// Of so many images with these pairs.
    pub fn new(images: usize, overlaps: &[Overlap]) -> Self {
        let mut first: Vec<usize> = (0..images).collect();
        let mut beside = vec![BTreeMap::new(); images];
        for overlap in overlaps {
            let Overlap { first: a, second: b, kind, .. } = *overlap;
            if kind == Kind::Exact {
                first[b] = a;
            } else {
                beside[a].insert(b, kind);
                beside[b].insert(a, kind);
            }
        }
        let mut same = vec![Vec::new(); images];
        (0..images).for_each(|image| same[first[image]].push(image));
        Self { first, same, beside }
    }

    /// The other images that show ground of this one, those of the same pixels in front.
    pub fn others(&self, image: usize) -> impl Iterator<Item = (usize, Kind)> + '_ {
        let first = self.first[image];
        let same = self.same[first].iter().filter(move |&&other| other != image).map(|&other| (other, Kind::Exact));
        let beside = self.beside[first].iter().flat_map(|(&at, &kind)| self.same[at].iter().map(move |&at| (at, kind)));
        same.chain(beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_of_one_holds_for_those_of_the_same_pixels() {
        let shifted = Overlap { kind: Kind::Shifted, ..Overlap::exact(0, 3) };
        let ground = Ground::new(5, &[Overlap::exact(0, 1), Overlap::exact(3, 4), shifted]);
        let others = |image| ground.others(image).collect::<Vec<_>>();
        assert_eq!(others(1), [(0, Kind::Exact), (3, Kind::Shifted), (4, Kind::Shifted)]);
        assert_eq!(others(4), [(3, Kind::Exact), (0, Kind::Shifted), (1, Kind::Shifted)]);
        assert_eq!(others(2), []);
    }
}
