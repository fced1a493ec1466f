//! COCO's JSON (Lin et al. 2014, "Microsoft COCO: Common Objects in Context"): one file, or one a subset.

use super::annotations::{Annotated, AnnotatedImage, Annotations, ClassIndex, Subset};
use super::image_files::{ImageFiles, locate, place, relative_name, walk};
use super::new_folder::write_file;
use super::number::{rounded, side_px};
use super::shape::Shape;
use super::source::Source;
use crate::data::json::{Id, JsonFile, Node, Value};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Reads a file, or those of a folder: there, in `annotations/`, or Roboflow's `train/_annotations.coco.json`. The
/// subset is told from the file's or folder's name.
///
/// # Errors
/// Names the file, its line and key, or the annotation whose image or category does not exist; an image that two files
/// have.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let files = files(source.path)?;
    let mut annotations = Annotations::default();
    let mut classes = ClassIndex::default();
    let mut taken: HashMap<String, PathBuf> = HashMap::new();
    for (path, subset) in files {
        let first = annotations.images.len();
        read_file(&path, subset, &mut classes, &mut annotations).with_context(|| format!("in {}", path.display()))?;
        for image in &annotations.images[first..] {
            if let Some(other) = taken.insert(image.name.clone(), path.clone()) {
                let (a, b) = (other.display(), path.display());
                bail!("the image {:?} stands in {a} and in {b}, or twice: name one of the files", image.name);
            }
        }
    }
    annotations.classes = classes.into_names();
    annotations.predicted = annotations.images.iter().flat_map(|image| &image.objects).any(|o| o.score.is_some());
    locate(&mut annotations, &source.image_folders(&["images"]))?;
    Ok(annotations)
}

fn files(path: &Path) -> Result<Vec<(PathBuf, Option<Subset>)>> {
    if !path.is_dir() {
        // One file is a set of its own, whatever its name: nothing is divided.
        return Ok(vec![(path.to_owned(), None)]);
    }
    let is_json = |name: &str| [".json", ".json.gz"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    let mut names = walk(path, is_json)?;
    names.retain(|name| match name.split('/').collect::<Vec<_>>().as_slice() {
        // Results hold no images.
        [own] => *own != RESULTS_FILE,
        ["annotations", _] => true,
        [_, own] => own.ends_with("_annotations.coco.json"),
        _ => false,
    });
    ensure!(!names.is_empty(), "{}: expected COCO's .json files, here or in annotations/", path.display());
    let several = names.len() > 1;
    let mut files: Vec<_> = names
        .iter()
        .map(|name| (path.join(name), Subset::from_name(name).filter(|_| several || name != "annotations.json")))
        .collect();
    files.sort_by_key(|(_, subset)| *subset);
    Ok(files)
}

/// Predictions in the form that pycocotools' `loadRes` takes, beside the set.
const RESULTS_FILE: &str = "results.json";

fn read_file(
    path: &Path,
    subset: Option<Subset>,
    classes: &mut ClassIndex,
    annotations: &mut Annotations,
) -> Result<()> {
    let file = JsonFile::read(path)?;
    let document = file.parse(&["licenses", "info"])?;
    let root = document.object("an object with images, annotations and categories")?;
    let mut categories: Vec<(Id, &str)> = Vec::new();
    for category in root.list("categories")? {
        categories.push((category.id("id")?, category.text("name")?));
    }
    categories.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut class_by_id: HashMap<Id, usize> = HashMap::new();
    for (id, name) in categories {
        ensure!(class_by_id.insert(id.clone(), classes.of(name)).is_none(), "two categories have the id {id}");
    }
    let first = annotations.images.len();
    let mut image_by_id: HashMap<Id, usize> = HashMap::new();
    for image in root.list("images")? {
        let id = image.id("id")?;
        let name = relative_name(image.text("file_name")?);
        if let Some(other) = image_by_id.insert(id.clone(), annotations.images.len()) {
            bail!("images {:?} and {name:?} have the same id {id}", annotations.images[other].name);
        }
        let side = |key| anyhow::Ok(image.optional_number(key)?.map_or(0, side_px));
        let size = [side("width")?, side("height")?];
        let size_px = (size[0] > 0 && size[1] > 0).then_some(size);
        annotations.images.push(AnnotatedImage { name, size_px, subset, ..AnnotatedImage::default() });
    }
    ensure!(annotations.images.len() > first, "there is no image");
    for node in root.list("annotations")? {
        let (image, category) = (node.id("image_id")?, node.id("category_id")?);
        let at =
            *image_by_id.get(&image).with_context(|| format!("{}: no image has the image_id {image}", node.place()))?;
        let class = *class_by_id
            .get(&category)
            .with_context(|| format!("{}: no category has the category_id {category}", node.place()))?;
        let object = object_from_json(node, class, annotations)?;
        annotations.images[at].objects.push(object);
    }
    Ok(())
}

fn object_from_json(node: &Node<'_>, class: usize, annotations: &mut Annotations) -> Result<Annotated> {
    let rings = match node.get("segmentation") {
        Some(segmentation) => rings(segmentation, annotations)?,
        None => Vec::new(),
    };
    let stated = match node.get("bbox") {
        Some(_) => Some(Shape::from_corner_and_size(node.numbers("bbox")?).bounds()),
        None => None,
    };
    let mut object = match (rings.is_empty(), stated) {
        (false, stated_box) => Annotated { stated_box, ..Annotated::new(class, Shape::Polygons(rings)) },
        (true, Some(stated)) => Annotated::new(class, Shape::Box(stated)),
        (true, None) => bail!("{}: expected a bbox [x, y, width, height] or a segmentation", node.place()),
    };
    object.crowd = node.flag("iscrowd")?;
    object.difficult = node.flag("difficult")?;
    object.score = node.optional_number("score")?;
    // CVAT's and Datumaro's files have the marks of other formats here.
    if let Some(marks) = node.get("attributes").filter(|marks| marks.is_object()) {
        object.difficult |= marks.flag("difficult")?;
        object.truncated = marks.flag("truncated")?;
        object.occluded = marks.flag("occluded")?;
        for key in marks.keys().filter(|key| !["difficult", "truncated", "occluded", "is_crowd"].contains(key)) {
            annotations.skip(format!("attribute {key:?}"));
        }
    }
    Ok(object)
}

/// The corners of the polygons; none for a run-length mask, or for points that are no polygon.
fn rings(segmentation: &Node<'_>, annotations: &mut Annotations) -> Result<Vec<Vec<[f64; 2]>>> {
    let items = match &segmentation.value {
        Value::List(items) => items.as_slice(),
        _ => {
            annotations.skip("run-length masks (their boxes were taken)");
            return Ok(Vec::new());
        }
    };
    let mut rings = Vec::new();
    for item in items {
        let Some(numbers) = item.items() else {
            bail!(segmentation.fault("segmentation", format!("expected lists of numbers, found {}", item.shown())));
        };
        let numbers: Vec<f64> = numbers.iter().map(|number| number.as_number("segmentation")).collect::<Result<_>>()?;
        if numbers.len() < 6 || numbers.len() % 2 == 1 {
            annotations.skip("polygons of fewer than three corners (their boxes were taken)");
            return Ok(Vec::new());
        }
        rings.push(numbers.chunks(2).map(|pair| [pair[0], pair[1]]).collect());
    }
    Ok(rings)
}

/// Writes annotations.json, or one file a subset, the images into images/, and for predictions results.json.
///
/// # Errors
/// What cannot be written.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let categories: Vec<_> =
        annotations.classes.iter().enumerate().map(|(at, name)| json!({"id": at + 1, "name": name})).collect();
    let mut files: BTreeMap<Option<Subset>, (Vec<serde_json::Value>, Vec<serde_json::Value>)> = BTreeMap::new();
    let (mut results, mut object_id) = (Vec::new(), 0);
    for (at, image) in annotations.images.iter().enumerate() {
        let (listed, objects) = files.entry(image.subset).or_default();
        let mut entry = json!({"id": at + 1, "file_name": image.name});
        if let Some([width, height]) = image.size_px {
            (entry["width"], entry["height"]) = (width.into(), height.into());
        }
        listed.push(entry);
        for object in &image.objects {
            object_id += 1;
            let entry = json_from_object(object, object_id, at + 1);
            if object.score.is_some() {
                let own = ["image_id", "category_id", "bbox", "score"].map(|key| (key.to_owned(), entry[key].clone()));
                results.push(serde_json::Value::Object(own.into_iter().collect()));
            }
            objects.push(entry);
        }
    }
    for (subset, (images, annotations)) in files {
        let name = subset.map_or("annotations", Subset::name);
        let file = json!({"images": images, "annotations": annotations, "categories": categories});
        write_file(folder, &format!("{name}.json"), &format!("{file}\n"))?;
    }
    if annotations.predicted {
        write_file(folder, RESULTS_FILE, &format!("{}\n", serde_json::Value::from(results)))?;
    }
    let names: Vec<String> = annotations.images.iter().map(|image| format!("images/{}", image.name)).collect();
    place(annotations, &names, folder, images)?;
    Ok(Vec::new())
}

