//! Annotations in every format, read, checked, written and read again.

use super::scratch;
use nadir::config::{AnnotatedFiles, ObjectsConfig};
use nadir::data::formats::{Annotated, Annotations, Format, ImageFiles, Shape, Source, fit, read, write};
use nadir::data::objects::{self, ObjectSet};
use std::path::{Path, PathBuf};

/// Width and height, px, of the image that the annotations are of.
pub const IMAGE_SIZE: [u32; 2] = [64, 48];
/// Its name.
pub const IMAGE: &str = "a.png";

/// A set's folder with the image and whatever else it needs, and the annotations in `file`.
fn set(name: &str, file: &str, bytes: &[u8], others: &[(&str, &str)]) -> PathBuf {
    let folder = scratch::folder(name, |folder| {
        let images = folder.join("images");
        std::fs::create_dir_all(&images).expect("created");
        let [width, height] = IMAGE_SIZE;
        image::RgbImage::new(width, height).save(images.join(IMAGE)).expect("written");
        others.iter().for_each(|(name, text)| scratch::write(&folder.join("set").join(name), text.as_bytes()));
    });
    scratch::write(&folder.join("set").join(file), bytes);
    folder
}

fn annotations(format: Format, folder: &Path) -> Result<(), String> {
    let (set, images) = (folder.join("set"), folder.join("images"));
    let read = |path: &Path| read(format, &Source { path, images: Some(&images) });
    let found = read(&set).map_err(|error| format!("{error:#}"))?;
    fits(&found);
    let out = scratch::empty("again");
    // Names that two images would share, or sizes that are not known, are refused: then nothing is written.
    if write(format, &found, &out, ImageFiles::None).is_ok() {
        let (expected, _) = fit(&found, format);
        let again = read(&out).unwrap_or_else(|error| panic!("what was just written is refused: {error:#}"));
        fits(&again);
        same(&again, &expected);
    }
    Ok(())
}

fn fits(annotations: &Annotations) {
    let classes = annotations.classes.len();
    for image in &annotations.images {
        assert!(!image.name.is_empty());
        let is_size = |size: [usize; 2]| size.iter().all(|&side| side > 0 && u32::try_from(side).is_ok());
        assert!(image.size_px.is_none_or(is_size), "{:?}", image.size_px);
        assert!(image.labels.iter().all(|&label| label < classes));
        for object in &image.objects {
            assert!(object.class < classes, "class {} of {classes}", object.class);
            assert!(corners(object).iter().all(|side| side.is_finite()), "{object:?}");
            assert!(object.score.is_none_or(f64::is_finite), "{object:?}");
        }
    }
}

/// All coordinates of an object.
fn corners(object: &Annotated) -> Vec<f64> {
    let shape: Vec<f64> = match &object.shape {
        Shape::Box(sides) => sides.to_vec(),
        Shape::Quad(corners) => corners.as_flattened().to_vec(),
        Shape::Polygons(rings) => rings.iter().flatten().flatten().copied().collect(),
    };
    shape.into_iter().chain(object.stated_box.into_iter().flatten()).collect()
}

/// Counts, classes, marks and boxes; digits are printed to 1e-9 px, and to 1e-10 of a side.
fn same(again: &Annotations, expected: &Annotations) {
    assert_eq!(again.images.len(), expected.images.len());
    for wanted in &expected.images {
        let image = again.images.iter().find(|image| image.name == wanted.name);
        let image = image.unwrap_or_else(|| panic!("{:?} is not there", wanted.name));
        let labels = |of: &Annotations, labels: &[usize]| {
            let mut names: Vec<String> = labels.iter().map(|&label| of.classes[label].clone()).collect();
            names.sort();
            names
        };
        assert_eq!(labels(again, &image.labels), labels(expected, &wanted.labels));
        assert_eq!(image.objects.len(), wanted.objects.len());
        for (object, wanted) in image.objects.iter().zip(&wanted.objects) {
            assert_eq!(again.classes[object.class], expected.classes[wanted.class]);
            let marks = |object: &Annotated| [object.difficult, object.truncated, object.occluded, object.crowd];
            assert_eq!(marks(object), marks(wanted));
            for (found, expected) in object.bounds().into_iter().zip(wanted.bounds()) {
                let tolerance = 1e-6 * expected.abs().max(1000.0);
                assert!((found - expected).abs() <= tolerance, "{object:?} instead of {wanted:?}");
            }
        }
    }
}

/// As a detector is trained on them: boxes inside their images.
fn for_training(config: &ObjectsConfig) -> Result<(), String> {
    let set = objects::load(config, 0.5, 1).map_err(|error| format!("{error:#}"))?;
    inside(&set);
    Ok(())
}

fn inside(set: &ObjectSet) {
    for image in &set.images {
        let [width, height] = image.size_px.map_or([f32::MAX; 2], |size| size.map(|side| side as f32));
        for object in &image.objects {
            assert!(object.class < set.classes.len());
            let [x0, y0, x1, y1] = object.box_in_image;
            assert!(0.0 <= x0 && x0 < x1 && x1 <= width, "{object:?} in {:?}", image.size_px);
            assert!(0.0 <= y0 && y0 < y1 && y1 <= height, "{object:?} in {:?}", image.size_px);
        }
    }
}

