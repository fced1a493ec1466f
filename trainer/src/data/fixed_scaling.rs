//! The scaling of a set of TIFF images, computed once: its percentiles become ranges, which stand in the run's config and
//! in its bundle, so that every image is read alike whenever and by whomever.

use super::image_folder::image_files;
use super::raster::{
    BandSettings, Raster, Scaling, chosen_bands, default_scaling, fewer_of_more, is_tiff_file, percentiles,
    sampled_values,
};
use super::read_all::read_all;
use crate::config::DataConfig;
use anyhow::{Result, bail, ensure};
use std::path::PathBuf;

/// So many images are looked at, evenly spread over the folder's list.
const MOST_IMAGES: usize = 64;
/// Of them together so many pixels of up to three bands (fewer of more), as far as that leaves each the least window.
const PIXELS: usize = 8_000_000;
const LEAST_PIXELS: usize = 256 * 256;

/// Replaces percentiles by the ranges that they are of a folder's TIFF images, and names the bands where there are more
/// than those that are taken. Gives a sentence on it; `None` where there is nothing to compute, or no folder to read.
///
/// # Errors
/// A band that the images do not have, one without any value (all nodata or NaN); percentiles where no image is a TIFF.
pub fn fix_scaling(data: &mut DataConfig) -> Result<Option<String>> {
    let settings = data.band_settings();
    let percents = match &settings.scaling {
        Some(Scaling::Range(_) | Scaling::Type) => return Ok(None),
        Some(Scaling::Percentiles(percents)) => Some(*percents),
        None => None,
    };
    // Whoever reads the images says why they cannot be.
    let Some(folder) = data.image_folder() else { return Ok(None) };
    let Ok(files) = image_files(folder) else { return Ok(None) };
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    let tiffs: Vec<&PathBuf> = paths.iter().filter(|path| is_tiff_file(path).unwrap_or(false)).collect();
    let Some(first) = tiffs.iter().find_map(|path| Raster::open(path).ok()) else {
        ensure!(
            percents.is_none(),
            "data.scale = percentiles is of TIFF images, and none that can be read is below {}",
            folder.display()
        );
        return Ok(None);
    };
    let chosen = chosen_bands(&first, &settings)?;
    let named = match &settings.bands {
        None if first.bands() > chosen.len() => Some(chosen.iter().map(|band| (band + 1).to_string()).collect()),
        bands => bands.clone(),
    };
    let of_type = default_scaling(first.band_type());
    let percents = match (percents, &of_type) {
        (Some(percents), _) => percents,
        (None, Scaling::Percentiles(percents)) => *percents,
        (None, _) => {
            let is_new = named != settings.bands;
            data.set_band_settings(BandSettings { bands: named, scaling: None });
            return Ok(is_new.then(|| sentence(&first, &chosen, "bytes are taken as they are")));
        }
    };
    let ranges = ranges(&tiffs, &settings, percents, chosen.len())?;
    let scaling = Scaling::Range(ranges);
    let [low, high] = percents;
    let said = sentence(
        &first,
        &chosen,
        &format!("scaled from {scaling}, the percentiles {low} and {high} of {} images", tiffs.len().min(MOST_IMAGES)),
    );
    data.set_band_settings(BandSettings { bands: named, scaling: Some(scaling) });
    Ok(Some(said))
}

fn sentence(first: &Raster, chosen: &[usize], scaled: &str) -> String {
    let names = &first.layout().band_names;
    let name = |&band: &usize| match names.get(band).filter(|name| !name.is_empty()) {
        Some(name) => format!("{} ({name})", band + 1),
        None => (band + 1).to_string(),
    };
    let bands: Vec<String> = chosen.iter().map(name).collect();
    let role = match bands.len() {
        1 => "grey is band",
        3 => "red, green and blue are the bands",
        _ => "the network reads the bands",
    };
    let (bands, all, kind) = (bands.join(", "), first.bands(), first.band_type());
    format!("TIFF images: {role} {bands} of {all} of {kind} (data.bands), {scaled} (data.scale)")
}

