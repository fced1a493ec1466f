//! LabelMe's JSON files, one an image, beside it.

use super::annotations::{Annotated, AnnotatedImage, Annotations, ClassIndex, Subset, sort_classes};
use super::image_files::{ImageFiles, locate, own_stems, place, relative_name, walk};
use super::new_folder::write_file;
use super::number::{rounded, side_px};
use super::shape::Shape;
use super::source::Source;
use crate::data::json::{JsonFile, Node};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::path::Path;

/// The version of LabelMe whose form is written.
const VERSION: &str = "5.5.0";

/// Marks of an object, which LabelMe has as flags of a shape.
const MARKS: [&str; 4] = ["difficult", "truncated", "occluded", "iscrowd"];

/// Reads every .json file of a folder that has `shapes`; folders called train, val and test divide the set.
///
/// # Errors
/// Names the file, its line and key; a folder without such a file.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let is_folder = source.path.is_dir();
    let names = if is_folder {
        walk(source.path, |name| name.to_ascii_lowercase().ends_with(".json"))?
    } else {
        vec![source.path.file_name().unwrap_or_default().to_string_lossy().into_owned()]
    };
    let folder = source.folder();
    let mut classes = ClassIndex::default();
    let mut annotations = Annotations::default();
    for name in &names {
        let path = folder.join(name);
        let file = JsonFile::read(&path)?;
        let document = file.parse(&["imageData"])?;
        let [root] = document.values.as_slice() else {
            bail!("{}: expected one object, found {}", path.display(), document.values.len());
        };
        // Other JSON files lie in such folders, too.
        if root.get("shapes").is_none() && names.len() > 1 {
            annotations.skip(".json files without \"shapes\"");
            continue;
        }
        let image = image_from_json(root, name, &mut classes, &mut annotations)
            .with_context(|| format!("in {}", path.display()))?;
        annotations.images.push(image);
    }
    ensure!(
        !annotations.images.is_empty(),
        "{}: expected LabelMe's .json files, with the key \"shapes\"",
        source.path.display()
    );
    annotations.classes = classes.into_names();
    sort_classes(&mut annotations);
    annotations.predicted = annotations.images.iter().flat_map(|image| &image.objects).any(|o| o.score.is_some());
    locate(&mut annotations, &source.image_folders(&[]))?;
    Ok(annotations)
}

fn image_from_json(
    root: &Node<'_>,
    file: &str,
    classes: &mut ClassIndex,
    annotations: &mut Annotations,
) -> Result<AnnotatedImage> {
    let (subset, below) = match file.split_once('/') {
        Some((first, below)) if Subset::from_name(first).is_some() => (Subset::from_name(first), below),
        _ => (None, file),
    };
    // The path is relative to the file, often from another machine: the file's name is what lies beside it.
    let own = relative_name(root.text("imagePath")?);
    let own = own.rsplit('/').next().unwrap_or(&own);
    let name = below.rsplit_once('/').map_or(own.to_owned(), |(folder, _)| format!("{folder}/{own}"));
    let side = |key| anyhow::Ok(root.optional_number(key)?.map_or(0, side_px));
    let size = [side("imageWidth")?, side("imageHeight")?];
    let size_px = (size[0] > 0 && size[1] > 0).then_some(size);
    let mut image = AnnotatedImage { name, subset, size_px, ..AnnotatedImage::default() };
    if let Some(flags) = root.get("flags").filter(|flags| flags.is_object()) {
        for key in flags.keys() {
            if flags.flag(key)? {
                image.labels.push(classes.of(key));
            }
        }
    }
    // Polygons of one group and label are parts of one object.
    let mut groups: Vec<((String, usize), usize)> = Vec::new();
    for node in root.list("shapes")? {
        let kind = if node.get("shape_type").is_some() { node.text("shape_type")? } else { "polygon" };
        let Some(shape) = shape_from_json(node, kind, annotations)? else {
            annotations.skip(format!("shapes of the type {kind:?}"));
            continue;
        };
        let class = classes.of(node.text("label")?);
        let mut object = Annotated::new(class, shape);
        object.score = node.optional_number("score")?;
        let flags = node.get("flags").filter(|flags| flags.is_object());
        if let Some(flags) = flags {
            for key in flags.keys() {
                let is_set = flags.flag(key)?;
                match key {
                    "difficult" => object.difficult = is_set,
                    "truncated" => object.truncated = is_set,
                    "occluded" => object.occluded = is_set,
                    "iscrowd" => object.crowd = is_set,
                    other if is_set => annotations.skip(format!("flag {other:?}")),
                    _ => {}
                }
            }
        }
        // X-AnyLabeling has the mark beside the flags.
        object.difficult |= node.flag("difficult")?;
        if let (Shape::Polygons(more), Some(_)) = (&object.shape, node.get("group_id")) {
            let key = (node.text("group_id")?.to_owned(), class);
            let earlier = groups.iter().find(|(known, _)| *known == key).map(|(_, at)| *at);
            if let Some(Shape::Polygons(rings)) = earlier.map(|at| &mut image.objects[at].shape) {
                rings.extend(more.iter().cloned());
                continue;
            }
            groups.push((key, image.objects.len()));
        }
        image.objects.push(object);
    }
    image.labels.sort_unstable();
    Ok(image)
}

