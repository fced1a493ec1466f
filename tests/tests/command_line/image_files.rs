//! Image files as people have them: of other kinds than their names say, of 16 bits, very large, hidden, behind links.

use image::{GrayImage, ImageBuffer, Luma};
use nadir_tests::command::{fails, nadir, printed, stderr, text};
use std::fs;
use std::path::Path;

/// The committed bundle, from the tests' folder.
const BUNDLE: &str = "../static/models/scenes";

fn table(folder: &Path, images: &[&str]) {
    let rows: String = images.iter().enumerate().map(|(at, image)| format!("{image},{}\n", at % 2)).collect();
    fs::write(folder.join("multilabels.csv"), format!("image,sea\n{rows}")).expect("written");
    fs::create_dir_all(folder.join("images")).expect("created");
}

fn check(folder: &Path) -> String {
    printed(&nadir(&["data", "check", text(folder)]))
}

#[test]
fn sixteen_bits_that_are_hardly_used_are_remarked() {
    let folder = tempfile::tempdir().expect("a folder");
    table(folder.path(), &["dark.png", "full.png"]);
    let save = |name: &str, highest: u16| {
        let image = ImageBuffer::<Luma<u16>, _>::from_fn(64, 4, |x, _| Luma([(u32::from(highest) * x / 63) as u16]));
        image.save(folder.path().join("images").join(name)).expect("written");
    };
    save("dark.png", 4095);
    save("full.png", 65535);
    let said = check(folder.path());
    for word in ["1 image has 16 bits a channel", "dark.png uses 6 % of the range (0 to 4095)"] {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    assert!(!said.contains("full.png uses"), "{said}");
}

#[test]
fn a_file_of_another_kind_is_named_by_it_and_is_not_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    table(folder.path(), &["gif.jpg", "page.png", "text.jpg", "cut.jpg"]);
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join("images").join(name), bytes).expect("written");
    write("gif.jpg", b"GIF89a\x01\0\x01\0");
    write("page.png", b"<!DOCTYPE html>\n<html>");
    write("text.jpg", b"a text");
    let whole = folder.path().join("whole.jpg");
    GrayImage::new(64, 64).save(&whole).expect("written");
    let whole = fs::read(whole).expect("there");
    write("cut.jpg", &whole[..whole.len() - 40]);
    for (name, words, is_broken) in [
        ("gif.jpg", &["it is a GIF", "JPEG, PNG, WebP and BMP are read"][..], false),
        ("page.png", &["a web page, as a failed download leaves it"], false),
        ("text.jpg", &["none of these"], false),
        ("cut.jpg", &["a JPEG image that is broken or cut off"], true),
    ] {
        let path = folder.path().join("images").join(name);
        let said = stderr(&nadir(&["predict", "--device", "cpu", "--bundle", BUNDLE, text(&path)]));
        words.iter().for_each(|word| assert!(said.contains(word), "{name}: {word:?} is not in {said}"));
        assert_eq!(said.contains("broken"), is_broken, "{said}");
    }
    assert!(check(folder.path()).contains("4 images are broken"));
}

#[test]
fn an_image_above_the_limit_says_how_the_limit_is_raised() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.png");
    GrayImage::new(1100, 1000).save(&path).expect("written");
    let predict = ["predict", "--device", "cpu", "--bundle", BUNDLE, text(&path)];
    fails(
        &nadir(&[&predict[..], &["--max-megapixels", "1"]].concat()),
        &["large.png", "1100 x 1000 pixels", "the limit of 1 million", "--max-megapixels raises it"],
    );
    let output = nadir(&[&predict[..], &["--max-megapixels", "2"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let help = printed(&nadir(&["detect", "run", "--help"]));
    assert!(help.contains("--max-megapixels") && help.contains("400"), "{help}");
}

#[test]
fn what_is_hidden_is_no_image_of_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    for file in ["a.png", ".hidden.png", ".ipynb_checkpoints/a-checkpoint.png", "in/._b.png", "in/b.webp"] {
        let path = images.join(file);
        fs::create_dir_all(path.parent().expect("has one")).expect("created");
        image::RgbImage::new(32, 32).save(path).expect("written");
    }
    let out = folder.path().join("out.parquet");
    let output = nadir(&[
        "embed",
        "--device",
        "cpu",
        "--bundle",
        BUNDLE,
        "--images",
        text(&images),
        "--out",
        text(&out),
        "--json",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let counts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(counts["images"], 2, "{counts}");
}

#[cfg(unix)]
#[test]
fn links_into_a_circle_are_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    table(folder.path(), &["a.png", "b.png"]);
    let images = folder.path().join("images");
    GrayImage::new(8, 8).save(images.join("a.png")).expect("written");
    GrayImage::new(8, 8).save(images.join("b.png")).expect("written");
    std::os::unix::fs::symlink(".", images.join("loop")).expect("linked");
    let said = check(folder.path());
    assert!(said.contains("2 images listed") && !said.contains("could be"), "{said}");
}
