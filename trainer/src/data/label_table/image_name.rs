//! How tables name images.

/// What tells images apart: the name as written, with `/` between folders, without an image's ending.
pub fn image_key(name: &str) -> String {
    let name = name.replace('\\', "/");
    let name = name.trim_start_matches("./");
    without_ending(name).to_owned()
}

/// A file's name without an image's ending; other endings stay, for names may hold dots.
pub fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if is_image_ending(ending) => stem,
        _ => name,
    }
}

/// Whether files of this ending are taken for images.
fn is_image_ending(ending: &str) -> bool {
    ["jpg", "jpeg", "png", "tif", "tiff"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_images_ending_is_taken_off_a_name() {
        assert_eq!(image_key(r".\airport\a.1.JPG"), "airport/a.1");
        assert_eq!(image_key("scene.v2"), "scene.v2");
    }
}