/// `None` for what has no area: points and lines.
fn shape_from_json(node: &Node<'_>, kind: &str, annotations: &mut Annotations) -> Result<Option<Shape>> {
    if !["rectangle", "polygon", "circle", "rotation", "oriented_rectangle", "mask"].contains(&kind) {
        return Ok(None);
    }
    let points: Vec<[f64; 2]> = node
        .list("points")?
        .iter()
        .map(|point| match point.items() {
            Some([x, y]) => Ok([x.as_number("points")?, y.as_number("points")?]),
            _ => Err(point.fault("points", format!("expected [x, y], found {}", point.shown()))),
        })
        .collect::<Result<_>>()?;
    let expected = |what: &str| node.fault("points", format!("a {kind} has {what}, found {}", points.len()));
    let shape = match (kind, points.as_slice()) {
        // The corners may be given in any order, and as all four.
        ("rectangle" | "mask", [_, _] | [_, _, _, _]) => {
            if kind == "mask" {
                annotations.skip("masks (their boxes were taken)");
            }
            Shape::Box(Shape::Polygons(vec![points]).bounds())
        }
        ("rectangle" | "mask", _) => return Err(expected("two corners")),
        ("circle", &[[x, y], [edge_x, edge_y]]) => {
            annotations.skip("circles (their boxes were taken)");
            let radius = (edge_x - x).hypot(edge_y - y);
            Shape::Box([x - radius, y - radius, x + radius, y + radius])
        }
        ("circle", _) => return Err(expected("a centre and a point of its edge")),
        ("polygon", [_, _, _, ..]) => Shape::Polygons(vec![points]),
        ("polygon", _) => return Err(expected("three corners or more")),
        (_, &[a, b, c, d]) => Shape::Quad([a, b, c, d]),
        _ => return Err(expected("four corners")),
    };
    Ok(Some(shape))
}

/// Writes a .json file an image, divided by folders where the set is, and the image beside it.
///
/// # Errors
/// Names two images that would have the same file.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let stems = own_stems(annotations, true)?;
    for (image, stem) in annotations.images.iter().zip(&stems) {
        let file = json_from_image(image, &annotations.classes);
        write_file(folder, &format!("{stem}.json"), &format!("{file:#}\n"))?;
    }
    let name = |image: &AnnotatedImage| match image.subset {
        Some(subset) => format!("{}/{}", subset.name(), image.name),
        None => image.name.clone(),
    };
    let names: Vec<String> = annotations.images.iter().map(name).collect();
    place(annotations, &names, folder, images)?;
    Ok(Vec::new())
}

fn json_from_image(image: &AnnotatedImage, classes: &[String]) -> serde_json::Value {
    let mut shapes = Vec::new();
    let mut group = 0;
    for object in &image.objects {
        let (kind, rings) = match &object.shape {
            &Shape::Box([x0, y0, x1, y1]) => ("rectangle", vec![vec![[x0, y0], [x1, y1]]]),
            shape => ("polygon", shape.as_rings()),
        };
        let group_id = if rings.len() > 1 {
            group += 1;
            Some(group)
        } else {
            None
        };
        let marks = [object.difficult, object.truncated, object.occluded, object.crowd];
        let flags = MARKS.iter().zip(marks).filter(|(_, is_set)| *is_set);
        let flags: serde_json::Map<String, serde_json::Value> =
            flags.map(|(name, _)| ((*name).to_owned(), true.into())).collect();
        for ring in rings {
            let points: Vec<[f64; 2]> = ring.into_iter().map(|point| point.map(rounded)).collect();
            let mut shape = json!({
                "label": classes[object.class],
                "points": points,
                "group_id": group_id,
                "description": "",
                "shape_type": kind,
                "flags": flags,
                "mask": null,
            });
            if let Some(score) = object.score {
                shape["score"] = score.into();
            }
            shapes.push(shape);
        }
    }
    let flags: serde_json::Map<String, serde_json::Value> =
        image.labels.iter().map(|&label| (classes[label].clone(), true.into())).collect();
    json!({
        "version": VERSION,
        "flags": flags,
        "shapes": shapes,
        "imagePath": image.name.rsplit('/').next().unwrap_or(&image.name),
        "imageData": null,
        "imageHeight": image.size_px.map(|size| size[1]),
        "imageWidth": image.size_px.map(|size| size[0]),
    })
}
