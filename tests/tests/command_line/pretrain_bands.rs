//! Training on images of four bands and sixteen bits, and reading others by the same bands and ranges ever after.

use nadir_tests::command::{contains_all, fails, json_of, nadir, stderr, succeeds, text};
use nadir_tests::image_folder;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

const SIDE: u32 = 32;
/// Seconds on one core.
const SMALL: [&str; 8] = [
    "encoder.width=4",
    "augment.size=32",
    "probe.image_size=32",
    "projector.hidden=16",
    "projector.output=8",
    "pretrain.epochs=1",
    "pretrain.batch_size=4",
    "data.kind=class_folders",
];

/// Twelve bits in sixteen, of four bands.
fn value(at: u64, x: u32, y: u32, band: u32) -> u16 {
    let stripe = (x / 4 + y / 5 * (at as u32 % 3 + 1)) % 2 * 700;
    (200 * (band + 1) + 13 * x + 29 * y + 40 * (at as u32 % 7) + stripe) as u16
}

fn write(path: &Path, at: u64) {
    let file = std::fs::File::create(path).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun");
    let mut image = encoder.new_image::<colortype::RGBA16>(SIDE, SIDE).expect("begun");
    // The fourth is no alpha, and all have names as GDAL writes them.
    image.encoder().write_tag(Tag::ExtraSamples, [0_u16].as_slice()).expect("written");
    let names = ["red", "green", "blue", "nir"].into_iter().enumerate();
    let item = |(sample, name): (usize, &str)| {
        format!("<Item name=\"DESCRIPTION\" sample=\"{sample}\" role=\"description\">{name}</Item>")
    };
    let metadata = format!("<GDALMetadata>{}</GDALMetadata>", names.map(item).collect::<String>());
    image.encoder().write_tag(Tag::Unknown(42112), metadata.as_str()).expect("written");
    let places = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    let pixels: Vec<u16> = places.flat_map(|(x, y)| (0..4).map(move |band| value(at, x, y, band))).collect();
    image.write_data(&pixels).expect("written");
}

/// One band of eight bits.
fn write_grey(path: &Path) {
    let mut encoder = TiffEncoder::new(std::fs::File::create(path).expect("created")).expect("begun");
    let pixels = vec![0_u8; (SIDE * SIDE) as usize];
    encoder.write_image::<colortype::Gray8>(SIDE, SIDE, &pixels).expect("written");
}

/// Two classes of ten images.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (class, name) in ["dry", "wet"].into_iter().enumerate() {
        std::fs::create_dir_all(folder.path().join("images").join(name)).expect("created");
        for at in 0..10 {
            write(&folder.path().join(format!("images/{name}/{at}.tif")), 10 * class as u64 + at);
        }
    }
    folder
}

fn pretrain(folder: &Path, run: &Path, more: &[&str]) -> Output {
    image_folder::pretrain(&folder.join("images"), run, &[&SMALL, more].concat(), &[])
}

fn predicted(bundle: &Path, image: &Path, more: &[&str]) -> Value {
    let start = ["predict", "--device", "cpu", "--json", "--bundle", text(bundle), text(image)];
    json_of(&nadir(&[start.as_slice(), more].concat()))["scores"].clone()
}

