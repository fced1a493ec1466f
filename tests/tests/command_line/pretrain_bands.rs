//! Training on images of four bands and sixteen bits, and reading others by the same bands and ranges ever after.

use nadir_nn::model::Weights;
use nadir_tests::command::{contains_all, fails, json_of, nadir, stderr, succeeds, text};
use nadir_tests::{image_folder, parquet_file};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

pub(crate) const SIDE: u32 = 32;
/// A value of these lies between them.
const RANGE: &str = "0:2600";
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
pub(crate) fn value(at: u64, x: u32, y: u32, band: u32) -> u16 {
    let stripe = (x / 4 + y / 5 * (at as u32 % 3 + 1)) % 2 * 700;
    (200 * (band + 1) + 13 * x + 29 * y + 40 * (at as u32 % 7) + stripe) as u16
}

pub(crate) fn write(path: &Path, at: u64) {
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
    fails_with(&["data.bands=[]"], &["data.bands", "there are 0"]);
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

/// Weights, checkpoint by checkpoint, are of the same bytes.
fn encoder(run: &Path) -> Vec<u8> {
    std::fs::read(run.join("encoder.safetensors")).expect("written")
}

fn probe(run: &Path, more: &[&str]) -> Output {
    let start = ["probe", "--run", text(run), "--device", "cpu", "--set", "probe.epochs=2"];
    nadir(&[&start[..], more].concat())
}

#[test]
fn four_bands_train_a_network_of_four_and_whatever_reads_it_reads_four() {
    let folder = folder();
    let (run, bundle) = (folder.path().join("run"), folder.path().join("bundle"));
    let scale = format!("data.scale={RANGE}");
    let four = ["data.bands=[4,3,2,1]", &scale];
    let output = pretrain(folder.path(), &run, &[&four[..], &["pretrain.epochs=2"]].concat());
    succeeds(&output);
    contains_all(&stderr(&output), &["for 4 bands (data.bands)", "jittered in brightness and contrast alone"]);
    contains_all(
        &std::fs::read_to_string(run.join("config.toml")).expect("written"),
        &["bands = [4, 3, 2, 1]", "bands = 4"],
    );
    let weights = Weights::from_safetensors(&encoder(&run)).expect("weights");
    assert_eq!(weights.0["conv1.weight"].shape, [4, 4, 7, 7]);

    // Stopped behind the first epoch and gone on with, it ends in the same weights, bit for bit; from a cache likewise.
    let (stopped, cached) = (folder.path().join("stopped"), folder.path().join("cached"));
    let two = [&four[..], &["pretrain.epochs=2", "pretrain.keep_checkpoints=9"]].concat();
    succeeds(&pretrain(folder.path(), &stopped, &two));
    let checkpoints = std::fs::read_dir(stopped.join("checkpoints")).expect("of a run");
    let mut checkpoints: Vec<_> = checkpoints.map(|entry| entry.expect("read").path()).collect();
    checkpoints.sort();
    let last = checkpoints.pop().expect("of the last epoch");
    assert!(!checkpoints.is_empty(), "of the first epoch");
    std::fs::remove_file(&last).expect("removed");
    std::fs::remove_file(stopped.join("encoder.safetensors")).expect("removed");
    let images = folder.path().join("images");
    let output = nadir(&["pretrain", text(&images), "--run", text(&stopped), "--device", "cpu", "--resume"]);
    succeeds(&output);
    assert!(encoder(&stopped) == encoder(&run), "the same weights: {}", stderr(&output));
    let cache = format!("data.cache={}", text(&folder.path().join("cache")));
    succeeds(&pretrain(folder.path(), &cached, &[&four[..], &["pretrain.epochs=2", &cache]].concat()));
    assert!(encoder(&cached) == encoder(&run), "the same weights from a cache");

    let of_images = format!("data.images={}", text(&images));
    // A probe on images of other bands is refused before anything is computed.
    for (sets, words) in [
        (&["data.bands=[1,2,3]"][..], &["reads 4 bands, and 3 (1, 2, 3) are chosen"][..]),
        (&["data.bands=[1,2,3,4,1]"], &["reads 4 bands, and 5 (1, 2, 3, 4, 1) are chosen"]),
        (&["data.kind=images", &of_images], &["reads 4 bands", "none are chosen", "name as many in data.bands"]),
        (
            &["data.kind=scenes", "data.count=40", "data.size=64", "data.first_seed=0"],
            &["reads 4 bands", "only data.kind"],
        ),
    ] {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        fails(&probe(&run, &sets), words);
    }
    succeeds(&probe(&run, &[]));
    fails(
        &nadir(&["export", "--run", text(&run), "--out", text(&bundle), "--gallery", "4"]),
        &["gallery", "three bands", "reads 4"],
    );
    fails(&nadir(&["export", "--run", text(&run), "--hub", text(&folder.path().join("hub"))]), &["--hub", "4 bands"]);
    succeeds(&nadir(&["export", "--run", text(&run), "--out", text(&bundle)]));
    let description: Value =
        serde_json::from_slice(&std::fs::read(bundle.join("bundle.json")).expect("written")).expect("JSON");
    assert_eq!(description["bands"], serde_json::json!({"bands": [4, 3, 2, 1], "scale": RANGE}));
    assert_eq!(description["architecture"]["bands"], 4);
    assert_eq!(description["preprocess"]["mean"].as_array().map(Vec::len), Some(4));
    let words = description["description"].as_str().expect("a sentence");
    contains_all(words, &["reads 4 bands (4, 3, 2, 1)", "cannot be read by it"]);

    // Whole and in one tile it is the same image; its bands in another order are another.
    let tif = folder.path().join("images/wet/3.tif");
    let scores = predicted(&bundle, &tif, &[]);
    assert_eq!(predicted(&bundle, &tif, &["--bands", "4,3,2,1", "--scale", RANGE]), scores);
    assert_ne!(predicted(&bundle, &tif, &["--bands", "1,2,3,4", "--scale", RANGE]), scores);
    let table = folder.path().join("tiles.json");
    let tile = ["--tile", "32", "--out", text(&table)];
    succeeds(&nadir(&[&["predict", "--device", "cpu", "--bundle", text(&bundle), text(&tif)], &tile[..]].concat()));
    assert!(std::fs::read_to_string(&table).expect("written").contains("dry"));
    let start = ["predict", "--device", "cpu", "--bundle", text(&bundle)];
    let three = ["--bands", "1,2,3"];
    fails(&nadir(&[&start[..], &[text(&tif)], &three].concat()), &["--bands", "reads 4 bands, and 3 (1, 2, 3)"]);
    fails(&nadir(&[&start[..], &["--scene", "7"]].concat()), &["reads 4 bands, and the image has 3"]);
    let jpeg = folder.path().join("photo.jpg");
    image::RgbImage::new(SIDE, SIDE).save(&jpeg).expect("written");
    fails(&nadir(&[&start[..], &[text(&jpeg)]].concat()), &["photo.jpg has no band 4", "bands 1 to 3"]);

    // Run and bundle embed alike, whole and by tiles.
    let embedded = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let start = ["embed", "--device", "cpu", "--images", text(&images), "--out", text(&out)];
        succeeds(&nadir(&[&start[..], more].concat()));
        parquet_file::read(&std::fs::read(&out).expect("written"))
    };
    let of_run = embedded("run.parquet", &["--run", text(&run)]);
    let of_bundle = embedded("bundle.parquet", &["--bundle", text(&bundle)]);
    let tiles = embedded("tiles.parquet", &["--bundle", text(&bundle), "--tile", "32"]);
    assert_eq!((of_run.rows.len(), of_bundle.rows.len(), tiles.rows.len()), (20, 20, 20));
    for ((a, b), tile) in of_run.rows.iter().zip(&of_bundle.rows).zip(&tiles.rows) {
        // Weights of a bundle are rounded to f16.
        let largest = a.embedding.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!(a.embedding.iter().zip(&b.embedding).all(|(a, b)| (a - b).abs() <= 0.01 * largest), "{}", a.file);
        assert_eq!(b.embedding, tile.embedding);
    }
    let out = folder.path().join("none.parquet");
    let embed = ["embed", "--device", "cpu", "--images", text(&images), "--out", text(&out), "--run", text(&run)];
    fails(&nadir(&[&embed[..], &["--bands", "1,2"]].concat()), &["--bands", "reads 4 bands, and 2 (1, 2)"]);
}

