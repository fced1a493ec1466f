//! What is found in images, as files for other programs: GeoJSON in WGS 84 where an image is placed on Earth, CSV, JSON.

mod coordinates;
mod kind;
mod objects;
mod tiles;

pub use kind::OutKind;
pub use objects::{ImageDetections, LabelledDetection, SceneObjects, objects_file};
pub use tiles::{LabelledTiles, TileRequest};
