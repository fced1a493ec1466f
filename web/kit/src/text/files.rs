//! Texts of the table of several files.

#![allow(missing_docs, reason = "a text explains itself")]

pub const GO_ON: &str = "Go on";
pub const ORDER: &str = "Sort by";
pub const GIVEN: &str = "order given";
pub const UNLIKE_FIRST: &str = "unlike training first";
pub const ONLY: &str = "Only with";
pub const ALL: &str = "any label";
pub const NOTHING: &str = "no label reaches its threshold";
pub const UNLIKE: &str = "unlike training";

pub fn title(count: usize) -> String {
    format!("{count} images")
}

/// How far the labelling is.
pub fn progress(done: usize, count: usize, left_out: usize) -> String {
    let progress = if done == count { "all labelled".to_owned() } else { format!("{done} of {count} labelled") };
    match left_out {
        0 => progress,
        1 => format!("{progress}, 1 other file left out"),
        others => format!("{progress}, {others} other files left out"),
    }
}

/// Labels that a row does not name.
pub fn and_more(count: usize) -> String {
    format!(" and {count} more")
}
