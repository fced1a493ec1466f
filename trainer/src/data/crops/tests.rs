//! Small hand-made sets: which objects become crops, what the crops show, and who knows which class.

use super::*;
use crate::config::{Config, DataConfig};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// An image's name, its size and its objects: class and box [x, y, w, h].
type Image<'a> = (&'a str, [u32; 2], Vec<(usize, [i32; 4])>);

const CLASSES: [&str; 3] = ["car", "ship", "bridge"];

/// A COCO set whose images are black, and each object's box filled by its own colour.
fn set(train: &[Image<'_>], test: &[Image<'_>]) -> (TempDir, CropsConfig) {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, images) in [("train.json", train), ("test.json", test)] {
        let (mut listed, mut annotations) = (Vec::new(), Vec::new());
        for (id, (name, [width, height], objects)) in images.iter().enumerate() {
            listed.push(json!({"id": id, "file_name": name, "width": width, "height": height}));
            let mut pixels = image::RgbImage::new(*width, *height);
            for (class, bbox) in objects {
                annotations.push(json!({"id": annotations.len(), "image_id": id, "category_id": class, "bbox": bbox}));
                let [x, y, w, h] = bbox.map(|side| side as u32);
                for (column, row) in (x..x + w).flat_map(|column| (y..y + h).map(move |row| (column, row))) {
                    pixels.put_pixel(column, row, colour(annotations.len() - 1));
                }
            }
            pixels.save(folder.path().join(name)).expect("written");
        }
        let categories: Vec<Value> =
            CLASSES.iter().enumerate().map(|(id, name)| json!({"id": id, "name": name})).collect();
        let coco = json!({"images": listed, "annotations": annotations, "categories": categories});
        std::fs::write(folder.path().join(file), coco.to_string()).expect("written");
    }
    let [images, train, test] = ["", "train.json", "test.json"].map(|name| folder.path().join(name));
    let mut settings = CropsConfig::new(ObjectsConfig::Coco { images, train, test });
    (settings.size, settings.min_side) = (4, 3);
    (folder, settings)
}

fn colour(annotation: usize) -> image::Rgb<u8> {
    image::Rgb([50 + 10 * annotation as u8, 200, 100])
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON");
    change(&mut value);
    std::fs::write(path, value.to_string()).expect("written");
}

fn names(set: &CropSet, part: Part) -> Vec<&str> {
    set.crops.iter().filter(|crop| crop.part == part).map(|crop| crop.name.as_str()).collect()
}

fn error_of<T: std::fmt::Debug>(result: Result<T>) -> String {
    format!("{:#}", result.expect_err("bad input"))
}

/// Class 2 has one training crop; `b` and `c` have class 0 and 1 each; `t` all three classes.
fn three_classes() -> (TempDir, CropsConfig) {
    let both = vec![(0, [0, 0, 4, 3]), (1, [5, 2, 3, 6])];
    set(
        &[("a.png", [9, 9], vec![(2, [1, 1, 5, 5])]), ("b.png", [9, 8], both.clone()), ("c.png", [9, 8], both)],
        &[("t.png", [12, 9], vec![(0, [0, 0, 4, 3]), (2, [5, 2, 3, 6]), (1, [0, 5, 4, 4]), (2, [8, 0, 4, 4])])],
    )
}

#[test]
fn a_crop_shows_its_object_alone_at_one_size_and_stays_beside_its_images_other_crops() {
    let (_folder, settings) = three_classes();
    for seed in 0..6 {
        let set = CropSet::load(&settings, seed).expect("valid");
        assert_eq!(set.classes, CLASSES);
        let crop_names: Vec<&str> = set.crops.iter().map(|crop| crop.name.as_str()).collect();
        assert_eq!(crop_names, ["a#0", "b#0", "b#1", "c#0", "c#1", "t#0", "t#1", "t#2", "t#3"]);
        for (crop, (image, annotation)) in set.crops.iter().zip(set.images.iter().zip([0, 1, 2, 3, 4, 0, 1, 2, 3])) {
            // What lies beside a box has no influence, so its one colour fills the crop.
            let expected = RgbImage::filled(4, 4, colour(annotation).0);
            assert_eq!(image, &expected, "{}", crop.name);
        }
        // The class with one crop stays in training, and b or c goes as a whole.
        let validation = names(&set, Part::Validation);
        assert!(validation == ["b#0", "b#1"] || validation == ["c#0", "c#1"], "seed {seed}: {validation:?}");
        assert_eq!(names(&set, Part::Test).len(), 4);
        let expected = Preview { counts: [3, 2, 4], images: 4, faults: Vec::new() };
        assert_eq!(preview(&settings, seed).expect("valid"), expected);
    }
}

