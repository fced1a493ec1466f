//! Objects cut out of decoded images.

use super::super::objects::{ObjectImage, ObjectSet};
use super::rules::Chosen;
use crate::progress::Progress;
use crate::resources::{bytes_text, free_memory};
use anyhow::{Result, ensure};
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::image::{RgbImage, RgbView};
use rayon::prelude::*;

/// For each image the crops of its objects, `size` x `size` px, or why there are none. Each image is decoded once and
/// given up before the next one.
///
/// # Errors
/// Where the crops would take more than half of the free memory.
pub fn cut_out(set: &ObjectSet, chosen: &[Chosen], size: usize) -> Result<Vec<Result<Vec<RgbImage>, String>>> {
    let count: usize = chosen.iter().map(|chosen| chosen.objects.len()).sum();
    let needed = (count * 3 * size * size) as u64;
    if let Some(free) = free_memory() {
        ensure!(
            needed <= free / 2,
            "{count} crops of {size} x {size} px take {}, more than half of the {} of memory that are free; set a \
             smaller data.size or a larger data.min_side",
            bytes_text(needed),
            bytes_text(free),
        );
    }
    let progress = Progress::new("cutting out objects", chosen.len() as u64, "images");
    let cut = chosen
        .par_iter()
        .map(|chosen| {
            let crops = crops_of_image(&set.images[chosen.image], chosen, size);
            progress.advance(1);
            crops
        })
        .collect();
    progress.finish();
    Ok(cut)
}

fn crops_of_image(image: &ObjectImage, chosen: &Chosen, size: usize) -> Result<Vec<RgbImage>, String> {
    let pixels = image.read()?;
    Ok(chosen.objects.iter().map(|object| cut_box(pixels.view(), object.box_in_image, size)).collect())
}

/// A box (x0, y0, x1, y1 in px) of an image, in whole px, resized to `size` x `size` px with antialiasing and without
/// keeping its aspect ratio.
pub fn cut_box(image: RgbView<'_>, box_in_image: [f32; 4], size: usize) -> RgbImage {
    let crop = CropBox::around(box_in_image, image.width, image.height);
    resized_crop(image, crop, size, size, Interpolation::Bilinear).to_rgb()
}