fn json_from_object(object: &Annotated, id: usize, image_id: usize) -> serde_json::Value {
    let [x0, y0, x1, y1] = object.bounds();
    let bbox = [x0, y0, x1 - x0, y1 - y0].map(rounded);
    let flat = |ring: &Vec<[f64; 2]>| ring.iter().flatten().copied().map(rounded).collect::<Vec<_>>();
    let (segmentation, area): (Vec<Vec<f64>>, f64) = match &object.shape {
        Shape::Box(_) => (Vec::new(), bbox[2] * bbox[3]),
        shape => {
            let rings = shape.as_rings();
            let area = rings.iter().map(|ring| area_of_ring(ring)).sum();
            (rings.iter().map(flat).collect(), area)
        }
    };
    let mut entry = json!({
        "id": id,
        "image_id": image_id,
        "category_id": object.class + 1,
        "bbox": bbox,
        "area": rounded(area),
        "segmentation": segmentation,
        "iscrowd": u8::from(object.crowd),
    });
    let marks = [("difficult", object.difficult), ("truncated", object.truncated), ("occluded", object.occluded)];
    if marks.iter().any(|(_, is_set)| *is_set) {
        let marks = marks.into_iter().map(|(name, is_set)| (name.to_owned(), is_set.into()));
        entry["attributes"] = serde_json::Value::Object(marks.collect());
    }
    if let Some(score) = object.score {
        entry["score"] = score.into();
    }
    entry
}

/// By the shoelace formula, px².
fn area_of_ring(ring: &[[f64; 2]]) -> f64 {
    let doubled: f64 = (0..ring.len())
        .map(|at| {
            let ([x0, y0], [x1, y1]) = (ring[at], ring[(at + 1) % ring.len()]);
            x0 * y1 - x1 * y0
        })
        .sum();
    doubled.abs() / 2.0
}
