//! Which formats there are, and what each can say of an image and its objects.

use std::str::FromStr;

/// A format of annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// COCO's JSON (Lin et al. 2014).
    Coco,
    /// PASCAL VOC's XML files (Everingham et al. 2010).
    Voc,
    /// YOLO's text files: class and normalised box.
    Yolo,
    /// The same with four corners, as Ultralytics trains oriented boxes.
    YoloObb,
    /// The same with a polygon's corners, as Ultralytics trains masks.
    YoloSeg,
    /// DOTA's text files: eight coordinates, class, difficult (Xia et al. 2018).
    Dota,
    /// LabelMe's JSON files.
    Labelme,
    /// "CVAT for images 1.1": one XML file.
    Cvat,
    /// Label Studio's JSON.
    LabelStudio,
    /// A table of 0/1 labels an image.
    Csv,
}

/// Which outlines a format holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlines {
    /// None: only the names of the classes.
    Nothing,
    /// Upright boxes.
    Boxes,
    /// Four corners.
    Quads,
    /// One ring of corners an object.
    Ring,
    /// Boxes, and polygons of one ring or, where `parts` says so, of several.
    Polygons {
        /// Whether an object may consist of several rings.
        parts: bool,
    },
}

/// What a format can say.
#[derive(Debug, Clone, Copy)]
pub struct Holds {
    /// Of an object's outline.
    pub outlines: Outlines,
    /// That an object is hard to recognise.
    pub difficult: bool,
    /// That it reaches out of the image.
    pub truncated: bool,
    /// That it is covered.
    pub occluded: bool,
    /// That it is a crowd.
    pub crowd: bool,
    /// A prediction's score.
    pub score: bool,
    /// Labels of the image as a whole.
    pub image_labels: bool,
    /// Classes that occur nowhere.
    pub unused_classes: bool,
    /// An upright box beside a polygon.
    pub stated_boxes: bool,
    /// Coordinates outside the image.
    pub outside: bool,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Coco,
        Self::Voc,
        Self::Yolo,
        Self::YoloObb,
        Self::YoloSeg,
        Self::Dota,
        Self::Labelme,
        Self::Cvat,
        Self::LabelStudio,
        Self::Csv,
    ];

    /// As it is named in commands and configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coco => "coco",
            Self::Voc => "voc",
            Self::Yolo => "yolo",
            Self::YoloObb => "yolo_obb",
            Self::YoloSeg => "yolo_seg",
            Self::Dota => "dota",
            Self::Labelme => "labelme",
            Self::Cvat => "cvat",
            Self::LabelStudio => "label_studio",
            Self::Csv => "csv",
        }
    }

    /// As people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Coco => "COCO",
            Self::Voc => "Pascal VOC",
            Self::Yolo => "YOLO",
            Self::YoloObb => "YOLO OBB",
            Self::YoloSeg => "YOLO segmentation",
            Self::Dota => "DOTA",
            Self::Labelme => "LabelMe",
            Self::Cvat => "CVAT",
            Self::LabelStudio => "Label Studio",
            Self::Csv => "the label table",
        }
    }

    /// What it can say.
    pub fn holds(self) -> Holds {
        let nothing = Holds {
            outlines: Outlines::Nothing,
            difficult: false,
            truncated: false,
            occluded: false,
            crowd: false,
            score: false,
            image_labels: false,
            unused_classes: true,
            stated_boxes: false,
            outside: true,
        };
        let marks = Holds { difficult: true, truncated: true, occluded: true, crowd: true, score: true, ..nothing };
        let yolo = Holds { score: true, outside: false, ..nothing };
        match self {
            Self::Coco => Holds { outlines: Outlines::Polygons { parts: true }, stated_boxes: true, ..marks },
            Self::Cvat => Holds { outlines: Outlines::Polygons { parts: true }, image_labels: true, ..marks },
            Self::Labelme => Holds {
                outlines: Outlines::Polygons { parts: true },
                image_labels: true,
                unused_classes: false,
                ..marks
            },
            Self::LabelStudio => {
                Holds { outlines: Outlines::Polygons { parts: false }, score: true, image_labels: true, ..nothing }
            }
            Self::Voc => {
                Holds { outlines: Outlines::Boxes, crowd: false, score: false, unused_classes: false, ..marks }
            }
            Self::Yolo => Holds { outlines: Outlines::Boxes, ..yolo },
            Self::YoloObb => Holds { outlines: Outlines::Quads, ..yolo },
            Self::YoloSeg => Holds { outlines: Outlines::Ring, ..yolo },
            Self::Dota => Holds { outlines: Outlines::Quads, difficult: true, unused_classes: false, ..nothing },
            Self::Csv => Holds { image_labels: true, ..nothing },
        }
    }
}

impl FromStr for Format {
    type Err = String;

    /// Other spellings that tools use are taken, too: `label-studio`, `pascal_voc`.
    fn from_str(text: &str) -> Result<Self, String> {
        let asked = text.to_ascii_lowercase().replace(['-', ' '], "_");
        let asked = match asked.as_str() {
            "pascal_voc" | "pascalvoc" => "voc",
            "labelstudio" => "label_studio",
            "multi_label_csv" => "csv",
            other => other,
        };
        let all = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|format| format.name() == asked).ok_or_else(|| format!("expected one of {}", all()))
    }
}
