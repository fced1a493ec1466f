//! Where each image stands: the two directions in which the embeddings differ most.

use nadir_core::projection::Pca;
use nadir_core::rng::Rng;

/// The directions are those of so many images at the most, drawn at random and always the same: more change them little,
/// and the page would stand still.
pub const FITTED: usize = 1000;

/// The places of rows of `len` values, in [-1, 1] with the middle at 0, both directions in one scale. Of fewer than three
/// images, or such that do not differ, in the middle.
pub fn places(rows: &[f32], len: usize) -> Vec<[f32; 2]> {
    let count = rows.len().checked_div(len).unwrap_or(0);
    let centre = vec![[0.0; 2]; count];
    if count < 3 || len < 2 {
        return centre;
    }
    let fitted: Vec<f32> = match count > FITTED {
        true => {
            let mut drawn: Vec<usize> = (0..count).collect();
            Rng::new(0).shuffle(&mut drawn);
            drawn[..FITTED].iter().flat_map(|&at| row(rows, len, at)).copied().collect()
        }
        false => rows.to_vec(),
    };
    // Rows of a session are whole and finite.
    let Ok(flat) = Pca::fit(&fitted, len, 2).and_then(|pca| pca.project(rows)) else { return centre };
    let points: Vec<[f32; 2]> = flat.chunks_exact(2).map(|point| [point[0], point[1]]).collect();
    centred(&points)
}

fn row(rows: &[f32], len: usize, at: usize) -> &[f32] {
    &rows[at * len..(at + 1) * len]
}

fn centred(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let range = |axis: usize| {
        let values = points.iter().map(|point| point[axis]);
        (values.clone().fold(f32::MAX, f32::min), values.fold(f32::MIN, f32::max))
    };
    let ranges = [range(0), range(1)];
    let half = ranges.iter().fold(1e-9_f32, |most, (low, high)| most.max((high - low) / 2.0));
    let middle = ranges.map(|(low, high)| (low + high) / 2.0);
    points.iter().map(|point| [0, 1].map(|axis| (point[axis] - middle[axis]) / half)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups far from each other along one direction of eight.
    fn groups(count: usize) -> Vec<f32> {
        let mut rng = Rng::new(3);
        let row = |image: usize, rng: &mut Rng| {
            let mut row: Vec<f32> = (0..8).map(|_| 0.05 * rng.normal() as f32).collect();
            row[5] += if image.is_multiple_of(2) { 1.0 } else { -1.0 };
            row
        };
        (0..count).flat_map(|image| row(image, &mut rng)).collect()
    }

    #[test]
    fn groups_stand_apart_and_all_of_it_fits() {
        for count in [40, 2 * FITTED + 1] {
            let places = places(&groups(count), 8);
            assert_eq!(places.len(), count);
            assert!(places.iter().flatten().all(|value| value.abs() <= 1.0001));
            let side = places[0][0].signum();
            for (image, place) in places.iter().enumerate() {
                let expected = if image % 2 == 0 { side } else { -side };
                assert!(place[0] * expected > 0.4, "image {image} at {place:?}");
            }
        }
    }

    #[test]
    fn few_or_equal_images_stand_in_the_middle() {
        assert_eq!(places(&groups(2), 8), [[0.0; 2]; 2]);
        assert!(places(&[0.5; 24], 8).iter().flatten().all(|value| value.abs() < 1e-3));
        assert!(places(&[], 8).is_empty() && places(&[], 0).is_empty());
    }
}
