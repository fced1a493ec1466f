//! In which order tiles are looked at, and which of several files are what.

use crate::camera::squared_distance;
use nadir_core::detection::tiles::Tile;

/// The middle of a tile, px of the image.
pub fn middle(tile: &Tile) -> [f64; 2] {
    [tile.left as f64 + tile.size.width as f64 / 2.0, tile.top as f64 + tile.size.height as f64 / 2.0]
}

/// Takes the tile that is nearest to a place out of those that are left, by their indices.
pub fn take_nearest(left: &mut Vec<usize>, tiles: &[Tile], place: [f64; 2]) -> Option<usize> {
    let distance = |index: usize| squared_distance(middle(&tiles[index]), place);
    let nearest = (0..left.len()).min_by(|&a, &b| distance(left[a]).total_cmp(&distance(left[b])))?;
    Some(left.swap_remove(nearest))
}

/// Whether a file's name is that of a world file, which may come with an image.
pub fn is_world_file(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    ending == "wld" || ending.len() > 2 && ending.ends_with('w') && ending != "raw"
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::detection::Size;

    #[test]
    fn tiles_come_from_the_middle_of_the_view_outwards_wherever_it_is() {
        let tiles: Vec<Tile> = (0..5).map(|at| Tile { left: 100 * at, top: 0, size: Size::new(100, 100) }).collect();
        let mut left: Vec<usize> = (0..5).collect();
        assert_eq!(take_nearest(&mut left, &tiles, [240.0, 50.0]), Some(2));
        assert_eq!(take_nearest(&mut left, &tiles, [240.0, 50.0]), Some(1));
        // The visitor has moved on.
        assert_eq!(take_nearest(&mut left, &tiles, [9000.0, 50.0]), Some(4));
        assert_eq!(left.len(), 2);
        assert_eq!(take_nearest(&mut Vec::new(), &tiles, [0.0, 0.0]), None);
    }

    #[test]
    fn world_files_are_known_by_their_endings() {
        assert!(["a.tfw", "b.TIFW", "c.jgw", "d.wld"].into_iter().all(is_world_file));
        assert!(!["a.tif", "b.raw", "c", "d.png"].into_iter().any(is_world_file));
    }
}
