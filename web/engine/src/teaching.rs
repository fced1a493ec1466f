//! Rows for the page that teaches a head: those of the gallery, and of images that the visitor gives.

use crate::engine::Engine;
use crate::gallery::SearchedGallery;
use nadir_core::active::{EmbeddingSpace, SpaceKind};
use nadir_core::bundle::Bundle;
use nadir_core::image::RgbImage;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::protocol::HeadSpace;

/// Thumbnails are at most so wide and high, px.
const MOST_THUMBNAIL_PX: usize = 256;

/// What heads are taught on, and the bytes of the gallery's rows; `None` if the bundle has a gallery that is not here.
pub fn head_space(bundle: &Bundle, gallery: Option<&SearchedGallery>) -> Option<(HeadSpace, Vec<u8>)> {
    if bundle.gallery.is_some() && gallery.is_none() {
        return None;
    }
    let rows = gallery.map(|gallery| gallery.gallery().rows());
    let values = rows.into_iter().flat_map(|rows| (0..rows.count()).flat_map(|row| rows.row(row)));
    let bytes = values.flat_map(|value| value.to_le_bytes()).collect();
    let space = HeadSpace {
        bundle: bundle.name.clone(),
        weights_sha256: bundle.weights.sha256.clone(),
        space: SpaceKind::of(bundle),
        count: rows.map_or(0, |rows| rows.count()),
    };
    Some((space, bytes))
}

/// The bytes of the row of the image that `engine` saw last, empty if its embedding has no direction; `None` if there
/// was no image, or the bundle has a gallery that is not here.
pub fn row(engine: &Engine, gallery: Option<&SearchedGallery>) -> Option<Vec<u8>> {
    let embedding = engine.embedding.as_ref()?;
    let row = match gallery {
        Some(gallery) => gallery.gallery().unit(embedding),
        // Fails for a bundle with a gallery.
        None => EmbeddingSpace::of(&engine.bundle, None).ok()?.row(embedding),
    };
    Some(row.unwrap_or_default().into_iter().flat_map(f32::to_le_bytes).collect())
}

/// The middle square of an image, `side` px wide and high.
pub fn thumbnail(image: &RgbImage, side: usize) -> RgbImage {
    let side = side.clamp(1, MOST_THUMBNAIL_PX);
    let square = image.width.min(image.height);
    let crop =
        CropBox { left: (image.width - square) / 2, top: (image.height - square) / 2, width: square, height: square };
    resized_crop(image.view(), crop, side, side, Interpolation::Bilinear).to_rgb()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_is_the_middle_square() {
        let mut image = RgbImage::filled(6, 2, [0; 3]);
        for row in 0..2 {
            for column in 2..4 {
                image.pixels[(row * 6 + column) * 3] = 200;
            }
        }
        let thumbnail = thumbnail(&image, 4);
        assert_eq!((thumbnail.width, thumbnail.height), (4, 4));
        assert!(thumbnail.pixels.chunks_exact(3).all(|pixel| pixel == [200, 0, 0]));
    }

    #[test]
    fn a_gallery_that_is_not_here_gives_no_space() {
        let json = include_str!("../../../static/models/scenes/bundle.json");
        let bundle = Bundle::from_json(json).expect("the committed bundle");
        assert_eq!(head_space(&bundle, None), None);
        let without = Bundle { gallery: None, ..bundle };
        let (space, rows) = head_space(&without, None).expect("no gallery");
        assert_eq!((space.count, rows.len()), (0, 0));
        assert_eq!(space.space, SpaceKind::UnitEmbedding { dimensions: without.architecture.embedding_len() });
    }
}
