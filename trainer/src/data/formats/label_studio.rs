//! Label Studio's JSON: tasks with annotations or, for what a model found, predictions. Coordinates are percent of the
//! image's width and height.

use super::annotations::{Annotated, AnnotatedImage, Annotations, ClassIndex, Subset, sort_classes};
use super::image_files::{ImageFiles, locate, place, required_size, walk};
use super::label_studio_config::{self, CONFIG_FILE};
use super::label_studio_name::{image_name, local_file};
use super::new_folder::write_file;
use super::number::{rounded, side_px};
use super::shape::{RotatedBox, Shape};
use super::source::Source;
use crate::data::json::{JsonFile, Node, Value};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that is written.
const FILE: &str = "tasks.json";
/// The key of a task's data that says what it is for.
const SUBSET_KEY: &str = "subset";

/// Reads a file of tasks, or those of a folder, and the order of the classes from a labelling configuration (`.xml`)
/// beside them. Of several people's annotations of a task the first is taken; predictions where there is none.
///
/// # Errors
/// Names the file, its line and key, and what was expected.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let files = files(source.path)?;
    let declared = label_studio_config::classes(&source.folder().join(CONFIG_FILE))?;
    let mut classes = ClassIndex::with(declared.iter().flatten().cloned());
    let mut annotations = Annotations::default();
    for path in files {
        let file = JsonFile::read(&path)?;
        let document = file.parse(&[])?;
        let tasks: Vec<&Node<'_>> = match document.values.as_slice() {
            [one] => one.items().map_or_else(|| vec![one], |tasks| tasks.iter().collect()),
            lines => lines.iter().collect(),
        };
        for task in tasks {
            let image = task_from_json(task, &mut classes, &mut annotations)
                .with_context(|| format!("in {}", path.display()))?;
            annotations.images.push(image);
        }
    }
    annotations.classes = classes.into_names();
    if declared.is_none() {
        sort_classes(&mut annotations);
    }
    locate(&mut annotations, &source.image_folders(&["images"]))?;
    Ok(annotations)
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let names = walk(path, |name| name.to_ascii_lowercase().ends_with(".json"))?;
    ensure!(!names.is_empty(), "{}: expected Label Studio's .json file of tasks", path.display());
    Ok(names.iter().map(|name| path.join(name)).collect())
}

fn task_from_json(task: &Node<'_>, classes: &mut ClassIndex, annotations: &mut Annotations) -> Result<AnnotatedImage> {
    ensure!(
        task.get("data").is_some(),
        "{}: expected tasks with \"data\" and \"annotations\"; export as JSON and not as JSON-MIN",
        task.place()
    );
    let data = task.required("data")?;
    let key = image_key(data)?;
    let mut image = AnnotatedImage {
        name: image_name(data.text(&key)?),
        subset: data.get(SUBSET_KEY).and_then(|_| data.text(SUBSET_KEY).ok()).and_then(Subset::from_name),
        ..AnnotatedImage::default()
    };
    let list = |key: &str| anyhow::Ok(if task.get(key).is_some() { task.list(key)? } else { &[] });
    let mut done = Vec::new();
    for one in list("annotations")? {
        if !one.flag("was_cancelled")? {
            done.push(one);
        }
    }
    for _ in done.iter().skip(1) {
        annotations.skip("annotations of a task after its first");
    }
    let predictions = list("predictions")?;
    let chosen = match (done.first(), predictions.first()) {
        (Some(done), _) => Some(*done),
        (None, Some(predicted)) => {
            annotations.predicted = true;
            Some(predicted)
        }
        (None, None) => None,
    };
    if let Some(chosen) = chosen {
        results(chosen.list("result")?, &mut image, classes, annotations)?;
    }
    Ok(image)
}

/// `image`, or the key of the first text that looks like one.
fn image_key(data: &Node<'_>) -> Result<String> {
    let is_image = |key: &&str| {
        let text = data.get(key).and_then(|_| data.text(key).ok()).unwrap_or_default();
        super::image_files::is_image(&image_name(text))
    };
    if data.get("image").is_some() {
        return Ok("image".to_owned());
    }
    let found = data.keys().find(is_image).map(str::to_owned);
    found.with_context(|| format!("{}: expected the key \"image\" in \"data\", with an image's address", data.place()))
}

