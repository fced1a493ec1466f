//! Screenshots against those that a person approved.
//!
//! Approved pictures lie in `tests/approved/`, at half the screen's size. They are compared in squares of 8 screen px,
//! by mean colour, so that a browser's own changes in smoothing do not count and a moved, missing or recoloured element
//! does. `NADIR_APPROVE=1` writes them anew; look at them before they are committed.

use anyhow::{Context, Result, ensure};
use image::RgbImage;
use image::imageops::{FilterType, resize};
use std::path::{Path, PathBuf};

/// Screen px to a side of a square that is compared.
const SQUARE: u32 = 8;
/// A square differs where one of its colours is off by more than this, of 255.
const COLOUR: u8 = 20;
/// The share of squares that may differ.
const SHARE: f64 = 0.01;

/// Where the approved pictures are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("approved")
}

/// Whether the pictures are to be written and not compared.
pub fn approves() -> bool {
    std::env::var_os("NADIR_APPROVE").is_some_and(|value| value == "1")
}

/// Compares a screenshot (a PNG file) with the approved one of this name, or approves it.
///
/// # Errors
/// Says how much differs, and where both pictures are.
pub fn compare(name: &str, screenshot: &Path) -> Result<()> {
    let seen = image::open(screenshot).with_context(|| format!("in {}", screenshot.display()))?.into_rgb8();
    let approved = folder().join(format!("{name}.png"));
    let (width, height) = (seen.width() / 2, seen.height() / 2);
    if approves() {
        std::fs::create_dir_all(folder())?;
        return Ok(resize(&seen, width, height, FilterType::Triangle).save(&approved)?);
    }
    let expected = image::open(&approved)
        .with_context(|| format!("{} is no picture; write it with NADIR_APPROVE=1", approved.display()))?
        .into_rgb8();
    ensure!(
        expected.dimensions() == (width, height),
        "{name} is {}x{} px, approved were {:?} at half the size",
        seen.width(),
        seen.height(),
        expected.dimensions()
    );
    let share = share_of_difference(&squares(&seen, 1), &squares(&expected, 2), COLOUR);
    ensure!(
        share <= SHARE,
        "{name}: {:.1} % of the picture differ from what was approved; compare {} with {}, and approve it by \
         NADIR_APPROVE=1",
        share * 100.0,
        screenshot.display(),
        approved.display()
    );
    Ok(())
}

/// The mean colours of the squares of a picture whose px are `scale` px of the screen.
fn squares(image: &RgbImage, scale: u32) -> RgbImage {
    resize(image, image.width() * scale / SQUARE, image.height() * scale / SQUARE, FilterType::Triangle)
}

/// The share of px of which a colour is off by more than `most`, of 255; of two pictures of one size.
pub fn share_of_difference(one: &RgbImage, other: &RgbImage, most: u8) -> f64 {
    let differs = |(one, other): (&image::Rgb<u8>, &image::Rgb<u8>)| {
        one.0.iter().zip(other.0).any(|(&one, other)| one.abs_diff(other) > most)
    };
    let count = one.pixels().zip(other.pixels()).filter(|&pair| differs(pair)).count();
    count as f64 / f64::from(one.width() * one.height())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn page() -> RgbImage {
        RgbImage::from_fn(400, 400, |x, y| if (x / 40 + y / 40) % 2 == 0 { Rgb([250; 3]) } else { Rgb([30, 90, 200]) })
    }

    #[test]
    fn half_the_size_is_the_same_and_a_moved_element_is_not() {
        let page = page();
        let half = resize(&page, 200, 200, FilterType::Triangle);
        assert!(share_of_difference(&squares(&page, 1), &squares(&half, 2), COLOUR) <= SHARE);
        let mut moved = page.clone();
        for y in 100..160 {
            for x in 100..160 {
                moved.put_pixel(x, y, Rgb([0, 0, 0]));
            }
        }
        assert!(share_of_difference(&squares(&moved, 1), &squares(&half, 2), COLOUR) > SHARE);
    }
}
