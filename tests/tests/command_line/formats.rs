//! Formats of annotations: `nadir data convert`, the same readers in training, and `detect run --format`.

use nadir::config::{AnnotatedFiles, ObjectsConfig};
use nadir::data::objects::{self, ObjectImage, ObjectSet};
use nadir_tests::command::{contains_all, fails, fails_with, json_of, nadir, program, stdout, succeeds, text};
use nadir_tests::objects::{SCENE_PX, SEED, export};
use nadir_tests::skip::real_data;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A kind of `data.objects` by its files.
type OfFiles = fn(AnnotatedFiles) -> ObjectsConfig;
/// A class and its box in thousandths of a px.
type RoundedObject = (usize, [i64; 4]);

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/formats")
}

fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn convert(from: &str, to: &str, input: &Path, output: &Path, more: &[&str]) -> std::process::Output {
    let mut command = program(&["data", "convert", "--from", from, "--to", to]);
    command.arg(input).arg(output).args(more).output().expect("starts")
}

/// The objects of a COCO file by image, each as class, box, and what else it has.
fn objects_of_coco(path: &Path) -> BTreeMap<String, Vec<Value>> {
    let file = read_json(path);
    let list = |key: &str| file[key].as_array().expect("a list").clone();
    let names: BTreeMap<u64, String> = list("images")
        .iter()
        .map(|image| (image["id"].as_u64().expect("an id"), image["file_name"].as_str().expect("a name").to_owned()))
        .collect();
    let classes: BTreeMap<u64, Value> =
        list("categories").iter().map(|one| (one["id"].as_u64().expect("an id"), one["name"].clone())).collect();
    let mut objects: BTreeMap<String, Vec<Value>> = names.values().map(|name| (name.clone(), Vec::new())).collect();
    for one in list("annotations") {
        let side = |at: usize| one["bbox"][at].as_f64().expect("a number");
        let mut object = json!({
            "class": classes[&one["category_id"].as_u64().expect("an id")],
            "box": [side(0), side(1), side(0) + side(2), side(1) + side(3)],
        });
        match one["segmentation"].as_array().expect("a list").as_slice() {
            [] => {}
            [ring] => object["polygon"] = ring.clone(),
            several => object["parts"] = several.len().into(),
        }
        for mark in ["difficult", "truncated", "occluded"] {
            if one["attributes"][mark] == true {
                object[mark] = true.into();
            }
        }
        if one["iscrowd"] == 1 {
            object["crowd"] = true.into();
        }
        if let Some(score) = one.get("score") {
            object["score"] = score.clone();
        }
        objects.get_mut(&names[&one["image_id"].as_u64().expect("an id")]).expect("listed").push(object);
    }
    objects
}

/// Numbers within so many px, everything else the same.
fn assert_near(found: &Value, expected: &Value, tolerance: f64, about: &str) {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
            assert!((a - b).abs() <= tolerance, "{about}: {a} and not {b}");
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{about}: {found} and not {expected}");
            a.iter().zip(b).for_each(|(a, b)| assert_near(a, b, tolerance, about));
        }
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{about}: {found}");
            a.iter().for_each(|(key, a)| assert_near(a, &b[key], tolerance, about));
        }
        _ => assert_eq!(found, expected, "{about}"),
    }
}

fn draw_images(folder: &Path, sizes: &Value) {
    std::fs::create_dir_all(folder).expect("created");
    for (name, size) in sizes.as_object().expect("sizes") {
        let side = |at: usize| size[at].as_u64().expect("px") as u32;
        image::RgbImage::new(side(0), side(1)).save(folder.join(name)).expect("written");
    }
}

