//! Thumbnails side by side in JPEG images, which a browser decodes by itself.

use image::codecs::jpeg::JpegEncoder;
use nadir_core::image::RgbImage;

/// Width and height of a thumbnail, px: whole blocks of JPEG (8 px), so that no thumbnail colours its neighbour.
pub const TILE_PX: usize = 64;
/// Thumbnails in a row and in a column: 2,048 px a side, which takes 16 MB where it is decoded.
pub const TILES_A_SIDE: usize = 32;
/// JPEG's quality, of 100.
const QUALITY: u8 = 80;

/// The sheets of these thumbnails, which are all [`TILE_PX`] wide and high; the last one has as many rows as it needs.
pub fn sheets(thumbnails: &[&RgbImage]) -> Vec<Vec<u8>> {
    thumbnails.chunks(TILES_A_SIDE * TILES_A_SIDE).map(sheet).collect()
}

fn sheet(thumbnails: &[&RgbImage]) -> Vec<u8> {
    let (width, rows) = (TILE_PX * TILES_A_SIDE, thumbnails.len().div_ceil(TILES_A_SIDE));
    let mut pixels = vec![0; width * rows * TILE_PX * 3];
    for (at, thumbnail) in thumbnails.iter().enumerate() {
        let (row, column) = (at / TILES_A_SIDE, at % TILES_A_SIDE);
        for (y, line) in thumbnail.pixels.chunks_exact(TILE_PX * 3).enumerate() {
            let first = ((row * TILE_PX + y) * width + column * TILE_PX) * 3;
            pixels[first..first + line.len()].copy_from_slice(line);
        }
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(&pixels, width as u32, (rows * TILE_PX) as u32, image::ExtendedColorType::Rgb8)
        .expect("an image of at most 65,535 px a side goes into memory as JPEG");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thumbnail_stands_at_its_place() {
        let grey = |at: usize| RgbImage::filled(TILE_PX, TILE_PX, [(at % 250) as u8; 3]);
        let all: Vec<RgbImage> = (0..TILES_A_SIDE * TILES_A_SIDE + TILES_A_SIDE + 1).map(grey).collect();
        let sheets = sheets(&all.iter().collect::<Vec<_>>());
        assert_eq!(sheets.len(), 2);
        let decoded: Vec<RgbImage> =
            sheets.iter().map(|sheet| nadir_core::image::decode::decode(sheet).expect("a JPEG")).collect();
        assert_eq!((decoded[0].width, decoded[0].height, decoded[1].height), (2048, 2048, 128));
        for (at, thumbnail) in all.iter().enumerate() {
            let (sheet, index) = (at / 1024, at % 1024);
            let (x, y) = (index % 32 * TILE_PX + 32, index / 32 * TILE_PX + 32);
            let found = decoded[sheet].pixels[(y * decoded[sheet].width + x) * 3];
            // JPEG rounds.
            assert!(found.abs_diff(thumbnail.pixels[0]) <= 3, "{at}: {found} for {}", thumbnail.pixels[0]);
        }
    }
}
