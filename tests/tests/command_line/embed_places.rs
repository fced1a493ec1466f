//! `nadir embed` of scenes with coordinates: GeoParquet, and a row a tile.

use nadir_tests::command::{contains_all, fails, json_of, nadir, printed, stderr, succeeds, text};
use nadir_tests::parquet_file::{Embeddings, read};
use nadir_tests::python;
use nadir_tests::site::committed_bundle;
use nadir_tests::wkb::rings;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

/// Pixels of a scene's side.
const SIDE: u32 = 96;
/// UTM zone 33 north, ten metres a pixel.
const UTM33: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633];
/// Cut from a scene: none of its own size, and one batch in two row groups.
const TILES: [&str; 6] = ["--tile", "64", "--batch", "3", "--row-group", "4"];

fn pixels(seed: u64) -> image::RgbImage {
    let pixels = nadir_scene::generate(seed, SIDE as usize, SIDE as usize).image.pixels;
    image::RgbImage::from_raw(SIDE, SIDE, pixels).expect("three bytes a pixel")
}

/// A generated scene as a GeoTIFF whose upper left corner is at `east` metres and the equator's north.
fn geotiff(path: &Path, seed: u64, east: f64) {
    let file = std::fs::File::create(path).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun");
    let mut image = encoder.new_image::<colortype::RGB8>(SIDE, SIDE).expect("begun");
    image.encoder().write_tag(Tag::ModelPixelScaleTag, [10.0, 10.0, 0.0].as_slice()).expect("written");
    image.encoder().write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, east, 0.0, 0.0].as_slice()).expect("written");
    image.encoder().write_tag(Tag::GeoKeyDirectoryTag, UTM33.as_slice()).expect("written");
    image.write_data(pixels(seed).as_raw()).expect("written");
}

/// Two placed scenes and one that is not.
fn scenes(folder: &Path) -> PathBuf {
    let images = folder.join("images");
    std::fs::create_dir_all(&images).expect("created");
    geotiff(&images.join("a.tif"), 1, 500_000.0);
    pixels(2).save(images.join("b.png")).expect("written");
    geotiff(&images.join("c.tif"), 3, 501_000.0);
    images
}

fn embed(images: &Path, out: &Path, more: &[&str]) -> Output {
    let bundle = committed_bundle().expect("committed");
    let fixed = ["embed", "--bundle", text(&bundle), "--images", text(images), "--out", text(out), "--device", "cpu"];
    nadir(&[fixed.as_slice(), &["--image-size", "48"], more].concat())
}

fn embedded(images: &Path, out: &Path, more: &[&str]) -> Embeddings {
    succeeds(&embed(images, out, more));
    read(&std::fs::read(out).expect("written"))
}

fn geo(file: &Embeddings) -> Value {
    let geo: Value = serde_json::from_str(&file.metadata["geo"]).expect("JSON");
    assert_eq!((&geo["version"], &geo["primary_column"]), (&json!("1.1.0"), &json!("geometry")));
    assert_eq!(geo["columns"]["geometry"]["encoding"], "WKB");
    geo["columns"]["geometry"].clone()
}

fn bounds(ring: &[[f64; 2]]) -> [f64; 4] {
    let empty = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    ring.iter().fold(empty, |[w, s, e, n], &[x, y]| [w.min(x), s.min(y), e.max(x), n.max(y)])
}

/// At the equator on the central meridian a degree of longitude is 111,319.49 m and one of latitude 110,574.3 m, times
/// the scale of 0.9996: right to 1e-6 degrees over a kilometre.
fn assert_at(ring: &[[f64; 2]], [west, south, east, north]: [f64; 4]) {
    let degrees = [15.0 + west / 111_274.96, south / 110_530.0, 15.0 + east / 111_274.96, north / 110_530.0];
    for (found, expected) in bounds(ring).into_iter().zip(degrees) {
        assert!((found - expected).abs() < 2e-6, "{ring:?}, expected {degrees:?}");
    }
    assert_eq!((ring.len(), ring[0]), (5, ring[4]), "closed");
    let area: f64 = ring.windows(2).map(|two| two[0][0] * two[1][1] - two[1][0] * two[0][1]).sum();
    assert!(area > 0.0, "counterclockwise: {ring:?}");
}

