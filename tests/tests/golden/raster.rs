//! TIFF images in the layouts that GDAL writes, against what rasterio reads of them, and corners against pyproj's;
//! `tests/cases/tiff/make_expected.py` makes both.

use nadir::data::raster::{BandSettings, Raster, SceneImage, file_place, read_image_by};
use nadir_core::image::RgbImage;
use nadir_geo::crs::Crs;
use nadir_geo::geojson::Geometry;
use nadir_geo::placement::Placement;
use nadir_geo::windows::Window;
use nadir_tests::golden::numbers;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/tiff")
}

fn expected(part: &str) -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("there");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    all[part].as_object().expect("an object").clone().into_iter().collect()
}

fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.tif"))
}

fn whole(raster: &Raster) -> Window {
    Window { left: 0, top: 0, width: raster.layout().width, height: raster.layout().height }
}

#[test]
fn every_layout_gives_the_values_that_gdal_reads() {
    let layouts = expected("layouts");
    assert!(layouts.len() >= 20, "{}", layouts.len());
    for (name, expected) in layouts {
        let raster = Raster::open(&file(&name)).expect("a TIFF");
        let size = [raster.layout().width, raster.layout().height, raster.bands()].map(|number| number as u64);
        let of = |key: &str| expected[key].as_u64().expect("a number");
        assert_eq!(size, [of("width"), of("height"), of("bands")], "{name}");
        let bands: Vec<usize> = (0..raster.bands()).collect();
        let read = raster.read(whole(&raster), &bands).expect("whole");
        assert_eq!(read.valid.iter().filter(|&&valid| valid).count() as u64, of("valid"), "{name}");
        if let Some(values) = expected.get("values") {
            // Two JPEG decoders differ in rounding and in how they widen the colours, which were stored at half the size.
            let (mut sum, mut most) = (0.0, 0.0_f64);
            for (value, expected) in read.bands.concat().iter().zip(numbers(values)) {
                let error = (f64::from(*value) - expected).abs();
                (sum, most) = (sum + error, most.max(error));
            }
            let mean = sum / read.bands.concat().len() as f64;
            assert!(mean < 1.5 && most <= 16.0, "{name}: {mean} in the mean, {most} at most");
            continue;
        }
        let first: Vec<f64> = read.bands.iter().map(|band| f64::from(band[0])).collect();
        assert_eq!(first, numbers(&expected["first"]), "{name}");
        let mut hash = Sha256::new();
        read.bands.iter().flatten().for_each(|value| hash.update(value.to_le_bytes()));
        let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, expected["sha256"].as_str().expect("a text"), "{name}");
    }
}

#[test]
fn windows_are_parts_of_the_whole() {
    for (name, _) in expected("layouts") {
        let raster = Raster::open(&file(&name)).expect("a TIFF");
        let last = raster.bands() - 1;
        let all = raster.read(whole(&raster), &[last]).expect("whole");
        for window in [(0, 0, 1, 1), (14, 13, 20, 9), (44, 36, 1, 1), (30, 0, 15, 37), (0, 15, 45, 2)] {
            let (left, top, width, height) = window;
            let part = raster.read(Window { left, top, width, height }, &[last]).expect("a part");
            for row in 0..height {
                let from = (top + row) * all.width + left;
                assert_eq!(part.bands[0][row * width..][..width], all.bands[0][from..][..width], "{name} {window:?}");
                assert_eq!(part.valid[row * width..][..width], all.valid[from..][..width], "{name} {window:?}");
            }
        }
        let outside = Window { left: 40, top: 0, width: 6, height: 1 };
        assert!(raster.read(outside, &[last]).is_err() && raster.read(whole(&raster), &[last + 1]).is_err());
    }
}