#[test]
fn the_tools_own_examples_have_the_boxes_of_their_definitions() {
    for case in ["coco", "voc", "yolo", "yolo_obb", "dota", "labelme", "cvat", "label_studio"] {
        let expected = read_json(&cases().join(case).join("expected.json"));
        let scratch = tempfile::tempdir().expect("a folder");
        let images = scratch.path().join("images");
        draw_images(&images, &expected["sizes"]);
        let part = |key: &str| expected[key].as_str().expect("a text");
        let input = cases().join(case).join("in").join(part("path"));
        let out = scratch.path().join("coco");
        let said = json_of(&convert(part("format"), "coco", &input, &out, &["--json", "--images-from", text(&images)]));
        assert_eq!(said["classes"], expected["classes"], "{case}");
        assert_eq!(said["not_read"], expected["not_read"], "{case}");
        for (file, images) in expected["files"].as_object().expect("files") {
            let found = objects_of_coco(&out.join(format!("{file}.json")));
            assert_near(&json!(found), images, 1e-6, &format!("{case}, {file}"));
        }
        if let Some(labels) = expected["labels"].as_object() {
            // Only a format that holds them shows the labels of whole images.
            let tags = scratch.path().join("labelme");
            succeeds(&convert(part("format"), "labelme", &input, &tags, &[]));
            for (image, labels) in labels {
                let subset = if case == "cvat" { "train/" } else { "" };
                let name = image.trim_end_matches(".jpg");
                let flags = &read_json(&tags.join(format!("{subset}{name}.json")))["flags"];
                let found: Vec<&String> = flags.as_object().expect("flags").keys().collect();
                assert_eq!(json!(found), *labels, "{case}");
            }
        }
    }
}

#[test]
fn what_is_lost_is_said_and_nothing_is_overwritten() {
    let scratch = tempfile::tempdir().expect("a folder");
    let out = scratch.path().join("out");
    let input = cases().join("labelme/in");
    let said = succeeds(&convert("labelme", "voc", &input, &out, &[]));
    contains_all(
        &said,
        &[
            "1 images, 3 objects",
            "not read: shapes of the type \"line\": 1",
            "note: polygons became boxes: 1",
            "note: labels of whole images are not held by Pascal VOC: 1",
        ],
    );
    fails(&convert("labelme", "coco", &input, &out, &[]), &["is not empty: nothing is overwritten"]);
    fails(&convert("labelme", "coco", &input, &input.join("2011_000003.json"), &[]), &["is a file"]);
    fails_with(2, &convert("yolo5", "coco", &input, &out, &[]), &["yolo5", "label_studio"]);
    let copied = scratch.path().join("copied");
    fails(&convert("labelme", "coco", &input, &copied, &["--images", "copy"]), &["2011_000003.jpg", "--images-from"]);
    assert!(!copied.exists(), "nothing is left half written");
    fails(&convert("labelme", "yolo", &scratch.path().join("absent"), &copied, &[]), &["absent does not exist"]);
}

