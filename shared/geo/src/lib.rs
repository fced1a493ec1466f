//! Where pixels are on Earth, the same in trainer and page: GeoTIFF's transform and coordinate system, world files, the
//! way to WGS 84, tiles of a large scene, GeoJSON. Reads no file: callers give the values of tags and the text of files.

pub mod affine;
pub mod crs;
pub mod geojson;
pub mod geokeys;
pub mod placement;
pub mod windows;
pub mod wkb;
pub mod world_file;