#[test]
fn bands_and_ranges_go_from_the_images_into_run_and_bundle_and_back() {
    let folder = folder();
    let (run, bundle) = (folder.path().join("run"), folder.path().join("bundle"));
    let output = pretrain(folder.path(), &run, &["data.bands=[\"nir\",2,1]", "data.scale=percentiles:1:99"]);
    succeeds(&output);
    contains_all(
        &stderr(&output),
        &["red, green and blue are the bands 4 (nir), 2 (green), 1 (red) of 4 of uint16", "percentiles 1 and 99 of 20"],
    );
    let config = std::fs::read_to_string(run.join("config.toml")).expect("written");
    contains_all(&config, &["bands = [\"nir\", 2, 1]"]);
    let scale = config.lines().find_map(|line| line.strip_prefix("scale = \"")).expect("ranges").trim_end_matches('"');
    let ranges: Vec<[f64; 2]> = scale
        .split(',')
        .map(|range| {
            let (low, high) = range.split_once(':').expect("two numbers");
            [low, high].map(|text| text.parse().expect("a number"))
        })
        .collect();
    assert_eq!(ranges.len(), 3, "{scale}");
    // What was computed is not computed again when the run goes on.
    let images = folder.path().join("images");
    succeeds(&nadir(&["pretrain", text(&images), "--run", text(&run), "--device", "cpu", "--resume"]));
    let again = std::fs::read_to_string(run.join("config.toml")).expect("written");
    contains_all(&again, &[scale]);

    succeeds(&nadir(&["probe", "--run", text(&run), "--device", "cpu", "--set", "probe.epochs=2"]));
    succeeds(&nadir(&["export", "--run", text(&run), "--out", text(&bundle)]));
    let description: Value =
        serde_json::from_slice(&std::fs::read(bundle.join("bundle.json")).expect("written")).expect("JSON");
    assert_eq!(description["bands"], serde_json::json!({"bands": ["nir", 2, 1], "scale": scale}));

    // A file of these bands, and the same pixels chosen and scaled by hand.
    let tif = folder.path().join("images/wet/3.tif");
    let png = folder.path().join("by_hand.png");
    let by_hand = image::RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let byte = |channel: usize, band: u32| {
            let [low, high] = ranges[channel];
            ((f64::from(value(13, x, y, band)) - low) / (high - low) * 255.0 + 0.5).clamp(0.0, 255.0) as u8
        };
        image::Rgb([byte(0, 3), byte(1, 1), byte(2, 0)])
    });
    by_hand.save(&png).expect("written");
    let requested = predicted(&bundle, &tif, &["--bands", "nir,2,1", "--scale", scale]);
    assert_eq!(predicted(&bundle, &tif, &[]), requested);
    // The bands of a PNG are its red, green and blue.
    assert_eq!(predicted(&bundle, &png, &["--bands", "1,2,3"]), requested);
    assert_ne!(predicted(&bundle, &tif, &["--bands", "1,2,3", "--scale", scale]), requested);
    let start = ["predict", "--device", "cpu", "--bundle", text(&bundle), text(&png)];
    fails(&nadir(&start), &["by_hand.png has no band nir", "named red, green, blue"]);
    // `nadir embed` reads by what the run or the bundle says, too.
    let grey = folder.path().join("grey");
    std::fs::create_dir(&grey).expect("created");
    write_grey(&grey.join("grey.tif"));
    for (at, model) in [["--run", text(&run)], ["--bundle", text(&bundle)]].into_iter().enumerate() {
        let out = folder.path().join(format!("{at}.parquet"));
        let embed = ["embed", "--device", "cpu", "--images", text(&grey), "--out", text(&out)];
        fails(&nadir(&[&embed[..], &model[..]].concat()), &["grey.tif has no band nir"]);
    }
}

#[test]
fn bands_that_are_not_there_are_named_with_the_file_and_what_it_has() {
    let folder = folder();
    let run = folder.path().join("run");
    let fails_with = |sets: &[&str], words: &[&str]| fails(&pretrain(folder.path(), &run, sets), words);
    fails_with(&["data.bands=[5,2,1]"], &["0.tif has no band 5: it has the bands 1 to 4, named red, green, blue, nir"]);
    fails_with(&["data.bands=[1,2]"], &["data.bands", "there are 2"]);
    fails_with(&["data.bands=[1,2,3]", "data.scale=0:1,0:2"], &["one range for all bands or 3"]);
    fails_with(&["data.scale=dark"], &["expected type, percentiles"]);
    // One image of twenty without the band is a broken image.
    write_grey(&folder.path().join("images/wet/grey.tif"));
    let sets = ["data.bands=[4,2,1]", "data.scale=0:3000"];
    let output = pretrain(folder.path(), &run, &sets);
    succeeds(&output);
    contains_all(&stderr(&output), &["grey.tif has no band 4: it has the bands 1 to 1", "1 of 21 images"]);
    let strict = folder.path().join("strict");
    let output = pretrain(folder.path(), &strict, &[&sets[..], &["data.max_bad_images=0"]].concat());
    fails(&output, &["1 of 21 images are broken", "grey.tif has no band 4"]);
}
