//! One class an example: how often the predicted one is right.

use super::per_image::PerImage;

/// Share of the examples whose predicted class is the true one, from 0 to 1; `None` if there is no example.
///
/// ```
/// use nadir_core::metric::classification::accuracy;
/// assert_eq!(accuracy(&[1, 0, 2, 2], &[1, 1, 2, 0]), Some(0.5));
/// ```
///
/// # Panics
/// If there are not as many predictions as true classes.
pub fn accuracy(predicted: &[usize], truth: &[usize]) -> Option<f64> {
    correct(predicted, truth).mean()
}

/// 1 for each example whose predicted class is the true one, else 0, in the order of the examples: the mean over a
/// bootstrap's resample ([`PerImage::mean_over`]) is its accuracy.
///
/// ```
/// use nadir_core::metric::classification::correct;
/// assert_eq!(correct(&[1, 0], &[1, 1]).values, [Some(1.0), Some(0.0)]);
/// ```
///
/// # Panics
/// If there are not as many predictions as true classes.
pub fn correct(predicted: &[usize], truth: &[usize]) -> PerImage {
    assert_eq!(predicted.len(), truth.len(), "one prediction an example");
    predicted.iter().zip(truth).map(|(predicted, truth)| f64::from(u8::from(predicted == truth))).collect()
}

/// Share of each class's examples that are predicted as that class (its recall), \[classes\]; `None` for a class
/// without an example.
///
/// ```
/// use nadir_core::metric::classification::accuracy_by_class;
/// assert_eq!(accuracy_by_class(&[1, 0], &[1, 1], 2), [None, Some(0.5)]);
/// ```
///
/// # Panics
/// If there are not as many predictions as true classes, or a class is `classes` or above.
pub fn accuracy_by_class(predicted: &[usize], truth: &[usize], classes: usize) -> Vec<Option<f64>> {
    let share = |(class, row): (usize, Vec<u64>)| {
        let examples: u64 = row.iter().sum();
        (examples > 0).then(|| row[class] as f64 / examples as f64)
    };
    confusion(predicted, truth, classes).into_iter().enumerate().map(share).collect()
}

/// Mean of [`accuracy_by_class`] over the classes with an example, so that every class weighs the same (Brodersen, Ong,
/// Stephan & Buhmann 2010, "The balanced accuracy and its posterior distribution"); `None` if there is no example.
///
/// ```
/// use nadir_core::metric::classification::balanced_accuracy;
/// // Class 0: three of three, class 1: none of one.
/// assert_eq!(balanced_accuracy(&[0, 0, 0, 0], &[0, 0, 0, 1], 2), Some(0.5));
/// ```
///
/// # Panics
/// As [`accuracy_by_class`].
pub fn balanced_accuracy(predicted: &[usize], truth: &[usize], classes: usize) -> Option<f64> {
    PerImage { values: accuracy_by_class(predicted, truth, classes) }.mean()
}

/// How many examples of each true class (rows) are predicted as each class (columns), [classes, classes].
///
/// ```
/// use nadir_core::metric::classification::confusion;
/// assert_eq!(confusion(&[1, 0, 1], &[1, 1, 0], 2), [[0, 1], [1, 1]]);
/// ```
///
/// # Panics
/// If there are not as many predictions as true classes, or a class is `classes` or above.
pub fn confusion(predicted: &[usize], truth: &[usize], classes: usize) -> Vec<Vec<u64>> {
    assert_eq!(predicted.len(), truth.len(), "one prediction an example");
    let mut counts = vec![vec![0; classes]; classes];
    for (&predicted, &truth) in predicted.iter().zip(truth) {
        assert!(predicted.max(truth) < classes, "a class below {classes}");
        counts[truth][predicted] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_examples_counted_by_hand() {
        // Class 0: 3 of 4 right; class 1: 1 of 2; class 2: 1 of 1; class 3 has no example but one prediction.
        let (truth, predicted) = ([0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 3, 1, 0, 2]);
        assert_eq!(accuracy(&predicted, &truth), Some(5.0 / 7.0));
        assert_eq!(accuracy_by_class(&predicted, &truth, 4), [Some(0.75), Some(0.5), Some(1.0), None]);
        assert_eq!(balanced_accuracy(&predicted, &truth, 4), Some(0.75));
        let expected = [[3, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1, 0], [0; 4]];
        assert_eq!(confusion(&predicted, &truth, 4), expected);
        // Example 3 and example 5 alone: none right. Example 4 twice and example 5 once: two of three.
        let correct = correct(&predicted, &truth);
        assert_eq!(correct.mean_over(&[0, 0, 0, 1, 0, 1, 0]), Some(0.0));
        assert_eq!(correct.mean_over(&[0, 0, 0, 0, 2, 1, 0]), Some(2.0 / 3.0));
    }

    #[test]
    fn no_examples_have_no_accuracy() {
        assert_eq!((accuracy(&[], &[]), balanced_accuracy(&[], &[], 2)), (None, None));
        assert_eq!(accuracy_by_class(&[], &[], 2), [None, None]);
    }

    #[test]
    #[should_panic(expected = "a class below 2")]
    fn a_class_that_is_not_there_is_refused() {
        confusion(&[2], &[0], 2);
    }
}
