//! A disk that is full when results are written, played by bash's limit on a file's size: the error names the file, and
//! nothing half-written is left under its name.
#![cfg(target_os = "linux")]

use nadir_tests::command::{contains_all, program, stderr, succeeds, text};
use nadir_tests::parquet_file::read;
use nadir_tests::site::committed_bundle;
use std::path::Path;
use std::process::{Command, Output};

/// `nadir` where no file may be longer than so many KiB.
fn limited(kib: usize, arguments: &[&str]) -> Output {
    // The signal that comes with the limit would end the program; without it writing fails, as on a full disk.
    let line = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
    let program = program(&[]);
    Command::new("bash").args(["-c", &line]).arg(program.get_program()).args(arguments).output().expect("starts")
}

fn scene(path: &Path, side: usize) {
    let pixels = nadir_scene::generate(7, side, side).image.pixels;
    let image = image::RgbImage::from_raw(side as u32, side as u32, pixels).expect("three bytes a pixel");
    image.save(path).expect("written");
}

/// What lies in a folder, hidden files too.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_of_results_is_whole_or_not_there_and_the_error_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (image, out) = (folder.path().join("scene.png"), folder.path().join("out"));
    scene(&image, 256);
    let bundle = committed_bundle().expect("committed");
    std::fs::create_dir(&out).expect("created");
    let start = |command: &[&'static str]| -> Vec<String> {
        let more = ["--device", "cpu", "--bundle", text(&bundle), text(&image)];
        command.iter().chain(&more).map(ToString::to_string).collect()
    };
    for (command, option, name) in [
        (start(&["predict", "--tile", "64"]), "--out", "labels.geojson"),
        (start(&["predict", "--tile", "64"]), "--out", "labels.csv"),
        (start(&["predict", "--tile", "64", "--stride", "32"]), "--raster", "heat.tif"),
        (start(&["predict"]), "--out", "scores.json"),
        (start(&["detect", "run", "--score-from", "0.05"]), "--out", "objects.geojson"),
        (start(&["detect", "run"]), "--out", "overlay.png"),
    ] {
        let file = out.join(name);
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.extend([option, text(&file)]);
        let output = limited(1, &arguments);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", stderr(&output));
        contains_all(&stderr(&output), &["cannot write", text(&file)]);
        assert_eq!(names(&out), [""; 0], "{name}");
        // The file of an earlier run stays as it was.
        std::fs::write(&file, "earlier").expect("written");
        assert_eq!(limited(1, &arguments).status.code(), Some(1), "{name}");
        assert_eq!(std::fs::read(&file).expect("there"), b"earlier", "{name}");
        std::fs::remove_file(&file).expect("removed");
    }
}

#[test]
fn an_embedding_is_gone_on_with_once_there_is_space() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    scene(&images.join("scene.png"), 256);
    let (bundle, out) = (committed_bundle().expect("committed"), folder.path().join("out/tiles.parquet"));
    let fixed = ["embed", "--device", "cpu", "--bundle", text(&bundle), "--images", text(&images), "--out", text(&out)];
    let tiles = ["--tile", "32", "--image-size", "32", "--batch", "8", "--row-group", "8"];
    let output = limited(24, &[fixed.as_slice(), &tiles].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    contains_all(&stderr(&output), &["cannot write", "tiles.parquet.partial"]);
    assert_eq!(names(&folder.path().join("out")), ["tiles.parquet.partial", "tiles.parquet.partial.json"]);
    let again = program(&[fixed.as_slice(), &tiles, &["--resume"]].concat()).output().expect("starts");
    succeeds(&again);
    assert_eq!(names(&folder.path().join("out")), ["tiles.parquet"]);
    let rows = read(&std::fs::read(&out).expect("written")).rows;
    let places: Vec<[i32; 2]> = rows.iter().map(|row| row.at.expect("a tile")).collect();
    let expected: Vec<[i32; 2]> = (0..64).map(|at| [at / 8 * 32, at % 8 * 32]).collect();
    assert_eq!(places, expected);
}
