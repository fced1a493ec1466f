//! COCO's ground-truth file, as training and scoring read it (Lin et al. 2014, "Microsoft COCO: Common Objects in
//! Context"; the format stands at cocodataset.org/#format-data).

use crate::data::formats::side_px;
use crate::data::json::{Id, JsonFile, Node};
use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::path::Path;

const EXPECTED: &str = "COCO's ground truth, an object with images, annotations and categories";

/// What is needed of a file. Other keys (info, licenses, segmentation) may be there or not.
#[derive(Debug, Clone)]
pub struct CocoFile {
    /// In the order of the file.
    pub images: Vec<CocoImage>,
    /// In the order of the file.
    pub annotations: Vec<CocoAnnotation>,
    /// By id.
    pub categories: Vec<CocoCategory>,
}

/// An image.
#[derive(Debug, Clone)]
pub struct CocoImage {
    /// What annotations and results name it by.
    pub id: Id,
    /// Its file, below the folder of images; `None` if the file does not say.
    pub file_name: Option<String>,
    /// Width and height, px; 0 where the file does not say.
    pub size_px: [usize; 2],
}

/// An annotated object.
#[derive(Debug, Clone)]
pub struct CocoAnnotation {
    /// Its own id, where it has one.
    pub id: Option<Id>,
    /// Where it stands in the file: its line.
    pub line: u32,
    /// The image's id.
    pub image_id: Id,
    /// The category's id.
    pub category_id: Id,
    /// x, y, width, height, px; `None` if it has none.
    pub bbox: Option<[f64; 4]>,
    /// Of its outline, px².
    pub area: Option<f64>,
    /// Marked by `iscrowd`.
    pub crowd: bool,
    /// Marked by `difficult`, which some tools write.
    pub difficult: bool,
}

/// A category.
#[derive(Debug, Clone)]
pub struct CocoCategory {
    /// What annotations and results name it by.
    pub id: Id,
    /// The class's name.
    pub name: String,
}

impl CocoFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the file, line, key and what was expected; also where two categories have one id.
    pub fn read(path: &Path) -> Result<Self> {
        let read = || {
            let file = JsonFile::read(path)?;
            let document = file.parse(&["segmentation", "info", "licenses"])?;
            Self::from_json(document.object(EXPECTED)?)
        };
        read().with_context(|| format!("cannot read the COCO file {}", path.display()))
    }

    fn from_json(root: &Node<'_>) -> Result<Self> {
        let images = root.list("images")?.iter().map(image).collect::<Result<Vec<_>>>()?;
        let annotations = root.list("annotations")?.iter().map(annotation).collect::<Result<Vec<_>>>()?;
        let mut categories = root.list("categories")?.iter().map(category).collect::<Result<Vec<_>>>()?;
        categories.sort_by(|a, b| a.id.cmp(&b.id));
        for pair in categories.windows(2) {
            let [a, b] = [&pair[0], &pair[1]];
            ensure!(
                a.id != b.id,
                "categories {} {:?} and {} {:?}: expected ids and names of their own",
                a.id,
                a.name,
                b.id,
                b.name
            );
        }
        Ok(Self { images, annotations, categories })
    }

    /// The class's index of a category's id.
    pub fn class(&self, id: &Id) -> Option<usize> {
        self.categories.binary_search_by(|category| category.id.cmp(id)).ok()
    }

    /// A sentence about annotations that share an id, where there are any; about the id 0 too.
    pub fn notes_on_ids(&self) -> Vec<String> {
        let mut counts: HashMap<&Id, usize> = HashMap::new();
        for id in self.annotations.iter().filter_map(|annotation| annotation.id.as_ref()) {
            *counts.entry(id).or_default() += 1;
        }
        let mut notes = Vec::new();
        let mut shared: Vec<(&Id, usize)> = counts.iter().filter(|(_, n)| **n > 1).map(|(id, n)| (*id, *n)).collect();
        shared.sort();
        if let Some((first, of_first)) = shared.first() {
            let sum: usize = shared.iter().map(|(_, count)| count).sum();
            let who = if shared.len() == 1 {
                format!("{sum} annotations share the id {first}")
            } else {
                format!("{sum} annotations share {} ids ({of_first} of them the id {first})", shared.len())
            };
            notes.push(format!(
                "{who}; each counts here, while pycocotools takes the last of an id for all of them and gives other \
                 figures"
            ));
        }
        if counts.keys().any(|id| id.is_zero()) {
            let note = "an annotation has the id 0; it counts here, while pycocotools takes what it is found by for a \
                        false alarm";
            notes.push(note.to_owned());
        }
        notes
    }
}

impl CocoAnnotation {
    /// How messages name it: by its id, or its place in the list.
    pub fn named(&self, at: usize) -> String {
        let id = self.id.as_ref().map_or_else(|| format!("number {at} of the list"), ToString::to_string);
        format!("annotation {id} (line {})", self.line)
    }
}

fn image(node: &Node<'_>) -> Result<CocoImage> {
    let side = |key| Ok::<usize, anyhow::Error>(side_px(node.optional_number(key)?.unwrap_or(0.0)));
    let file_name = node.get("file_name").map(|_| node.text("file_name").map(str::to_owned)).transpose()?;
    Ok(CocoImage { id: node.id("id")?, file_name, size_px: [side("width")?, side("height")?] })
}

fn annotation(node: &Node<'_>) -> Result<CocoAnnotation> {
    Ok(CocoAnnotation {
        id: node.optional_id("id")?,
        line: node.line,
        image_id: node.id("image_id")?,
        category_id: node.id("category_id")?,
        bbox: node.get("bbox").map(|_| node.numbers("bbox")).transpose()?,
        area: node.optional_number("area")?,
        crowd: node.flag("iscrowd")?,
        difficult: node.flag("difficult")?,
    })
}

fn category(node: &Node<'_>) -> Result<CocoCategory> {
    Ok(CocoCategory { id: node.id("id")?, name: node.text("name")?.to_owned() })
}
