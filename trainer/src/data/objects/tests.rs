//! Hand-made annotations with hand-computed boxes, and each way in which they can be wrong.

use super::*;
use std::path::PathBuf;
use tempfile::TempDir;

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("created");
    std::fs::write(&path, text).expect("written");
    path
}

fn save_image(folder: &TempDir, name: &str, width: u32, height: u32) {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("created");
    image::RgbImage::new(width, height).save(path).expect("written");
}

fn assert_says<T: std::fmt::Debug>(result: Result<T>, words: &[&str]) {
    let message = format!("{:#}", result.expect_err("bad input"));
    words.iter().for_each(|word| assert!(message.contains(word), "{word:?} is not in: {message}"));
}

fn plain(number: usize, class: usize, box_in_image: [f32; 4]) -> Object {
    Object { number, class, box_in_image, difficult: false, truncated: false, crowd: false }
}

mod voc {
    use super::*;

    fn object(name: &str, [xmin, ymin, xmax, ymax]: [&str; 4], more: &str) -> String {
        format!(
            "<object>{more}<name>{name}</name><bndbox><xmin>{xmin}</xmin><ymin>{ymin}</ymin><xmax>{xmax}</xmax>\
             <ymax>{ymax}</ymax></bndbox></object>\n"
        )
    }

    fn annotation(size: &str, objects: &[String]) -> String {
        format!("<annotation>\n<filename>a.jpg</filename>\n{size}\n{}</annotation>\n", objects.concat())
    }

    const SIZE: &str = "<size><width>10</width><height>8</height></size>";