/// COCO's JSON, as it is converted and as it is trained on.
pub fn coco(bytes: &[u8]) -> Result<(), String> {
    let folder = set("coco", "instances.json", bytes, &[]);
    let images = folder.join("images");
    let trained = objects::load_coco_file(&images, &folder.join("set/instances.json"));
    let trained = trained.map(|set| inside(&set)).map_err(|error| format!("{error:#}"));
    annotations(Format::Coco, &folder).and(trained)
}

/// An XML file of Pascal VOC, as it is converted and as it is trained on.
pub fn voc(bytes: &[u8]) -> Result<(), String> {
    let lists =
        [("ImageSets/Main/train.txt", "a\n"), ("ImageSets/Main/test.txt", "b\n"), ("Annotations/b.xml", OTHER_XML)];
    let folder = set("voc", "Annotations/a.xml", bytes, &lists);
    let root = folder.join("set");
    let trained = for_training(&ObjectsConfig::Voc { root, train: "train".to_owned(), test: "test".to_owned() });
    annotations(Format::Voc, &folder).and(trained)
}

const OTHER_XML: &str = "<annotation><size><width>64</width><height>48</height></size></annotation>";

/// A list of images of Pascal VOC.
pub fn voc_list(bytes: &[u8]) -> Result<(), String> {
    let others = [
        ("ImageSets/Main/test.txt", "b\n"),
        ("Annotations/a.xml", OTHER_XML),
        ("Annotations/b.xml", OTHER_XML),
        ("Annotations/deep/c d.xml", OTHER_XML),
    ];
    let folder = set("voc_list", "ImageSets/Main/train.txt", bytes, &others);
    let root = folder.join("set");
    let trained = for_training(&ObjectsConfig::Voc { root, train: "train".to_owned(), test: "test".to_owned() });
    annotations(Format::Voc, &folder).or(trained)
}

/// A label file of YOLO without class names.
pub fn yolo(bytes: &[u8]) -> Result<(), String> {
    let folder = set("yolo", "labels/a.txt", bytes, &[]);
    let rest = [Format::YoloObb, Format::YoloSeg].map(|format| annotations(format, &folder));
    annotations(Format::Yolo, &folder).and(rest.into_iter().collect())
}

/// `data.yaml` of a YOLO set, as it is converted and as it is trained on.
pub fn yolo_yaml(bytes: &[u8]) -> Result<(), String> {
    let labels = [("labels/train/a.txt", "0 0.5 0.5 0.25 0.25\n1 0.5 0.5 0.1 0.1\n"), ("labels/val/b.txt", "")];
    let folder = set("yolo_yaml", "data.yaml", bytes, &labels);
    let files =
        AnnotatedFiles { root: folder.join("set"), images: Some(folder.join("images")), train: None, test: None };
    let trained = for_training(&ObjectsConfig::Yolo(files));
    annotations(Format::Yolo, &folder).and(trained)
}

/// A label file of DOTA.
pub fn dota(bytes: &[u8]) -> Result<(), String> {
    annotations(Format::Dota, &set("dota", "labelTxt/a.txt", bytes, &[]))
}

/// A JSON file of LabelMe.
pub fn labelme(bytes: &[u8]) -> Result<(), String> {
    annotations(Format::Labelme, &set("labelme", "a.json", bytes, &[]))
}

/// An XML file of CVAT.
pub fn cvat(bytes: &[u8]) -> Result<(), String> {
    annotations(Format::Cvat, &set("cvat", "annotations.xml", bytes, &[]))
}

/// Tasks of Label Studio.
pub fn label_studio(bytes: &[u8]) -> Result<(), String> {
    annotations(Format::LabelStudio, &set("label_studio", "tasks.json", bytes, &[]))
}

/// A labelling configuration of Label Studio.
pub fn label_studio_config(bytes: &[u8]) -> Result<(), String> {
    let tasks = r#"[{"data": {"image": "a.png"}, "annotations": [{"result": [{"original_width": 64,
        "original_height": 48, "type": "rectanglelabels", "value": {"x": 1, "y": 2, "width": 3, "height": 4,
        "rectanglelabels": ["ship"]}}]}]}]"#;
    let folder = set("label_studio_config", "label_config.xml", bytes, &[("tasks.json", tasks)]);
    annotations(Format::LabelStudio, &folder)
}

/// A table of labels.
pub fn label_table(bytes: &[u8]) -> Result<(), String> {
    annotations(Format::Csv, &set("label_table", "labels.csv", bytes, &[]))
}

/// A list of images beside a table of labels.
pub fn split_list(bytes: &[u8]) -> Result<(), String> {
    let folder = set("split_list", "splits/train.csv", bytes, &[("labels.csv", "image,ship\na.png,1\nb.png,0\nc,1\n")]);
    annotations(Format::Csv, &folder)
}
