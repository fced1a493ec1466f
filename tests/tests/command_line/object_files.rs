//! Annotated sets as people have them: names, encodings, kinds of images and EXIF turns that are not as in the textbook.
//! The dry run says what the training would.

use image::{ImageFormat, Rgb, RgbImage};
use nadir_tests::command::{nadir, printed, stderr, text};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

const TRAIN: [&str; 4] = ["a1", "a2", "a3", "a4"];
const TEST: [&str; 2] = ["b1", "b2"];

/// What is written for each image.
struct Set {
    /// Name of an image's file and of its annotation, without ending.
    name: fn(&str) -> String,
    /// How the lists write the name.
    listed: fn(&str) -> String,
    /// Ending of the image's file.
    ending: &'static str,
    image: fn() -> Vec<u8>,
    annotation: fn(&str) -> Vec<u8>,
}

const PLAIN: Set = Set {
    name: str::to_owned,
    listed: str::to_owned,
    ending: "jpg",
    image: || encoded(96, 64, ImageFormat::Jpeg),
    annotation: |name| annotation(name, "ship", "").into_bytes(),
};

impl Set {
    fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: PathBuf, bytes: &[u8]| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("has one")).expect("created");
            fs::write(path, bytes).expect("written");
        };
        for (list, images) in [("train", &TRAIN[..]), ("test", &TEST[..])] {
            let lines: String = images.iter().map(|image| format!("{}\n", (self.listed)(image))).collect();
            write(format!("ImageSets/Main/{list}.txt").into(), lines.as_bytes());
            for image in images {
                let name = (self.name)(image);
                write(format!("Annotations/{name}.xml").into(), &(self.annotation)(image));
                write(format!("JPEGImages/{name}.{}", self.ending).into(), &(self.image)());
            }
        }
        folder
    }
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([(2 * x) as u8, (3 * y) as u8, 90]));
    image.write_to(&mut Cursor::new(&mut bytes), format).expect("written to memory");
    bytes
}

/// An image of 96 x 64 px with one object.
fn annotation(name: &str, class: &str, more: &str) -> String {
    format!(
        "<annotation><filename>{name}.jpg</filename><size><width>96</width><height>64</height></size><object>\n\
         <name>{class}</name>{more}<bndbox><xmin>11</xmin><ymin>13</ymin><xmax>40</xmax><ymax>44</ymax></bndbox>\
         </object></annotation>"
    )
}

/// A JPEG with an EXIF orientation and nothing else in its EXIF (TIFF header, one entry of tag 274).
fn with_orientation(orientation: u8) -> Vec<u8> {
    let jpeg = encoded(96, 64, ImageFormat::Jpeg);
    let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
    let exif = [b"Exif\0\0II*\0\x08\0\0\0\x01\0".as_slice(), &entry, &[0; 4]].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

const SMALL: [&str; 9] = [
    "detector.architecture={encoder=\"resnet18\",width=4,stem=\"imagenet\"}",
    "detector.channels=8",
    "detector.hidden=8",
    "resize.min_size=64",
    "resize.max_size=96",
    "train.epochs=1",
    "train.batch_size=2",
    "data.validation_share=0.25",
    "data.max_bad_images=0.5",
];

fn detect(words: &[&str], run: &Path, objects: Option<&str>) -> Output {
    let mut arguments = vec!["detect"];
    arguments.extend(words);
    arguments.extend(["--device", "cpu", "--run", text(run)]);
    if let Some(objects) = objects {
        arguments.extend(["--set", objects]);
        SMALL.iter().for_each(|set| arguments.extend(["--set", set]));
    }
    nadir(&arguments)
}

fn voc(folder: &TempDir) -> String {
    format!("data.objects={{kind=\"voc\",root={:?},train=\"train\",test=\"test\"}}", text(folder.path()))
}

/// Trains on a set after a dry run; the log of both, and the ground truth of its test images.
fn trained(what: &str, objects: &str) -> (String, serde_json::Value) {
    let run = tempfile::tempdir().expect("a folder");
    let run = run.path().join("run");
    let dry = detect(&["train", "--dry-run"], &run, Some(objects));
    assert!(dry.status.success(), "{what}, dry run: {}", printed(&dry));
    let output = detect(&["train"], &run, Some(objects));
    assert!(output.status.success(), "{what}: {}", stderr(&output));
    let found = run.join("found.json");
    let evaluated = detect(&["eval", "--resamples", "0", "--detections", text(&found)], &run, None);
    assert!(evaluated.status.success(), "{what}, evaluation: {}", stderr(&evaluated));
    let truth = fs::read(run.join("found.ground_truth.json")).expect("written");
    (printed(&dry) + &stderr(&output), serde_json::from_slice(&truth).expect("JSON"))
}

fn trained_on(what: &str, set: &Set) -> (String, serde_json::Value) {
    trained(what, &voc(&set.write()))
}

/// The box of the first test image, x, y, width and height in px.
fn first_box(truth: &serde_json::Value) -> Vec<f64> {
    let sides = truth["annotations"][0]["bbox"].as_array().expect("a box");
    sides.iter().map(|side| side.as_f64().expect("a number")).collect()
}

/// Dry run and training refuse a set in the same words.
fn refused(what: &str, objects: &str, words: &[&str]) {
    let run = tempfile::tempdir().expect("a folder");
    for more in [&["train", "--dry-run"][..], &["train"]] {
        let output = detect(more, &run.path().join("run"), Some(objects));
        let said = printed(&output);
        assert!(!output.status.success(), "{what}: {said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{what} {more:?}: {word:?} is not in {said}"));
    }
}

