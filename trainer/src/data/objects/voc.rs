//! Objects in the layout of PASCAL VOC: `Annotations/*.xml`, `JPEGImages` and `ImageSets/Main/*.txt` (Everingham et al.
//! 2010, "The PASCAL Visual Object Classes (VOC) Challenge").

use super::clip;
use super::object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part, images_without_ending, known_size};
use super::voc_list::{self, Annotations, Listed};
use crate::data::formats::side_px;
use crate::data::read_all::read_all;
use crate::data::xml::{self, child, flag, line, number, required};
use anyhow::{Context, Result, bail, ensure};
use roxmltree::{Document, Node};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// VOC's own classes. A set that names no others has all of these, in this order.
const CLASSES: [&str; 20] = [
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
];

/// What is read of one XML file.
struct Annotation {
    /// Width and height; 0 where the file does not say.
    size_px: [usize; 2],
    objects: Vec<Annotated>,
}

/// One object as the file has it, but its box from 0 and exclusive.
struct Annotated {
    class: String,
    box_in_image: [f32; 4],
    difficult: bool,
    truncated: bool,
}

/// The images that the lists `train` and `test` of `ImageSets/Main` name. The classes are VOC's 20, or, where another
/// one is named, those that are, in alphabetical order.
///
/// # Errors
/// Names the list or XML file and its line: not there, cut off, or without an element that it needs.
pub fn load(root: &Path, train: &str, test: &str) -> Result<ObjectSet> {
    let folder = Annotations::read(&root.join("Annotations"))?;
    let mut listed: Vec<(Part, Listed)> = Vec::new();
    for (part, list) in [(Part::Train, train), (Part::Test, test)] {
        let list = list_file(root, list);
        listed.extend(voc_list::read(&list, &folder)?.into_iter().map(|image| (part, image)));
    }
    let annotations = read_all(&listed, |(_, image)| read_annotation(&image.annotation))?;
    let names: Vec<&str> = listed.iter().map(|(_, image)| image.name.as_str()).collect();
    let files = images_without_ending(&root.join("JPEGImages"), &names)?;

    let found = annotations.iter().flat_map(|annotation| &annotation.objects).map(|object| object.class.as_str());
    let found: BTreeSet<&str> = found.collect();
    let all_of_voc = found.iter().all(|class| CLASSES.contains(class));
    let classes: Vec<String> =
        if all_of_voc { CLASSES.map(str::to_owned).to_vec() } else { found.into_iter().map(str::to_owned).collect() };

    let (mut images, mut ignored, mut cut_off) = (Vec::new(), Vec::new(), Vec::new());
    for (((part, listed), annotation), file) in listed.into_iter().zip(annotations).zip(files) {
        let Listed { name, annotation: path } = listed;
        let size_px = known_size(annotation.size_px, &file);
        let mut objects = Vec::new();
        for (number, object) in annotation.objects.into_iter().enumerate() {
            let Annotated { class, difficult, truncated, .. } = object;
            match clip::inside(object.box_in_image, size_px) {
                Ok(box_in_image) => {
                    if box_in_image != object.box_in_image {
                        let annotated = object.box_in_image;
                        cut_off.push(format!("{}: object {number} ({class}): {annotated:?} px", path.display()));
                    }
                    let class = classes.binary_search(&class).expect("the classes hold every name that was found");
                    objects.push(Object { number, class, box_in_image, difficult, truncated, crowd: false });
                }
                Err(fault) => ignored.push(format!("{}: object {number} ({class}): {fault}", path.display())),
            }
        }
        images.push(ObjectImage { name, file: ImageFile::Path(file), size_px, part, objects, unlabelled: Vec::new() });
    }
    Ok(ObjectSet { classes, images, ignored, cut_off })
}

/// A list of `ImageSets/Main` by its name with or without `.txt`; or, where a set has no such folder, of `ImageSets`.
fn list_file(root: &Path, list: &str) -> PathBuf {
    let file = if list.to_ascii_lowercase().ends_with(".txt") { list.to_owned() } else { format!("{list}.txt") };
    let main = root.join("ImageSets/Main").join(&file);
    let beside = root.join("ImageSets").join(&file);
    if !main.is_file() && beside.is_file() { beside } else { main }
}

fn read_annotation(path: &Path) -> Result<Annotation> {
    let text = xml::read_text(path)?;
    let document = xml::parse(path, &text)?;
    annotation_from_xml(&document).with_context(|| format!("in the annotation {}", path.display()))
}

fn annotation_from_xml(document: &Document<'_>) -> Result<Annotation> {
    let root = document.root_element();
    if !root.has_tag_name("annotation") {
        bail!("line {}: expected <annotation>, and found <{}>", line(root), root.tag_name().name());
    }
    let side = |name| {
        let text = child(root, "size").and_then(|size| child(size, name)).and_then(|side| side.text());
        text.and_then(|text| text.trim().parse().ok()).map_or(0, side_px)
    };
    let objects = root.children().filter(|node| node.has_tag_name("object")).map(object_from_xml);
    Ok(Annotation { size_px: [side("width"), side("height")], objects: objects.collect::<Result<_>>()? })
}

/// The objects of an annotation as VOC's own evaluation takes them: class, \[xmin, ymin, xmax, ymax\] as the file has
/// them, and whether difficult.
///
/// # Errors
/// Names the file and its line.
pub fn annotated_objects(path: &Path) -> Result<Vec<(String, [f64; 4], bool)>> {
    let objects = read_annotation(path)?.objects.into_iter();
    let as_in_file = |object: Annotated| {
        let [x0, y0, x1, y1] = object.box_in_image.map(f64::from);
        (object.class, [x0 + 1.0, y0 + 1.0, x1, y1], object.difficult)
    };
    Ok(objects.map(as_in_file).collect())
}

fn object_from_xml(object: Node<'_, '_>) -> Result<Annotated> {
    let name = required(object, "name")?;
    let class = name.text().unwrap_or_default().trim();
    ensure!(!class.is_empty(), "line {}: <name> is empty", line(name));
    // Only the object's own box: VOC's persons have parts (head, hands, feet) with boxes inside.
    let bndbox = required(object, "bndbox")?;
    let side = |name| number(required(bndbox, name)?);
    let [xmin, ymin, xmax, ymax] = [side("xmin")?, side("ymin")?, side("xmax")?, side("ymax")?];
    Ok(Annotated {
        class: class.to_owned(),
        // VOC counts pixels from 1, and its last column and row belong to the object.
        box_in_image: [xmin - 1.0, ymin - 1.0, xmax, ymax],
        difficult: flag(object, "difficult")?,
        truncated: flag(object, "truncated")?,
    })
}
