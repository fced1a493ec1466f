//! How tables, lists and annotations name images.

use crate::data::image_ending::is_image_ending;
use std::borrow::Cow;

/// What tells images apart: the name as [`plain_path`] has it, without an image's ending.
pub fn image_key(name: &str) -> String {
    without_ending(&plain_path(name)).to_owned()
}

/// A file's name without an image's ending; other endings stay, for names may hold dots.
pub fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if is_image_ending(ending) => stem,
        _ => name,
    }
}

/// The path that a name means: with `/` between folders and without `./` in front; of an address (`https://`, `s3://`,
/// `file://`) what stands behind the host, without its query; `%20` and the like as the characters that they stand for.
/// Label Studio's `/data/local-files/?d=PATH` is PATH.
pub fn plain_path(name: &str) -> String {
    let name = name.trim().replace('\\', "/");
    let mut path = name.as_str();
    let is_scheme = |scheme: &str| {
        scheme.len() > 1 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    };
    let is_address = path.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme));
    if let Some((_, behind)) = path.split_once("/local-files/?d=") {
        path = behind.split('&').next().unwrap_or(behind);
    } else if is_address {
        let behind = path.split_once("://").map_or(path, |(_, behind)| behind);
        let behind = behind.split(['?', '#']).next().unwrap_or(behind);
        path = behind.split_once('/').map_or(behind, |(_, path)| path);
    }
    let mut path = percent_decoded(path).into_owned();
    // On Windows too a path may begin with `./`.
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/').to_owned();
    }
    path
}

/// `my photo` of `my%20photo`; a text with a `%` that begins no such code, or whose bytes are no UTF-8, as it is.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Cow::Borrowed(text) };
        bytes.push((16 * high + low) as u8);
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_images_ending_is_taken_off_a_name() {
        assert_eq!(image_key(r".\airport\a.1.JPG"), "airport/a.1");
        assert_eq!(image_key("scene.v2"), "scene.v2");
        assert_eq!(image_key(" a.Tiff "), "a");
    }

    #[test]
    fn addresses_and_codes_mean_the_path_behind_them() {
        for (written, path) in [
            ("./JPEGImages//a.jpg", "JPEGImages//a.jpg"),
            ("././a.jpg", "a.jpg"),
            ("my%20photo%203.jpg", "my photo 3.jpg"),
            ("F%C3%A4hre.png", "Fähre.png"),
            ("100%.jpg", "100%.jpg"),
            ("50%zz.jpg", "50%zz.jpg"),
            ("%FF.jpg", "%FF.jpg"),
            ("https://host.org:8080/set/a%20b.jpg?width=3#top", "set/a b.jpg"),
            ("s3://bucket/set/a.jpg", "set/a.jpg"),
            ("file:///data/set/a.jpg", "data/set/a.jpg"),
            (r"file:\\\C:\set\a.jpg", "C:/set/a.jpg"),
            ("/data/local-files/?d=set%2Fa.jpg", "set/a.jpg"),
            (r"C:\set\a.jpg", "C:/set/a.jpg"),
            ("a?b#c.jpg", "a?b#c.jpg"),
        ] {
            assert_eq!(plain_path(written), path, "{written}");
        }
    }
}
