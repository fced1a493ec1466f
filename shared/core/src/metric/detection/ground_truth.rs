//! True objects and detections, as average precision compares them.

/// A true object. Images and classes are numbered without gaps, from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundTruth {
    /// Index of the image, from 0.
    pub image: usize,
    /// Index of the class, from 0.
    pub class: usize,
    /// \[x0, y0, x1, y1\], px; x1 and y1 exclusive but for [`super::voc`], which takes them as VOC's files have them.
    pub box_in_image: [f64; 4],
    /// What COCO's size ranges go by, px²: of the object's outline, where that is known, else of the box.
    pub area: f64,
    /// The box holds a crowd, and not every one in it is annotated: finding any of them is neither right nor wrong.
    pub crowd: bool,
    /// Hard to see: finding it or not is neither right nor wrong. COCO's figures do not know this mark.
    pub difficult: bool,
}

impl GroundTruth {
    /// An object that is neither a crowd nor difficult, with the area of its box.
    pub fn new(image: usize, class: usize, box_in_image: [f64; 4]) -> Self {
        let area = area(box_in_image);
        Self { image, class, box_in_image, area, crowd: false, difficult: false }
    }
}

/// An object that a detector found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Index of the image, from 0.
    pub image: usize,
    /// Index of the class, from 0.
    pub class: usize,
    /// \[x0, y0, x1, y1\], px; as in [`GroundTruth`].
    pub box_in_image: [f64; 4],
    /// Confidence of any scale, higher is better. NaN counts as lowest.
    pub score: f64,
}

/// Width times height of every box, px², in the order of the lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BoxAreas {
    /// Of the true objects' boxes; not of their outlines, as [`GroundTruth::area`] may be.
    pub truths: Vec<f64>,
    /// Of the detections.
    pub detections: Vec<f64>,
}

impl BoxAreas {
    /// As far as corners tell: x + width - x is not always width.
    pub fn of_corners(truths: &[GroundTruth], detections: &[Detection]) -> Self {
        Self {
            truths: truths.iter().map(|truth| area(truth.box_in_image)).collect(),
            detections: detections.iter().map(|detection| area(detection.box_in_image)).collect(),
        }
    }
}

/// The mean of the values that there are; `None` if there is none.
pub(super) fn mean_of_some(values: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, count) = values.into_iter().flatten().fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Width times height of a box, px².
pub(super) fn area([x0, y0, x1, y1]: [f64; 4]) -> f64 {
    (x1 - x0) * (y1 - y0)
}
