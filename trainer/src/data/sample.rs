//! One image of a data set.

/// One image or crop of a data set.
#[derive(Debug, Clone)]
pub struct Sample {
    /// File name without folder, or `scene-SEED`; with `#` and a number, an object of that image.
    pub name: String,
    /// For each class, whether the image has it.
    pub targets: Vec<bool>,
}