#[test]
fn faults_name_file_line_and_what_was_expected() {
    let scratch = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    let mut refused = |format: &str, case: &str, file: &str, from: &str, to: &str, words: &[&str]| {
        number += 1;
        let folder = scratch.path().join(number.to_string());
        copy(&cases().join(case).join("in"), &folder);
        draw_images(&folder.join("images/train"), &json!({"000000000009.jpg": [64, 48]}));
        draw_images(&folder.join("images/val"), &json!({"000000000036.jpg": [64, 48]}));
        let path = folder.join(file);
        let old = std::fs::read_to_string(&path).expect("there");
        assert!(old.contains(from), "{case}: {from}");
        std::fs::write(&path, old.replacen(from, to, 1)).expect("written");
        let name = Path::new(file).file_name().expect("a file").to_string_lossy().into_owned();
        let words: Vec<&str> = words.iter().copied().chain([name.as_str()]).collect();
        fails(&convert(format, "coco", &folder, &folder.join("out"), &[]), &words);
    };
    let labels = "labels/train/000000000009.txt";
    refused("yolo", "yolo", labels, "0.247188", "x", &["line 2", "a coordinate must be a number, and is \"x\""]);
    refused("yolo", "yolo", labels, " 0.476417", "", &["line 2", "4 numbers", "found 3 numbers"]);
    refused("yolo", "yolo", labels, "2 0.63", "1.5 0.63", &["line 3", "the class must be a whole number"]);
    refused("yolo", "yolo", "data.yaml", "names:", "nombres:", &["the key names"]);
    refused("yolo", "yolo", "data.yaml", "images/val", "images/gone", &["gone does not exist"]);
    refused("yolo", "yolo", "data.yaml", "  0: bowl", "  zero: bowl", &["names", "numbers from 0"]);
    let labels = "labelTxt/P0000.txt";
    refused("dota", "dota", labels, " plane 0", "", &["line 3", "x4 y4 class difficult", "found 8 words"]);
    refused("dota", "dota", labels, "2385.0", "NaN", &["line 3", "must be a number, and is \"NaN\""]);
    refused("dota", "dota", labels, "vehicle 1", "vehicle yes", &["line 4", "difficult must be 0, 1 or 2"]);
    let file = "annotations.xml";
    refused("cvat", "cvat", file, "xbr=\"300\"", "", &["line 19", "<box> has no attribute \"xbr\""]);
    refused("cvat", "cvat", file, "11.50,2.00", "11.50", &["line 25", "expected x,y"]);
    refused("cvat", "cvat", file, "<tag ", "<track ", &["no whole XML"]);
    refused("cvat", "cvat", file, "<dumped>", "<version>", &["no whole XML", "line 16"]);
    let file = "Annotations/000032.xml";
    refused("voc", "voc", file, "<xmin>104</xmin>", "", &["line 7", "<bndbox> has no <xmin>"]);
    refused(
        "voc",
        "voc",
        file,
        "<difficult>1",
        "<difficult>maybe",
        &["line 8", "<difficult> must be 0, 1, true or false"],
    );
    let file = "2011_000003.json";
    refused("labelme", "labelme", file, "\"imagePath\"", "\"path\"", &["imagePath"]);
    refused("labelme", "labelme", file, "\"label\": \"bottle\"", "\"label\": [1]", &["key \"label\"", "a list"]);
    let file = "tasks.json";
    refused("label_studio", "label_studio", file, "\"width\": 32.52", "\"width\": \"wide\"", &["line", "\"width\""]);
    refused("label_studio", "label_studio", file, "\"data\"", "\"date\"", &["\"data\"", "JSON-MIN"]);
    let file = "instances.json";
    refused("coco", "coco", file, "\"category_id\": 44", "\"category_id\": 45", &["line 1", "category_id 45"]);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("created");
    for entry in std::fs::read_dir(from).expect("there") {
        let entry = entry.expect("there");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            std::fs::copy(entry.path(), &to).map(drop).expect("copied")
        }
    }
}

#[test]
fn boxes_of_nwpu_vhr_10_go_round_by_voc_and_yolo() {
    let Some(folder) = real_data("vhr10") else { return };
    let (input, images) = (folder.join("annotations.json"), folder.join("images"));
    let scratch = tempfile::tempdir().expect("a folder");
    let path = |name: &str| scratch.path().join(name);
    let more = ["--images-from", text(&images)];
    let said = succeeds(&convert("coco", "voc", &input, &path("voc"), &more));
    contains_all(&said, &["650 images, 3921 objects", "10 classes"]);
    succeeds(&convert("voc", "yolo", &path("voc"), &path("yolo"), &more));
    succeeds(&convert("yolo", "coco", &path("yolo"), &path("coco"), &more));
    let boxes = |objects: BTreeMap<String, Vec<Value>>| -> BTreeMap<String, Vec<Value>> {
        let plain = |object: Value| json!({"class": object["class"], "box": object["box"]});
        objects.into_iter().map(|(name, objects)| (name, objects.into_iter().map(plain).collect())).collect()
    };
    let (found, expected) = (objects_of_coco(&path("coco").join("annotations.json")), objects_of_coco(&input));
    // Ten digits of a share of 1,728 px.
    assert_near(&json!(boxes(found)), &json!(boxes(expected)), 2e-7, "COCO, VOC, YOLO, COCO");
}

#[test]
fn pascal_voc_goes_round_by_coco_and_cvat() {
    let Some(folder) = real_data("voc_sample/VOC2007") else { return };
    let scratch = tempfile::tempdir().expect("a folder");
    let path = |name: &str| scratch.path().join(name);
    succeeds(&convert("voc", "coco", &folder, &path("coco"), &[]));
    succeeds(&convert("coco", "cvat", &path("coco"), &path("cvat"), &[]));
    let said = succeeds(&convert("cvat", "voc", &path("cvat"), &path("voc"), &[]));
    contains_all(&said, &["100 images, 273 objects"]);
    assert!(!said.contains("note:"), "{said}");
    let values = |folder: &Path, name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join("Annotations").join(name)).expect("there");
        // A person's parts have boxes of their own, which no other format holds.
        let whole = text.split("<part>").map(|part| part.split_once("</part>").map_or(part, |(_, rest)| rest));
        let whole: String = whole.collect();
        let wanted = ["filename", "width", "height", "name", "difficult", "truncated", "xmin", "ymin", "xmax", "ymax"];
        let mut values: Vec<String> = Vec::new();
        for tag in wanted {
            let tag_start = format!("<{tag}>");
            let texts = whole.split(&tag_start).skip(1).map(|rest| rest.split('<').next().unwrap_or_default());
            values.extend(texts.map(|text| format!("{tag} {text}")));
        }
        values.sort();
        values
    };
    for entry in std::fs::read_dir(folder.join("Annotations")).expect("there") {
        let name = entry.expect("there").file_name().to_string_lossy().into_owned();
        assert_eq!(values(&path("voc"), &name), values(&folder, &name), "{name}");
    }
}

