//! Large images as many: square tiles at equal steps, cut out when they are needed. Every image is looked through once,
//! for tiles that are mostly nodata and for the mean of the others; an index keeps what was found. TIFF images are read
//! by windows, so that memory does not grow with them.

mod index;
mod look;
mod open_scenes;
mod scene_tiles;
mod store;
#[cfg(test)]
mod tests;

pub use look::{look_through_all, tile_count};
pub use open_scenes::OpenScenes;
pub use scene_tiles::SceneTiles;
pub use store::{TileStore, cached};
