//! Every reader of files that come from outside, as a function of bytes that must not break: the test of mutated files
//! (`tests/tests/command_line/mutated`) and the fuzz targets (`fuzz`) call the same ones.

pub mod annotations;
pub mod archives;
pub mod bundle;
mod event_file;
mod head;
mod images;
mod reader;
mod report;
mod scratch;
mod tables;
mod weights;

pub use reader::Reader;

use reader::{text_memory, weight_memory};

/// All of them.
pub const READERS: [Reader; 43] = [
    Reader { name: "jpeg", read: images::image, memory: images::memory },
    Reader { name: "png", read: images::image, memory: images::memory },
    Reader { name: "webp", read: images::image, memory: images::memory },
    Reader { name: "bmp", read: images::image, memory: images::memory },
    Reader { name: "tiff", read: images::tiff, memory: images::tiff_memory },
    Reader { name: "geotiff", read: images::tiff, memory: images::tiff_memory },
    Reader { name: "fetched_tiff", read: images::fetched_tiff, memory: images::fetched_tiff_memory },
    Reader { name: "world_file", read: images::world_file, memory: text_memory },
    text("xml", tables::xml),
    text("json", tables::json),
    text("coco", annotations::coco),
    text("voc", annotations::voc),
    text("voc_list", annotations::voc_list),
    text("yolo", annotations::yolo),
    text("yolo_yaml", annotations::yolo_yaml),
    text("dota", annotations::dota),
    text("labelme", annotations::labelme),
    text("cvat", annotations::cvat),
    text("label_studio", annotations::label_studio),
    text("label_studio_config", annotations::label_studio_config),
    text("label_table", annotations::label_table),
    text("split_list", annotations::split_list),
    text("scores", tables::scores),
    text("truth", tables::truth),
    text("detections", tables::detections),
    text("voc_detections", tables::voc_detections),
    text("ranking", tables::ranking),
    text("ranking_answers", tables::ranking_answers),
    text("config", tables::config),
    text("report", report::report),
    text("head", head::head),
    text("bundle", bundle::description),
    text("bundle_weights", bundle::weights),
    text("gallery", bundle::gallery),
    Reader { name: "pth", read: weights::pth, memory: weight_memory },
    Reader { name: "safetensors", read: weights::safetensors, memory: weight_memory },
    Reader { name: "checkpoint", read: weights::checkpoint, memory: weight_memory },
    text("cache_index", archives::cache_index),
    text("tile_index", archives::tile_index),
    text("event_file", event_file::event_file),
    Reader { name: "zip", read: archives::zip, memory: weight_memory },
    Reader { name: "tar", read: archives::tar, memory: weight_memory },
    Reader { name: "legacy_pth", read: weights::pth, memory: weight_memory },
];

const fn text(name: &'static str, read: fn(&[u8]) -> Result<(), String>) -> Reader {
    Reader { name, read, memory: text_memory }
}

/// The reader of this name.
///
/// # Panics
/// If there is none.
pub fn named(name: &str) -> &'static Reader {
    READERS.iter().find(|reader| reader.name == name).unwrap_or_else(|| panic!("there is no reader {name:?}"))
}

/// What a fuzz target does: the reader may refuse the bytes, and must not break.
pub fn fuzz(name: &str, bytes: &[u8]) {
    let _ = (named(name).read)(bytes);
}
