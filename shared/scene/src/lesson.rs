//! The data set of the lessons: small generated scenes of a few kinds of place that look clearly different.

use nadir_core::image::RgbImage;

/// Side of a scene in px.
pub const SIZE_PX: usize = 32;

/// The kinds of place, names as [`crate::place`] gives them; a scene's class is its index here.
pub const PLACES: [&str; 6] = ["airport", "beach", "athletics track", "river", "tank farm", "countryside"];

/// A scene of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceScene {
    /// Index of the kind in [`PLACES`].
    pub class: usize,
    /// Picture of [`SIZE_PX`] by [`SIZE_PX`] px.
    pub image: RgbImage,
}

/// Scenes without end, the kinds in turn, so that any whole number of rounds holds each equally often. A seed decides
/// all of them.
#[derive(Debug, Clone)]
pub struct PlaceScenes {
    /// For each class the scene seed to look at next.
    next: [u64; PLACES.len()],
    class: usize,
}

impl PlaceScenes {
    /// Different seeds have different scenes, up to a million of a kind.
    pub fn new(seed: u64) -> Self {
        Self { next: [seed.wrapping_mul(1 << 32); PLACES.len()], class: 0 }
    }

    /// The next one's class and scene seed, without the work of painting it.
    fn next_seed(&mut self) -> (usize, u64) {
        let class = self.class;
        self.class = (class + 1) % PLACES.len();
        let next = &mut self.next[class];
        while crate::place(*next) != PLACES[class] {
            *next += 1;
        }
        *next += 1;
        (class, *next - 1)
    }
}

impl Iterator for PlaceScenes {
    type Item = PlaceScene;

    fn next(&mut self) -> Option<PlaceScene> {
        let (class, seed) = self.next_seed();
        Some(PlaceScene { class, image: crate::generate(seed, SIZE_PX, SIZE_PX).image })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_in_turn_and_are_what_they_are_called() {
        let mut scenes = PlaceScenes::new(3);
        let mut seen = std::collections::HashSet::new();
        for at in 0..5 * PLACES.len() {
            let (class, seed) = scenes.next_seed();
            assert_eq!(class, at % PLACES.len());
            assert_eq!(crate::place(seed), PLACES[class]);
            assert!(seen.insert(seed), "no scene comes twice");
        }
    }

    #[test]
    fn a_seed_decides_the_scenes() {
        let first = |seed| PlaceScenes::new(seed).next().expect("without end");
        assert_eq!(first(1), first(1));
        assert_ne!(first(1).image, first(2).image);
        assert_eq!((first(1).image.width, first(1).image.height), (SIZE_PX, SIZE_PX));
    }
}
