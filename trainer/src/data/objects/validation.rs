//! Training images set aside for validation.

use nadir_core::rng::{Rng, fnv1a_64};

/// Draws `requested` of the images by seed; `classes[image]` are those of its objects. An image whose removal would
/// leave a class without an object in the others is passed over, so fewer than `requested` may come out. Ascending.
pub fn draw_validation(classes: &[Vec<usize>], requested: usize, seed: u64) -> Vec<usize> {
    let class_count = classes.iter().flatten().max().map_or(0, |highest| highest + 1);
    let mut left = vec![0usize; class_count];
    classes.iter().flatten().for_each(|&class| left[class] += 1);
    let mut order: Vec<usize> = (0..classes.len()).collect();
    Rng::from_parts(&[seed, fnv1a_64(b"validation")]).shuffle(&mut order);
    let mut drawn = Vec::new();
    for image in order {
        if drawn.len() == requested {
            break;
        }
        let mut after = left.clone();
        classes[image].iter().for_each(|&class| after[class] -= 1);
        if classes[image].iter().all(|&class| after[class] > 0) {
            left = after;
            drawn.push(image);
        }
    }
    drawn.sort_unstable();
    drawn
}

#[cfg(test)]
mod tests {
    use super::draw_validation;

    #[test]
    fn no_class_loses_its_last_training_object() {
        // Class 1 is in image 0 alone, class 2 twice in image 3 and nowhere else.
        let classes = vec![vec![0, 1], vec![0], vec![0, 0], vec![2, 2, 0], vec![0]];
        for seed in 0..50 {
            let drawn = draw_validation(&classes, 4, seed);
            assert!(!drawn.contains(&0) && !drawn.contains(&3), "seed {seed}: {drawn:?}");
            assert_eq!(drawn, [1, 2, 4], "seed {seed}: the others go, as images 0 and 3 keep class 0");
        }
    }

    #[test]
    fn the_seed_decides_and_as_many_are_drawn_as_requested() {
        let classes: Vec<Vec<usize>> = (0..100).map(|image| vec![image % 3]).collect();
        assert_eq!(draw_validation(&classes, 10, 1), draw_validation(&classes, 10, 1));
        assert_ne!(draw_validation(&classes, 10, 1), draw_validation(&classes, 10, 2));
        assert_eq!(draw_validation(&classes, 10, 1).len(), 10);
        assert!(draw_validation(&classes, 0, 1).is_empty() && draw_validation(&[], 5, 1).is_empty());
    }
}
