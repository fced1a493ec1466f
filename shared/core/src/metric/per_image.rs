//! A figure that every image has for itself, so that the mean over any resample of the images is one pass.

/// One value for each image (or query); `None` if the figure is not defined for the image, which is then skipped.
///
/// ```
/// use nadir_core::metric::per_image::PerImage;
/// let figure = PerImage { values: vec![Some(1.0), None, Some(0.0)] };
/// assert_eq!((figure.mean(), figure.skipped()), (Some(0.5), 1));
/// assert_eq!(figure.mean_over(&[3, 1, 1]), Some(0.75));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PerImage {
    /// In the order of the images.
    pub values: Vec<Option<f64>>,
}

impl PerImage {
    /// Mean over the images that have a value; `None` if there is none.
    pub fn mean(&self) -> Option<f64> {
        mean(self.values.iter().map(|&value| (value, 1)))
    }

    /// The same where image i occurs `counts[i]` times, as in a bootstrap's resample.
    ///
    /// # Panics
    /// If there are not as many counts as images.
    pub fn mean_over(&self, counts: &[u32]) -> Option<f64> {
        assert_eq!(self.values.len(), counts.len(), "one count an image");
        mean(self.values.iter().copied().zip(counts.iter().copied()))
    }

    /// How many images have no value.
    pub fn skipped(&self) -> usize {
        self.values.iter().filter(|value| value.is_none()).count()
    }
}

impl FromIterator<f64> for PerImage {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self { values: values.into_iter().map(Some).collect() }
    }
}

fn mean(values: impl Iterator<Item = (Option<f64>, u32)>) -> Option<f64> {
    let (mut sum, mut images) = (0.0, 0u64);
    for (value, count) in values {
        if let Some(value) = value {
            sum += f64::from(count) * value;
            images += u64::from(count);
        }
    }
    (images > 0).then(|| sum / images as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_a_value_are_skipped() {
        let figure = PerImage { values: vec![Some(1.0), None, Some(4.0)] };
        assert_eq!((figure.mean(), figure.skipped()), (Some(2.5), 1));
        assert_eq!(figure.mean_over(&[2, 5, 1]), Some(2.0));
        assert_eq!(figure.mean_over(&[0, 9, 0]), None);
    }
}
