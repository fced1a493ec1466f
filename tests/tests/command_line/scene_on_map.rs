//! Scenes with coordinates: the same objects and labels as of the same pixels in other files, and where they are.

use nadir::data::raster::{Raster, file_place};
use nadir_geo::windows::Window;
use nadir_tests::command::{fails, fails_with, json_of, nadir, stderr, succeeds, text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype};
use tiff::tags::Tag;

const BUNDLE: &str = "../static/models/scenes";
const SIDE: usize = 384;
/// UTM zone 33 north, half a metre a pixel.
const EAST: f64 = 500_000.0;
const NORTH: f64 = 5_000_000.0;
const PIXEL: f64 = 0.5;

struct Place<'a> {
    keys: &'a [u16],
    scale: [f64; 3],
    tie: [f64; 6],
}

const UTM33: Place = Place {
    keys: &[1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633],
    scale: [PIXEL, PIXEL, 0.0],
    tie: [0.0, 0.0, 0.0, EAST, NORTH, 0.0],
};

/// A generated scene as PNG and as TIFF (deflate, strips), the same pixels.
fn scene(folder: &Path, place: Option<&Place>) -> (PathBuf, PathBuf) {
    let pixels = nadir_scene::generate(7, SIDE, SIDE).image.pixels;
    let (png, tif) = (folder.join("scene.png"), folder.join("scene.tif"));
    let side = SIDE as u32;
    let image = image::RgbImage::from_raw(side, side, pixels.clone()).expect("three bytes a pixel");
    image.save(&png).expect("written");
    let file = std::fs::File::create(&tif).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun").with_compression(Compression::Deflate(DeflateLevel::Fast));
    let mut image = encoder.new_image::<colortype::RGB8>(side, side).expect("begun");
    if let Some(Place { keys, scale, tie }) = place {
        image.encoder().write_tag(Tag::ModelPixelScaleTag, scale.as_slice()).expect("written");
        image.encoder().write_tag(Tag::ModelTiepointTag, tie.as_slice()).expect("written");
        image.encoder().write_tag(Tag::GeoKeyDirectoryTag, *keys).expect("written");
    }
    image.write_data(&pixels).expect("written");
    (png, tif)
}

fn detect(image: &Path, more: &[&str]) -> std::process::Output {
    let start = ["detect", "run", "--device", "cpu", "--bundle", BUNDLE, text(image)];
    nadir(&[start.as_slice(), more].concat())
}

fn predict(image: &Path, more: &[&str]) -> std::process::Output {
    let start = ["predict", "--device", "cpu", "--bundle", BUNDLE, text(image)];
    nadir(&[start.as_slice(), more].concat())
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("written")).expect("JSON")
}

fn ring(feature: &Value) -> Vec<[f64; 2]> {
    serde_json::from_value(feature["geometry"]["coordinates"][0].clone()).expect("a ring")
}

#[test]
fn a_geotiff_has_the_objects_of_its_pixels_and_says_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (png, tif) = scene(folder.path(), Some(&UTM33));
    let tiles = ["--tile", "256", "--json"];
    let of_png = json_of(&detect(&png, &tiles));
    let out = folder.path().join("new/objects.geojson");
    let of_tif = json_of(&detect(&tif, &[tiles.as_slice(), &["--out", text(&out)]].concat()));
    assert_eq!(of_png[0]["objects"], of_tif[0]["objects"]);
    assert_eq!(of_tif[0]["tiles"], 4);
    let objects = of_tif[0]["objects"].as_array().expect("a list");
    assert!(objects.len() > 3, "{objects:?}");

    let collection = read_json(&out);
    assert_eq!((&collection["type"], collection.get("crs")), (&Value::from("FeatureCollection"), None));
    let features = collection["features"].as_array().expect("a list");
    assert_eq!(features.len(), objects.len());
    for (feature, object) in features.iter().zip(objects) {
        let properties = &feature["properties"];
        assert_eq!((&properties["label"], &properties["score"]), (&object["label"], &object["score"]));
        assert_eq!(properties["crop_label"], object["crop"]["label"]);
        assert_eq!(properties["ood_score"], object["crop"]["ood_score"]);
        // At 45 degrees north, a degree of latitude is 111,132 m and one of longitude 78,847 m; the scene is on the
        // central meridian, where the scale is 0.9996.
        let ring = ring(feature);
        let corners: [f64; 4] = serde_json::from_value(object["box_px"].clone()).expect("four numbers");
        let west = 15.0 + corners[0] * PIXEL / (78_847.0 * 0.9996);
        let width = (corners[2] - corners[0]) * PIXEL / (78_847.0 * 0.9996);
        let (low, high) = ring.iter().fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at[0]), high.max(at[0])));
        assert!((low - west).abs() < 2e-5 && (high - low - width).abs() < 2e-5, "{ring:?} {corners:?}");
        assert_eq!((ring.len(), ring[0]), (5, ring[4]));
        let area: f64 = ring.windows(2).map(|two| two[0][0] * two[1][1] - two[1][0] * two[0][1]).sum();
        assert!(area > 0.0, "counterclockwise");
    }

    let csv = folder.path().join("objects.csv");
    succeeds(&detect(&tif, &["--tile", "256", "--out", text(&csv)]));
    let lines = std::fs::read_to_string(&csv).expect("written");
    assert_eq!(lines.lines().count(), objects.len() + 1);
    assert!(lines.starts_with("image,label,score,x0,y0,x1,y1,longitude,latitude,crop_label,ood_score"), "{lines}");
    let json = folder.path().join("objects.json");
    succeeds(&detect(&tif, &["--tile", "256", "--out", text(&json)]));
    let document = read_json(&json);
    assert_eq!(document[0]["crs"], "EPSG:32633");
    let longitude = document[0]["objects"][0]["longitude"].as_f64().expect("a number");
    assert!((15.0..15.01).contains(&longitude), "{longitude}");
}

