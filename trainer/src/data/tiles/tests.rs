//! Tiles of small images on the disk, against the same pixels cut by hand.

use crate::config::ImagesConfig;
use crate::data::Dataset;
use crate::data::image_folder::load_images;
use nadir_core::image::preprocess::ChannelStatistics;
use std::fs;
use std::path::Path;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype};
use tiff::tags::Tag;

const WIDTH: usize = 50;
const HEIGHT: usize = 40;

fn pixel(x: usize, y: usize, image: u8) -> [u8; 3] {
    [(5 * x) as u8, (6 * y) as u8, image]
}

/// Deflate, in strips of a few rows.
fn write_tiff(path: &Path, image: u8) {
    let pixels: Vec<u8> = (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| pixel(x, y, image))).collect();
    let file = fs::File::create(path).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun").with_compression(Compression::Deflate(DeflateLevel::Fast));
    let mut image = encoder.new_image::<colortype::RGB8>(WIDTH as u32, HEIGHT as u32).expect("begun");
    image.rows_per_strip(7).expect("no strip is written yet");
    image.write_data(&pixels).expect("written");
}

/// Two scenes, the second no TIFF, and a small image.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("deep")).expect("created");
    write_tiff(&folder.path().join("deep/a.tif"), 1);
    let png = |name: &str, width: u32, height: u32, image: u8| {
        let of = |x: u32, y: u32| image::Rgb(pixel(x as usize, y as usize, image));
        image::RgbImage::from_fn(width, height, of).save(folder.path().join(name)).expect("written");
    };
    png("b.png", WIDTH as u32, HEIGHT as u32, 2);
    png("c.png", 9, 30, 3);
    folder
}

fn settings(folder: &Path) -> ImagesConfig {
    ImagesConfig { tile: Some(16), stride: Some(12), held_out: 0.0, ..ImagesConfig::new(folder.to_owned()) }
}

/// Each tile's pixels are those of its image at the row and column in its name.
fn expect_cut_by_hand(dataset: &Dataset) {
    for (at, sample) in dataset.samples.iter().enumerate() {
        let (file, place) = sample.name.split_once(':').expect("a tile");
        let (top, left) = place.split_once(',').expect("row and column");
        let [top, left] = [top, left].map(|text| text.parse::<usize>().expect("a number"));
        let (image, width) = match file {
            "deep/a.tif" => (1, 16),
            "b.png" => (2, 16),
            _ => (3, 9),
        };
        let pixels = dataset.image(at).expect("read");
        let view = pixels.view();
        assert_eq!((view.width, view.height), (width, 16), "{}", sample.name);
        let expected: Vec<u8> =
            (0..16).flat_map(|y| (0..width).flat_map(move |x| pixel(left + x, top + y, image))).collect();
        assert_eq!(view.pixels, expected, "{}", sample.name);
    }
}

fn names(dataset: &Dataset) -> Vec<&str> {
    dataset.samples.iter().map(|sample| sample.name.as_str()).collect()
}

#[test]
fn tiles_are_those_cut_by_hand_read_now_or_from_a_cache() {
    let (folder, beside) = (folder(), tempfile::tempdir().expect("a folder"));
    let read = load_images(&settings(folder.path()), 1).expect("tiles");
    // Columns at 0, 12, 24 and 34 (the border), rows at 0, 12 and 24; of the small image one column, rows 0, 12 and 14.
    let found = names(&read);
    assert_eq!((found.len(), found[4], found[14]), (27, "b.png:12,0", "c.png:14,0"), "{found:?}");
    assert_eq!((found[15], found[18], found[26]), ("deep/a.tif:0,0", "deep/a.tif:0,34", "deep/a.tif:24,34"));
    expect_cut_by_hand(&read);
    let cache = Some(beside.path().join("cache"));
    let cached = load_images(&ImagesConfig { cache, ..settings(folder.path()) }, 1).expect("tiles");
    expect_cut_by_hand(&cached);
    assert_eq!(found, names(&cached));
    // The sums that come with the tiles are those of their pixels.
    let mut all = ChannelStatistics::default();
    (0..read.samples.len()).for_each(|at| all.add(read.image(at).expect("read").view()));
    let (mean, _) = all.mean_and_std().expect("pixels");
    let of = |dataset: &Dataset| dataset.mean_and_std(None);
    assert_eq!(of(&read), of(&cached));
    assert_eq!(of(&read).0, mean.iter().map(|&mean| mean as f32).collect::<Vec<_>>());
}

