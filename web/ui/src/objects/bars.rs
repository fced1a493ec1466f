//! The classes that a crop is most like.

/// A class and how probable it is for the crop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Index of the class.
    pub label: usize,
    /// Probability of the class, 0 to 1.
    pub probability: f32,
}

/// The `count` most probable classes, the most probable first.
pub fn bars(probabilities: &[f32], count: usize) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::with_capacity(count + 1);
    for (label, &probability) in probabilities.iter().enumerate() {
        // By insertion, as the list of labels is.
        let index = bars.iter().position(|other| other.probability < probability).unwrap_or(bars.len());
        bars.insert(index, Bar { label, probability });
        bars.truncate(count);
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_the_most_probable_classes() {
        let labels = |count| bars(&[0.1, 0.6, 0.1, 0.2], count).iter().map(|bar| bar.label).collect::<Vec<_>>();
        assert_eq!(labels(2), [1, 3]);
        assert_eq!(labels(9), [1, 3, 0, 2]);
    }
}
