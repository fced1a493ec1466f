//! YOLO's text files, one an image, one object a line (Redmon's darknet; Ultralytics): `class cx cy w h`, four corners
//! (oriented boxes) or a polygon's corners, all as shares of the image's width and height; a prediction's score behind.

use super::annotations::{Annotated, AnnotatedImage, Annotations, Subset};
use super::format::Format;
use super::image_files::{ImageFiles, own_stems, place, required_size};
use super::new_folder::write_file;
use super::number;
use super::number::MOST_CLASSES;
use super::shape::Shape;
use super::source::Source;
use super::yolo_layout;
use crate::data::decode::read_dimensions;
use crate::data::read_all::read_all;
use crate::data::text_file::read_text;
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// Digits behind the point of a share: a ten thousandth of a px in an image of a million.
const DIGITS: i32 = 10;

/// Reads the set; lines of boxes, corners and polygons may stand side by side.
///
/// # Errors
/// Names the file, its line and what was expected; a label file without an image, whose size it needs.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let layout = yolo_layout::find(source)?;
    let images = read_all(&layout.entries, |entry| {
        let size_px = entry.image.as_deref().and_then(|file| read_dimensions(file).ok());
        let size_px = size_px.map(|(width, height)| [width, height]);
        let mut image = AnnotatedImage {
            name: entry.name.clone(),
            file: entry.image.clone(),
            size_px,
            subset: entry.subset,
            ..AnnotatedImage::default()
        };
        if let Some(path) = &entry.labels {
            let text = read_text(path)?;
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            for (at, line) in lines {
                let size = required_size(&image.name, image.size_px, "YOLO's numbers are shares of it")
                    .with_context(|| format!("in {}", path.display()))?;
                let object =
                    object_from_line(line, size).with_context(|| format!("{}, line {}", path.display(), at + 1))?;
                image.objects.push(object);
            }
        }
        Ok(image)
    })?;
    let highest = images.iter().flat_map(|image| &image.objects).map(|object| object.class).max();
    let classes = match layout.classes {
        Some(classes) => {
            for image in &images {
                for object in &image.objects {
                    ensure!(
                        object.class < classes.len(),
                        "the labels of the image {:?} have the class {}, and there are {} class names: expected 0 to {}",
                        image.name,
                        object.class,
                        classes.len(),
                        classes.len().saturating_sub(1)
                    );
                }
            }
            classes
        }
        None => {
            tracing::warn!("neither data.yaml nor classes.txt names the classes: their numbers are taken as names");
            (0..highest.map_or(0, |highest| highest + 1)).map(|class| class.to_string()).collect()
        }
    };
    let predicted = images.iter().flat_map(|image| &image.objects).any(|object| object.score.is_some());
    Ok(Annotations { classes, images, predicted, ..Annotations::default() })
}

fn object_from_line(line: &str, [width, height]: [usize; 2]) -> Result<Annotated> {
    let mut cells = line.split_whitespace();
    let class = cells.next().unwrap_or_default();
    // Some tools write the class as `0.0`.
    let number = number::parse(class, "the class")?;
    ensure!(number >= 0.0 && number.fract() == 0.0, "the class must be a whole number from 0, and is {class:?}");
    ensure!(number < MOST_CLASSES as f64, "the class must be below {MOST_CLASSES}, and is {class:?}");
    let values: Vec<f64> = cells.map(|cell| number::parse(cell, "a coordinate")).collect::<Result<_>>()?;
    let [width, height] = [width as f64, height as f64];
    let (coordinates, score) = match values.len() {
        4 => (values.as_slice(), None),
        count if count >= 6 && count.is_multiple_of(2) => (values.as_slice(), None),
        count if count == 5 || count >= 7 => (&values[..count - 1], Some(values[count - 1])),
        count => anyhow::bail!(
            "expected a class and 4 numbers (centre, width, height), 8 (corners) or more pairs, found {count} numbers"
        ),
    };
    let shape = if let &[x, y, w, h] = coordinates {
        Shape::Box([(x - w / 2.0) * width, (y - h / 2.0) * height, (x + w / 2.0) * width, (y + h / 2.0) * height])
    } else {
        let corners: Vec<[f64; 2]> = coordinates.chunks(2).map(|pair| [pair[0] * width, pair[1] * height]).collect();
        match <[[f64; 2]; 4]>::try_from(corners.as_slice()) {
            Ok(corners) => Shape::Quad(corners),
            Err(_) => Shape::Polygons(vec![corners]),
        }
    };
    Ok(Annotated { score, ..Annotated::new(number as usize, shape) })
}

/// Writes labels/ and data.yaml, divided by folders where the set is, and the images into images/.
///
/// # Errors
/// Names an image whose size is not known, or two that would have the same label file.
pub fn write(annotations: &Annotations, format: Format, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let stems = own_stems(annotations, true)?;
    for (image, stem) in annotations.images.iter().zip(&stems) {
        let mut text = String::new();
        for object in &image.objects {
            let size = required_size(&image.name, image.size_px, "YOLO's numbers are shares of it")?;
            text.push_str(&line_from_object(object, format, size));
        }
        write_file(folder, &format!("labels/{stem}.txt"), &text)?;
    }
    let names: Vec<String> = annotations
        .images
        .iter()
        .map(|image| match image.subset {
            Some(subset) => format!("images/{}/{}", subset.name(), image.name),
            None => format!("images/{}", image.name),
        })
        .collect();
    place(annotations, &names, folder, images)?;
    write_file(folder, "data.yaml", &data_yaml(annotations))?;
    Ok(Vec::new())
}

fn line_from_object(object: &Annotated, format: Format, [width, height]: [usize; 2]) -> String {
    let [width, height] = [width as f64, height as f64];
    let mut values = match format {
        Format::Yolo => {
            let [x0, y0, x1, y1] = object.bounds();
            vec![(x0 + x1) / 2.0 / width, (y0 + y1) / 2.0 / height, (x1 - x0) / width, (y1 - y0) / height]
        }
        _ => object.shape.as_rings().concat().into_iter().flat_map(|[x, y]| [x / width, y / height]).collect(),
    };
    values.extend(object.score);
    let texts = values.into_iter().map(|value| {
        let factor = 10f64.powi(DIGITS);
        let rounded = (value * factor).round() / factor;
        // A score may be any number, the largest ones too.
        format!("{}", if rounded.is_finite() { rounded } else { value })
    });
    format!("{} {}\n", object.class, texts.collect::<Vec<_>>().join(" "))
}

/// Ultralytics wants `train` and `val`: a set that is not divided has both, and one without `val` its test images.
fn data_yaml(annotations: &Annotations) -> String {
    let subsets = annotations.subsets();
    let place = |subset: Option<Subset>| match subset {
        Some(subset) => format!("images/{}", subset.name()),
        None => "images".to_owned(),
    };
    let has = |subset: Subset| subsets.contains(&Some(subset)).then_some(Some(subset));
    let anything = subsets.first().copied().flatten();
    let [train, val, test] = Subset::ALL.map(has);
    let mut text = format!("train: {}\n", place(train.unwrap_or(anything)));
    text.push_str(&format!("val: {}\n", place(val.or(test).unwrap_or(anything))));
    if let Some(test) = test {
        text.push_str(&format!("test: {}\n", place(test)));
    }
    text.push_str(if annotations.classes.is_empty() { "names: []\n" } else { "names:\n" });
    for (class, name) in annotations.classes.iter().enumerate() {
        // A JSON string is a YAML string, whatever stands in it.
        text.push_str(&format!("  {class}: {}\n", serde_json::Value::from(name.as_str())));
    }
    text
}