#[test]
fn what_the_index_knows_is_not_looked_through_again_and_a_changed_file_is() {
    let (folder, beside) = (folder(), tempfile::tempdir().expect("a folder"));
    let tile_index = Some(beside.path().join("tiles.jsonl"));
    let settings = ImagesConfig { tile_index, ..settings(folder.path()) };
    let index = || fs::read_to_string(beside.path().join("tiles.jsonl")).expect("written");
    let first = load_images(&settings, 1).expect("tiles");
    let written = index();
    assert_eq!(written.lines().count(), 4, "{written}");
    let again = load_images(&settings, 1).expect("tiles");
    assert_eq!((names(&again), index()), (names(&first), written.clone()));
    expect_cut_by_hand(&again);
    // Two pixels wider, and later: this one alone is looked through again.
    let wider = image::RgbImage::from_pixel(52, 16, image::Rgb([7, 7, 7]));
    wider.save(folder.path().join("c.png")).expect("written");
    let changed = load_images(&settings, 1).expect("tiles");
    assert_eq!(index().lines().count(), 5);
    assert!(index().starts_with(&written));
    assert_eq!(changed.samples.len(), 12 + 4 + 12);
}

#[test]
fn a_file_that_changes_or_goes_while_it_is_trained_on_is_named() {
    let folder = folder();
    let dataset = load_images(&settings(folder.path()), 1).expect("tiles");
    let last = dataset.samples.len() - 1;
    dataset.image(last).expect("still there");
    // An image that cannot be read by windows is in memory.
    let in_memory = dataset.image(0).expect("there").view().pixels.to_vec();
    fs::write(folder.path().join("b.png"), "another").expect("written");
    assert_eq!(dataset.image(0).expect("in memory").view().pixels, in_memory);
    let path = folder.path().join("deep/a.tif");
    let mut file = fs::OpenOptions::new().append(true).open(&path).expect("there");
    std::io::Write::write_all(&mut file, b"more").expect("written");
    let error = format!("{:#}", dataset.image(last).expect_err("changed"));
    assert!(error.contains("a.tif has changed since"), "{error}");
    fs::remove_file(&path).expect("removed");
    let error = format!("{:#}", dataset.image(last).expect_err("gone"));
    assert!(error.contains("cannot read the image") && error.contains("a.tif"), "{error}");
}

#[test]
fn a_tiff_cut_off_in_the_middle_of_a_strip_is_skipped_and_named_with_the_place() {
    let folder = folder();
    let path = folder.path().join("deep/a.tif");
    // The directory stands at the end, so a strip is emptied in place: its bytes are no deflate any more.
    let mut bytes = fs::read(&path).expect("there");
    let middle = bytes.len() / 3;
    bytes[middle..middle + 40].fill(0xFF);
    fs::write(&path, bytes).expect("written");
    let lenient = ImagesConfig { max_bad_images: 0.5, ..settings(folder.path()) };
    let dataset = load_images(&lenient, 1).expect("the others are whole");
    assert!(names(&dataset).iter().all(|name| !name.starts_with("deep")), "{:?}", names(&dataset));
    let [reason] = dataset.skipped.as_slice() else { panic!("{:?}", dataset.skipped) };
    assert!(reason.contains("a.tif") && reason.contains("broken or cut off") && reason.contains("row"), "{reason}");
    let error = format!("{:#}", load_images(&settings(folder.path()), 1).expect_err("one of three is broken"));
    assert!(error.contains("1 of 3 images are broken") && error.contains("a.tif"), "{error}");
}