#[test]
fn training_reads_the_same_objects_from_every_format() {
    let scratch = tempfile::tempdir().expect("a folder");
    let path = |name: &str| scratch.path().join(name);
    let (train, test) = (path("coco").join("train.json"), path("coco").join("test.json"));
    let images: Vec<Value> = (0..12)
        .map(|at| {
            std::fs::create_dir_all(path("images")).expect("created");
            let size = [60 + 2 * at, 50];
            image::RgbImage::new(size[0], size[1]).save(path("images").join(format!("{at}.png"))).expect("written");
            json!({"id": at, "file_name": format!("{at}.png"), "width": size[0], "height": size[1]})
        })
        .collect();
    let object = |at: usize| {
        let corner = [at % 7, at % 5].map(|corner| corner as f64 + 0.5);
        json!({"id": at, "image_id": at / 2, "category_id": 1 + at % 2, "bbox": [corner[0], corner[1], 20, 30 - at % 3]})
    };
    let annotated: Vec<Value> = (0..24).map(object).collect();
    std::fs::create_dir_all(path("coco")).expect("created");
    for (file, range) in [(&train, 0..8), (&test, 8..12)] {
        let of = |object: &&Value| range.contains(&object["image_id"].as_u64().expect("an id"));
        let file_text = json!({
            "images": images[range.start as usize..range.end as usize],
            "annotations": annotated.iter().filter(of).collect::<Vec<_>>(),
            "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "tank"}],
        });
        std::fs::write(file, file_text.to_string()).expect("written");
    }
    let load =
        |config: &ObjectsConfig| objects::load(config, 0.2, 1).unwrap_or_else(|error| panic!("{config:?}: {error:#}"));
    let expected = load(&ObjectsConfig::Coco { images: path("images"), train: train.clone(), test });
    let kinds: [(&str, OfFiles); 5] = [
        ("yolo", ObjectsConfig::Yolo),
        ("dota", ObjectsConfig::Dota),
        ("labelme", ObjectsConfig::Labelme),
        ("cvat", ObjectsConfig::Cvat),
        ("label_studio", ObjectsConfig::LabelStudio),
    ];
    for (kind, config) in kinds {
        let root = path(kind);
        let files = AnnotatedFiles { root: root.clone(), images: None, train: None, test: None };
        let images = path("images");
        let more = ["--images", "copy", "--images-from", text(&images)];
        succeeds(&convert("coco", kind, &path("coco"), &root, &more));
        let set = load(&config(files.clone()));
        assert_eq!(set.classes, expected.classes, "{kind}");
        let by_name = |set: &ObjectSet| -> BTreeMap<String, (String, Vec<RoundedObject>)> {
            let rounded = |side: f32| (f64::from(side) * 1000.0).round() as i64;
            let image = |image: &ObjectImage| {
                let objects = image.objects.iter().map(|o| (o.class, o.box_in_image.map(rounded))).collect();
                (image.name.clone(), (image.part.name().to_owned(), objects))
            };
            set.images.iter().map(image).collect()
        };
        assert_eq!(by_name(&set), by_name(&expected), "{kind}");
        assert!(set.images.iter().all(|image| image.read().is_ok()), "{kind}: the files are found");
        // Lists divide the set otherwise.
        std::fs::write(path("a.txt"), "0\n1.png\n./images/2.png\n").expect("written");
        std::fs::write(path("b.txt"), "11.png\n").expect("written");
        let set = load(&config(AnnotatedFiles { train: Some(path("a.txt")), test: Some(path("b.txt")), ..files }));
        let names: Vec<&str> = set.images.iter().map(|image| image.name.as_str()).collect();
        let parts: Vec<&str> = set.images.iter().map(|image| image.part.name()).collect();
        assert_eq!(names.len(), 4, "{kind}: {names:?}");
        assert_eq!((names[3], parts), ("11.png", vec!["train", "train", "train", "test"]), "{kind}");
    }
    let undivided = path("undivided");
    succeeds(&convert("coco", "dota", &train, &undivided, &[]));
    let config = ObjectsConfig::Dota(AnnotatedFiles { root: undivided, images: None, train: None, test: None });
    let message = format!("{:#}", objects::load(&config, 0.2, 1).expect_err("not divided"));
    contains_all(&message, &["which images are for training", "data.objects.test"]);
}

