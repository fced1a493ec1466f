//! Whether an image is told from all others by its embedding: the nearest of all views is its other one.

/// Share of the views whose image's other view is nearer than every other one, from 0 to 1: the top-1 accuracy of the task
/// that contrastive learning trains (Chen et al. 2020), on images that it has not seen. By chance 1 / (2 `images` - 1).
/// A view that is as near as the other one is a miss, so embeddings that have all collapsed onto one point have 0.
///
/// `similarities` is [2 `images`, 2 `images`], row-major: first views of all images, then their second views in the same
/// order. NaN ranks last. `None` below two images.
///
/// ```
/// use nadir_core::metric::two_view::two_view_retrieval;
/// let similarities = [
///     1.0, 0.1, 0.9, 0.2, //
///     0.1, 1.0, 0.3, 0.2, // nearer to a view of the other image than to its own
///     0.9, 0.3, 1.0, 0.1, //
///     0.2, 0.25, 0.1, 1.0,
/// ];
/// assert_eq!(two_view_retrieval(&similarities, 2), Some(0.75));
/// ```
///
/// # Panics
/// If the similarities are not square.
pub fn two_view_retrieval(similarities: &[f32], images: usize) -> Option<f64> {
    let views = 2 * images;
    assert_eq!(similarities.len(), views * views, "a similarity for every pair of views");
    if images < 2 {
        return None;
    }
    let is_found = |(view, row): (usize, &[f32])| {
        let other = (view + images) % views;
        // Not `row[at] >= row[other]`, which a NaN of the other view would pass.
        (0..views)
            .all(|at| at == view || at == other || row[other] > row[at] || (row[at].is_nan() && !row[other].is_nan()))
    };
    let found = similarities.chunks_exact(views).enumerate().filter(|of_view| is_found(*of_view)).count();
    Some(found as f64 / views as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NumPy, of the table S with its diagonal at -inf and N images:
    /// `(S.argmax(1) == (np.arange(2 * N) + N) % (2 * N)).mean()`, where no two of a row are equal.
    #[test]
    fn three_images_counted_by_hand() {
        // Rows: a b c a' b' c'. a finds a', b finds b', c finds b'; a' finds a, b' finds b, c' finds c.
        let similarities = [
            [1.0, 0.2, 0.1, 0.9, 0.3, 0.2],
            [0.2, 1.0, 0.4, 0.1, 0.8, 0.3],
            [0.1, 0.4, 1.0, 0.2, 0.7, 0.6],
            [0.9, 0.1, 0.2, 1.0, 0.3, 0.1],
            [0.3, 0.8, 0.7, 0.3, 1.0, 0.2],
            [0.2, 0.3, 0.6, 0.1, 0.2, 1.0],
        ];
        assert_eq!(two_view_retrieval(&similarities.concat(), 3), Some(5.0 / 6.0));
    }

    #[test]
    fn collapsed_views_are_misses_and_one_image_has_none_to_be_told_from() {
        assert_eq!(two_view_retrieval(&[1.0; 16], 2), Some(0.0));
        assert_eq!(two_view_retrieval(&[f32::NAN; 16], 2), Some(0.0));
        assert_eq!((two_view_retrieval(&[1.0; 4], 1), two_view_retrieval(&[], 0)), (None, None));
    }
}
