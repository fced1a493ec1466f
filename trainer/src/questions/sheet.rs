//! Contact sheets: crops of a class between crops of the two that it is compared with, as one PNG file.

use crate::artifacts::weight_file::write_atomically;
use crate::data::crops::CropSet;
use crate::data::objects::Part;
use crate::detect::overlay::{Marked, overlay};
use anyhow::{Context, Result, ensure};
use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use nadir_core::image::RgbImage;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::ranking::question::Question;
use nadir_core::rng::{Rng, fnv1a_64};
use std::path::{Path, PathBuf};

/// Side of a crop on a sheet, px.
const CROP_PX: usize = 128;
/// Crops of a class: so many rows of two.
const ROWS: usize = 3;
const COLUMNS: usize = 2;
const GAP_PX: usize = 8;
/// Above a column of crops, for its name.
const HEAD_PX: usize = 28;
const GROUND: [u8; 3] = [32; 3];

/// The crops of each class, and the folder that sheets are written to.
pub struct Sheets {
    folder: PathBuf,
    /// By class.
    crops: Vec<Vec<RgbImage>>,
}

impl Sheets {
    /// Up to six training crops of each class, drawn by `seed`. The folder is made.
    ///
    /// # Errors
    /// A class without a training crop, or a folder that cannot be made.
    pub fn new(folder: &Path, set: &CropSet, classes: &[String], seed: u64) -> Result<Self> {
        let crops = classes.iter().map(|class| {
            let index = set.classes.iter().position(|other| other == class);
            let mut of_class: Vec<usize> = (0..set.crops.len())
                .filter(|&at| Some(set.crops[at].class) == index && set.crops[at].part == Part::Train)
                .collect();
            ensure!(!of_class.is_empty(), "the class {class:?} has no training crop to show");
            Rng::from_parts(&[seed, fnv1a_64(class.as_bytes())]).shuffle(&mut of_class);
            Ok(of_class.into_iter().take(ROWS * COLUMNS).map(|at| enlarged(&set.images[at])).collect())
        });
        let crops = crops.collect::<Result<_>>()?;
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), crops })
    }

    /// Writes the sheet of question `number`: 1 to the left, the class asked about in the middle, 2 to the right.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&self, number: usize, question: Question, classes: &[String]) -> Result<PathBuf> {
        let file = self.folder.join(format!("question-{number:04}.png"));
        let [first, second] = question.pair;
        let parts = [(first, "1: "), (question.anchor, ""), (second, "2: ")];
        let part_px = COLUMNS * (CROP_PX + GAP_PX) + GAP_PX;
        let height = HEAD_PX + ROWS * (CROP_PX + GAP_PX) + GAP_PX;
        let mut sheet = RgbImage::filled(parts.len() * (part_px + GAP_PX) - GAP_PX, height, GROUND);
        let mut names = Vec::new();
        for (at, (class, mark)) in parts.into_iter().enumerate() {
            let left = at * (part_px + GAP_PX);
            for (number, crop) in self.crops[class].iter().enumerate() {
                let x = left + GAP_PX + number % COLUMNS * (CROP_PX + GAP_PX);
                put(&mut sheet, crop, [x, HEAD_PX + number / COLUMNS * (CROP_PX + GAP_PX)]);
            }
            let frame = [left, HEAD_PX - GAP_PX / 2, left + part_px, height].map(|side| side as f32);
            names.push((frame, format!("{mark}{}", classes[class])));
        }
        let marked: Vec<Marked> = names
            .iter()
            .enumerate()
            .map(|(class, (frame, text))| Marked { box_in_image: *frame, class, text })
            .collect();
        let drawn = overlay(sheet.view(), &marked);
        let mut bytes = Vec::new();
        let (width, height) = (u32::try_from(drawn.width)?, u32::try_from(drawn.height)?);
        PngEncoder::new(&mut bytes)
            .write_image(&drawn.pixels, width, height, image::ExtendedColorType::Rgb8)
            .with_context(|| format!("cannot encode {}", file.display()))?;
        write_atomically(&file, &bytes)?;
        Ok(file)
    }
}

fn enlarged(crop: &RgbImage) -> RgbImage {
    let whole = CropBox { left: 0, top: 0, width: crop.width, height: crop.height };
    resized_crop(crop.view(), whole, CROP_PX, CROP_PX, Interpolation::Bilinear).to_rgb()
}

fn put(sheet: &mut RgbImage, crop: &RgbImage, [left, top]: [usize; 2]) {
    for (row, pixels) in crop.pixels.chunks_exact(3 * crop.width).enumerate() {
        let at = 3 * ((top + row) * sheet.width + left);
        sheet.pixels[at..at + pixels.len()].copy_from_slice(pixels);
    }
}
