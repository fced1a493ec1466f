//! Texts of the page that teaches classes by clicks.

#![allow(missing_docs, reason = "a text explains itself")]

use crate::numbers::{bytes, grouped};

pub const TITLE: &str = "Teach a class in ten clicks";
pub const INTRO: &str = "Name a class and click on images that show it. The network stays as it is; a small classifier on what it sees of an image follows every click at once.";
pub const CLICKS: &str = "First click: it is of the class. Second: it is not. Third: unknown again.";
pub const STOPPED: &str = "The engine stopped. Start it again; what you taught stays until you leave this page.";
pub const NO_MODEL: &str = "There is no network to teach on: the list models/index.json of this site names none.";
pub const START_AGAIN: &str = "Start again";

pub const IMAGES: &str = "Images";
pub const GALLERY: &str = "Gallery";
pub const OWN: &str = "Your own";
pub const CHOOSE_FOLDER: &str = "Choose a folder";
pub const CHOOSE_FILES: &str = "Choose images";
pub const OWN_HINT: &str = "Your images stay on this machine. Choose a folder or some files; they are embedded one after another, and you can teach while that goes on.";
pub const NOT_STARTED: &str = "The engine is still starting; choose the images again in a moment.";
pub const STILL_EMBEDDING: &str = "Images are being embedded; cancel that first, or wait until it is done.";
pub const CANCEL: &str = "Cancel";
pub const KEEP: &str = "Keep in this browser";
pub const KEPT: &str = "Kept in this browser";
pub const KEEP_HINT: &str =
    "So that images, classes and answers are here again when you come back. Nothing is kept without this.";
pub const KEPT_HINT: &str =
    "Images, classes and answers come back after a reload; new answers are kept as you give them.";
pub const DELETE_OWN: &str = "Delete these images";
pub const DELETE_KEPT: &str = "Delete what is kept";
pub const DELETED: &str = "Deleted from this browser.";
pub const NOT_KEPT: &str =
    "The browser kept nothing: it has no storage for this page, or not enough space. Export the head instead.";
pub const NO_IMAGES: &str = "There is no image among these files. JPEG, PNG, WebP, BMP, GIF and AVIF files are taken; a folder is chosen by its button.";

pub const CLASSES: &str = "Classes";
pub const CLASS_NAME: &str = "Name a class";
pub const ADD_CLASS: &str = "Add";
pub const NAME_EMPTY: &str = "Type a name first.";
pub const NAME_TAKEN: &str = "There is a class of this name already.";
pub const FORGET: &str = "Forget this class";

pub const QUESTIONS: &str = "What it is least sure of";
pub const QUESTIONS_HINT: &str = "An answer here teaches most. Keys: Y and N answer for the first image.";
pub const YES: &str = "Yes";
pub const NO: &str = "No";
pub const ASK_FIRST: &str = "Click on an image of the class below; then it asks.";
pub const NAME_FIRST: &str = "Name a class, then click on an image that shows it.";

pub const SEARCH: &str = "Search names";
pub const BY_SCORE: &str = "Most probable first";
pub const SORT_AGAIN: &str = "Sort again";
pub const UNSORTED: &str = "In their own order";
pub const BACK_TO_SCORES: &str = "Back to all by score";
pub const LIKE_THIS: &str = "Images like this one";
pub const MORE: &str = "Show more";
pub const UNLIKE: &str = "unlike training";
pub const NOTHING_FOUND: &str = "No image has that in its name.";

pub const MAP: &str = "Map";
pub const SHOW_MAP: &str = "Show the map";
pub const HIDE_MAP: &str = "Hide the map";
pub const MAP_LABEL: &str = "Map of the images";
pub const MAP_HELP: &str = "Drag to move, wheel or pinch to zoom, click to select. Keys: arrows move, + and − zoom, 0 shows all. Images are selected in the list below too.";
pub const ZOOM_IN: &str = "Zoom in";
pub const ZOOM_OUT: &str = "Zoom out";
pub const WHOLE: &str = "All";
pub const LASSO: &str = "Lasso";
pub const LASSO_HELP: &str = "Draw a line around images; with Shift they are added to those that are selected.";
pub const SELECT_FOUND: &str = "Select what the search found";
pub const CLEAR: &str = "Select nothing";
pub const ONLY_SELECTED: &str = "List the selected alone";
pub const SELECTION_CSV: &str = "Selection as CSV";
pub const NO_CLASS: &str = "of no class";
pub const SELECT: &str = "Select";
pub const NO_MAP: &str = "A map needs three images.";

