//! "CVAT for images 1.1": one XML file of images with boxes (turned or not), polygons and tags.

use super::annotations::{Annotated, AnnotatedImage, Annotations, ClassIndex, Subset};
use super::image_files::{ImageFiles, locate, place, relative_name, required_size};
use super::new_folder::write_file;
use super::number;
use super::shape::{RotatedBox, Shape};
use super::source::Source;
use super::xml::{self, child, child_text, escaped, line, number_attribute, required_attribute};
use crate::data::truth_value::truth_value;
use anyhow::{Context, Result, bail, ensure};
use roxmltree::Node;
use std::path::Path;

/// The file's name in CVAT's archives.
const FILE: &str = "annotations.xml";

/// Marks of an object under the names that CVAT's own conversions give them.
const MARKS: [&str; 3] = ["difficult", "truncated", "is_crowd"];

/// Reads `annotations.xml`, or the file of another name.
///
/// # Errors
/// Names the file, its line and what was expected; a file of "CVAT for video".
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let own = source.path.join(FILE);
    let file = if source.path.is_dir() { own.as_path() } else { source.path };
    let mut annotations = xml::read(file, "annotations", |root| {
        let mut classes = ClassIndex::with(declared_labels(root));
        let mut annotations = Annotations::default();
        for node in root.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "image" => {
                    let image = image_from_xml(node, &mut classes, &mut annotations)?;
                    annotations.images.push(image);
                }
                "track" => bail!(
                    "line {}: <track> belongs to \"CVAT for video\": export as \"CVAT for images 1.1\"",
                    line(node)
                ),
                _ => {}
            }
        }
        annotations.classes = classes.into_names();
        Ok(annotations)
    })?;
    annotations.predicted = annotations.images.iter().flat_map(|image| &image.objects).any(|o| o.score.is_some());
    locate(&mut annotations, &source.image_folders(&["images"]))?;
    Ok(annotations)
}

/// The labels of the task, job or project, in their order.
fn declared_labels(root: Node<'_, '_>) -> Vec<String> {
    let Some(meta) = child(root, "meta") else { return Vec::new() };
    let labels = meta.children().filter_map(|of| child(of, "labels")).flat_map(|labels| labels.children());
    labels
        .filter(|label| label.has_tag_name("label"))
        .filter_map(|label| child_text(label, "name"))
        .map(str::to_owned)
        .collect()
}

fn image_from_xml(
    node: Node<'_, '_>,
    classes: &mut ClassIndex,
    annotations: &mut Annotations,
) -> Result<AnnotatedImage> {
    let name = relative_name(required_attribute(node, "name")?);
    ensure!(!name.is_empty(), "line {}: the name of <image> is empty", line(node));
    let side = |name| {
        let side = node.attribute(name).and_then(|side| side.trim().parse::<usize>().ok());
        side.map_or(0, |side| number::side_px(side as f64))
    };
    let size = [side("width"), side("height")];
    let mut image = AnnotatedImage {
        name,
        size_px: (size[0] > 0 && size[1] > 0).then_some(size),
        subset: node.attribute("subset").and_then(Subset::from_name),
        ..AnnotatedImage::default()
    };
    // Polygons of one group and label are parts of one object.
    let mut groups: Vec<((String, usize), usize)> = Vec::new();
    for own in node.children().filter(Node::is_element) {
        let kind = own.tag_name().name();
        let shape = match kind {
            "box" => box_from_xml(own)?,
            "polygon" => Shape::Polygons(vec![points(own)?]),
            "tag" => {
                image.labels.push(classes.of(required_attribute(own, "label")?));
                continue;
            }
            _ => {
                annotations.skip(format!("<{kind}>"));
                continue;
            }
        };
        let class = classes.of(required_attribute(own, "label")?);
        let object = object_from_xml(own, Annotated::new(class, shape), annotations)?;
        if kind == "polygon"
            && let Some(group) = own.attribute("group_id").filter(|group| *group != "0")
        {
            let key = (group.to_owned(), class);
            if let Some((_, at)) = groups.iter().find(|(known, _)| *known == key) {
                let (Shape::Polygons(rings), Shape::Polygons(more)) = (&mut image.objects[*at].shape, object.shape)
                else {
                    continue;
                };
                rings.extend(more);
                continue;
            }
            groups.push((key, image.objects.len()));
        }
        image.objects.push(object);
    }
    image.labels.sort_unstable();
    image.labels.dedup();
    Ok(image)
}

fn box_from_xml(node: Node<'_, '_>) -> Result<Shape> {
    let side = |name| number_attribute(node, name);
    let [x0, y0, x1, y1] = [side("xtl")?, side("ytl")?, side("xbr")?, side("ybr")?];
    let degrees = if node.has_attribute("rotation") { side("rotation")? } else { 0.0 };
    if degrees == 0.0 {
        return Ok(Shape::Box([x0, y0, x1, y1]));
    }
    let centre = [(x0 + x1) / 2.0, (y0 + y1) / 2.0];
    Ok(RotatedBox { centre, width: x1 - x0, height: y1 - y0, degrees }.shape())
}

/// `x,y;x,y;...`
fn points(node: Node<'_, '_>) -> Result<Vec<[f64; 2]>> {
    let text = required_attribute(node, "points")?;
    let pairs = text.split(';').filter(|pair| !pair.trim().is_empty()).map(|pair| {
        let (x, y) = pair.split_once(',').with_context(|| format!("expected x,y and found {pair:?}"))?;
        anyhow::Ok([number::parse(x, "a point")?, number::parse(y, "a point")?])
    });
    pairs.collect::<Result<_>>().with_context(|| format!("line {}: attribute \"points\"", line(node)))
}

