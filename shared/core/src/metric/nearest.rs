//! The first of a ranking, without sorting the rest.

use super::nan_last;

/// Indices of the `count` highest similarities, from the highest; equal ones in their order. NaN ranks last. `without`
/// is skipped: the query itself, where it is in the gallery. Fewer where there are fewer.
pub(super) fn nearest(similarities: &[f32], count: usize, without: Option<usize>) -> Vec<usize> {
    // One whole number to sort by: the similarity's bits, turned so that the highest comes first, then the index.
    let key = |index: usize| -> u64 {
        let bits = (nan_last(similarities[index]) + 0.0).to_bits(); // + 0.0: -0 and 0 are equal
        let descending = if bits >> 31 == 1 { bits } else { !(bits | 1 << 31) };
        u64::from(descending) << 32 | index as u64
    };
    assert!(u32::try_from(similarities.len()).is_ok(), "fewer than 2^32 similarities");
    let mut keys: Vec<u64> = (0..similarities.len()).filter(|&index| Some(index) != without).map(key).collect();
    if count < keys.len() {
        keys.select_nth_unstable(count);
        keys.truncate(count);
    }
    keys.sort_unstable();
    keys.into_iter().map(|key| (key & u64::from(u32::MAX)) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_first_and_ties_in_their_order() {
        let similarities = [0.5, f32::NAN, -0.0, 0.9, 0.0, -3.0, 0.9, f32::INFINITY];
        assert_eq!(nearest(&similarities, 9, None), [7, 3, 6, 0, 2, 4, 5, 1]);
        assert_eq!(nearest(&similarities, 3, None), [7, 3, 6]);
        assert_eq!(nearest(&similarities, 3, Some(7)), [3, 6, 0]);
        assert_eq!(nearest(&[], 3, None), Vec::<usize>::new());
    }
}
