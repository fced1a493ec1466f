//! Scenes of any size on a map: objects and tiles with their labels as GeoJSON, CSV and JSON, scores as a GeoTIFF.

mod heat;
mod label_tiles;
mod out_file;

pub use heat::write_heat;
pub use label_tiles::label_tiles;
pub use nadir_raster::results::{LabelledTiles, SceneObjects, TileRequest, objects_file};
pub use out_file::{OutFile, OutKind};
