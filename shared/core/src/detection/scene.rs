//! How a detector goes over an image of any size, the same in trainer and page: which tiles, and what of all that is
//! found in them is shown.

use super::Size;
use super::postprocess::{DetectedObject, DetectionSettings, suppress_across_classes};
use super::tiles::{Tile, TileDetection, Tiling, TilingError, merge};
use serde::{Deserialize, Serialize};

/// A tile's side is this times the longest side that the detector sees: it sees a tile at half its size, as it saw most
/// training images at half theirs or more.
const TILE_FACTOR: usize = 2;
/// An image with a side above this times a tile's is divided; a smaller one is still seen well enough as a whole.
const DIVIDED_ABOVE: usize = 2;
/// Neighbouring tiles share a tile's side divided by this.
const OVERLAP_DIVISOR: usize = 4;
/// What is narrower or lower than this, px, is no object that anybody could tell from noise.
const SMALLEST_SIDE: f32 = 2.0;

/// How images are divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSettings {
    /// A tile's side, px: every image with a longer side is divided, none for 0. None given: see
    /// [`TileSettings::tiles`].
    pub side: Option<usize>,
    /// What neighbours share, px. None given: a quarter of the side.
    pub overlap: Option<usize>,
}

impl TileSettings {
    /// The tiles of an image, row by row; one if it is seen as a whole. Unless the settings say otherwise, an image with
    /// a side above 4 times the `longest_seen` by the detector, px, is divided into tiles of twice that.
    ///
    /// # Errors
    /// Where tiles overlap by their side or more.
    pub fn tiles(self, image: Size, longest_seen: usize) -> Result<Vec<Tile>, TilingError> {
        let longer = image.height.max(image.width);
        let (side, divided_above) = match self.side {
            Some(side) => (side, side),
            None => {
                let side = TILE_FACTOR * longest_seen;
                (side, DIVIDED_ABOVE * side)
            }
        };
        if side == 0 || longer <= divided_above {
            return Ok(vec![Tile { left: 0, top: 0, size: image }]);
        }
        Ok(Tiling::new(side, self.overlap.unwrap_or(side / OVERLAP_DIVISOR))?.tiles(image))
    }
}

/// What of the detections in all `tiles` of an image is shown, the highest-scoring first: what scores `score_from` or
/// more, and of boxes that overlap by more than `stacked_above`, whatever their classes, the highest-scoring.
pub fn shown(
    found: &[TileDetection],
    tiles: &[Tile],
    image: Size,
    score_from: f32,
    stacked_above: f64,
) -> Vec<DetectedObject> {
    let merged = merge(found, tiles, image, DetectionSettings::DEFAULT.iou_threshold);
    let is_shown = |object: &DetectedObject| {
        let [x0, y0, x1, y1] = object.box_in_image;
        object.score >= score_from && (x1 - x0).min(y1 - y0) >= SMALLEST_SIDE
    };
    let shown: Vec<DetectedObject> = merged.into_iter().filter(is_shown).collect();
    let kept = suppress_across_classes(&shown, stacked_above);
    kept.into_iter().map(|at| shown[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_divided_above_four_times_what_the_detector_sees() {
        let tiles = |side, settings: TileSettings| settings.tiles(Size::new(side, side), 100).expect("valid");
        assert_eq!(tiles(400, TileSettings::default()).len(), 1);
        // Tiles of 200 px that share 50.
        let divided = tiles(401, TileSettings::default());
        assert_eq!((divided.len(), divided[0].size), (9, Size::new(200, 200)));
        assert_eq!(tiles(401, TileSettings { side: Some(0), overlap: None }).len(), 1);
        assert_eq!(tiles(401, TileSettings { side: Some(300), overlap: Some(10) }).len(), 4);
        let settings = TileSettings { side: Some(64), overlap: Some(64) };
        assert!(settings.tiles(Size::new(100, 100), 100).is_err());
    }

    #[test]
    fn thin_and_unlikely_boxes_and_the_lower_of_two_stacked_are_not_shown() {
        let image = Size::new(100, 100);
        let tile = Tile { left: 0, top: 0, size: image };
        let of =
            |box_in_image, class, score| TileDetection { tile, object: DetectedObject { box_in_image, class, score } };
        let found = [
            of([10.0, 10.0, 40.0, 40.0], 1, 0.9),
            of([10.0, 10.0, 40.0, 41.0], 2, 0.8),
            of([60.0, 60.0, 61.5, 90.0], 1, 0.9),
            of([60.0, 10.0, 90.0, 40.0], 1, 0.2),
        ];
        let scores =
            |stacked| shown(&found, &[tile], image, 0.5, stacked).iter().map(|one| one.score).collect::<Vec<_>>();
        assert_eq!(scores(0.75), [0.9]);
        assert_eq!(scores(1.0), [0.9, 0.8]);
    }
}
