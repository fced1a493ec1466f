//! One image of a data set.

/// One image or crop of a data set.
#[derive(Debug, Clone)]
pub struct Sample {
    /// As a table names it; the path below its folder where there is no table; `scene-SEED`; with `#` and a number, an
    /// object of that image.
    pub name: String,
    /// For each class, whether the image has it.
    pub targets: Vec<bool>,
}