pub const TAKE_AWAY: &str = "Take it with you";
pub const EXPORT: &str = "Export the head";
pub const IMPORT: &str = "Import a head";
pub const CSV: &str = "Scores and answers as CSV";
pub const NOTHING_TAUGHT: &str = "Nothing is taught yet: click on an image of a class first.";
pub const EXPORT_HINT: &str = "A head scores images in the terminal too:";
pub const NOT_SAVED: &str = "The browser refused to save the file.";

pub fn step(step: &str, done: u64, total: u64) -> String {
    match total {
        0 => step.to_owned(),
        _ => format!("{step}: {} of {}", bytes(done), bytes(total)),
    }
}

pub fn embedding(done: usize, count: usize) -> String {
    format!("Embedding: {} of {} images", grouped(done as f64), grouped(count as f64))
}

pub fn left_out(count: usize, first: &str) -> String {
    match count {
        1 => format!("One file was left out. {first}"),
        _ => format!("{count} files were left out. The first: {first}"),
    }
}

pub fn images(count: usize) -> String {
    match count {
        1 => "1 image".into(),
        _ => format!("{} images", grouped(count as f64)),
    }
}

pub fn class_counts(yes: usize, no: usize, absent: usize) -> String {
    let here = format!("{yes} yes, {no} no");
    match absent {
        0 => here,
        1 => format!("{here}; 1 example is not among these images"),
        _ => format!("{here}; {absent} examples are not among these images"),
    }
}

pub fn is_it(class: &str) -> String {
    format!("Is it {class}?")
}

pub fn question(name: &str, class: &str) -> String {
    format!("{name}: is it {class}?")
}

pub fn present(count: usize, of: usize, class: &str) -> String {
    format!("{} of {} images at 50% or more for {class}", grouped(count as f64), grouped(of as f64))
}

pub fn like(name: &str) -> String {
    format!("Sorted by likeness to {name}")
}

pub fn taught_on(description: &str) -> String {
    format!("On the network {description}")
}

/// What a tile says to those who do not see it.
pub fn tile(name: &str, percent: Option<&str>, answer: Option<bool>, is_unlike: bool) -> String {
    let mut words = name.to_owned();
    if let Some(percent) = percent {
        words += &format!(", {percent}");
    }
    words += match answer {
        Some(true) => ", yes",
        Some(false) => ", no",
        None => "",
    };
    if is_unlike {
        words += ", unlike the images of training";
    }
    words
}

pub fn imported(classes: usize) -> String {
    match classes {
        1 => "One class was imported.".into(),
        _ => format!("{classes} classes were imported."),
    }
}

pub fn not_imported(name: &str, why: &str) -> String {
    format!("{name} was not imported: {why}.")
}

/// What the map is of.
pub fn map_about(images: usize, fitted: usize) -> String {
    let all = grouped(images as f64);
    match images > fitted {
        true => format!(
            "{all} images, along the two directions in which the embeddings of {} of them, drawn at random, differ most (PCA).",
            grouped(fitted as f64)
        ),
        false => format!("{all} images, along the two directions in which their embeddings differ most (PCA)."),
    }
}

pub fn selected(count: usize) -> String {
    match count {
        0 => "Nothing is selected.".into(),
        1 => "1 image is selected.".into(),
        _ => format!("{} images are selected.", grouped(count as f64)),
    }
}

/// A class in the map's legend.
pub fn of_class(name: &str, count: usize) -> String {
    format!("{name}: {}", grouped(count as f64))
}
