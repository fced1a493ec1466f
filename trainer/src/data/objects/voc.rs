//! Objects in the layout of PASCAL VOC: `Annotations/*.xml`, `JPEGImages` and `ImageSets/Main/*.txt` (Everingham et al.
//! 2010, "The PASCAL Visual Object Classes (VOC) Challenge").

use super::clip;
use super::object_set::{ImageFile, Object, ObjectImage, ObjectSet, Part, known_size};
use anyhow::{Context, Result, anyhow, bail, ensure};
use rayon::prelude::*;
use roxmltree::{Document, Error, Node};
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
    let mut listed: Vec<(Part, String)> = Vec::new();
    for (part, list) in [(Part::Train, train), (Part::Test, test)] {
        listed.extend(read_list(&root.join("ImageSets/Main").join(format!("{list}.txt")))?.map(|name| (part, name)));
    }
    let read = |(_, name): &(Part, String)| {
        let path = root.join("Annotations").join(format!("{name}.xml"));
        Ok((read_annotation(&path)?, path))
    };
    let annotations: Vec<(Annotation, PathBuf)> = listed.par_iter().map(read).collect::<Result<_>>()?;

    let found = annotations.iter().flat_map(|(annotation, _)| &annotation.objects).map(|object| object.class.as_str());
    let found: BTreeSet<&str> = found.collect();
    let all_of_voc = found.iter().all(|class| CLASSES.contains(class));
    let classes: Vec<String> =
        if all_of_voc { CLASSES.map(str::to_owned).to_vec() } else { found.into_iter().map(str::to_owned).collect() };

    let (mut images, mut ignored) = (Vec::new(), Vec::new());
    for ((part, name), (annotation, path)) in listed.into_iter().zip(annotations) {
        let file = image_path(&root.join("JPEGImages"), &name);
        let size_px = known_size(annotation.size_px, &file);
        let mut objects = Vec::new();
        for (number, object) in annotation.objects.into_iter().enumerate() {
            let Annotated { class, difficult, truncated, .. } = object;
            match clip::inside(object.box_in_image, size_px) {
                Ok(box_in_image) => {
                    let class = classes.binary_search(&class).expect("the classes hold every name that was found");
                    objects.push(Object { number, class, box_in_image, difficult, truncated, crowd: false });
                }
                Err(fault) => ignored.push(format!("{}: object {number} ({class}): {fault}", path.display())),
            }
        }
        images.push(ObjectImage { name, file: ImageFile::Path(file), size_px, part, objects, unlabelled: Vec::new() });
    }
    Ok(ObjectSet { classes, images, ignored })
}

/// The names of an image list. VOC's lists of one class have a second column, which is left alone.
fn read_list(path: &Path) -> Result<impl Iterator<Item = String>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the list of images {}", path.display()))?;
    let names: Vec<String> =
        text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    ensure!(!names.is_empty(), "the list of images {} is empty", path.display());
    Ok(names.into_iter())
}

/// The first of the usual endings that is there; else where a JPEG would lie.
fn image_path(folder: &Path, name: &str) -> PathBuf {
    let with = |ending: &str| folder.join(format!("{name}.{ending}"));
    let there = ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG"].into_iter().map(with).find(|path| path.is_file());
    there.unwrap_or_else(|| with("jpg"))
}

fn read_annotation(path: &Path) -> Result<Annotation> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the annotation {}", path.display()))?;
    let document = Document::parse(&text).map_err(|error| {
        let line = match error {
            // The parser gives these line 1; it noticed at the end.
            Error::UnclosedRootNode | Error::UnexpectedEndOfStream => text.lines().count(),
            _ => error.pos().row as usize,
        };
        anyhow!("the annotation {}, line {line}, is no whole XML: {error}", path.display())
    })?;
    annotation_from_xml(&document).with_context(|| format!("in the annotation {}", path.display()))
}

fn annotation_from_xml(document: &Document<'_>) -> Result<Annotation> {
    let root = document.root_element();
    if !root.has_tag_name("annotation") {
        bail!("line {}: expected <annotation>, and found <{}>", line(root), root.tag_name().name());
    }
    let side = |name| {
        let text = child(root, "size").and_then(|size| child(size, name)).and_then(|side| side.text());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
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
    let flag = |name| child(object, name).and_then(|flag| flag.text()).is_some_and(|text| text.trim() == "1");
    Ok(Annotated {
        class: class.to_owned(),
        // VOC counts pixels from 1, and its last column and row belong to the object.
        box_in_image: [xmin - 1.0, ymin - 1.0, xmax, ymax],
        difficult: flag("difficult"),
        truncated: flag("truncated"),
    })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn required<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Result<Node<'a, 'input>> {
    let missing = || format!("line {}: <{}> has no <{name}>", line(node), node.tag_name().name());
    child(node, name).with_context(missing)
}

fn number(node: Node<'_, '_>) -> Result<f32> {
    let text = node.text().unwrap_or_default().trim();
    let number = text.parse().ok().filter(|number: &f32| number.is_finite());
    let wrong = || format!("line {}: <{}> must be a number, and is {text:?}", line(node), node.tag_name().name());
    number.with_context(wrong)
}

fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}
