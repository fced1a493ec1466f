//! Labels on a line without overlap: each as near its place as the others allow.

/// Moves places apart until neighbours stand `gap` apart, inside `[low, high]`, keeping their order. What does not
/// fit is spread evenly.
pub(super) fn spread(places: &[f64], gap: f64, [low, high]: [f64; 2]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    let gap = gap.min((high - low) / places.len().saturating_sub(1).max(1) as f64);
    // Groups that touch: the sum of the starts aimed at and the number of members. A group stands at the mean of what
    // its members want, which moves them least in squares.
    let mut groups: Vec<(f64, f64)> = Vec::new();
    let start = |group: (f64, f64)| (group.0 / group.1).min(high - gap * (group.1 - 1.0)).max(low);
    for &index in &order {
        let mut group = (places[index], 1.0);
        while let Some(&before) = groups.last() {
            if start(before) + gap * before.1 <= start(group) {
                break;
            }
            groups.pop();
            // A member aims at its place less the members before it.
            group = (before.0 + group.0 - gap * before.1 * group.1, before.1 + group.1);
        }
        groups.push(group);
    }
    let mut spread = vec![0.0; places.len()];
    let mut next = order.into_iter();
    for group in groups {
        for member in 0..group.1 as usize {
            if let Some(index) = next.next() {
                spread[index] = start(group) + gap * member as f64;
            }
        }
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_apart_as_little_as_they_can() {
        assert_eq!(spread(&[10.0, 50.0], 14.0, [0.0, 100.0]), [10.0, 50.0]);
        // Two at the same place: half the gap each way.
        assert_eq!(spread(&[50.0, 50.0], 14.0, [0.0, 100.0]), [43.0, 57.0]);
        // At the edge all of the way is inwards, and the order stays that of the places.
        assert_eq!(spread(&[99.0, 98.0, 20.0], 14.0, [0.0, 100.0]), [100.0, 86.0, 20.0]);
        assert!(spread(&[], 14.0, [0.0, 100.0]).is_empty());
    }

    #[test]
    fn too_many_labels_share_the_room() {
        assert_eq!(spread(&[5.0; 5], 14.0, [0.0, 40.0]), [0.0, 10.0, 20.0, 30.0, 40.0]);
    }
}