    /// Image `a` for training with these objects, the empty image `b` for testing.
    fn set(a: &str) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder, "ImageSets/Main/trainval.txt", "a\r\n");
        write(&folder, "ImageSets/Main/test.txt", "b  -1\n\n");
        write(&folder, "Annotations/a.xml", a);
        write(&folder, "Annotations/b.xml", &annotation(SIZE, &[]));
        folder
    }

    fn load_objects(folder: &TempDir) -> Result<ObjectSet> {
        let root = folder.path().to_owned();
        load(&ObjectsConfig::Voc { root, train: "trainval".to_owned(), test: "test".to_owned() }, 0.2, 1)
    }

    #[test]
    fn boxes_from_one_and_inclusive_become_boxes_from_zero_and_exclusive() {
        let person_with_parts = "<part><name>head</name><bndbox><xmin>9</xmin></bndbox></part><difficult>1</difficult>\
                                 <truncated> 1 </truncated>";
        let folder = set(&annotation(
            SIZE,
            &[
                object("dog", ["1", "1", "10", "8"], "<difficult>0</difficult>"),
                object("person", ["3", "4.5", "3", "6"], person_with_parts),
                object("cat", ["-4", "2", "99", "5"], ""),
                object("cat", ["6", "2", "5", "5"], ""),
                object("cat", ["11", "2", "14", "5"], ""),
                object("dog", ["2", "2", "4", "4"], ""),
            ],
        ));
        let set = load_objects(&folder).expect("valid");
        assert_eq!(set.classes.len(), 20);
        assert_eq!((set.classes[0].as_str(), set.classes[19].as_str()), ("aeroplane", "tvmonitor"));
        let [a, b] = set.images.as_slice() else { panic!("{:?}", set.images) };
        assert_eq!((a.name.as_str(), a.part, a.size_px), ("a", Part::Train, Some([10, 8])));
        assert_eq!(a.file, ImageFile::Path(folder.path().join("JPEGImages/a.jpg")));
        assert_eq!((b.name.as_str(), b.part, b.objects.len()), ("b", Part::Test, 0));
        let person = Object { difficult: true, truncated: true, ..plain(1, 14, [2.0, 3.5, 3.0, 6.0]) };
        let dog = |number, box_in_image| plain(number, 11, box_in_image);
        assert_eq!(
            a.objects,
            [dog(0, [0.0, 0.0, 10.0, 8.0]), person, plain(2, 7, [0.0, 1.0, 10.0, 5.0]), dog(5, [1.0, 1.0, 4.0, 4.0])]
        );
        let [no_area, outside] = set.ignored.as_slice() else { panic!("{:?}", set.ignored) };
        for word in ["a.xml", "object 3", "cat", "[5.0, 1.0, 5.0, 5.0]", "no area"] {
            assert!(no_area.contains(word), "{no_area}");
        }
        for word in ["a.xml", "object 4", "[10.0, 1.0, 14.0, 5.0]", "outside the image of 10 x 8 px"] {
            assert!(outside.contains(word), "{outside}");
        }
    }

    #[test]
    fn classes_that_are_not_vocs_are_those_found_in_alphabetical_order() {
        let whole = ["1", "1", "10", "8"];
        let folder = set(&annotation(SIZE, &[object("tank", whole, ""), object("bird", whole, "")]));
        let set = load_objects(&folder).expect("valid");
        assert_eq!(set.classes, ["bird", "tank"]);
        assert_eq!(set.images[0].objects.iter().map(|object| object.class).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn a_size_that_is_not_annotated_is_read_from_the_image() {
        let folder = set(&annotation("<size><width>0</width></size>", &[object("dog", ["2", "2", "99", "99"], "")]));
        let without = load_objects(&folder).expect("valid");
        assert_eq!((without.images[0].size_px, without.images[0].objects[0].box_in_image[2]), (None, 99.0));
        save_image(&folder, "JPEGImages/a.png", 7, 5);
        let image = &load_objects(&folder).expect("valid").images[0];
        assert_eq!(image.file, ImageFile::Path(folder.path().join("JPEGImages/a.png")));
        assert_eq!((image.size_px, image.objects[0].box_in_image), (Some([7, 5]), [1.0, 1.0, 7.0, 5.0]));
    }

    #[test]
    fn bad_files_are_named_with_their_line() {
        let whole = object("dog", ["1", "1", "10", "8"], "");
        let good = annotation(SIZE, &[whole]);
        for (bad, words) in [
            (good[..good.find("<ymax>").expect("has one") + 3].to_owned(), ["a.xml", "line 4", "no whole XML"]),
            (good[..good.find("<object>").expect("has one")].to_owned(), ["a.xml", "line 3", "no whole XML"]),
            (String::new(), ["a.xml", "line 1", "no whole XML"]),
            (good.replace("ymin>", "yminimum>"), ["a.xml", "line 4", "<bndbox> has no <ymin>"]),
            (good.replace("<name>dog</name>", ""), ["a.xml", "line 4", "<object> has no <name>"]),
            (good.replace("dog", " "), ["a.xml", "line 4", "<name> is empty"]),
            (good.replace(">10</xmax>", ">ten</xmax>"), ["a.xml", "line 4", "<xmax> must be a number, and is \"ten\""]),
            (good.replace(">10</xmax>", ">NaN</xmax>"), ["a.xml", "line 4", "<xmax> must be a number, and is \"NaN\""]),
            (good.replace("annotation>", "html>"), ["a.xml", "line 1", "expected <annotation>, and found <html>"]),
        ] {
            assert_says(load_objects(&set(&bad)), &words);
        }
        let folder = set(&good);
        std::fs::remove_file(folder.path().join("Annotations/b.xml")).expect("removed");
        assert_says(load_objects(&folder), &["cannot read the annotation", "b.xml"]);
        write(&folder, "ImageSets/Main/test.txt", "a\n");
        assert_says(load_objects(&folder), &["\"a\"", "in the train and in the test list"]);
        write(&folder, "ImageSets/Main/trainval.txt", "a\na\n");
        assert_says(load_objects(&folder), &["\"a\"", "twice in the train list"]);
        write(&folder, "ImageSets/Main/trainval.txt", "\n");
        assert_says(load_objects(&folder), &["trainval.txt", "is empty"]);
        std::fs::remove_file(folder.path().join("ImageSets/Main/trainval.txt")).expect("removed");
        assert_says(load_objects(&folder), &["cannot read the list of images", "trainval.txt"]);
    }
}

mod coco {
    use super::*;
    use std::fs::File;
    use std::io::Write;

    /// Ids as numbers and strings, categories from 0 with a gap and out of order, null and missing fields.
    const TRAIN: &str = r#"{
        "info": null, "licenses": null,
        "images": [
            {"id": "x7", "file_name": "a.png", "width": 10, "height": 8},
            {"id": 5, "file_name": "deep/b.png", "width": null}],
        "annotations": [
            {"id": 1, "image_id": "x7", "category_id": 90, "bbox": [1, 2, 3, 4], "area": null,
                "segmentation": null, "iscrowd": null},
            {"image_id": "x7", "category_id": 0, "bbox": [-2.5, 1.5, 20, 2]},
            {"id": "n", "image_id": "x7", "category_id": 3, "bbox": [3, 2, 0, 4], "iscrowd": 0},
            {"id": 4, "image_id": "x7", "category_id": 3, "bbox": [30, 2, 2, 4], "iscrowd": 0},
            {"id": 5, "image_id": "5", "category_id": 3, "bbox": [0, 0, 6, 99], "iscrowd": 1},
            {"id": 6, "image_id": "x7", "category_id": 3, "bbox": [0, 0, 6, 6], "iscrowd": true}],
        "categories": [{"id": 3, "name": "ship"}, {"id": 90, "name": "bridge"},
            {"id": 0, "name": "car", "supercategory": null}]
    }"#;

    const TEST: &str = r#"{
        "images": [{"id": 5, "file_name": "c.png", "width": 4, "height": 4}],
        "annotations": [{"id": 1, "image_id": 5, "category_id": 2, "bbox": [1, 1, 2, 2]}],
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "ship"}, {"id": 4, "name": "bridge"}]
    }"#;

    fn set(train: &str, test: &str) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        save_image(&folder, "images/a.png", 10, 8);
        save_image(&folder, "images/other/deep/b.png", 6, 5);
        write(&folder, "train.json", train);
        write(&folder, "test.json", test);
        folder
    }

    fn load_objects(folder: &TempDir) -> Result<ObjectSet> {
        let [images, train, test] = ["images", "train.json", "test.json"].map(|name| folder.path().join(name));
        load(&ObjectsConfig::Coco { images, train, test }, 0.2, 1)
    }

    #[test]
    fn ids_of_any_kind_and_null_fields_are_read_and_boxes_clipped() {
        let folder = set(TRAIN, TEST);
        let set = load_objects(&folder).expect("valid");
        assert_eq!(set.classes, ["car", "ship", "bridge"]);
        let [a, b, c] = set.images.as_slice() else { panic!("{:?}", set.images) };
        assert_eq!([a.part, b.part, c.part], [Part::Train, Part::Train, Part::Test]);
        let crowd = |object| Object { crowd: true, ..object };
        assert_eq!(
            a.objects,
            [
                plain(0, 2, [1.0, 2.0, 4.0, 6.0]),
                plain(1, 0, [0.0, 1.5, 10.0, 3.5]),
                crowd(plain(4, 1, [0.0, 0.0, 6.0, 6.0]))
            ]
        );
        // The size is the file's, which lies in a folder below.
        assert_eq!(b.file, ImageFile::Path(folder.path().join("images/other/deep/b.png")));
        assert_eq!(b.size_px, Some([6, 5]));
        assert_eq!(b.objects, [crowd(plain(0, 1, [0.0, 0.0, 6.0, 5.0]))]);
        // The missing image is named where its pixels are read.
        assert_eq!((c.size_px, c.objects.as_slice()), (Some([4, 4]), [plain(0, 1, [1.0, 1.0, 3.0, 3.0])].as_slice()));
        assert_says(c.file.read(), &["cannot read the image", "c.png"]);
        let [no_area, outside] = set.ignored.as_slice() else { panic!("{:?}", set.ignored) };
        for word in
            ["train.json", "\"a.png\"", "annotation n (line 10)", "(ship)", "[3.0, 2.0, 3.0, 6.0]", "has no area"]
        {
            assert!(no_area.contains(word), "{no_area}");
        }
        for word in [
            "train.json",
            "\"a.png\"",
            "annotation 4 (line 11)",
            "[30.0, 2.0, 32.0, 6.0]",
            "outside the image of 10 x 8 px",
        ] {
            assert!(outside.contains(word), "{outside}");
        }
    }

    #[test]
    fn every_spelling_and_encoding_trains_as_the_plain_file_does() {
        let right = |folder: &TempDir| {
            let set = load_objects(folder).expect("valid");
            let objects: Vec<Vec<Object>> = set.images.iter().map(|image| image.objects.clone()).collect();
            (set.classes, objects)
        };
        let expected = right(&set(TRAIN, TEST));
        for train in [
            TRAIN.replace("\"category_id\": 3", "\"category_id\": \"3\""),
            TRAIN.replace("{\"id\": 3,", "{\"id\": \"3\",").replace("{\"id\": 90,", "{\"id\": \"90.0\","),
            TRAIN.replace("\"image_id\": \"5\"", "\"image_id\": 5.0").replace("\"id\": 90,", "\"id\": 9e1,"),
            TRAIN.replace("\"iscrowd\": 1", "\"iscrowd\": \"1\"").replace("\"iscrowd\": 0", "\"iscrowd\": \"0\""),
            TRAIN.replace("\"iscrowd\": true", "\"iscrowd\": \"True\"").replace("\"iscrowd\": 0", "\"iscrowd\": false"),
            TRAIN.replace("[0, 0, 6, 99]", "[\"0\", 0.0, \"6\", 99]").replace("\"width\": 10", "\"width\": \"10\""),
            format!("\u{feff}{TRAIN}"),
        ] {
            assert_eq!(right(&set(&train, TEST)), expected, "{train}");
        }
        let folder = set(TRAIN, TEST);
        let utf16: Vec<u8> = [0xfeff].into_iter().chain(TRAIN.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        std::fs::write(folder.path().join("train.json"), utf16).expect("written");
        let zipped = File::create(folder.path().join("test.json")).expect("created");
        let mut zipped = flate2::write::GzEncoder::new(zipped, flate2::Compression::fast());
        zipped.write_all(TEST.as_bytes()).and_then(|()| zipped.try_finish()).expect("written");
        assert_eq!(right(&folder), expected);
    }

    #[test]
    fn bad_files_are_named_with_what_is_wrong_in_them() {
        let change = |from: &str, to: &str| {
            assert!(TRAIN.contains(from), "{from}");
            TRAIN.replacen(from, to, 1)
        };
        for (train, words) in [
            (
                change("\"image_id\": \"x7\"", "\"image_id\": 77"),
                ["train.json", "annotation 1 (line 7):", "image_id 77"],
            ),
            (
                change("\"category_id\": 90", "\"category_id\": 2"),
                ["train.json", "annotation 1 (line 7):", "category_id 2"],
            ),
            (
                change("\"category_id\": 0", "\"category_id\": 4"),
                ["train.json", "number 1 of the list (line 9):", "category_id 4"],
            ),
            (
                change("\"bbox\": [1, 2, 3, 4]", "\"bbox\": null"),
                ["train.json", "annotation 1 (line 7):", "expected a bbox"],
            ),
            (change("[1, 2, 3, 4]", "[1, 2, 3]"), ["train.json", "line 7", "expected 4 numbers, found 3"]),
            (change("\"id\": 5, \"file", "\"id\": \"x7\", \"file"), ["train.json", "\"deep/b.png\"", "same id x7"]),
            (
                change("\"id\": \"x7\"", "\"id\": [7]"),
                ["train.json", "line 4", "expected an id, a whole number or a text"],
            ),
            (change("\"id\": 3, \"name\"", "\"id\": 90, \"name\""), ["train.json", "90 \"ship\"", "90 \"bridge\""]),
            (change("\"name\": \"ship\"", "\"name\": \"car\""), ["train.json", "0 \"car\"", "3 \"car\""]),
            (
                change("[-2.5, 1.5, 20, 2]", "[-2.5, NaN, 20, 2]"),
                ["line 9", "\"bbox\"", "NaN, which JSON does not have"],
            ),
            (change("\"iscrowd\": 0", "\"iscrowd\": 2"), ["line 10", "\"iscrowd\"", "expected 0, 1, true or false"]),
            (TRAIN[..TRAIN.len() / 2].to_owned(), ["cannot read the COCO file", "train.json", "line"]),
        ] {
            assert_says(load_objects(&set(&train, TEST)), &words);
        }
        let other = TEST.replace("\"ship\"", "\"boat\"");
        assert_says(load_objects(&set(TRAIN, &other)), &["same categories", "number 2", "\"ship\" in", "\"boat\" in"]);
        let fewer = TEST.replace(", {\"id\": 4, \"name\": \"bridge\"}", "");
        assert_says(
            load_objects(&set(TRAIN, &fewer)),
            &["same categories", "\"bridge\" in", "missing in", "test.json"],
        );
        let leak = TEST.replace("c.png", "a.png");
        assert_says(load_objects(&set(TRAIN, &leak)), &["\"a.png\"", "in the train and in the test list"]);
        let folder = set(TRAIN, TEST);
        std::fs::remove_file(folder.path().join("test.json")).expect("removed");
        assert_says(load_objects(&folder), &["cannot read the COCO file", "test.json"]);
    }
}