#[test]
fn tiles_have_the_scores_of_the_same_pixels_cut_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let (png, tif) = scene(folder.path(), Some(&UTM33));
    let (out, raster) = (folder.path().join("labels.geojson"), folder.path().join("heat.tif"));
    let options = ["--tile", "256", "--stride", "128", "--out", text(&out), "--raster", text(&raster)];
    let printed = succeeds(&predict(&tif, &options));
    assert!(printed.contains("4 tiles") && printed.contains("20 bands"), "{printed}");
    let collection = read_json(&out);
    let features = collection["features"].as_array().expect("a list");
    assert_eq!(features.len(), 4);
    let whole = image::open(&png).expect("a PNG").to_rgb8();
    for feature in features {
        let properties = &feature["properties"];
        let [top, left] = ["row", "column"].map(|key| properties[key].as_u64().expect("a number") as u32);
        let cut = folder.path().join(format!("{top}_{left}.png"));
        image::imageops::crop_imm(&whole, left, top, 256, 256).to_image().save(&cut).expect("written");
        let by_hand = json_of(&predict(&cut, &["--json"]));
        for score in by_hand["scores"].as_array().expect("a list") {
            let label = score["label"].as_str().expect("a text");
            assert_eq!(properties[format!("score_{label}")], score["score"], "{label} of {top}, {left}");
        }
    }
    // The heat of a label: the mean of the tiles that cover a pixel of 128.
    let heat = Raster::open(&raster).expect("a TIFF");
    assert_eq!((heat.layout().width, heat.layout().height, heat.bands()), (3, 3, 20));
    let label =
        features[0]["properties"].as_object().expect("an object").keys().find_map(|key| key.strip_prefix("score_"));
    let label = label.expect("a label");
    let band = heat.band(label).expect("named");
    let values = heat.read(Window { left: 0, top: 0, width: 3, height: 3 }, &[band]).expect("read").bands.remove(0);
    let scores: Vec<f64> = features
        .iter()
        .map(|feature| feature["properties"][format!("score_{label}")].as_f64().expect("a number"))
        .collect();
    assert!((f64::from(values[0]) - scores[0]).abs() < 1e-6 && (f64::from(values[8]) - scores[3]).abs() < 1e-6);
    let middle = scores.iter().sum::<f64>() / 4.0;
    assert!((f64::from(values[4]) - middle).abs() < 1e-6, "{values:?} {scores:?}");
    let place = file_place(&raster, None).expect("placed").placement;
    assert_eq!(place.affine().expect("placed").at(3.0, 3.0), [EAST + 192.0, NORTH - 192.0]);
    assert_eq!(place.crs().map(ToString::to_string).as_deref(), Some("EPSG:32633"));
}

