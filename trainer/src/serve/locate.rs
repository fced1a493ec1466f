//! From a request's path to a file below the site's folder.

use std::path::{Path, PathBuf};

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Located {
    /// A file, by its canonical path.
    File(PathBuf),
    /// A folder with an `index.html`, named without the `/` at its end.
    Folder,
    /// Nothing that is served.
    Nothing,
    /// A path that no page has a reason to ask for, such as one with `..`.
    Refused,
}

/// Finds what `path` (as it stands in the request, percent-encoded, without the query) names below `root`, which is
/// canonical. A link is followed as long as it stays below `root`.
pub fn locate(root: &Path, path: &str) -> Located {
    let Some(names) = names(path) else {
        return Located::Refused;
    };
    if names.iter().any(|name| name.starts_with('.')) {
        return Located::Nothing;
    }
    let requested: PathBuf = names.iter().fold(root.to_path_buf(), |folder, name| folder.join(name));
    let inside = |path: PathBuf| path.canonicalize().ok().filter(|path| path.starts_with(root));
    let Some(found) = inside(requested) else {
        return Located::Nothing;
    };
    let ends_in_slash = path.ends_with('/');
    if found.is_dir() {
        return match inside(found.join("index.html")).filter(|index| index.is_file()) {
            Some(index) if ends_in_slash => Located::File(index),
            Some(_) => Located::Folder,
            None => Located::Nothing,
        };
    }
    if found.is_file() && !ends_in_slash { Located::File(found) } else { Located::Nothing }
}

/// The decoded names between the slashes, or `None` where one could mean something else to a file system.
fn names(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/')?;
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.split('/').map(|name| decoded(name).filter(|name| is_plain(name))).collect()
}

fn is_plain(name: &str) -> bool {
    // A decoded slash, a backslash or a drive's colon would make several names of one.
    !name.is_empty()
        && name != "."
        && name != ".."
        && !name.contains(['/', '\\', ':'])
        && !name.contains(char::is_control)
}

/// Decodes percent-encoding once; `None` where it is malformed or not UTF-8.
fn decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_decoded_once() {
        assert_eq!(decoded("a%20b%C3%A9"), Some("a bé".to_owned()));
        assert_eq!(decoded("%252e"), Some("%2e".to_owned()));
        assert_eq!(decoded("%2"), None);
        assert_eq!(decoded("%zz"), None);
        assert_eq!(decoded("%+1"), None);
        assert_eq!(decoded("%ff"), None);
    }

    #[test]
    fn names_that_could_leave_the_folder_are_refused() {
        for path in [
            "",
            "a",
            "/..",
            "/../a",
            "/a/../b",
            "/%2e%2e/a",
            "/%2E./a",
            "/a/..%2fb",
            "/a%5c..%5cb",
            "/a\\b",
            "//etc/passwd",
            "/a//b",
            "/C:/x",
            "/a%00b",
            "/.",
            "/./a",
            "/a%0d%0ab",
        ] {
            assert_eq!(names(path), None, "{path:?}");
        }
        assert_eq!(names("/"), Some(vec![]));
        assert_eq!(names("/a/b%20c/"), Some(vec!["a".to_owned(), "b c".to_owned()]));
    }
}
