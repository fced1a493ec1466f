//! DOTA's text files (Xia et al. 2018, "DOTA: A Large-scale Dataset for Object Detection in Aerial Images"): two header
//! lines, then one object a line: x1 y1 x2 y2 x3 y3 x4 y4 class difficult, px.

use super::annotations::{Annotated, AnnotatedImage, Annotations, ClassIndex, Subset, sort_classes};
use super::image_files::{ImageFiles, is_image, locate, own_stems, place, stem, walk};
use super::new_folder::write_file;
use super::number;
use super::shape::Shape;
use super::source::Source;
use crate::data::text_file::read_text;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Reads `labelTxt/*.txt`, divided by folders or not, or a folder of such files.
///
/// # Errors
/// Names the file, its line and what was expected.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let mut classes = ClassIndex::default();
    let mut annotations = Annotations::default();
    for (labels, images, subset) in places(source)? {
        let image_names = if images.is_dir() { walk(&images, is_image)? } else { Vec::new() };
        let by_stem: BTreeMap<&str, &String> = image_names.iter().map(|name| (stem(name), name)).collect();
        for name in walk(&labels, |name| name.ends_with(".txt"))? {
            let path = labels.join(&name);
            let own = name.trim_end_matches(".txt");
            let mut image = AnnotatedImage { subset, ..AnnotatedImage::default() };
            match by_stem.get(own) {
                Some(found) => (image.name, image.file) = ((*found).clone(), Some(images.join(found))),
                // DOTA's own images are PNG files.
                None => image.name = format!("{own}.png"),
            }
            for (at, line) in read_text(&path)?.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || is_header(line) {
                    continue;
                }
                let object = object_from_line(line, &mut classes)
                    .with_context(|| format!("{}, line {}", path.display(), at + 1))?;
                image.objects.push(object);
            }
            annotations.images.push(image);
        }
    }
    ensure!(!annotations.images.is_empty(), "{}: labelTxt holds no .txt file", source.path.display());
    annotations.classes = classes.into_names();
    sort_classes(&mut annotations);
    locate(&mut annotations, &source.image_folders(&["images"]))?;
    Ok(annotations)
}

/// Label folders with their folders of images.
fn places(source: &Source<'_>) -> Result<Vec<(PathBuf, PathBuf, Option<Subset>)>> {
    let root = source.path;
    ensure!(root.is_dir(), "{}: expected the folder of a DOTA set, with labelTxt/", root.display());
    let folders = |folder: &Path| -> Result<Vec<(String, PathBuf)>> {
        let cannot = || format!("cannot read the folder {}", folder.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            if entry.path().is_dir() {
                found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
            }
        }
        found.sort();
        Ok(found)
    };
    let label_folder = |folder: &Path| -> Result<Option<PathBuf>> {
        let found = folders(folder)?.into_iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("labeltxt"));
        let found: Vec<_> = found.map(|(_, path)| path).collect();
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            [a, b, ..] => bail!("{} or {}: name one of them", a.display(), b.display()),
        }
    };
    let images = |own: PathBuf| source.images.map_or(own, Path::to_owned);
    if let Some(labels) = label_folder(root)? {
        return Ok(vec![(labels, images(root.join("images")), None)]);
    }
    let mut found = Vec::new();
    for (name, path) in folders(root)? {
        if let (Some(subset), Some(labels)) = (Subset::from_name(&name), label_folder(&path)?) {
            found.push((labels, images(path.join("images")), Some(subset)));
        }
    }
    if found.is_empty() {
        let beside = root.parent().map_or_else(|| root.join("images"), |parent| parent.join("images"));
        let is_empty = walk(root, |name| name.ends_with(".txt"))?.is_empty();
        ensure!(
            !is_empty,
            "{}: expected labelTxt/ with a .txt file an image, or these files themselves",
            root.display()
        );
        found.push((root.to_owned(), images(beside), None));
    }
    found.sort_by_key(|(.., subset)| *subset);
    Ok(found)
}

fn is_header(line: &str) -> bool {
    ["imagesource:", "gsd:"].iter().any(|key| line.to_ascii_lowercase().starts_with(key))
}

fn object_from_line(line: &str, classes: &mut ClassIndex) -> Result<Annotated> {
    let cells: Vec<&str> = line.split_whitespace().collect();
    ensure!(
        cells.len() == 9 || cells.len() == 10,
        "expected x1 y1 x2 y2 x3 y3 x4 y4 class difficult, found {} words",
        cells.len()
    );
    let mut corners = [[0.0; 2]; 4];
    for (at, cell) in cells[..8].iter().enumerate() {
        corners[at / 2][at % 2] = number::parse(cell, "a coordinate")?;
    }
    // 1 is difficult; DOTA 1.5 and later have 2 for what is hardly seen.
    let difficult = match cells.get(9) {
        None | Some(&"0") => false,
        Some(&("1" | "2")) => true,
        Some(other) => bail!("difficult must be 0, 1 or 2, and is {other:?}"),
    };
    Ok(Annotated { difficult, ..Annotated::new(classes.of(cells[8]), Shape::Quad(corners)) })
}

/// Writes labelTxt/, divided by folders where the set is, and the images into images/ beside it.
///
/// # Errors
/// Names two images that would have the same label file, or two classes the same name.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    let joined: Vec<String> =
        annotations.classes.iter().map(|class| class.split_whitespace().collect::<Vec<_>>().join("-")).collect();
    for (at, class) in joined.iter().enumerate() {
        if let Some(other) = joined[..at].iter().position(|other| other == class) {
            let (a, b) = (&annotations.classes[other], &annotations.classes[at]);
            bail!("DOTA's names have no blanks, and {a:?} and {b:?} would both be {class:?}: rename one");
        }
    }
    let renamed = joined.iter().zip(&annotations.classes).filter(|(new, old)| new != old);
    let remarks = renamed.map(|(new, old)| format!("DOTA's names have no blanks: {old:?} is written as {new:?}"));
    let folder_of = |subset: Option<Subset>| subset.map_or(String::new(), |subset| format!("{}/", subset.name()));
    own_stems(annotations, true)?;
    for image in &annotations.images {
        let mut text = String::new();
        for object in &image.objects {
            let corners = object.shape.as_quad().unwrap_or_else(|| object.shape.smallest_rectangle());
            corners.as_flattened().iter().for_each(|side| text.push_str(&format!("{} ", number::text(*side))));
            text.push_str(&format!("{} {}\n", joined[object.class], u8::from(object.difficult)));
        }
        let name = format!("{}labelTxt/{}.txt", folder_of(image.subset), stem(&image.name));
        write_file(folder, &name, &text)?;
    }
    let names: Vec<String> =
        annotations.images.iter().map(|image| format!("{}images/{}", folder_of(image.subset), image.name)).collect();
    place(annotations, &names, folder, images)?;
    Ok(remarks.collect())
}