#[test]
fn names_are_found_however_lists_and_folders_write_them() {
    let percent = |name: &str| format!("https://host/set/photo%20{name}.jpg?x=1");
    for (what, set) in [
        (
            "blanks",
            Set { name: |name| format!("photo ({name}) 1"), listed: |name| format!("photo ({name}) 1"), ..PLAIN },
        ),
        ("a column of one class", Set { listed: |name| format!("{name}  -1"), ..PLAIN }),
        ("endings", Set { listed: |name| format!("{name}.jpg"), ..PLAIN }),
        ("paths", Set { listed: |name| format!("./JPEGImages/{name}.png"), ..PLAIN }),
        ("absolute paths", Set { listed: |name| format!("/data/VOC/JPEGImages/{name}.jpg"), ..PLAIN }),
        ("backslashes", Set { listed: |name| format!("C:\\VOC\\JPEGImages\\{name}.jpg"), ..PLAIN }),
        ("addresses", Set { name: |name| format!("photo {name}"), listed: percent, ..PLAIN }),
        ("an ending in other letters", Set { ending: "Jpg", ..PLAIN }),
        ("WebP", Set { ending: "webp", image: || encoded(96, 64, ImageFormat::WebP), ..PLAIN }),
        ("BMP", Set { ending: "BMP", image: || encoded(96, 64, ImageFormat::Bmp), ..PLAIN }),
        ("a WebP called jpg", Set { image: || encoded(96, 64, ImageFormat::WebP), ..PLAIN }),
    ] {
        let (_, truth) = trained_on(what, &set);
        assert_eq!(truth["images"].as_array().map(Vec::len), Some(2), "{what}");
        assert_eq!(first_box(&truth), [10.0, 12.0, 30.0, 32.0], "{what}");
    }
}

#[test]
fn images_of_other_kinds_are_named_by_their_kind() {
    const GIF: fn() -> Vec<u8> = || b"GIF89a\x60\0\x40\0\0\0\0;".to_vec();
    for (what, set, words) in [
        ("a GIF", Set { ending: "gif", image: GIF, ..PLAIN }, [".gif", "it is a GIF"]),
        ("a GIF called jpg", Set { image: GIF, ..PLAIN }, [".jpg", "it is a GIF"]),
        (
            "a JPEG 2000",
            Set { ending: "jp2", image: || b"\0\0\0\x0CjP  \r\n\x87\n".to_vec(), ..PLAIN },
            [".jp2", "it is a JPEG 2000"],
        ),
        (
            "a pointer of Git LFS",
            Set { image: || b"version https://git-lfs.github.com/spec/v1\noid x\n".to_vec(), ..PLAIN },
            [".jpg", "git lfs pull"],
        ),
    ] {
        refused(what, &voc(&set.write()), &words);
    }
}

