//! Pascal VOC: `Annotations/*.xml`, `JPEGImages`, `ImageSets/Main/*.txt` (Everingham et al. 2010, "The PASCAL Visual
//! Object Classes (VOC) Challenge"); a folder of XML files alone, as LabelImg writes them, is read too.

use super::annotations::{Annotated, AnnotatedImage, Annotations, ClassIndex, Subset, sort_classes};
use super::image_files::{ImageFiles, is_image, locate, own_stems, place, relative_name, stem, walk};
use super::new_folder::write_file;
use super::number;
use super::shape::{RotatedBox, Shape};
use super::source::Source;
use super::xml::{self, child, child_number, child_text, escaped, flag, line, required_text};
use crate::data::read_all::read_all;
use crate::data::text_file::read_text;
use anyhow::{Context, Result, ensure};
use roxmltree::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Lists that divide a set; the more exact ones first, since `trainval` holds both.
const LISTS: [(&str, Option<Subset>); 5] = [
    ("train", Some(Subset::Train)),
    ("val", Some(Subset::Validation)),
    ("test", Some(Subset::Test)),
    ("trainval", Some(Subset::Train)),
    ("default", None),
];

/// One object with its class's name.
struct Named {
    class: String,
    object: Annotated,
}

/// Reads the XML files. Pixels are counted from 1 in them and the last column and row belong to the object, as the
/// VOC devkit has it.
///
/// # Errors
/// Names the list or XML file, its line and what was expected.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    ensure!(source.path.is_dir(), "{}: expected the folder of a VOC set, with Annotations/", source.path.display());
    let own = source.path.join("Annotations");
    let folder = if own.is_dir() { own } else { source.path.to_owned() };
    let names = walk(&folder, |name| name.to_ascii_lowercase().ends_with(".xml"))?;
    ensure!(!names.is_empty(), "{}: expected XML files, in Annotations/ or here", source.path.display());
    let subsets = read_lists(source.path, &names)?;
    let read = read_all(&names, |name| {
        let own = &name[..name.len() - ".xml".len()];
        xml::read(&folder.join(name), "annotation", |root| {
            let objects: Vec<Named> = root
                .children()
                .filter(|node| node.has_tag_name("object"))
                .map(object_from_xml)
                .collect::<Result<_>>()?;
            let side = |name| {
                let text = child(root, "size").and_then(|size| child_text(size, name));
                text.and_then(|text| text.parse::<f64>().ok()).map_or(0, number::side_px)
            };
            let size = [side("width"), side("height")];
            let image = AnnotatedImage {
                name: image_name(own, child_text(root, "filename")),
                size_px: (size[0] > 0 && size[1] > 0).then_some(size),
                subset: subsets.get(own).copied().flatten(),
                ..AnnotatedImage::default()
            };
            Ok((image, objects))
        })
    })?;
    let mut classes = ClassIndex::default();
    let mut annotations = Annotations::default();
    for (mut image, objects) in read {
        let objects = objects.into_iter().map(|named| Annotated { class: classes.of(&named.class), ..named.object });
        image.objects = objects.collect();
        annotations.images.push(image);
    }
    annotations.classes = classes.into_names();
    sort_classes(&mut annotations);
    locate(&mut annotations, &source.image_folders(&["JPEGImages", "images"]))?;
    Ok(annotations)
}

/// The XML file's name decides, as in VOC's lists; `<filename>`, which is often an older one, gives the ending.
fn image_name(own: &str, filename: Option<&str>) -> String {
    let filename = filename.map(relative_name).unwrap_or_default();
    let ending = filename.rsplit_once('.').map(|(_, ending)| ending).filter(|_| is_image(&filename));
    format!("{own}.{}", ending.unwrap_or("jpg"))
}