/// A degree is about 111 km: 1e-6 degrees are a tenth of a metre; 1e-9 a tenth of a millimetre.
#[test]
fn corners_are_those_of_pyproj() {
    for (name, expected) in expected("places") {
        let place = file_place(&file(&format!("place_{name}")), None).expect("placed").placement;
        let code = expected["epsg"].as_u64().expect("a code") as u16;
        let Placement::Earth { affine, crs, .. } = &place else { panic!("{name}: {place:?}") };
        assert_eq!(*crs, Crs::Epsg(code), "{name}");
        let pixels = [[0.0, 0.0], [0.0, 6.0], [8.0, 6.0], [8.0, 0.0]];
        for (at, [column, row]) in pixels.into_iter().enumerate() {
            let own = numbers(&expected["corners"][at]);
            let ours = affine.at(column, row);
            assert!((ours[0] - own[0]).abs() < 1e-6 && (ours[1] - own[1]).abs() < 1e-6, "{name}: {ours:?}, {own:?}");
            let degrees = numbers(&expected["degrees"][at]);
            let ours = place.longitude_latitude(column, row).expect("a place").expect("on Earth");
            let error = (ours[0] - degrees[0]).abs().max((ours[1] - degrees[1]).abs());
            assert!(error < 1e-8, "{name}: {ours:?}, pyproj {degrees:?}");
        }
    }
}

#[test]
fn a_box_in_a_scene_across_the_date_line_is_cut_there() {
    let place = file_place(&file("place_date_line_utm60"), None).expect("placed").placement;
    let Geometry::MultiPolygon(parts) = place.geometry([0.0, 0.0, 8.0, 6.0]).expect("placed") else {
        panic!("expected two parts")
    };
    assert_eq!(parts.len(), 2);
    let longitudes = |part: usize| parts[part][0].iter().map(|at| at[0]).collect::<Vec<_>>();
    assert!(longitudes(0).iter().all(|at| (179.9..=180.0).contains(at)), "{parts:?}");
    assert!(longitudes(1).iter().all(|at| (-180.0..=-179.9).contains(at)), "{parts:?}");
}

#[test]
fn a_system_of_the_files_own_keeps_its_coordinates() {
    let place = file_place(&file("own_system"), None).expect("read").placement;
    assert!(matches!(&place, Placement::Map { crs: Some(Crs::Named(_)), .. }), "{place:?}");
    assert_eq!(place.geometry([0.0, 0.0, 8.0, 6.0]).expect("its own").bounds(), [1000.0, 4994.0, 1008.0, 5000.0]);
}

fn settings(bands: &str, scaling: &str) -> BandSettings {
    let bands = (!bands.is_empty()).then(|| bands.split(',').map(str::to_owned).collect());
    BandSettings { bands, scaling: (!scaling.is_empty()).then(|| scaling.parse().expect("a scaling")) }
}

fn rgb(name: &str, bands: &str, scaling: &str) -> RgbImage {
    read_image_by(&file(name), &settings(bands, scaling)).expect("an image")
}