/// Each band's percentiles over the images.
fn ranges(tiffs: &[&PathBuf], settings: &BandSettings, percents: [f64; 2], bands: usize) -> Result<Vec<[f64; 2]>> {
    let count = tiffs.len().min(MOST_IMAGES);
    let looked_at: Vec<&PathBuf> = (0..count).map(|at| tiffs[at * tiffs.len() / count]).collect();
    let most = (fewer_of_more(PIXELS, bands) / count).max(LEAST_PIXELS);
    // An image that is broken or lacks a band is named when all are read, and may be one of few.
    let read = |path: &&PathBuf| -> Result<Result<Vec<Vec<f32>>>> {
        let values = || {
            let raster = Raster::open(path)?;
            sampled_values(&raster, &chosen_bands(&raster, settings)?, most)
        };
        Ok(values())
    };
    let mut of_band: Vec<Vec<f32>> = vec![Vec::new(); bands];
    let mut error = None;
    let mut are_read = 0;
    for values in read_all(&looked_at, read)? {
        match values {
            Ok(values) if values.len() == bands => {
                are_read += 1;
                of_band.iter_mut().zip(values).for_each(|(all, values)| all.extend(values));
            }
            Ok(_) => {}
            Err(other) => error = error.or(Some(other)),
        }
    }
    if let (0, Some(error)) = (are_read, error) {
        return Err(error.context("no TIFF image can be read for data.scale"));
    }
    let range = |(at, values): (usize, &mut Vec<f32>)| {
        if values.is_empty() {
            let band = settings.bands.as_ref().and_then(|bands| bands.get(at).cloned());
            bail!(
                "band {} of {are_read} TIFF images has no value to scale by: all pixels are nodata, NaN or transparent; the \
                 first image: {}",
                band.unwrap_or_else(|| (at + 1).to_string()),
                looked_at[0].display()
            );
        }
        let exact = percentiles(values, percents);
        let rounded = exact.map(six_digits);
        Ok(if rounded[0] < rounded[1] { rounded } else { exact })
    };
    of_band.iter_mut().enumerate().map(range).collect()
}

