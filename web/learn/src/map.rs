//! The map of lesson 4: where its points stand, and how they go on.

/// The points moved to the middle and scaled alike in both directions, so that a turned map keeps its shape: the longer
/// side goes from -1 to 1.
pub fn fitted(points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let range = |at: usize| {
        let values = points.iter().map(|point| point[at]);
        (values.clone().fold(f32::MAX, f32::min), values.fold(f32::MIN, f32::max))
    };
    let ranges = [range(0), range(1)];
    let half = ranges.iter().fold(1e-6_f32, |most, (least, greatest)| most.max((greatest - least) / 2.0));
    let middle = ranges.map(|(least, greatest)| (least + greatest) / 2.0);
    points.iter().map(|point| [0, 1].map(|at| (point[at] - middle[at]) / half)).collect()
}

/// How far a point is on its way, 0 to 1, where this share of the time has passed: slowly off, slowly in.
pub fn eased(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_centred_and_keeps_its_shape() {
        // 4 wide and 2 high, far from the middle.
        let points = fitted(vec![[10.0, -3.0], [14.0, -3.0], [12.0, -1.0]]);
        assert_eq!(points, [[-1.0, -0.5], [1.0, -0.5], [0.0, 0.5]]);
    }

    #[test]
    fn points_at_one_place_stand_in_the_middle() {
        assert_eq!(fitted(vec![[3.0, 5.0]; 4]), [[0.0; 2]; 4]);
        assert!(fitted(Vec::new()).is_empty());
    }

    #[test]
    fn a_point_starts_and_ends_where_it_should_however_late_the_frame_comes() {
        assert_eq!([-0.5, 0.0, 0.5, 1.0, 9.0].map(eased), [0.0, 0.0, 0.5, 1.0, 1.0]);
    }
}
