use super::object_statistics;
use crate::data::objects::load_coco_file;
use std::path::Path;

/// Writes an image of one colour.
fn save(folder: &Path, name: &str, [width, height]: [u32; 2], red: u8) {
    image::RgbImage::from_pixel(width, height, image::Rgb([red, 0, 51])).save(folder.join(name)).expect("written");
}

/// Seven images with one fault each; every figure by hand.
#[test]
fn figures_of_a_small_set_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    save(&images, "a.png", [200, 120], 255);
    save(&images, "same.png", [200, 120], 255);
    save(&images, "size.png", [60, 40], 0);
    save(&images, "empty.png", [50, 40], 0);
    save(&images, "spare.png", [50, 41], 0);
    std::fs::write(images.join("broken.png"), []).expect("written");
    let list = |names: &[(&str, [u32; 2])]| -> Vec<serde_json::Value> {
        let image = |(id, (name, [width, height])): (usize, &(&str, [u32; 2]))| serde_json::json!({"id": id, "file_name": name, "width": width, "height": height});
        names.iter().enumerate().map(image).collect()
    };
    let object = |image: usize, class: usize, bbox: [f64; 4]| serde_json::json!({"image_id": image, "category_id": class, "bbox": bbox});
    let coco = serde_json::json!({
        "images": list(&[("a.png", [200, 120]), ("same.png", [200, 120]), ("size.png", [40, 60]),
            ("empty.png", [50, 40]), ("broken.png", [9, 9]), ("absent.png", [9, 9])]),
        "annotations": [
            // 31 x 33 = 1023 px2 is small, 32 x 32 is medium, 96 x 96 is large.
            object(0, 1, [0.0, 0.0, 31.0, 33.0]),
            object(0, 2, [5.0, 5.0, 32.0, 32.0]),
            object(0, 1, [5.0, 5.0, 96.0, 96.0]),
            // Twice, of the same class and of another one.
            object(0, 2, [5.0, 5.0, 32.0, 32.0]),
            object(0, 1, [5.0, 5.0, 32.0, 32.0]),
            // Out of the image, by 10 px and wholly; without an area.
            object(1, 1, [180.0, 0.0, 30.0, 40.0]),
            object(1, 1, [300.0, 0.0, 30.0, 40.0]),
            object(1, 1, [3.0, 3.0, 0.0, 4.0]),
            object(2, 1, [0.0, 0.0, 4.0, 4.0]),
        ],
        "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "tank"}, {"id": 3, "name": "crane"}],
    });
    let file = folder.path().join("boxes.json");
    std::fs::write(&file, coco.to_string()).expect("written");

    let set = load_coco_file(&images, &file).expect("read");
    let statistics = object_statistics(&set, Some(&images));
    assert_eq!((statistics.parts.len(), statistics.parts[0].images, statistics.parts[0].objects), (1, 6, 7));
    let counts: Vec<_> =
        statistics.classes.iter().map(|class| (class.class.as_str(), class.train, class.test, class.images)).collect();
    assert_eq!(counts, [("ship", 5, 0, 3), ("tank", 2, 0, 1), ("crane", 0, 0, 0)]);
    let boxes = &statistics.boxes;
    // Small: 31 x 33, what is left of the cut one (20 x 40), 4 x 4.
    assert_eq!((boxes.small, boxes.medium, boxes.large), (3, 3, 1));
    assert_eq!(boxes.width_px, Some([4.0, 32.0, 96.0]));
    assert_eq!((statistics.skipped.count, statistics.cut_off.count), (2, 1));
    assert_eq!((statistics.same_boxes.count, statistics.same_boxes_of_other_class.count), (1, 1));
    assert!(statistics.same_boxes.first[0].contains("objects 1 and 3 (tank)"), "{:?}", statistics.same_boxes);
    assert_eq!(statistics.without_objects.first, ["empty.png", "broken.png", "absent.png"]);
    let found = &statistics.images;
    assert_eq!((found.missing.count, found.broken.count, found.other_size.count, found.turned.count), (1, 1, 1, 0));
    assert!(found.other_size.first[0].contains("annotated as 40 x 60 px, and has 60 x 40 px"));
    assert!(!found.other_size.first[0].contains("EXIF"), "it has none: {:?}", found.other_size);
    assert_eq!(found.same_pixels.first, ["\"a.png\" (train) and \"same.png\" (train)"]);
    assert_eq!(found.without_annotation.first, ["spare.png"]);
    let faults = statistics.faults().join("\n");
    for word in ["1 images have no file", "broken.png", "size.png", "2 objects have a box without area"] {
        assert!(faults.contains(word), "{word:?} is not in {faults}");
    }
    assert_eq!(statistics.faults().len(), 4);
    let remarks = statistics.remarks().join("\n");
    for word in ["1 boxes reach out", "twice, with the same class", "3 images have no object", "spare.png", "crane"] {
        assert!(remarks.contains(word), "{word:?} is not in {remarks}");
    }
}