#[test]
fn tiles_that_are_mostly_transparent_are_no_images() {
    let folder = tempfile::tempdir().expect("a folder");
    // Opaque in the left 40 columns of 64: of the third of four tiles a half, of the fourth nothing.
    let pixels: Vec<u8> = (0..16).flat_map(|_| (0..64).flat_map(|x| [9, 9, 9, if x < 40 { 255 } else { 0 }])).collect();
    let file = fs::File::create(folder.path().join("a.tif")).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun");
    let mut image = encoder.new_image::<colortype::RGBA8>(64, 16).expect("begun");
    // The fourth sample is alpha, which the colours are not multiplied by.
    image.encoder().write_tag(Tag::ExtraSamples, [2_u16].as_slice()).expect("written");
    image.write_data(&pixels).expect("written");
    let of = |min_valid: f64| {
        let settings = ImagesConfig { stride: None, min_valid: Some(min_valid), ..settings(folder.path()) };
        load_images(&settings, 1).map(|dataset| dataset.samples.len())
    };
    assert_eq!([0.0, 0.5, 0.51].map(|share| of(share).expect("tiles")), [3, 3, 2]);
    // Nothing but NaN.
    let nothing = tempfile::tempdir().expect("a folder");
    let file = fs::File::create(nothing.path().join("nan.tif")).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun");
    encoder.write_image::<colortype::Gray32Float>(32, 32, &[f32::NAN; 32 * 32]).expect("written");
    let error = format!("{:#}", load_images(&settings(nothing.path()), 1).expect_err("no pixel is valid"));
    assert!(error.contains("no tile of the images") && error.contains("nan.tif") && error.contains("NaN"), "{error}");
}

/// Four bands of bytes, of which the fourth has no stated meaning.
fn write_four(path: &Path, image: u8) {
    let pixels: Vec<u8> = (0..HEIGHT)
        .flat_map(|y| {
            (0..WIDTH).flat_map(move |x| {
                let [red, green, blue] = pixel(x, y, image);
                [red, green, blue, (x + y) as u8]
            })
        })
        .collect();
    let mut encoder = TiffEncoder::new(fs::File::create(path).expect("created")).expect("begun");
    let mut image = encoder.new_image::<colortype::RGBA8>(WIDTH as u32, HEIGHT as u32).expect("begun");
    image.encoder().write_tag(Tag::ExtraSamples, [0_u16].as_slice()).expect("written");
    image.write_data(&pixels).expect("written");
}

#[test]
fn tiles_of_any_bands_are_read_cached_and_known_by_their_index() {
    let (folder, beside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write_four(&folder.path().join("a.tif"), 1);
    write_four(&folder.path().join("b.tif"), 2);
    let bands = Some(["4", "2", "1", "3", "4"].map(str::to_owned).to_vec());
    let tile_index = Some(beside.path().join("tiles.jsonl"));
    let settings = ImagesConfig { bands, tile_index, ..settings(folder.path()) };
    let cache = Some(beside.path().join("cache"));
    let cached = ImagesConfig { cache, ..settings.clone() };
    let mut means = Vec::new();
    // The second and the third know the tiles by the index.
    for settings in [&settings, &settings, &cached] {
        let dataset = load_images(settings, 1).expect("tiles");
        assert_eq!((dataset.channels(), dataset.samples.len()), (5, 24));
        for (at, sample) in dataset.samples.iter().enumerate() {
            let (file, place) = sample.name.split_once(':').expect("a tile");
            let (top, left) = place.split_once(',').expect("row and column");
            let [top, left] = [top, left].map(|text| text.parse::<usize>().expect("a number"));
            let of = |x: usize, y: usize| {
                let [red, green, blue] = pixel(x, y, if file == "a.tif" { 1 } else { 2 });
                [(x + y) as u8, green, red, blue, (x + y) as u8]
            };
            let expected: Vec<u8> = (0..16).flat_map(|y| (0..16).flat_map(move |x| of(left + x, top + y))).collect();
            assert_eq!(dataset.image(at).expect("read").view().pixels, expected, "{}", sample.name);
        }
        means.push(dataset.mean_and_std(None));
    }
    assert_eq!((means[0].0.len(), means[0].1.len()), (5, 5));
    assert!(means.iter().all(|other| *other == means[0]), "{means:?}");
    assert!((means[0].0[0] - means[0].0[4]).abs() < 1e-7 && means[0].0[0] != means[0].0[1], "{means:?}");
    let index = fs::read_to_string(beside.path().join("tiles.jsonl")).expect("written");
    assert_eq!(index.lines().count(), 3, "{index}");
}
