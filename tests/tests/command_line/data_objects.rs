//! `nadir data check` and `nadir data stats` on images with boxes: which layout a folder has, and what is wrong in it.

use nadir_tests::command::{contains_all, fails, json_of, nadir, stdout, succeeds, text};
use nadir_tests::skip::real_data;
use std::path::{Path, PathBuf};

/// Generated scenes as a COCO set: `images/`, `train.json` and `val.json`.
fn coco_set(folder: &Path) -> PathBuf {
    let root = folder.join("coco");
    succeeds(&nadir(&["scenes", "--count", "6", "--size", "96", "--out", text(&root)]));
    std::fs::remove_file(root.join("multilabels.csv")).expect("there");
    let all: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root.join("objects.json")).expect("written")).expect("JSON");
    std::fs::remove_file(root.join("objects.json")).expect("there");
    for (name, part) in [("train", 0..4), ("val", 4..6)] {
        let mut file = all.clone();
        let images = &all["images"].as_array().expect("a list")[part];
        let has = |id: &serde_json::Value| images.iter().any(|image| image["id"] == *id);
        let annotations: Vec<serde_json::Value> = all["annotations"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|annotation| has(&annotation["image_id"]))
            .cloned()
            .collect();
        file["images"] = images.to_vec().into();
        file["annotations"] = annotations.into();
        std::fs::write(root.join(format!("{name}.json")), file.to_string()).expect("written");
    }
    root
}

/// Changes `train.json`.
fn change(root: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = root.join("train.json");
    let mut file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("there")).expect("JSON");
    change(&mut file);
    std::fs::write(&path, file.to_string()).expect("written");
}

fn check(root: &Path) -> std::process::Output {
    nadir(&["data", "check", text(root)])
}

/// The check ends with 1 and names all of `words` in its result.
#[track_caller]
fn finds(root: &Path, words: &[&str]) {
    let output = check(root);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    contains_all(&stdout(&output), words);
}

#[test]
fn a_coco_folder_is_recognised_checked_and_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = coco_set(folder.path());
    contains_all(
        &succeeds(&check(&root)),
        &["train.json, ", "val.json: 20 classes", "train: 4 images", "test: 2 images", "nothing is wrong"],
    );
    let statistics = json_of(&nadir(&["data", "stats", "--json", text(&root)]));
    let objects = |part: usize| statistics["parts"][part]["objects"].as_u64().expect("a number");
    let boxes = |size: &str| statistics["boxes"][size].as_u64().expect("a number");
    assert_eq!(objects(0) + objects(1), boxes("small") + boxes("medium") + boxes("large"));
    assert_eq!(statistics["images"]["sizes"][0], serde_json::json!({"width": 96, "height": 96, "images": 6}));
    contains_all(&succeeds(&nadir(&["data", "stats", text(&root)])), &["small (below 32 x 32 px2)", "96 x    96 px"]);
    // One file by name, and two.
    let (images, train, val) = (root.join("images"), root.join("train.json"), root.join("val.json"));
    let by_name = ["data", "check", "--images", text(&images), "--coco", text(&train)];
    contains_all(&succeeds(&nadir(&by_name)), &["train: 4 images"]);
    contains_all(&succeeds(&nadir(&[&by_name[..], &["--coco", text(&val)]].concat())), &["test: 2 images"]);
    let set = format!(
        "data.objects={{kind=\"coco\",images={:?},train={:?},test={:?}}}",
        text(&images),
        text(&train),
        text(&val)
    );
    contains_all(&succeeds(&nadir(&["data", "check", "--set", &set])), &["test: 2 images", "nothing is wrong"]);
    // Crops of the same objects are the same set.
    let crops = ["data", "check", "--set", "data.kind=crops", "--set", &set];
    contains_all(&succeeds(&nadir(&crops)), &["test: 2 images", "nothing is wrong"]);
    // A third file that could be either.
    std::fs::copy(&train, root.join("train2.json")).expect("copied");
    fails(&check(&root), &["3 files of COCO's", "--coco"]);
}

