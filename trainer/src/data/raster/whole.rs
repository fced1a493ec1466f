//! A TIFF image as a whole, in memory.

use super::file::{Raster, RgbScene, told};
use anyhow::{Result, ensure};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::decode::max_pixels;
use nadir_core::image::{RGB, RgbImage};
use nadir_geo::windows::Window;
use nadir_raster::RgbWindow;
use std::path::Path;

/// A whole TIFF image as RGB or the bands that are chosen, upright.
///
/// # Errors
/// Names the file: too large, broken, or of a kind that is not read.
pub fn read_whole(path: &Path, settings: &BandSettings) -> Result<RgbImage> {
    Ok(read_whole_window(path, settings)?.image)
}

/// As [`read_whole`], with the number of valid pixels.
///
/// # Errors
/// As [`read_whole`].
pub fn read_whole_window(path: &Path, settings: &BandSettings) -> Result<RgbWindow> {
    let raster = Raster::open(path)?;
    let (width, height) = (raster.layout().width, raster.layout().height);
    let limit = max_pixels();
    ensure!(
        (width as u64).saturating_mul(height as u64) <= limit,
        "{} has {width} x {height} pixels, more than the limit of {} million (--max-megapixels raises it); `nadir detect \
         run`, `nadir predict --tile` and `nadir embed --tile` read it by windows",
        path.display(),
        limit / 1_000_000
    );
    // Behind the check: percentiles are computed here.
    let scene = told(RgbScene::of_raster(raster, settings)?);
    let RgbWindow { image, valid } = scene.read(Window { left: 0, top: 0, width, height })?;
    Ok(RgbWindow { image: upright(image, scene.raster().layout().orientation), valid })
}

/// Turned by EXIF's orientation, as other image files are.
fn upright(image: RgbImage, orientation: u8) -> RgbImage {
    let orientation = match image::metadata::Orientation::from_exif(orientation) {
        Some(image::metadata::Orientation::NoTransforms) | None => return image,
        Some(orientation) => orientation,
    };
    let (width, height, channels) = (image.width as u32, image.height as u32, image.channels());
    let turned = |pixels: Vec<u8>| {
        let buffer = image::RgbImage::from_raw(width, height, pixels).expect("three bytes a pixel");
        let mut turned = image::DynamicImage::ImageRgb8(buffer);
        turned.apply_orientation(orientation);
        let turned = turned.into_rgb8();
        RgbImage { width: turned.width() as usize, height: turned.height() as usize, pixels: turned.into_raw() }
    };
    if channels == RGB {
        return turned(image.pixels);
    }
    // Band by band, each as grey.
    let mut all = RgbImage { width: image.width, height: image.height, pixels: vec![0; image.pixels.len()] };
    for channel in 0..channels {
        let grey = image.pixels.chunks_exact(channels).flat_map(|pixel| [pixel[channel]; RGB]).collect();
        let one = turned(grey);
        (all.width, all.height) = (one.width, one.height);
        for (to, from) in all.pixels.chunks_exact_mut(channels).zip(one.pixels.chunks_exact(RGB)) {
            to[channel] = from[0];
        }
    }
    all
}

/// Width and height that [`read_whole`] gives, from the file's directory.
///
/// # Errors
/// As [`Raster::open`].
pub fn whole_size(path: &Path) -> Result<(usize, usize)> {
    let raster = Raster::open(path)?;
    let layout = raster.layout();
    // 5 to 8 lie on their side.
    Ok(if layout.orientation > 4 { (layout.height, layout.width) } else { (layout.width, layout.height) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_any_bands_are_turned_alike() {
        let of = |channels: usize| {
            let pixels = (0..6_u8).flat_map(|at| (0..channels as u8).map(move |band| 10 * band + at)).collect();
            RgbImage { width: 3, height: 2, pixels }
        };
        for exif in 1..=8 {
            let (three, five) = (upright(of(3), exif), upright(of(5), exif));
            assert_eq!((three.width, three.height), (five.width, five.height));
            for (pixel, more) in three.pixels.chunks_exact(3).zip(five.pixels.chunks_exact(5)) {
                assert_eq!(&more[..3], pixel, "orientation {exif}");
                assert_eq!(more[4], pixel[0] + 40, "orientation {exif}");
            }
        }
    }
}