#[test]
fn images_with_coordinates_have_their_outlines_and_the_file_says_what_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let output = embed(&images, &folder.path().join("out.parquet"), &[]);
    contains_all(&succeeds(&output), &["2 placed in OGC:CRS84", "1 of 3 rows have no geometry"]);
    let file = read(&std::fs::read(folder.path().join("out.parquet")).expect("written"));
    assert_eq!(file.columns, ["file", "width", "height", "embedding", "geometry"]);
    let [a, b, c] = file.rows.as_slice() else { panic!("three rows") };
    assert_eq!((b.file.as_str(), &b.geometry), ("b.png", &None));
    let outlines: Vec<Vec<[f64; 2]>> = [a, c]
        .map(|row| {
            let mut rings = rings(row.geometry.as_ref().expect("placed"));
            assert_eq!(rings.len(), 1);
            rings.remove(0)
        })
        .to_vec();
    assert_at(&outlines[0], [0.0, -960.0, 960.0, 0.0]);
    assert_at(&outlines[1], [1000.0, -960.0, 1960.0, 0.0]);
    let column = geo(&file);
    assert_eq!((&column["geometry_types"], column.get("crs")), (&json!(["Polygon"]), None));
    let bbox: [f64; 4] = serde_json::from_value(column["bbox"].clone()).expect("four numbers");
    assert_eq!(bbox, bounds(&outlines.concat()));
    assert_eq!(file.metadata["nadir.coordinates"], "OGC:CRS84");

    // Every shard has the same columns, one without rows and one without coordinates too.
    let parts = folder.path().join("parts");
    let mut rows = 0;
    for shard in ["0/5", "1/5", "2/5", "3/5", "4/5"] {
        let result = json_of(&embed(&images, &parts, &["--shard", shard, "--json"]));
        let part = read(&std::fs::read(result["out"].as_str().expect("a path")).expect("written"));
        assert_eq!((&part.columns, result["coordinates"].as_str()), (&file.columns, Some("OGC:CRS84")));
        let placed = part.rows.iter().filter(|row| row.geometry.is_some()).count();
        assert_eq!(result["placed"], placed);
        assert_eq!(geo(&part).get("bbox").is_some(), placed > 0);
        rows += part.rows.len();
    }
    assert_eq!(rows, 3);
    // Whole shards are not computed again; a missing one is.
    std::fs::remove_file(parts.join("part-00001-of-00005.parquet")).expect("removed");
    for (shard, whole) in [("0/5", true), ("1/5", false)] {
        let result = json_of(&embed(&images, &parts, &["--shard", shard, "--resume", "--json"]));
        assert_eq!(result.get("already_whole").is_some(), whole, "{shard}: {result}");
    }
}

#[test]
fn without_coordinates_there_is_no_geometry_and_a_system_that_is_unknown_keeps_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    pixels(2).save(images.join("b.png")).expect("written");
    let plain = embedded(&images, &folder.path().join("plain.parquet"), &[]);
    assert_eq!(plain.columns, ["file", "width", "height", "embedding"]);
    assert!(!plain.metadata.contains_key("geo") && plain.rows[0].geometry.is_none());

    std::fs::write(images.join("b.pgw"), "10\n0\n0\n-10\n500005\n-5\n").expect("written");
    let own = |name: &str, more: &[&str]| embedded(&images, &folder.path().join(name), more);
    for (file, system) in [(own("unnamed.parquet", &[]), "unknown"), (own("9.parquet", &["--crs", "EPSG:9"]), "EPSG:9")]
    {
        let column = geo(&file);
        assert_eq!(
            (column.get("crs"), &column["bbox"]),
            (Some(&Value::Null), &json!([500_000.0, -960.0, 500_960.0, 0.0]))
        );
        assert_eq!(file.metadata["nadir.coordinates"], system);
        let expected = [500_000.0, -960.0, 500_960.0, 0.0];
        assert_eq!(bounds(&rings(file.rows[0].geometry.as_ref().expect("placed"))[0]), expected);
    }
    let placed = own("utm.parquet", &["--crs", "EPSG:32633"]);
    assert_at(&rings(placed.rows[0].geometry.as_ref().expect("placed"))[0], [0.0, -960.0, 960.0, 0.0]);
}