#[test]
fn annotations_are_read_in_their_encoding_and_flags_in_their_spelling() {
    const ENCODED: fn(&str, &str) -> String =
        |name, encoding| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n{}", annotation(name, "Fähre", ""));
    let latin = |name: &str| ENCODED(name, "ISO-8859-1").chars().map(|letter| letter as u8).collect();
    let utf16 = |name: &str| {
        let units = ENCODED(name, "UTF-16");
        [0xFEFF].into_iter().chain(units.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    };
    let doctype = |name: &str| {
        let text = annotation(name, "Fähre", "");
        format!("<?xml version=\"1.0\"?>\n<!DOCTYPE annotation SYSTEM \"voc.dtd\">\n{text}").into_bytes()
    };
    for (what, annotation) in
        [("ISO-8859-1", latin as fn(&str) -> Vec<u8>), ("UTF-16", utf16), ("a document type", doctype)]
    {
        let (_, truth) = trained_on(what, &Set { annotation, ..PLAIN });
        assert_eq!(truth["categories"][0]["name"], "Fähre", "{what}");
    }

    let difficult = |name: &str| {
        let spelling = if name == "b1" { "<difficult> True </difficult>" } else { "<difficult>0.0</difficult>" };
        annotation(name, "ship", spelling).into_bytes()
    };
    let (_, truth) = trained_on("difficult", &Set { annotation: difficult, ..PLAIN });
    let flags: Vec<bool> = truth["annotations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|annotation| annotation["difficult"].as_i64() == Some(1))
        .collect();
    assert_eq!(flags, [true, false], "{truth}");

    let unclear = |name: &str| annotation(name, "ship", "<difficult>perhaps</difficult>").into_bytes();
    let set = Set { annotation: unclear, ..PLAIN };
    refused(
        "difficult",
        &voc(&set.write()),
        &["a1.xml", "line 2", "<difficult> must be 0, 1, true or false", "perhaps"],
    );
    let bomb = |name: &str| {
        format!("<!DOCTYPE annotation [\n<!ENTITY a 'ship'>]>\n{}", annotation(name, "&a;", "")).into_bytes()
    };
    refused(
        "entities",
        &voc(&Set { annotation: bomb, ..PLAIN }.write()),
        &["a1.xml", "line 2", "entities are not read"],
    );
}

#[test]
fn boxes_that_were_drawn_before_the_image_was_turned_turn_with_it() {
    // A quarter turn clockwise: 96 x 64 px become 64 x 96, x is 64 less what y was.
    let (said, truth) = trained_on("orientation 6", &Set { image: || with_orientation(6), ..PLAIN });
    assert_eq!(first_box(&truth), [64.0 - 44.0, 10.0, 32.0, 30.0]);
    assert_eq!(said.matches("6 images were annotated before they were turned").count(), 2, "{said}");
    assert_eq!((&truth["images"][0]["width"], &truth["images"][0]["height"]), (&64.into(), &96.into()));

    // Annotated as shown: nothing is turned, and nothing said.
    let shown = |name: &str| {
        let text = annotation(name, "ship", "").replace("96<", "64<").replace("<height>64", "<height>96");
        text.into_bytes()
    };
    let (said, truth) = trained_on("as shown", &Set { image: || with_orientation(6), annotation: shown, ..PLAIN });
    assert_eq!(first_box(&truth), [10.0, 12.0, 30.0, 32.0]);
    assert!(!said.contains("turned"), "{said}");

    // Upside down: the size tells nothing.
    let (said, truth) = trained_on("orientation 3", &Set { image: || with_orientation(3), ..PLAIN });
    assert_eq!(first_box(&truth), [10.0, 12.0, 30.0, 32.0]);
    assert!(said.contains("6 images are turned") && said.contains("as it is shown"), "{said}");
}

#[test]
fn coco_names_in_codes_and_addresses_find_their_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |file: &str, written: fn(usize) -> String, from: usize, to: usize| {
        let images: Vec<_> = (from..to)
            .map(|at| serde_json::json!({"id": at, "file_name": written(at), "width": 96, "height": 64}))
            .collect();
        let annotations: Vec<_> = (from..to)
            .map(|at| serde_json::json!({"id": at, "image_id": at, "category_id": 1, "bbox": [10, 12, 30, 32]}))
            .collect();
        let categories = [serde_json::json!({"id": 1, "name": "ship"})];
        let all = serde_json::json!({"images": images, "annotations": annotations, "categories": categories});
        fs::write(folder.path().join(file), all.to_string()).expect("written");
    };
    let images = folder.path().join("images");
    fs::create_dir(&images).expect("created");
    (0..6).for_each(|at| {
        fs::write(images.join(format!("my photo {at}.jpg")), encoded(96, 64, ImageFormat::Jpeg)).expect("written");
    });
    for (what, written) in [
        ("codes", (|at| format!("my%20photo%20{at}.jpg")) as fn(usize) -> String),
        ("addresses", |at| format!("https://host/set/my%20photo%20{at}.JPG?token=%2F")),
        ("file addresses", |at| format!("file:///C:/set/my%20photo%20{at}.jpg")),
        ("backslashes", |at| format!(r"C:\set\my photo {at}.jpg")),
    ] {
        write("train.json", written, 0, 4);
        write("test.json", written, 4, 6);
        let path = |name: &str| text(&folder.path().join(name)).to_owned();
        let objects = format!(
            "data.objects={{kind=\"coco\",images={:?},train={:?},test={:?}}}",
            path("images"),
            path("train.json"),
            path("test.json")
        );
        let (_, truth) = trained(what, &objects);
        assert_eq!(first_box(&truth), [10.0, 12.0, 30.0, 32.0], "{what}");
    }
}