#[test]
fn detections_are_written_for_every_tool_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = export(folder.path()).expect("exported");
    let images = folder.path().join("images");
    std::fs::create_dir_all(images.join("deep")).expect("created");
    let scene = nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image;
    for name in ["deep/a.png", "b.png"] {
        let (side, pixels) = (SCENE_PX as u32, scene.pixels.clone());
        image::RgbImage::from_raw(side, side, pixels).expect("its size").save(images.join(name)).expect("written");
    }
    let run = |format: &str, out: &Path| {
        let mut command = program(&["detect", "run", "--device", "cpu", "--tile", "0", "--json", "--format", format]);
        command.arg("--bundle").arg(&bundle).arg("--predictions").arg(out).arg(&images).output().expect("starts")
    };
    for format in ["coco", "voc", "yolo", "labelme", "cvat", "label_studio", "dota", "csv"] {
        let out = folder.path().join(format);
        let found = json_of(&run(format, &out));
        let count: usize =
            found.as_array().expect("images").iter().map(|f| f["objects"].as_array().expect("objects").len()).sum();
        assert!(count > 0);
        if format == "csv" {
            let table = std::fs::read_to_string(out.join("labels.csv")).expect("written");
            assert!(table.starts_with("image,") && table.contains("deep/a.png,"), "{table}");
            continue;
        }
        let back = folder.path().join(format!("{format}-back"));
        succeeds(&convert(format, "coco", &out, &back, &["--images-from", text(&images)]));
        let objects = objects_of_coco(&back.join("annotations.json"));
        assert_eq!(objects.keys().collect::<Vec<_>>(), ["b.png", "deep/a.png"], "{format}");
        for image in found.as_array().expect("images") {
            let name = if image["image"].as_str().expect("a name").ends_with("b.png") { "b.png" } else { "deep/a.png" };
            let expected = image["objects"].as_array().expect("objects").iter().map(|object| {
                let mut class = object["label"].as_str().expect("a name").to_owned();
                // DOTA's names have no blanks.
                if format == "dota" {
                    class = class.replace(' ', "-");
                }
                let mut wanted = json!({"class": class, "box": object["box_px"]});
                // VOC's and DOTA's files of annotations hold no score.
                if !["voc", "dota"].contains(&format) {
                    wanted["score"] = object["score"].clone();
                }
                wanted
            });
            let mut found = objects[name].clone();
            found.iter_mut().for_each(|object| drop(object.as_object_mut().expect("an object").remove("polygon")));
            assert_near(&json!(found), &json!(expected.collect::<Vec<_>>()), 1e-3, &format!("{format}, {name}"));
        }
    }
    let results = read_json(&folder.path().join("coco/results.json"));
    assert!(results[0]["score"].is_number() && results[0]["image_id"].is_number(), "{results}");
    let tasks = read_json(&folder.path().join("label_studio/tasks.json"));
    assert_eq!(tasks[0]["predictions"][0]["model_version"], "nadir");
    assert!(tasks[0].get("annotations").is_none(), "a person has not seen them");
    fails(&run("coco", &folder.path().join("coco")), &["is not empty"]);
    fails_with(
        2,
        &nadir(&["detect", "run", "--format", "coco", "--bundle", text(&bundle), "a.png"]),
        &["--predictions"],
    );
    assert!(stdout(&nadir(&["detect", "run", "--help"])).contains("--predictions"));
}