/// The labels of a value under these keys: a text or a list of texts.
fn labels(value: &Node<'_>, keys: &[&str]) -> Result<Vec<String>> {
    let Some((key, node)) = keys.iter().find_map(|key| value.get(key).map(|node| (*key, node))) else {
        return Ok(Vec::new());
    };
    let text = |node: &Node<'_>| match &node.value {
        Value::Text(text) => Ok(text.to_string()),
        _ => Err(node.fault(key, format!("expected a text, found {}", node.shown()))),
    };
    node.items().map_or_else(|| Ok(vec![text(node)?]), |items| items.iter().map(text).collect())
}

/// The regions and choices of one annotation. `<Rectangle>` with `<Labels>` gives two results with one id.
fn results(
    results: &[Node<'_>],
    image: &mut AnnotatedImage,
    classes: &mut ClassIndex,
    annotations: &mut Annotations,
) -> Result<()> {
    let id_of = |node: &Node<'_>| node.get("id").and_then(|_| node.text("id").ok()).unwrap_or_default().to_owned();
    let mut labels_by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for result in results {
        if let Some(value) = result.get("value") {
            labels_by_id.entry(id_of(result)).or_default().extend(labels(value, &["labels"])?);
        }
    }
    let mut regions: Vec<String> = Vec::new();
    for result in results {
        let Some(value) = result.get("value") else {
            annotations.skip("results without a value");
            continue;
        };
        let kind = if result.get("type").is_some() { result.text("type")? } else { "" };
        if kind == "choices" || value.get("choices").is_some() {
            if regions.contains(&id_of(result)) {
                annotations.skip("choices of a single region");
                continue;
            }
            for choice in labels(value, &["choices"])? {
                image.labels.push(classes.of(&choice));
            }
            continue;
        }
        let is_polygon = kind.starts_with("polygon");
        if !is_polygon && !kind.starts_with("rectangle") {
            if kind != "labels" {
                annotations.skip(format!("results of the type {kind:?}"));
            }
            continue;
        }
        let size = size(result, image)?;
        let shape = if is_polygon { polygon(value, size)? } else { rectangle(value, size)? };
        let own = labels(value, &["rectanglelabels", "polygonlabels"])?;
        let named = if own.is_empty() { labels_by_id.get(&id_of(result)).cloned().unwrap_or_default() } else { own };
        if named.is_empty() {
            annotations.skip("regions without a label");
        }
        if named.len() > 1 {
            annotations.skip("regions with several labels (an object for each)");
        }
        for label in named {
            let mut object = Annotated::new(classes.of(&label), shape.clone());
            object.score = result.optional_number("score")?;
            image.objects.push(object);
        }
        regions.push(id_of(result));
    }
    image.labels.sort_unstable();
    image.labels.dedup();
    Ok(())
}

/// The image's size, which every region states.
fn size(result: &Node<'_>, image: &mut AnnotatedImage) -> Result<[usize; 2]> {
    let turned = result.optional_number("image_rotation")?.unwrap_or(0.0);
    if turned != 0.0 {
        bail!("{}: the image was turned by {turned} degrees for annotating, which is not read", result.place());
    }
    let side = |key| {
        let side = result.number(key)?;
        ensure!(side_px(side) > 0, "{}, key {key:?}: expected a size in px, found {side}", result.place());
        Ok(side_px(side))
    };
    let size = [side("original_width")?, side("original_height")?];
    match image.size_px {
        Some(other) if other != size => {
            bail!("{}: the size is {size:?} px here and {other:?} px above, in one image", result.place())
        }
        _ => image.size_px = Some(size),
    }
    Ok(size)
}

/// The corner is that before turning, about which Label Studio turns.
fn rectangle(value: &Node<'_>, [width, height]: [usize; 2]) -> Result<Shape> {
    let share = |key, side: usize| anyhow::Ok(value.number(key)? / 100.0 * side as f64);
    let corner = [share("x", width)?, share("y", height)?];
    let (w, h) = (share("width", width)?, share("height", height)?);
    let degrees = value.optional_number("rotation")?.unwrap_or(0.0);
    if degrees == 0.0 {
        return Ok(Shape::from_corner_and_size([corner[0], corner[1], w, h]));
    }
    let (sin, cos) = degrees.to_radians().sin_cos();
    let centre = [corner[0] + w / 2.0 * cos - h / 2.0 * sin, corner[1] + w / 2.0 * sin + h / 2.0 * cos];
    Ok(RotatedBox { centre, width: w, height: h, degrees }.shape())
}

fn polygon(value: &Node<'_>, [width, height]: [usize; 2]) -> Result<Shape> {
    let points = value.list("points")?;
    let expected = || value.fault("points", format!("expected three corners [x, y] or more, found {}", points.len()));
    if points.len() < 3 {
        return Err(expected());
    }
    let corner = |point: &Node<'_>| match point.items() {
        Some([x, y]) => {
            Ok([x.as_number("points")? / 100.0 * width as f64, y.as_number("points")? / 100.0 * height as f64])
        }
        _ => Err(point.fault("points", format!("expected [x, y], found {}", point.shown()))),
    };
    Ok(Shape::Polygons(vec![points.iter().map(corner).collect::<Result<_>>()?]))
}