/// Which image is for what, by the XML file's name without ending.
fn read_lists(root: &Path, names: &[String]) -> Result<BTreeMap<String, Option<Subset>>> {
    let known: BTreeSet<&str> = names.iter().map(|name| &name[..name.len() - ".xml".len()]).collect();
    let mut subsets = BTreeMap::new();
    for (list, subset) in LISTS {
        let path = root.join("ImageSets/Main").join(format!("{list}.txt"));
        if !path.is_file() {
            continue;
        }
        for (at, text) in read_text(&path)?.lines().enumerate() {
            let text = text.trim();
            // VOC's lists of one class have a second column of -1, 0 and 1.
            let first = || text.split_whitespace().next().unwrap_or_default();
            let name = [text, first()].into_iter().map(stem).find(|name| known.contains(name));
            if text.is_empty() {
                continue;
            }
            let name = name.with_context(|| {
                format!("{}, line {}: there is no Annotations/{}.xml", path.display(), at + 1, stem(first()))
            })?;
            subsets.entry(name.to_owned()).or_insert(subset);
        }
    }
    Ok(subsets)
}

fn object_from_xml(object: Node<'_, '_>) -> Result<Named> {
    let class = required_text(object, "name")?.to_owned();
    let shape = match (child(object, "bndbox"), child(object, "robndbox")) {
        (Some(bndbox), _) => {
            let side = |name| child_number(bndbox, name);
            Shape::Box([side("xmin")? - 1.0, side("ymin")? - 1.0, side("xmax")?, side("ymax")?])
        }
        // roLabelImg's oriented boxes, whose angle is in radians.
        (None, Some(turned)) => {
            let side = |name| child_number(turned, name);
            let degrees = side("angle")?.to_degrees();
            RotatedBox { centre: [side("cx")?, side("cy")?], width: side("w")?, height: side("h")?, degrees }.shape()
        }
        (None, None) => anyhow::bail!("line {}: <object> has no <bndbox>", line(object)),
    };
    let mark = |name| flag(object, name);
    let (difficult, truncated, occluded) = (mark("difficult")?, mark("truncated")?, mark("occluded")?);
    Ok(Named { class, object: Annotated { difficult, truncated, occluded, ..Annotated::new(0, shape) } })
}

/// Writes Annotations/, ImageSets/Main/ and the images into JPEGImages/.
///
/// # Errors
/// Names two images that would have the same XML file.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let stems = own_stems(annotations, false)?;
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for (image, stem) in annotations.images.iter().zip(&stems) {
        write_file(folder, &format!("Annotations/{stem}.xml"), &xml_from_image(image, &annotations.classes))?;
        let own = image.subset.map_or("default", Subset::name);
        let of_both = matches!(image.subset, Some(Subset::Train | Subset::Validation)).then_some("trainval");
        for list in [Some(own), of_both].into_iter().flatten() {
            lists.entry(list).or_default().push_str(&format!("{stem}\n"));
        }
    }
    for (list, text) in lists {
        write_file(folder, &format!("ImageSets/Main/{list}.txt"), &text)?;
    }
    let names: Vec<String> = annotations.images.iter().map(|image| format!("JPEGImages/{}", image.name)).collect();
    place(annotations, &names, folder, images)?;
    Ok(Vec::new())
}

fn xml_from_image(image: &AnnotatedImage, classes: &[String]) -> String {
    let filename = image.name.rsplit('/').next().unwrap_or(&image.name);
    let [width, height] = image.size_px.unwrap_or_default();
    let mut text = format!(
        "<annotation>\n\t<folder>JPEGImages</folder>\n\t<filename>{}</filename>\n\t<size>\n\t\t<width>{width}</width>\n\
         \t\t<height>{height}</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n",
        escaped(filename)
    );
    for object in &image.objects {
        let [x0, y0, x1, y1] = object.bounds();
        let [xmin, ymin, xmax, ymax] = [x0 + 1.0, y0 + 1.0, x1, y1].map(number::text);
        let [truncated, difficult, occluded] = [object.truncated, object.difficult, object.occluded].map(u8::from);
        text.push_str(&format!(
            "\t<object>\n\t\t<name>{}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>{truncated}</truncated>\n\
             \t\t<difficult>{difficult}</difficult>\n\t\t<occluded>{occluded}</occluded>\n\t\t<bndbox>\n\
             \t\t\t<xmin>{xmin}</xmin>\n\t\t\t<ymin>{ymin}</ymin>\n\t\t\t<xmax>{xmax}</xmax>\n\t\t\t<ymax>{ymax}</ymax>\n\
             \t\t</bndbox>\n\t</object>\n",
            escaped(&classes[object.class])
        ));
    }
    text.push_str("</annotation>\n");
    text
}