#[test]
fn bands_are_chosen_by_number_and_name_and_scaled() {
    let name = "tiles_u16_rgb_nir_deflate_predictor";
    let raster = Raster::open(&file(name)).expect("a TIFF");
    let values = raster.read(whole(&raster), &[3, 1, 0]).expect("whole");
    let image = rgb(name, "4,2,1", "0:12000");
    for (at, pixel) in image.pixels.chunks_exact(3).enumerate() {
        let expected = [0, 1, 2].map(|band| (f64::from(values.bands[band][at]) / 12_000.0 * 255.0).round() as u8);
        assert_eq!(*pixel, expected, "pixel {at}");
    }
    assert_eq!(rgb(name, "nir,green,red", "0:12000"), image);
    assert_eq!(rgb(name, "4,2,1", "0:12000,0:12000,0:12000"), image);
    let grey = rgb(name, "nir", "type");
    assert!(grey.pixels.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    // Percentiles reach both ends; the type's range does not.
    let stretched = rgb(name, "", "");
    assert!(stretched.pixels.contains(&255) && stretched.pixels.contains(&0));
    assert!(!rgb(name, "", "type").pixels.contains(&255));
    // Bytes are taken as they are.
    let bytes = Raster::open(&file("strips_u8_rgb")).expect("a TIFF");
    let values = bytes.read(whole(&bytes), &[0, 1, 2]).expect("whole");
    let image = rgb("strips_u8_rgb", "", "");
    let expected: Vec<u8> =
        (0..image.width * image.height).flat_map(|at| [0, 1, 2].map(|band| values.bands[band][at] as u8)).collect();
    assert_eq!(image.pixels, expected);
}

#[test]
fn any_number_of_bands_has_what_three_of_them_have() {
    let read = |bands: &str| {
        let path = file("tiles_u16_rgb_nir_deflate_predictor");
        read_image_by(&path, &settings(bands, "0:3000")).expect("read")
    };
    let (five, first, last) = (read("4,1,2,3,2"), read("4,1,2"), read("2,3,2"));
    assert_eq!((five.channels(), read("2,4").channels(), read("2").channels()), (5, 2, 3));
    let three = first.pixels.chunks_exact(3).zip(last.pixels.chunks_exact(3));
    for (five, (first, last)) in five.pixels.chunks_exact(5).zip(three) {
        assert_eq!((&five[..3], &five[2..]), (first, last));
    }
}

#[test]
fn bands_and_ranges_that_are_not_there_are_named() {
    let error = |bands: &str, scaling: &str| {
        let name = "tiles_u16_rgb_nir_deflate_predictor";
        format!("{:#}", read_image_by(&file(name), &settings(bands, scaling)).expect_err("wrong"))
    };
    for (bands, scaling, words) in [
        ("5,2,1", "", "no band 5: it has the bands 1 to 4, named red, green, blue, nir"),
        ("swir,2,1", "", "no band swir"),
        ("0,1,2", "", "no band 0"),
        ("1,2,3", "0:1,0:2", "one range for all bands or 3"),
    ] {
        assert!(error(bands, scaling).contains(words), "{}", error(bands, scaling));
    }
    let many = vec!["1"; 33].join(",");
    assert!(error(&many, "").contains("found 33"), "{}", error(&many, ""));
}

#[test]
fn floating_point_without_a_number_is_black_and_not_valid() {
    let image = rgb("nan_f32", "", "");
    assert_eq!(image, RgbImage::filled(45, 37, [0; 3]));
    let scene = SceneImage::open(&file("nan_f32"), &BandSettings::default()).expect("a TIFF");
    assert_eq!(scene.read(Window { left: 0, top: 0, width: 45, height: 37 }).expect("read").valid, 0);
}

/// Every way in which a file may be cut off or lie ends in an error that names it, and never in a panic or in pixels.
#[test]
fn cut_off_and_lying_files_are_named() {
    let temporary = tempfile::tempdir().expect("a folder");
    let path = temporary.path().join("broken.tif");
    let error_of = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        let read = read_image_by(&path, &BandSettings::default());
        read.map_err(|error| format!("{error:#}"))
    };
    for name in [
        "tiles_u8_rgb_deflate_predictor",
        "jpeg_ycbcr_tiles",
        "strips_u8_rgb",
        "bigtiff_tiles_u8",
        "planar_tiles_u8_lzw",
    ] {
        let whole = std::fs::read(file(name)).expect("there");
        assert!(error_of(&whole).is_ok());
        for share in [1, 3, 5, 7, 9] {
            let Err(error) = error_of(&whole[..whole.len() * share / 10]) else {
                panic!("{name} cut to {share} tenths was read")
            };
            assert!(error.contains("broken.tif"), "{name}: {error}");
        }
        // In the middle of the last tile: everything else is there.
        let error = error_of(&whole[..whole.len() - 40]).expect_err("cut off");
        assert!(error.contains("cut off") && error.contains("row "), "{name}: {error}");
    }
    // TileOffsets (324) and StripOffsets (273) that claim one place less or many more.
    let whole = std::fs::read(file("tiles_u8_rgb_deflate_predictor")).expect("there");
    let directory = u32::from_le_bytes(whole[4..8].try_into().expect("four bytes")) as usize;
    let fields = u16::from_le_bytes(whole[directory..directory + 2].try_into().expect("two bytes")) as usize;
    let at = (0..fields).map(|field| directory + 2 + 12 * field).find(|&at| whole[at..at + 2] == 324_u16.to_le_bytes());
    let at = at.expect("it has tiles");
    for count in [0_u32, 8, 10, 1_000_000, u32::MAX] {
        let mut lying = whole.clone();
        lying[at + 4..at + 8].copy_from_slice(&count.to_le_bytes());
        let error = error_of(&lying).expect_err("a lying count");
        assert!(error.contains("broken.tif"), "{count}: {error}");
    }
    // Any byte of the directory changed: an error or an image, no panic.
    for at in directory..(directory + 2 + 12 * fields).min(whole.len()) {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut changed = whole.clone();
            changed[at] = value;
            let _ = error_of(&changed);
        }
    }
}