#[test]
fn faults_of_a_coco_set_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = coco_set(folder.path());
    let whole = std::fs::read(root.join("train.json")).expect("there");
    let again = || std::fs::write(root.join("train.json"), &whole).expect("written");

    change(&root, |file| file["annotations"][0]["bbox"] = serde_json::json!([300.0, 0.0, 5.0, 5.0]));
    finds(&root, &["wrong: 1 objects have a box without area or outside", "300"]);
    change(&root, |file| file["annotations"][0]["bbox"] = serde_json::json!([90.0, 0.0, 50.0, 5.0]));
    contains_all(&succeeds(&check(&root)), &["note: 1 boxes reach out of their image", "nothing is wrong"]);
    change(&root, |file| {
        let first = file["annotations"][0].clone();
        file["annotations"].as_array_mut().expect("a list").push(first);
    });
    contains_all(&succeeds(&check(&root)), &["note: 1 boxes stand in their image twice, with the same class"]);
    again();
    change(&root, |file| file["images"][0]["width"] = 97.into());
    finds(&root, &["is annotated as 97 x 96 px, and has 96 x 96 px"]);
    again();
    change(&root, |file| file["images"][1]["id"] = file["images"][0]["id"].clone());
    finds(&root, &["the annotations cannot be read", "the same id"]);
    again();
    change(&root, |file| file["images"][1]["file_name"] = "absent.png".into());
    finds(&root, &["1 images have no file", "absent.png"]);
    again();
    change(&root, |file| file["annotations"] = serde_json::json!([]));
    contains_all(&succeeds(&check(&root)), &["images have no object: in training they are background"]);
    again();
    // The same name for training and testing.
    change(&root, |file| file["images"][1]["file_name"] = "scene-4.png".into());
    finds(&root, &["scene-4.png", "train", "test"]);
    again();
    // The same pixels under another name, as a test image.
    let images = root.join("images");
    std::fs::copy(images.join("scene-0.png"), images.join("scene-5.png")).expect("copied");
    finds(&root, &["1 images for testing have the same pixels", "scene-0.png", "scene-5.png"]);
    let bytes = std::fs::read(images.join("scene-1.png")).expect("there");
    std::fs::write(images.join("scene-1.png"), &bytes[..bytes.len() / 2]).expect("written");
    finds(&root, &["1 images are broken", "scene-1.png"]);
    let output = nadir(&["data", "check", "--json", text(&root)]);
    assert_eq!(output.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["faults"].as_array().map(Vec::len), Some(2), "{found}");
}

/// S9 of the public reports: annotated before the camera's EXIF orientation turned the image.
#[test]
fn a_voc_folder_is_recognised_and_an_image_turned_by_exif_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/voc_exif6_raw_size");
    let words = ["image \"a4\" is annotated as 96 x 64 px, and has 64 x 96 px", "EXIF orientation", "boxes"];
    finds(&root, &words);
    let output = nadir(&["data", "check", "--voc", text(&root)]);
    assert_eq!(output.status.code(), Some(1));
    contains_all(&stdout(&output), &words);
    // Below the folder that was unpacked.
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("VOCdevkit/VOC2007");
    std::fs::create_dir_all(below.join("ImageSets/Main")).expect("created");
    for name in ["Annotations", "JPEGImages"] {
        std::fs::create_dir(below.join(name)).expect("created");
        for entry in std::fs::read_dir(root.join(name)).expect("there").flatten() {
            std::fs::copy(entry.path(), below.join(name).join(entry.file_name())).expect("copied");
        }
    }
    std::fs::write(below.join("ImageSets/Main/trainval.txt"), "a1\na2\na3\n").expect("written");
    fails(&check(folder.path()), &["trainval.txt", "test.txt", "VOC2007"]);
    std::fs::write(below.join("ImageSets/Main/test.txt"), "b1\nb2\n").expect("written");
    contains_all(
        &succeeds(&check(folder.path())),
        &["(trainval, test)", "train: 3 images", "1 image files are in no annotation and not used; a4.jpg"],
    );
}

#[test]
fn folders_that_are_no_data_set_say_what_was_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    fails(&check(folder.path()), &["labels/", "VOC", "COCO", "--labels", "--coco", "data.objects"]);
    fails(&check(&folder.path().join("absent")), &["absent is no folder"]);
    fails(&nadir(&["data", "check"]), &["no data set", "--coco", "--voc"]);
    fails(&nadir(&["data", "check", "--set", "seed=1"]), &["generated"]);
    let output = nadir(&["data", "check", "--coco", "a.json"]);
    assert_eq!(output.status.code(), Some(2), "--images is needed");
}

#[test]
fn vhr10_and_the_voc_sample_are_recognised() {
    let (Some(vhr10), Some(voc)) = (real_data("vhr10"), real_data("voc_sample")) else { return };
    // COCO's counts as the JSON has them; which faults these sets have was looked at by hand.
    let output = json_of(&nadir(&["data", "stats", "--json", text(&vhr10)]));
    assert_eq!((&output["parts"][0]["images"], &output["parts"][1]["images"]), (&520.into(), &130.into()));
    let objects = |part: usize| output["parts"][part]["objects"].as_u64().expect("a number");
    assert_eq!(objects(0) + objects(1), 3921);
    assert_eq!(output["classes"].as_array().map(Vec::len), Some(10));
    let output = json_of(&nadir(&["data", "stats", "--json", text(&voc)]));
    assert_eq!((&output["parts"][0]["images"], &output["parts"][1]["images"]), (&60.into(), &40.into()));
    let objects = |part: usize| output["parts"][part]["objects"].as_u64().expect("a number");
    assert_eq!(objects(0) + objects(1), 273);
}
