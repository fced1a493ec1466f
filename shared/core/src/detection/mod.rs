//! The host side of a Faster R-CNN detector with a feature pyramid (Ren et al. 2015, "Faster R-CNN: towards real-time
//! object detection with region proposal networks"; Lin et al. 2017, "Feature pyramid networks for object detection"):
//! everything about boxes that needs no tensor.
//!
//! torchvision's `fasterrcnn_resnet50_fpn` is the reference for every convention and for the order of operations, so
//! that its weights give its boxes here. Differences are named where they are: they concern values that are not
//! numbers, and boxes without an area.
//!
//! exp, ln and log2 are taken in f64 and rounded once: the libraries of two machines differ in the last bit of f32.

pub mod anchors;
pub mod augment;
pub mod box_coder;
pub mod boxes;
mod grid;
pub mod matcher;
pub mod nms;
pub mod object;
pub mod postprocess;
pub mod proposals;
pub mod refinement;
pub mod resize;
pub mod roi_align;
pub mod roi_levels;
pub mod sampler;
pub mod scene;
pub mod targets;
pub mod tiles;

use serde::{Deserialize, Serialize};

/// The size of an image, a feature map or a grid, in px or cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
}

impl Size {
    /// `height` rows of `width`.
    pub const fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }
}