#[test]
fn a_preview_names_images_that_are_missing_or_of_another_size() {
    let (folder, settings) = three_classes();
    std::fs::remove_file(folder.path().join("a.png")).expect("removed");
    image::RgbImage::new(5, 5).save(folder.path().join("t.png")).expect("written");
    let faults = preview(&settings, 1).expect("valid").faults;
    let [missing, other] = faults.as_slice() else { panic!("{faults:?}") };
    assert!(missing.contains("a.png"), "{missing}");
    assert!(other.contains("t.png") && other.contains("5 x 5 px"), "{other}");
}

#[test]
fn crowds_difficult_and_tiny_objects_are_skipped_by_rule() {
    let (folder, settings) = set(
        &[("a.png", [30, 9], vec![(0, [0, 0, 3, 9]), (0, [4, 0, 2, 9]), (1, [7, 0, 4, 4]), (1, [12, 0, 4, 4])])],
        &[("t.png", [9, 9], vec![(0, [0, 0, 4, 4]), (1, [5, 5, 4, 4])])],
    );
    edit(&folder.path().join("train.json"), |coco| coco["annotations"][2]["iscrowd"] = json!(1));
    let kept = |settings: &CropsConfig| -> Vec<String> {
        let set = CropSet::load(settings, 1).expect("valid");
        set.crops.into_iter().filter(|crop| crop.part != Part::Test).map(|crop| crop.name).collect()
    };
    // Its numbers count the objects that were skipped.
    assert_eq!(kept(&settings), ["a#0", "a#3"]);
    assert_eq!(kept(&CropsConfig { min_side: 2, use_difficult: true, ..settings }), ["a#0", "a#1", "a#3"]);
}

/// In VOC's layout, for COCO has no difficult objects.
#[test]
fn difficult_objects_are_kept_where_requested() {
    let folder = tempfile::tempdir().expect("a folder");
    for below in ["ImageSets/Main", "Annotations", "JPEGImages"] {
        std::fs::create_dir_all(folder.path().join(below)).expect("created");
    }
    for (list, name) in [("trainval", "a"), ("test", "b")] {
        std::fs::write(folder.path().join(format!("ImageSets/Main/{list}.txt")), name).expect("written");
        image::RgbImage::new(9, 9).save(folder.path().join(format!("JPEGImages/{name}.png"))).expect("written");
        let object = |class: &str, difficult: u8| {
            format!(
                "<object><name>{class}</name><difficult>{difficult}</difficult><bndbox><xmin>1</xmin><ymin>1</ymin>\
                 <xmax>8</xmax><ymax>9</ymax></bndbox></object>"
            )
        };
        let xml = format!("<annotation>{}{}{}</annotation>", object("cat", 0), object("dog", 1), object("dog", 0));
        std::fs::write(folder.path().join(format!("Annotations/{name}.xml")), xml).expect("written");
    }
    let (root, train, test) = (folder.path().to_owned(), "trainval".to_owned(), "test".to_owned());
    let settings = CropsConfig::new(ObjectsConfig::Voc { root, train, test });
    let set = CropSet::load(&settings, 1).expect("valid");
    // A box of 8 px passes min_side = 8; classes without a crop are none.
    assert_eq!(set.classes, ["cat", "dog"]);
    assert_eq!(set.crops.iter().map(|crop| crop.name.as_str()).collect::<Vec<_>>(), ["a#0", "a#2", "b#0", "b#2"]);
    assert_eq!((set.images[0].width, set.images[0].height), (64, 64));
    let set = CropSet::load(&CropsConfig { use_difficult: true, ..settings }, 1).expect("valid");
    assert_eq!(set.crops.len(), 6);
}

#[test]
fn held_out_classes_are_out_of_distribution_in_testing_and_in_no_part() {
    let (_folder, settings) = three_classes();
    let set = CropSet::load(&settings, 1).expect("valid");
    let whole = set.dataset(&[]).expect("valid");
    assert!(whole.out_of_distribution.is_empty() && whole.dataset.split.test == [5, 6, 7, 8]);
    let CropDataset { dataset, out_of_distribution } = set.dataset(&["bridge".to_owned()]).expect("valid");
    assert_eq!(dataset.labels, ["car", "ship"]);
    assert_eq!((out_of_distribution, &dataset.split.test), (vec![6, 8], &vec![5, 7]));
    assert_eq!(dataset.samples.len(), set.crops.len());
    assert!(!dataset.split.train.contains(&0), "the training crop of the held-out class");
    assert_eq!(dataset.split.train.len() + dataset.split.validation.len(), 4);
    assert_eq!(dataset.samples[0].targets, [false, false]);
    assert_eq!(
        (dataset.samples[1].name.as_str(), dataset.samples[1].targets.as_slice()),
        ("b#0", [true, false].as_slice())
    );
    assert_eq!(dataset.samples[7].targets, [false, true]);
    // The pixels are the set's own.
    assert!(std::ptr::eq(dataset.image(3).expect("in memory").view().pixels, set.images[3].pixels.as_slice()));
    assert_ne!(dataset.split_hash(), whole.dataset.split_hash());

    let hold_out =
        |classes: &[&str]| error_of(set.dataset(&classes.iter().map(ToString::to_string).collect::<Vec<_>>()));
    let unknown = hold_out(&["brigde"]);
    assert!(unknown.contains("\"brigde\" does not exist") && unknown.contains("car, ship, bridge"), "{unknown}");
    let few = hold_out(&["bridge", "car"]);
    assert!(few.contains("at least 2 known classes") && few.contains("ship"), "{few}");
}

