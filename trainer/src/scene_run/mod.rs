//! Scenes of any size on a map: objects and tiles with their labels as GeoJSON, CSV and JSON, scores as a GeoTIFF.

mod heat;
mod objects_file;
mod out_file;
mod tile_labels;

pub use heat::write_heat;
pub use objects_file::{SceneObjects, write_objects};
pub use out_file::{OutFile, OutKind};
pub use tile_labels::{LabelledTiles, TileRequest, label_tiles};