#[test]
fn weights_of_three_bands_begin_a_network_of_any_and_others_are_named() {
    let folder = folder();
    let run = |name: &str| folder.path().join(name);
    let scale = format!("data.scale={RANGE}");
    // Bands 1 to 3 by number are the first three, and nothing changes.
    let (rgb, named) = (run("rgb"), run("named"));
    succeeds(&pretrain(folder.path(), &rgb, &[&scale]));
    succeeds(&pretrain(folder.path(), &named, &[&scale, "data.bands=[1,2,3]"]));
    assert!(encoder(&rgb) == encoder(&named), "the same weights");
    assert!(!std::fs::read_to_string(named.join("config.toml")).expect("written").contains("bands = 3"));
    let weights = format!("weights={}", text(&rgb.join("encoder.safetensors")));
    let width = "encoder.width=4";

    // Tiles of eight bands by weights of three.
    let eight = run("eight");
    let bands = "data.bands=[\"nir\",3,2,1,4,4,4,1]";
    let output = pretrain(folder.path(), &eight, &[&scale, bands, &weights, width, "data.tile=16"]);
    succeeds(&output);
    contains_all(
        &stderr(&output),
        &["conv1.weight is of three bands; each of the network's 8 has their mean, times 3 / 8"],
    );
    let of_eight = format!("weights={}", text(&eight.join("encoder.safetensors")));
    let refused = pretrain(folder.path(), &run("two"), &[&scale, "data.bands=[1,2]", &of_eight, width]);
    fails(&refused, &["encoder.safetensors", "conv1.weight", "[4, 8, 7, 7]", "of 8 bands", "this network reads 2"]);
    let sets = [&scale, "data.bands=[1,2]", "encoder.encoder=squeezenet1_1"];
    fails(&pretrain(folder.path(), &run("squeeze"), &sets), &["SqueezeNet of 2 bands"]);
    let sets = [&scale, "data.bands=[1,2]", "pretrain.augment_on=device"];
    fails(&pretrain(folder.path(), &run("device"), &sets), &["pretrain.augment_on", "\"host\""]);

    // A run of three bands is not probed on four.
    let sets = ["--set", "data.bands=[1,2,3,4]"];
    fails(&probe(&rgb, &sets), &["reads 3 bands, and 4 (1, 2, 3, 4) are chosen", "data.bands"]);
    // A photograph among the images is a broken image.
    image::RgbImage::new(SIDE, SIDE).save(folder.path().join("images/wet/photo.jpg")).expect("written");
    let output = pretrain(folder.path(), &run("photo"), &[&scale, "data.bands=[4,3,2,1]"]);
    succeeds(&output);
    contains_all(&stderr(&output), &["photo.jpg has no band 4", "1 of 21 images"]);
}