#[test]
fn classes_without_training_or_out_of_distribution_crops_are_named() {
    let (_folder, settings) = set(
        &[("a.png", [9, 9], vec![(0, [0, 0, 4, 4]), (1, [5, 5, 4, 4])])],
        &[("t.png", [9, 9], vec![(2, [0, 0, 4, 4]), (1, [5, 5, 4, 4])])],
    );
    let set = CropSet::load(&settings, 1).expect("valid");
    let untrained = error_of(set.dataset(&[]));
    assert!(untrained.contains("\"bridge\" (1 in test)") && untrained.contains("hold out"), "{untrained}");
    assert_eq!(set.dataset(&["bridge".to_owned()]).expect("valid").out_of_distribution, [2]);
    let set = CropSet { crops: set.crops.into_iter().filter(|crop| crop.class != 2).collect(), ..set };
    let set = CropSet { images: Arc::new(set.images[..3].to_vec()), ..set };
    let message =
        error_of(CropSet { classes: CLASSES.map(str::to_owned).to_vec(), ..set }.dataset(&["bridge".to_owned()]));
    assert!(message.contains("(bridge) have no test crop"), "{message}");
}

#[test]
fn missing_broken_and_resized_images_are_skipped_up_to_the_limit() {
    let (folder, settings) = three_classes();
    std::fs::remove_file(folder.path().join("b.png")).expect("removed");
    let error = error_of(CropSet::load(&settings, 1));
    for word in ["1 of 4 images", "data.max_bad_images = 0.01", "cannot read the image", "b.png"] {
        assert!(error.contains(word), "{error}");
    }
    image::RgbImage::new(9, 9).save(folder.path().join("t.png")).expect("written");
    let error = error_of(CropSet::load(&settings, 1));
    assert!(error.contains("2 of 4 images"), "{error}");
    let set = CropSet::load(&CropsConfig { max_bad_images: 0.5, ..settings }, 1).expect("within the limit");
    assert_eq!(set.crops.iter().map(|crop| crop.name.as_str()).collect::<Vec<_>>(), ["a#0", "c#0", "c#1"]);
    // No image can go to validation without a class losing its last training crop.
    assert!(set.crops.iter().all(|crop| crop.part == Part::Train));
    assert!(set.skipped[1].contains("annotated as 12 x 9 px, and has 9 x 9 px"), "{:?}", set.skipped);
}

#[test]
fn generated_scenes_are_split_by_image_in_the_requested_shares() {
    let settings = CropsConfig::new(ObjectsConfig::Scenes { count: 60, size: 96, first_seed: 0 });
    let set = CropSet::load(&CropsConfig { size: 16, ..settings.clone() }, 3).expect("valid");
    let mut parts: std::collections::BTreeMap<&str, Part> = std::collections::BTreeMap::new();
    for crop in &set.crops {
        let (scene, _) = crop.name.split_once('#').expect("scene#number");
        assert_eq!(*parts.entry(scene).or_insert(crop.part), crop.part, "{scene} is split");
    }
    // Scenes without a kept object count for their part, too: at most 12 of 60 for testing, at most 6 for validation.
    let images_of = |part| parts.values().filter(|&&other| other == part).count();
    assert!((8..=12).contains(&images_of(Part::Test)) && images_of(Part::Validation) <= 6, "{parts:?}");
    assert!(images_of(Part::Validation) >= 3, "{parts:?}");

    let config = Config { seed: 3, data: DataConfig::Crops(CropsConfig { size: 16, ..settings }), ..Config::default() };
    match super::super::load(&config) {
        Ok(dataset) => assert_eq!((dataset.samples.len(), &dataset.labels), (set.crops.len(), &set.classes)),
        Err(error) => assert!(format!("{error:#}").contains("without a training crop"), "{error:#}"),
    }
}
