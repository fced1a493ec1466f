//! Text of lesson 4's curves that are kept.

use crate::numbers::decimal;

pub const TITLE: &str = "Loss of several trainings";
pub const KEEP: &str = "Keep this curve";
pub const HINT: &str = "Train, keep the curve, reset, change something, train again. Lines: means of ten steps; thin, the training that goes on.";
pub const REMOVE: &str = "Remove";
pub const CSV: &str = "CSV";
pub const JSON: &str = "JSON";
pub const IMPORT: &str = "Import JSON";
pub const STORE: &str = "Keep in this browser";
pub const FORGET: &str = "Delete what is kept";
pub const STORED: &str = "The curves are here again after a reload.";
pub const FORGOTTEN: &str = "Deleted from this browser; the curves stay until you leave this page.";
pub const NOT_STORED: &str =
    "The browser kept nothing: it has no storage for this page, or not enough space. Save the JSON instead.";
pub const FULL: &str = "Twelve curves are kept already; remove one first.";
pub const NOT_SAVED: &str = "The browser refused to save the file.";

/// A training's settings as its name.
pub fn name(temperature: f64, batch: usize, seed: u64, images: &str, has_changed: bool) -> String {
    let changed = if has_changed { ", changed on the way" } else { "" };
    format!("τ {}, N {batch}, seed {seed}, {images}{changed}", decimal(temperature, 2))
}

/// So many scenes.
pub fn scenes(count: usize) -> String {
    format!("{count} scenes")
}

/// So many images of the visitor's.
pub fn own_images(count: usize) -> String {
    format!("{count} own images")
}

/// A curve in the legend.
pub fn steps(name: &str, steps: usize) -> String {
    if steps == 1 { format!("{name}: 1 step") } else { format!("{name}: {steps} steps") }
}

/// What a file brought.
pub fn imported(added: usize, left_out: usize) -> String {
    let added = match added {
        0 => "No curve was new".to_owned(),
        1 => "One curve was imported".to_owned(),
        _ => format!("{added} curves were imported"),
    };
    match left_out {
        0 => format!("{added}."),
        _ => format!("{added}; {left_out} had no space beside twelve."),
    }
}

/// Why a file was refused.
pub fn not_imported(name: &str, why: &str) -> String {
    format!("{name} was not imported: {why}.")
}
