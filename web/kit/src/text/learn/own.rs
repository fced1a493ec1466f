//! Text of lesson 4 on the visitor's own images.

pub const TITLE: &str = "Images";
pub const FOLDER: &str = "Choose a folder";
pub const FILES: &str = "Choose images";
pub const SCENES: &str = "Generated scenes";
pub const HINT: &str = "Or drop a folder or at least 16 images anywhere on this page. They stay on this machine: they are decoded here, scaled to 32 px, and up to 360 are used.";
pub const NO_KINDS: &str = "Your images have no labels, so nothing says whether neighbours are of one kind: accuracy and colours of kinds are not shown.";
pub const DEVICE: &str = "Device";
pub const DEVICES: [&str; 3] = ["WebGPU or CPU", "WebGPU", "CPU"];
/// Names of files that are shown at the most.
const SHOWN: usize = 20;

/// How far the reading is.
pub fn reading(done: usize, count: usize) -> String {
    format!("Reading images: {done} of {count}.")
}

/// So many are not enough.
pub fn too_few(count: usize, least: usize) -> String {
    let found = match count {
        0 => "No image could be read".to_owned(),
        1 => "One image could be read".to_owned(),
        _ => format!("{count} images could be read"),
    };
    format!("{found}, and at least {least} are needed. Nothing was changed.")
}

/// What is trained on.
pub fn trained_on(count: usize, offered: usize) -> String {
    match offered > count {
        true => format!("{count} of your {offered} images are used."),
        false => format!("{count} of your images are used."),
    }
}

/// Files that are no images, or cannot be read, by name.
pub fn refused(names: &[String]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match names.len() {
        0 => String::new(),
        1 => format!("One file could not be read as an image: {shown}."),
        count => format!("{count} files could not be read as images: {shown}{more}."),
    }
}

/// Before the first step.
pub fn ready(backend: &str, train: usize, held_out: usize) -> String {
    format!("Ready on {backend}: {train} of your images to train on, {held_out} held out.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_and_many_are_counted() {
        let names: Vec<String> = (0..22).map(|at| format!("{at}.xml")).collect();
        assert_eq!(refused(&names[..2]), "2 files could not be read as images: 0.xml, 1.xml.");
        assert!(refused(&names).starts_with("22 files") && refused(&names).ends_with("19.xml and 2 more."));
        assert_eq!(refused(&[]), "");
        assert_eq!(trained_on(360, 900), "360 of your 900 images are used.");
    }
}
