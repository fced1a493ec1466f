//! Annotated images as every format is read into and written from. Other than the trainer's `ObjectSet`, it holds what
//! the files say without cutting it to the image: f64, polygons, oriented boxes, scores.

use super::shape::Shape;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// No corner is farther from its image, px; an image's sides have 32 bits.
const MOST_PX: f64 = 1e12;

/// Images with their objects and labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Annotations {
    /// Class names, by the objects' class index.
    pub classes: Vec<String>,
    /// In the order of the files.
    pub images: Vec<AnnotatedImage>,
    /// What the file has and no other format here holds, with how often: points, free attributes, masks.
    pub not_read: BTreeMap<String, usize>,
    /// Whether a model predicted the objects: Label Studio keeps these apart.
    pub predicted: bool,
}

/// One image with its objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnnotatedImage {
    /// Path with `/`, relative to the folder of images.
    pub name: String,
    /// The file, where it was found.
    pub file: Option<PathBuf>,
    /// Width and height as annotated, or else as the file's header has them.
    pub size_px: Option<[usize; 2]>,
    /// What it is for, where the set is divided.
    pub subset: Option<Subset>,
    /// In the order of the file.
    pub objects: Vec<Annotated>,
    /// Labels of the image as a whole, as indices into the classes.
    pub labels: Vec<usize>,
}

/// One annotated or predicted object.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotated {
    /// Index into the classes.
    pub class: usize,
    /// Its outline.
    pub shape: Shape,
    /// The upright box that COCO's files state beside a polygon, x0, y0, x1, y1: often a pixel larger than its bounds.
    pub stated_box: Option<[f64; 4]>,
    /// Hard to recognise (VOC, DOTA).
    pub difficult: bool,
    /// Reaches out of the image (VOC).
    pub truncated: bool,
    /// Covered by something (CVAT, VOC).
    pub occluded: bool,
    /// Holds a crowd of objects and not one (COCO).
    pub crowd: bool,
    /// Of a prediction, 0 to 1.
    pub score: Option<f64>,
}

/// What an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subset {
    /// For training.
    Train,
    /// For choices.
    Validation,
    /// For figures alone.
    Test,
}

impl Annotated {
    /// An object without marks.
    pub fn new(class: usize, shape: Shape) -> Self {
        Self {
            class,
            shape,
            stated_box: None,
            difficult: false,
            truncated: false,
            occluded: false,
            crowd: false,
            score: None,
        }
    }

    /// Whether all its coordinates are numbers, and near enough to an image that sums, areas and rounded digits of them are
    /// numbers too.
    pub(super) fn is_near(&self) -> bool {
        let is_near = |side: &f64| side.abs() <= MOST_PX;
        self.stated_box.iter().flatten().all(is_near) && self.shape.as_rings().iter().flatten().flatten().all(is_near)
    }

    /// Its upright box, x0, y0, x1, y1: as stated, or else around its outline.
    pub fn bounds(&self) -> [f64; 4] {
        self.stated_box.unwrap_or_else(|| self.shape.bounds())
    }
}

impl Annotations {
    /// Counts something that was not read.
    pub(super) fn skip(&mut self, what: impl Into<String>) {
        *self.not_read.entry(what.into()).or_default() += 1;
    }

    /// Number of objects.
    pub fn object_count(&self) -> usize {
        self.images.iter().map(|image| image.objects.len()).sum()
    }

    /// The subsets that occur, in their order; `None` for images without one.
    pub(super) fn subsets(&self) -> Vec<Option<Subset>> {
        let mut subsets: Vec<_> = self.images.iter().map(|image| image.subset).collect();
        subsets.sort_unstable();
        subsets.dedup();
        subsets
    }
}

impl Subset {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// `train`, `val` or `test`, as folders are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "val",
            Self::Test => "test",
        }
    }

    /// The subset that a folder, list or key of this name holds: `train`, `val2017`, `instances_test`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let words = name.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
        words.into_iter().find_map(|word| match word.as_str() {
            "train" | "training" | "trainval" => Some(Self::Train),
            "val" | "valid" | "validation" => Some(Self::Validation),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        })
    }
}

/// Class names in the order in which they are first asked for.
#[derive(Debug, Default)]
pub(super) struct ClassIndex {
    names: Vec<String>,
    by_name: BTreeMap<String, usize>,
}

impl ClassIndex {
    /// These names, in this order.
    pub(super) fn with(names: impl IntoIterator<Item = String>) -> Self {
        let mut index = Self::default();
        names.into_iter().for_each(|name| {
            index.of(&name);
        });
        index
    }

    /// The class's index; a new one where the name is new.
    pub(super) fn of(&mut self, name: &str) -> usize {
        if let Some(&index) = self.by_name.get(name) {
            return index;
        }
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// Puts the classes into alphabetical order, for formats that have no order of their own.
pub(super) fn sort_classes(annotations: &mut Annotations) {
    let mut order: Vec<usize> = (0..annotations.classes.len()).collect();
    order.sort_by(|&a, &b| annotations.classes[a].cmp(&annotations.classes[b]));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
    annotations.classes.sort();
    for image in &mut annotations.images {
        image.objects.iter_mut().for_each(|object| object.class = place[object.class]);
        image.labels.iter_mut().for_each(|label| *label = place[*label]);
        image.labels.sort_unstable();
    }
}
