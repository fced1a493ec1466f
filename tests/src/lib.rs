//! What the tests in `tests/` stand on: a browser that is driven over WebDriver, a served site, and a
//! reader of Parquet files, one of TensorBoard's event files, one of geometries; what no page may do; approved screenshots; golden values; the program as a user runs it; a
//! command that is killed on its way; what this machine cannot check; every reader of files from outside, for mutated
//! and fuzzed ones; a bundle with a small detector, one with a large gallery.

pub mod approved;
pub mod bad_server;
mod chromedriver;
pub mod clean;
pub mod command;
pub mod doc_commands;
pub mod event_file;
pub mod geotiff;
pub mod golden;
pub mod image_folder;
pub mod killed;
pub mod large_gallery;
pub mod large_scene;
pub mod now;
pub mod objects;
pub mod onnx_file;
pub mod parquet_file;
pub mod protobuf;
pub mod python;
pub mod readers;
pub mod site;
pub mod skip;
pub mod swiftshader;
pub mod visit;
pub mod webdriver;
pub mod wkb;