#[test]
fn tiles_have_the_embeddings_of_the_same_pixels_cut_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let options = [TILES.as_slice(), &["--stride", "32"]].concat();
    let file = embedded(&images, &folder.path().join("tiles.parquet"), &options);
    assert_eq!(file.columns, ["file", "width", "height", "row", "column", "embedding", "geometry"]);
    let places: Vec<(&str, [i32; 2])> =
        file.rows.iter().map(|row| (row.file.as_str(), row.at.expect("a place"))).collect();
    let of = |file| [[0, 0], [0, 32], [32, 0], [32, 32]].map(|at| (file, at));
    assert_eq!((places, file.row_groups), ([of("a.tif"), of("b.png"), of("c.tif")].concat(), 3));
    assert!(file.rows.iter().all(|row| row.size == [64, 64]));
    assert_eq!((file.metadata["nadir.images"].as_str(), file.metadata["nadir.empty"].as_str()), ("12", "0"));

    let cut = folder.path().join("cut");
    std::fs::create_dir(&cut).expect("created");
    for (at, row) in file.rows.iter().enumerate() {
        let seed = match row.file.as_str() {
            "a.tif" => 1,
            "b.png" => 2,
            _ => 3,
        };
        let [top, left] = row.at.expect("a place").map(|at| at as u32);
        let by_hand = image::imageops::crop_imm(&pixels(seed), left, top, 64, 64).to_image();
        by_hand.save(cut.join(format!("{at:02}.png"))).expect("written");
    }
    // The same batches, so that sums run in the same order.
    let by_hand = embedded(&cut, &folder.path().join("cut.parquet"), &["--batch", "3", "--row-group", "4"]);
    for (row, by_hand) in file.rows.iter().zip(&by_hand.rows) {
        assert!(row.embedding == by_hand.embedding, "{} at {:?}", row.file, row.at);
    }

    let outline = rings(file.rows[11].geometry.as_ref().expect("placed")).remove(0);
    assert_at(&outline, [1320.0, -960.0, 1960.0, -320.0]);
    assert!(file.rows[4].geometry.is_none());
    // Gone on with, it ends in the same file.
    let again = folder.path().join("again.parquet");
    let partial = [options.as_slice(), &["--max-bad-images", "0"]].concat();
    let png = std::fs::read(images.join("b.png")).expect("there");
    std::fs::write(images.join("b.png"), &png[..png.len() / 2]).expect("written");
    fails(&embed(&images, &again, &partial), &["b.png", "--max-bad-images 0"]);
    std::fs::write(images.join("b.png"), &png).expect("written");
    let resumed = json_of(&embed(&images, &again, &[partial.as_slice(), &["--resume", "--json"]].concat()));
    assert_eq!(resumed["resumed_at"], 4, "{resumed}");
    let [whole, again] =
        ["tiles", "again"].map(|name| std::fs::read(folder.path().join(name).with_extension("parquet")));
    assert!(whole.expect("there") == again.expect("there"), "the resumed file differs");
}

#[test]
fn tiles_of_nodata_are_passed_over_and_what_cannot_be_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    let out = folder.path().join("out.parquet");
    std::fs::copy("cases/tiff/nan_f32.tif", images.join("nan.tif")).expect("copied");
    let output = embed(&images, &out, &["--tile", "16", "--json"]);
    let result = json_of(&output);
    assert_eq!((&result["rows"], &result["images"], &result["empty"]), (&json!(0), &json!(9), &json!(9)));
    assert_eq!(read(&std::fs::read(&out).expect("written")).rows, []);

    // Cut off, it is named, and the others have their rows.
    geotiff(&images.join("cut.tif"), 1, 500_000.0);
    let bytes = std::fs::read(images.join("cut.tif")).expect("there");
    std::fs::write(images.join("cut.tif"), &bytes[..bytes.len() - 8000]).expect("written");
    let other = folder.path().join("other.parquet");
    let output = embed(&images, &other, &[TILES.as_slice(), &["--max-bad-images", "0.9"]].concat());
    assert!(printed(&output).contains("cut.tif"), "{}", printed(&output));

    fails(&embed(&images, &other, &["--tile", "64", "--stride", "65"]), &["no longer than the side"]);
    fails(&embed(&images, &other, &["--tile", "0"]), &["at least 1 px"]);
    fails(&embed(&images, &other, &["--tile", "64", "--min-valid", "2"]), &["--min-valid must be 0 to 1"]);
    assert_eq!(embed(&images, &other, &["--stride", "64"]).status.code(), Some(2));
    fails(&embed(&images, &out, &["--tile", "16", "--stride", "8", "--resume"]), &["another model, preprocessing"]);
}

#[test]
fn pyarrow_reads_geometries_and_places() {
    if !python::has("pyarrow.parquet") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let out = folder.path().join("out.parquet");
    let file = embedded(&images, &out, &TILES);
    let script = "import json, sys, pyarrow.parquet as p\n\
                  t = p.read_table(sys.argv[1])\n\
                  hexadecimal = lambda value: None if value is None else value.hex()\n\
                  print(json.dumps([t.column_names, [hexadecimal(v) for v in t['geometry'].to_pylist()], \
                  t['row'].to_pylist(), t['column'].to_pylist(), json.loads(t.schema.metadata[b'geo'])['version']]))";
    let output = Command::new("python3").args(["-c", script, text(&out)]).output().expect("starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&read[0], &read[4]), (&json!(file.columns), &json!("1.1.0")));
    assert_eq!(file.rows.len(), 12);
    for (at, row) in file.rows.iter().enumerate() {
        let hexadecimal = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(read[1][at], json!(row.geometry.as_ref().map(hexadecimal)), "{}", row.file);
        assert_eq!(json!([read[2][at], read[3][at]]), json!(row.at));
    }
}