/// Rounded to six digits that count, for a person who reads the config.
fn six_digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ImagesConfig;
    use crate::data::image_folder::load_images;
    use std::fs::File;
    use std::path::Path;
    use tiff::encoder::{TiffEncoder, colortype};
    use tiff::tags::Tag;

    /// An image of four bands of 16 bits: 10 values from `low` on in the first, ten times as much in the second, ...
    fn write(path: &Path, low: u16) {
        let file = File::create(path).expect("created");
        let mut encoder = TiffEncoder::new(file).expect("begun");
        let mut image = encoder.new_image::<colortype::RGBA16>(10, 10).expect("begun");
        // Not alpha: of no stated meaning.
        image.encoder().write_tag(Tag::ExtraSamples, [0_u16].as_slice()).expect("written");
        let pixel = |at: u16| {
            let value = low + at % 10;
            [value, 10 * value, 100 * value, 60_000]
        };
        let pixels: Vec<u16> = (0..100).flat_map(pixel).collect();
        image.write_data(&pixels).expect("written");
    }

    fn folder(lows: &[u16]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (at, low) in lows.iter().enumerate() {
            write(&folder.path().join(format!("{at}.tif")), *low);
        }
        folder
    }

    fn settings(folder: &Path, bands: &[&str], scale: Option<&str>) -> DataConfig {
        DataConfig::Images(ImagesConfig {
            bands: (!bands.is_empty()).then(|| bands.iter().map(ToString::to_string).collect()),
            scale: scale.map(|text| text.parse().expect("a scaling")),
            held_out: 0.0,
            ..ImagesConfig::new(folder.to_owned())
        })
    }

    #[test]
    fn percentiles_are_those_of_all_images_and_every_image_is_scaled_by_them() {
        // Values 0 to 9 and 10 to 19: numpy.percentile of all 20 at 0 and 100 is 0 and 19, at 25 and 75 4.75 and 14.25.
        let folder = folder(&[0, 10]);
        let mut data = settings(folder.path(), &["3", "1", "2"], Some("percentiles:0:100"));
        let said = fix_scaling(&mut data).expect("computed").expect("said");
        assert!(said.contains("are the bands 3, 1, 2 of 4 of uint16") && said.contains("of 2 images"), "{said}");
        let fixed = data.band_settings();
        assert_eq!(fixed.scaling.as_ref().expect("ranges").to_string(), "0:1900,0:19,0:190");
        let DataConfig::Images(images) = &data else { panic!("images") };
        let dataset = load_images(images, 1).expect("two images");
        // 19 is white only in the second image; the first reaches 9 / 19.
        let brightest = |at: usize| dataset.image(at).expect("in memory").view().pixels.iter().copied().max();
        assert_eq!((brightest(0), brightest(1)), (Some(121), Some(255)));
        assert_eq!(fix_scaling(&mut data).expect("nothing to do"), None);
        assert_eq!(data.band_settings(), fixed);

        let mut data = settings(folder.path(), &["1"], Some("percentiles:25:75"));
        fix_scaling(&mut data).expect("computed");
        assert_eq!(data.band_settings().scaling.expect("a range").to_string(), "4.75:14.25");
    }

    #[test]
    fn of_more_bands_and_bits_the_first_three_are_named_and_scaled_where_nobody_says() {
        let folder = folder(&[0, 10]);
        let mut data = settings(folder.path(), &[], None);
        let said = fix_scaling(&mut data).expect("computed").expect("said");
        assert!(said.contains("percentiles 2 and 98"), "{said}");
        let fixed = data.band_settings();
        assert_eq!(fixed.bands.as_deref().expect("named"), ["1", "2", "3"]);
        assert!(matches!(fixed.scaling, Some(Scaling::Range(ranges)) if ranges.len() == 3));
        for scale in ["type", "0:100"] {
            let mut data = settings(folder.path(), &["4"], Some(scale));
            let before = data.clone();
            assert_eq!(fix_scaling(&mut data).expect("nothing to do"), None);
            assert_eq!(data, before);
        }
    }

    #[test]
    fn what_cannot_be_scaled_is_named() {
        let error = |data: &mut DataConfig| format!("{:#}", fix_scaling(data).expect_err("cannot be"));
        let folder = folder(&[5]);
        let said = error(&mut settings(folder.path(), &["4", "nir", "1"], None));
        assert!(said.contains("0.tif has no band nir: it has the bands 1 to 4"), "{said}");
        let nothing = tempfile::tempdir().expect("a folder");
        let file = File::create(nothing.path().join("nan.tif")).expect("created");
        let mut encoder = TiffEncoder::new(file).expect("begun");
        encoder.write_image::<colortype::Gray32Float>(8, 8, &[f32::NAN; 64]).expect("written");
        let said = error(&mut settings(nothing.path(), &[], None));
        assert!(said.contains("band 1 of 1 TIFF images has no value") && said.contains("nan.tif"), "{said}");
        let photos = tempfile::tempdir().expect("a folder");
        image::RgbImage::new(8, 8).save(photos.path().join("a.png")).expect("written");
        let said = error(&mut settings(photos.path(), &[], Some("percentiles")));
        assert!(said.contains("is of TIFF images, and none"), "{said}");
        assert_eq!(fix_scaling(&mut settings(photos.path(), &[], None)).expect("bytes"), None);
        // A folder that is not there is refused by whoever reads it.
        assert_eq!(fix_scaling(&mut settings(Path::new("nowhere"), &[], None)).expect("left"), None);
    }

    #[test]
    fn whole_images_of_nodata_and_without_the_bands_are_broken_images() {
        let folder = folder(&[1, 2, 3]);
        let path = folder.path().join("nan.tif");
        let mut encoder = TiffEncoder::new(File::create(&path).expect("created")).expect("begun");
        encoder.write_image::<colortype::Gray32Float>(8, 8, &[f32::NAN; 64]).expect("written");
        image::RgbImage::new(8, 8).save(folder.path().join("photo.png")).expect("written");
        let DataConfig::Images(images) = settings(folder.path(), &[], Some("0:100")) else { panic!("images") };
        let images = ImagesConfig { max_bad_images: 0.5, ..images };
        let [reason] = <[String; 1]>::try_from(load_images(&images, 1).expect("four of five").skipped).expect("one");
        assert!(reason.contains("no pixel of") && reason.contains("nan.tif"), "{reason}");
        let images = ImagesConfig { bands: Some(vec!["4".to_owned()]), ..images };
        let skipped = load_images(&images, 1).expect("three of five").skipped;
        assert!(skipped.iter().any(|reason| reason.contains("photo.png has no band 4")), "{skipped:?}");
        assert!(skipped.iter().any(|reason| reason.contains("nan.tif has no band 4")), "{skipped:?}");
    }

    #[test]
    fn each_of_any_number_of_bands_has_its_own_range_and_byte() {
        let folder = folder(&[0, 10]);
        let mut data = settings(folder.path(), &["3", "1", "2", "4", "1"], Some("percentiles:0:100"));
        let said = fix_scaling(&mut data).expect("computed").expect("said");
        assert!(said.contains("the network reads the bands 3, 1, 2, 4, 1 of 4 of uint16"), "{said}");
        let fixed = data.band_settings();
        // The fourth is 60,000 everywhere: a range of one value is kept as the percentiles give it.
        let scaling = fixed.scaling.as_ref().expect("ranges").to_string();
        assert!(scaling.starts_with("0:1900,0:19,0:190,60000:") && scaling.ends_with(",0:19"), "{scaling}");
        let DataConfig::Images(images) = &data else { panic!("images") };
        let dataset = load_images(images, 1).expect("two images");
        let view = dataset.image(1).expect("in memory");
        let view = view.view();
        assert_eq!((view.channels(), view.pixels.len()), (5, 500));
        // 19 of 19 in the first three and the last; 10 of 19 in the first pixel.
        assert_eq!(view.pixels[..3], [134, 134, 134]);
        assert_eq!((view.pixels[9 * 5], view.pixels[9 * 5 + 4]), (255, 255));
        // A JPEG or PNG among them has red, green and blue.
        image::RgbImage::new(8, 8).save(folder.path().join("photo.png")).expect("written");
        let images = ImagesConfig { max_bad_images: 0.5, ..images.clone() };
        let [reason] = <[String; 1]>::try_from(load_images(&images, 1).expect("two of three").skipped).expect("one");
        assert!(reason.contains("photo.png has no band 4: it has the bands 1 to 3"), "{reason}");
    }
}