/// The marks and the score, which are attributes of the label in CVAT; `occluded` is the shape's own.
fn object_from_xml(node: Node<'_, '_>, mut object: Annotated, annotations: &mut Annotations) -> Result<Annotated> {
    object.occluded = node.attribute("occluded").and_then(truth_value).unwrap_or(false);
    for attribute in node.children().filter(|child| child.has_tag_name("attribute")) {
        let name = required_attribute(attribute, "name")?;
        let text = attribute.text().unwrap_or_default().trim();
        let mark = || {
            truth_value(text).with_context(|| {
                format!("line {}: attribute {name:?} must be true or false, and is {text:?}", line(attribute))
            })
        };
        match name {
            "difficult" => object.difficult = mark()?,
            "truncated" => object.truncated = mark()?,
            "is_crowd" | "iscrowd" => object.crowd = mark()?,
            "score" | "confidence" => {
                let score = number::parse(text, "the score").with_context(|| format!("line {}", line(attribute)))?;
                object.score = Some(score);
            }
            other => annotations.skip(format!("attribute {other:?}")),
        }
    }
    Ok(object)
}

/// Writes annotations.xml, and the images into images/.
///
/// # Errors
/// Names an image whose size is not known.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let has_marks = |is: fn(&Annotated) -> bool| annotations.images.iter().flat_map(|image| &image.objects).any(is);
    let used = [has_marks(|o| o.difficult), has_marks(|o| o.truncated), has_marks(|o| o.crowd)];
    let mut attributes: Vec<String> = MARKS
        .iter()
        .zip(used)
        .filter(|(_, used)| *used)
        .map(|(name, _)| declared(name, "checkbox", "false", "false"))
        .collect();
    if annotations.predicted {
        attributes.push(declared("score", "text", "", ""));
    }
    let mut text =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    \
                    <task>\n      <labels>\n"
            .to_owned();
    for class in &annotations.classes {
        text.push_str(&format!("        <label>\n          <name>{}</name>\n          <attributes>", escaped(class)));
        attributes.iter().for_each(|attribute| text.push_str(attribute));
        text.push_str("</attributes>\n        </label>\n");
    }
    text.push_str("      </labels>\n    </task>\n  </meta>\n");
    for (id, image) in annotations.images.iter().enumerate() {
        let [width, height] = required_size(&image.name, image.size_px, "CVAT's file states it")?;
        let subset = image.subset.map_or(String::new(), |subset| format!(" subset=\"{}\"", subset.name()));
        let name = escaped(&image.name);
        text.push_str(&format!(
            "  <image id=\"{id}\" name=\"{name}\"{subset} width=\"{width}\" height=\"{height}\">\n"
        ));
        let source = if annotations.predicted { "auto" } else { "manual" };
        let mut group = 0;
        for object in &image.objects {
            text.push_str(&xml_from_object(object, &escaped(&annotations.classes[object.class]), source, &mut group));
        }
        for &label in &image.labels {
            let label = escaped(&annotations.classes[label]);
            text.push_str(&format!("    <tag label=\"{label}\" source=\"{source}\">\n    </tag>\n"));
        }
        text.push_str("  </image>\n");
    }
    text.push_str("</annotations>\n");
    write_file(folder, FILE, &text)?;
    let names: Vec<String> = annotations.images.iter().map(|image| format!("images/{}", image.name)).collect();
    place(annotations, &names, folder, images)?;
    Ok(Vec::new())
}

/// An attribute of a label: CVAT drops values whose attribute its task does not declare.
fn declared(name: &str, input: &str, default: &str, values: &str) -> String {
    format!(
        "<attribute><name>{name}</name><mutable>False</mutable><input_type>{input}</input_type>\
         <default_value>{default}</default_value><values>{values}</values></attribute>"
    )
}

fn xml_from_object(object: &Annotated, label: &str, source: &str, group: &mut usize) -> String {
    let mut inner = String::new();
    for (name, is_set) in MARKS.iter().zip([object.difficult, object.truncated, object.crowd]) {
        if is_set {
            inner.push_str(&format!("      <attribute name=\"{name}\">true</attribute>\n"));
        }
    }
    if let Some(score) = object.score {
        inner.push_str(&format!("      <attribute name=\"score\">{score}</attribute>\n"));
    }
    let occluded = u8::from(object.occluded);
    let start = format!("label=\"{label}\" source=\"{source}\" occluded=\"{occluded}\"");
    let turned = match &object.shape {
        Shape::Box(corners) => Some((*corners, 0.0)),
        shape @ Shape::Quad(_) => shape.as_rotated_box().map(|turned| (turned.before_turning(), turned.degrees)),
        Shape::Polygons(_) => None,
    };
    if let Some((corners, degrees)) = turned {
        let [x0, y0, x1, y1] = corners.map(number::text);
        let rotation = if degrees == 0.0 { String::new() } else { format!(" rotation=\"{}\"", number::text(degrees)) };
        return format!(
            "    <box {start} xtl=\"{x0}\" ytl=\"{y0}\" xbr=\"{x1}\" ybr=\"{y1}\"{rotation} z_order=\"0\">\n{inner}    \
             </box>\n"
        );
    }
    let rings = object.shape.as_rings();
    let group_id = if rings.len() > 1 {
        *group += 1;
        format!(" group_id=\"{group}\"")
    } else {
        String::new()
    };
    let point = |[x, y]: &[f64; 2]| format!("{},{}", number::text(*x), number::text(*y));
    let polygon = |ring: &Vec<[f64; 2]>| {
        let points = ring.iter().map(point).collect::<Vec<_>>().join(";");
        format!("    <polygon {start} points=\"{points}\" z_order=\"0\"{group_id}>\n{inner}    </polygon>\n")
    };
    rings.iter().map(polygon).collect()
}
