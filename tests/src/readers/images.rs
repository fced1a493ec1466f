//! JPEG, PNG, WebP, BMP and TIFF files.

use super::reader::image_memory;
use super::scratch;
use nadir::data::decode::read_dimensions;
use nadir::data::raster::{BandSettings, Raster, RgbScene, file_place, read_image_by};
use nadir::fetch::tiff::png_from_tiff;
use nadir_core::image::RgbImage;
use nadir_core::image::decode::{decode, decode_with_depth, dimensions, max_pixels};
use nadir_geo::geojson::Geometry;
use nadir_geo::placement::Placement;
use nadir_geo::windows::Window;
use std::path::Path;

/// What the page and the trainer decode alike.
pub fn image(bytes: &[u8]) -> Result<(), String> {
    let header = dimensions(bytes);
    let (image, depth) = decode_with_depth(bytes).map_err(|error| error.to_string())?;
    whole(&image);
    assert_eq!(Ok((image.width, image.height)), header, "the header's size");
    assert!(depth.is_none_or(|depth| depth.lowest <= depth.highest));
    Ok(())
}

fn whole(image: &RgbImage) {
    assert!(image.width > 0 && image.height > 0);
    assert_eq!(image.pixels.len(), 3 * image.width * image.height, "three bytes a pixel");
    assert!((image.width * image.height) as u64 <= max_pixels());
}

/// By the size that the header claims, within the limit.
pub fn memory(bytes: &[u8]) -> usize {
    image_memory(bytes, dimensions(bytes).map_or(0, |(width, height)| width * height))
}

/// As the trainer reads a TIFF: whole, by windows, and where it lies on Earth.
pub fn tiff(bytes: &[u8]) -> Result<(), String> {
    let path = scratch::file("a.tif", bytes);
    let settings = BandSettings::default();
    let text = |error: anyhow::Error| format!("{error:#}");
    // Pixels that cannot be read say nothing of the place, and the other way round.
    let place = place(&path);
    let image = read_image_by(&path, &settings).map_err(text)?;
    whole(&image);
    assert_eq!(read_dimensions(&path).ok(), Some((image.width, image.height)), "the directory's size");
    let scene = RgbScene::open(&path, &settings).map_err(text)?;
    if scene.raster().layout().orientation == 1 {
        let (left, top) = (image.width / 3, image.height / 3);
        let window = Window { left, top, width: image.width - left, height: image.height - top };
        let part = scene.read(window).map_err(text)?;
        let row = |row: usize| &image.pixels[3 * ((top + row) * image.width + left)..][..3 * window.width];
        assert!((0..window.height).flat_map(row).eq(&part.image.pixels), "a window is a part of the whole");
        assert!(part.valid <= window.width * window.height);
    }
    pictures(&scene);
    place
}

/// As the page draws it: every third px, and of each overview what lies in its first corner.
fn pictures(scene: &RgbScene) {
    let (width, height) = scene.size();
    let whole = Window { left: 0, top: 0, width, height };
    if let Ok(third) = scene.read_every(scene.raster(), whole, 3) {
        assert_eq!((third.image.width, third.image.height), (width.div_ceil(3), height.div_ceil(3)));
    }
    for overview in scene.raster().overviews(1 << 20) {
        let layout = overview.layout();
        assert!(layout.width < width && layout.height < height, "an overview is smaller");
        let corner = Window { left: 0, top: 0, width: layout.width.min(64), height: layout.height.min(64) };
        if let Ok(read) = scene.read_every(&overview, corner, 1) {
            assert_eq!((read.image.width, read.image.height), (corner.width, corner.height));
        }
    }
}

/// By the size that the directory claims, within the limit.
pub fn tiff_memory(bytes: &[u8]) -> usize {
    let Ok(raster) = Raster::open(&scratch::file("memory.tif", bytes)) else { return image_memory(bytes, 0) };
    let layout = raster.layout();
    let pixels = layout.width.saturating_mul(layout.height);
    if pixels as u64 > max_pixels() {
        return image_memory(bytes, 0);
    }
    // Chunks hold all samples of a pixel, of which the bands are some; so much of them is kept.
    let samples = layout.samples * usize::from(layout.sample_type.bits).div_ceil(8);
    image_memory(bytes, pixels) + (pixels * samples).min(192 << 20)
}

/// An image's place, by its tags or the world file beside it.
fn place(path: &Path) -> Result<(), String> {
    let place = file_place(path, None).map_err(|error| format!("{error:#}"))?;
    let geometry = place.placement.geometry([0.0, 0.0, 24.0, 16.0]).map_err(|error| error.to_string())?;
    let rings: Vec<_> = match &geometry {
        Geometry::Polygon(rings) => rings.iter().collect(),
        Geometry::MultiPolygon(polygons) => polygons.iter().flatten().collect(),
    };
    for &[x, y] in rings.into_iter().flatten() {
        assert!(x.is_finite() && y.is_finite(), "{geometry:?}");
        if matches!(place.placement, Placement::Earth { .. }) {
            assert!(x.abs() <= 180.0 && y.abs() <= 90.0, "{geometry:?}");
        }
    }
    Ok(())
}

/// A world file beside an image.
pub fn world_file(bytes: &[u8]) -> Result<(), String> {
    let folder = scratch::folder("world_file", |folder| {
        image::RgbImage::new(24, 16).save(folder.join("a.png")).expect("written");
    });
    scratch::write(&folder.join("a.pgw"), bytes);
    place(&folder.join("a.png"))
}

/// The small reader that `nadir fetch` makes PNG files by.
pub fn fetched_tiff(bytes: &[u8]) -> Result<(), String> {
    let png = png_from_tiff(bytes).map_err(|error| format!("{error:#}"))?;
    whole(&decode(&png).expect("a PNG that was just written"));
    Ok(())
}

/// An image that is larger than its file is none.
pub fn fetched_tiff_memory(bytes: &[u8]) -> usize {
    image_memory(bytes, 0)
}