/// Writes tasks.json for local storage, the labelling configuration that fits it, and the images into images/, which is
/// then the root of Label Studio's local files.
///
/// # Errors
/// Names an image whose size is not known.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let mut tasks = Vec::new();
    for (at, image) in annotations.images.iter().enumerate() {
        let mut results = Vec::new();
        for (number, object) in image.objects.iter().enumerate() {
            let size = required_size(&image.name, image.size_px, "Label Studio's numbers are percent of it")?;
            let label = &annotations.classes[object.class];
            results.push(result_from_object(object, label, size, format!("{at}-{number}")));
        }
        if !image.labels.is_empty() {
            let choices: Vec<&str> = image.labels.iter().map(|&label| annotations.classes[label].as_str()).collect();
            results.push(json!({
                "id": format!("{at}-choices"),
                "from_name": label_studio_config::CHOICES,
                "to_name": label_studio_config::IMAGE,
                "type": "choices",
                "value": {"choices": choices},
            }));
        }
        let mut task = json!({"id": at + 1, "data": {"image": local_file(&image.name)}});
        if let Some(subset) = image.subset {
            task["data"][SUBSET_KEY] = subset.name().into();
        }
        if annotations.predicted {
            let scores: Vec<f64> = image.objects.iter().filter_map(|object| object.score).collect();
            let mut prediction = json!({"model_version": "nadir", "result": results});
            if !scores.is_empty() {
                prediction["score"] = (scores.iter().sum::<f64>() / scores.len() as f64).into();
            }
            task["predictions"] = json!([prediction]);
        } else {
            task["annotations"] = json!([{"id": at + 1, "result": results, "was_cancelled": false}]);
        }
        tasks.push(task);
    }
    write_file(folder, FILE, &format!("{:#}\n", serde_json::Value::from(tasks)))?;
    write_file(folder, CONFIG_FILE, &label_studio_config::text(annotations))?;
    let names: Vec<String> = annotations.images.iter().map(|image| format!("images/{}", image.name)).collect();
    place(annotations, &names, folder, images)?;
    Ok(Vec::new())
}

fn result_from_object(object: &Annotated, label: &str, size: [usize; 2], id: String) -> serde_json::Value {
    let [width, height] = size.map(|side| side as f64);
    let percent = |value: f64, side: f64| rounded(value / side * 100.0);
    let turned = match &object.shape {
        Shape::Box([x0, y0, x1, y1]) => Some(([*x0, *y0], x1 - x0, y1 - y0, 0.0)),
        shape @ Shape::Quad(_) => {
            shape.as_rotated_box().map(|turned| (turned.corners()[0], turned.width, turned.height, turned.degrees))
        }
        Shape::Polygons(_) => None,
    };
    let (kind, from_name, value) = match turned {
        Some(([x, y], w, h, degrees)) => (
            "rectanglelabels",
            label_studio_config::BOXES,
            json!({
                "x": percent(x, width),
                "y": percent(y, height),
                "width": percent(w, width),
                "height": percent(h, height),
                "rotation": rounded(degrees),
                "rectanglelabels": [label],
            }),
        ),
        None => {
            let ring = object.shape.as_ring().unwrap_or_default();
            let points: Vec<_> = ring.iter().map(|[x, y]| [percent(*x, width), percent(*y, height)]).collect();
            let value = json!({"points": points, "closed": true, "polygonlabels": [label]});
            ("polygonlabels", label_studio_config::POLYGONS, value)
        }
    };
    let mut result = json!({
        "id": id,
        "from_name": from_name,
        "to_name": label_studio_config::IMAGE,
        "type": kind,
        "original_width": size[0],
        "original_height": size[1],
        "image_rotation": 0,
        "value": value,
    });
    if let Some(score) = object.score {
        result["score"] = score.into();
    }
    result
}