#[test]
fn a_tiff_is_an_image_wherever_one_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (png, tif) = scene(folder.path(), None);
    let (of_png, of_tif) = (json_of(&predict(&png, &["--json"])), json_of(&predict(&tif, &["--json"])));
    assert_eq!(of_png["scores"], of_tif["scores"]);
    // 16 bits with four bands: said what was taken.
    let sixteen = Path::new("cases/tiff/tiles_u16_rgb_nir_deflate_predictor.tif");
    let output = predict(sixteen, &["--json"]);
    assert!(stderr(&output).contains("bands 1, 2, 3 of 4 (uint16)"), "{}", stderr(&output));
    json_of(&output);
    json_of(&predict(sixteen, &["--json", "--bands", "nir,red,green", "--scale", "0:12000"]));
    fails(&predict(sixteen, &["--bands", "7,1,2"]), &["no band 7", "red, green, blue, nir"]);
    fails(&predict(Path::new("cases/tiff/make_expected.py"), &[]), &["make_expected.py", "JPEG, PNG", "none of these"]);
}

#[test]
fn what_is_missing_of_the_place_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, tif) = scene(folder.path(), None);
    let out = folder.path().join("labels.geojson");
    let tiles = ["--tile", "384", "--out", text(&out)];
    // No coordinates: pixels.
    let output = predict(&tif, &tiles);
    succeeds(&output);
    assert!(stderr(&output).contains("has no coordinates"), "{}", stderr(&output));
    let collection = read_json(&out);
    assert!(collection["coordinates"].as_str().is_some_and(|text| text.starts_with("pixels")), "{collection}");
    assert_eq!(ring(&collection["features"][0]).iter().map(|at| at[0] as usize).max(), Some(SIDE));
    // A world file, whose system nobody said; and then somebody did.
    std::fs::write(folder.path().join("scene.tfw"), "0.5\n0\n0\n-0.5\n500000.25\n4999999.75\n").expect("written");
    let output = predict(&tif, &tiles);
    assert!(stderr(&output).contains("names no coordinate system"), "{}", stderr(&output));
    assert_eq!(ring(&read_json(&out)["features"][0])[0][0], EAST);
    succeeds(&predict(&tif, &[tiles.as_slice(), &["--crs", "EPSG:32633"]].concat()));
    assert!((ring(&read_json(&out)["features"][0])[0][0] - 15.0).abs() < 1e-9);
    // A system that nobody knows keeps its coordinates, under its name.
    let output = predict(&tif, &[tiles.as_slice(), &["--crs", "EPSG:9"]].concat());
    succeeds(&output);
    assert!(stderr(&output).contains("EPSG:9 is unknown"), "{}", stderr(&output));
    let collection = read_json(&out);
    assert_eq!(collection["crs"]["properties"]["name"], "urn:ogc:def:crs:EPSG::9");
    fails_with(2, &predict(&tif, &[tiles.as_slice(), &["--crs", "UTM 33"]].concat()), &["EPSG code"]);
    std::fs::write(folder.path().join("scene.tfw"), "0.5\n0\n0\n").expect("written");
    fails(&predict(&tif, &tiles), &["scene.tfw", "six numbers"]);
}

#[test]
fn wrong_requests_of_tiles_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (png, tif) = scene(folder.path(), None);
    let out = folder.path().join("labels.geojson");
    fails(&predict(&tif, &["--tile", "256"]), &["nothing to write to"]);
    fails(&predict(&tif, &["--tile", "256", "--out", "labels.shp"]), &["labels.shp", ".geojson"]);
    fails(&predict(&tif, &["--tile", "256", "--stride", "300", "--out", text(&out)]), &["no longer than the side"]);
    fails(&predict(&tif, &["--tile", "0", "--out", text(&out)]), &["at least 1 px"]);
    fails(&predict(&tif, &[text(&png), "--tile", "256", "--out", text(&out)]), &["there are 2"]);
    assert!(!out.exists());
    // Cut off in the middle of its last strip.
    let bytes = std::fs::read(&tif).expect("written");
    let cut = folder.path().join("cut.tif");
    let middle = bytes.len() / 2;
    std::fs::write(&cut, &bytes[..middle]).expect("written");
    fails(&predict(&cut, &["--tile", "256", "--out", text(&out)]), &["cut.tif"]);
    assert!(!out.exists());
    // All tiles are nodata.
    let empty = Path::new("cases/tiff/nan_f32.tif");
    let output = predict(empty, &["--tile", "16", "--out", text(&out)]);
    succeeds(&output);
    assert!(stderr(&output).contains("9 of 9 tiles have less than 50 % valid pixels"), "{}", stderr(&output));
    assert_eq!(read_json(&out)["features"], serde_json::json!([]));
}
