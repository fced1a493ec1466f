//! Lists of images in the layout of PASCAL VOC, `ImageSets/Main/*.txt`, and the annotation of each image that they name.

use crate::data::label_table::{image_key, plain_path, without_ending};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use tracing::info;

/// The XML files below a folder.
#[derive(Debug)]
pub struct Annotations {
    folder: PathBuf,
    /// File name without folder and ending, to paths relative to the folder.
    by_stem: BTreeMap<String, Vec<PathBuf>>,
    /// The same names in lower case, to the names.
    by_lower: HashMap<String, Vec<String>>,
}

/// An image that a list names.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name without folder and ending, or with those folders that its annotation lies in too.
    pub name: String,
    /// Its annotation.
    pub annotation: PathBuf,
}

impl Annotations {
    /// Walks the folder to any depth, passing over what begins with a dot. A folder that is not there has none: the first
    /// annotation that is looked for is named then.
    ///
    /// # Errors
    /// Names a folder that cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut by_stem: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        let mut folders = if folder.is_dir() { vec![PathBuf::new()] } else { Vec::new() };
        while let Some(below) = folders.pop() {
            let here = folder.join(&below);
            let cannot = || format!("cannot read the folder of annotations {}", here.display());
            for entry in std::fs::read_dir(&here).with_context(cannot)? {
                let entry = entry.with_context(cannot)?;
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
                // Links to folders are not followed: they could lead in a circle.
                if entry.file_type().with_context(cannot)?.is_dir() {
                    folders.push(below.join(name));
                } else if let Some(stem) = without_xml(name) {
                    by_stem.entry(stem.to_owned()).or_default().push(below.join(name));
                }
            }
        }
        let mut by_lower: HashMap<String, Vec<String>> = HashMap::new();
        for stem in by_stem.keys() {
            by_lower.entry(stem.to_lowercase()).or_default().push(stem.clone());
        }
        Ok(Self { folder: folder.to_owned(), by_stem, by_lower })
    }

    /// The annotation of an image that a list names with or without folders and ending, or in an address.
    ///
    /// # Errors
    /// Names two that it could be.
    fn find(&self, written: &str) -> Result<Option<Listed>> {
        // As it is written first: a name may hold what elsewhere is an ending or a code.
        let plain = plain_path(written);
        let key = image_key(written);
        let literal = written.replace('\\', "/");
        let names = [literal.as_str(), without_ending(&literal), &plain, &key];
        names.into_iter().chain(without_xml(&plain)).find_map(|name| self.find_name(name).transpose()).transpose()
    }

    fn find_name(&self, name: &str) -> Result<Option<Listed>> {
        let name = name.trim_start_matches("./");
        let stem = name.rsplit('/').next().unwrap_or(name);
        // Windows and macOS take names that differ in capitals alone for the same.
        let alike = || match self.by_lower.get(&stem.to_lowercase())?.as_slice() {
            [one] => self.by_stem.get_key_value(one),
            _ => None,
        };
        let Some((stem, candidates)) = self.by_stem.get_key_value(stem).or_else(alike) else { return Ok(None) };
        let folders = |path: &Path| -> Vec<String> {
            path.parent().into_iter().flatten().map(|part| part.to_string_lossy().into_owned()).collect()
        };
        let written: Vec<&str> = name.split('/').collect();
        let agreement = |path: &PathBuf| {
            let written = written[..written.len() - 1].iter().rev();
            folders(path).iter().rev().zip(written).take_while(|(a, b)| a == *b).count()
        };
        let most = candidates.iter().map(agreement).max().unwrap_or(0);
        let best: Vec<&PathBuf> = candidates.iter().filter(|path| agreement(path) == most).collect();
        if let [one, other, ..] = best.as_slice() {
            anyhow::bail!(
                "the image {name:?} could be annotated by {} or {} of {}; write its folder in front of its name",
                one.display(),
                other.display(),
                self.folder.display(),
            );
        }
        let best = best[0];
        let mut parts = folders(best);
        parts.push(stem.clone());
        Ok(Some(Listed { name: parts.join("/"), annotation: self.folder.join(best) }))
    }
}

/// `a` of `a.xml`, in any case.
fn without_xml(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(_, ending)| ending.eq_ignore_ascii_case("xml")).map(|(stem, _)| stem)
}

/// The images of a list: one a line, with or without folders and ending, or in an address. Behind it may stand a second
/// column: -1, 0 or 1, as in VOC's lists of one class, or the image's annotation. A name may hold blanks; where a line is
/// the name of an annotation as a whole, nothing is taken off it.
///
/// # Errors
/// Names the list, or the line whose annotation is not there.
pub fn read(path: &Path, annotations: &Annotations) -> Result<Vec<Listed>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the list of images {}", path.display()))?;
    let (text, _, _) = encoding_rs::UTF_8.decode(&bytes);
    let (mut listed, mut columns) = (Vec::new(), 0);
    for (at, line) in
        text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_matches(['\u{feff}', ' ', '\t', '\r'])))
    {
        if line.is_empty() {
            continue;
        }
        let line = unquoted(line);
        let in_list = || format!("line {at} of the list {}", path.display());
        let mut found = annotations.find(line).with_context(in_list)?;
        if let (None, Some((first, _))) = (&found, second_column(line)) {
            columns += 1;
            found = annotations.find(first).with_context(in_list)?;
        }
        listed.push(match found {
            Some(found) => found,
            None => {
                let name = second_column(line).map_or(line, |(first, _)| first);
                let key = image_key(name);
                let stem = key.rsplit('/').next().unwrap_or(&key);
                let xml = annotations.folder.join(format!("{stem}.xml"));
                let missing = if xml.parent().is_some_and(Path::is_dir) { "no such file" } else { "no such folder" };
                anyhow::bail!(
                    "cannot read the annotation {}, of {name:?} in line {at} of {}: {missing}",
                    xml.display(),
                    path.display(),
                );
            }
        });
    }
    ensure!(!listed.is_empty(), "the list of images {} is empty", path.display());
    if columns > 0 {
        info!(
            "objects: {} of {} lines of {} have a second column, which was left alone",
            columns,
            listed.len(),
            path.display()
        );
    }
    Ok(listed)
}

/// A line without the quotes around it.
fn unquoted(line: &str) -> &str {
    let inside = |quote| line.strip_prefix(quote).and_then(|line: &str| line.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(line)
}

/// A line's first column and its second, where that is one of -1, 0 and 1, or the name of an XML file.
fn second_column(line: &str) -> Option<(&str, &str)> {
    let (first, second) = line.rsplit_once(char::is_whitespace)?;
    let is_column = ["-1", "0", "1", "+1"].contains(&second) || without_xml(second).is_some();
    is_column.then_some((first.trim_end(), second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str, files: &[&str]) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join("Annotations").join(file);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("created");
            std::fs::write(path, []).expect("written");
        }
        let path = folder.path().join("train.txt");
        std::fs::write(&path, list).expect("written");
        let listed = read(&path, &Annotations::read(&folder.path().join("Annotations"))?)?;
        listed.iter().for_each(|listed| assert!(listed.annotation.is_file(), "{listed:?}"));
        Ok(listed.into_iter().map(|listed| listed.name).collect())
    }

    #[test]
    fn names_are_found_however_a_list_writes_them() {
        let files =
            ["a1.xml", "photo (1).xml", "photo.xml", "test 1.XML", "v1.2.xml", "2008/b.xml", "50%25.xml", ".x/a1.xml"];
        for (line, name) in [
            ("a1", "a1"),
            ("a1.JPG", "a1"),
            ("./JPEGImages/a1.jpg", "a1"),
            ("/data/VOC/JPEGImages/a1.tif", "a1"),
            (r"JPEGImages\a1.png", "a1"),
            ("https://host/set/a1.jpg?x=1", "a1"),
            ("file:///data/a1.jpeg", "a1"),
            ("a1.xml", "a1"),
            ("\"a1.jpg\"", "a1"),
            ("A1.jpg", "a1"),
            ("a1  -1", "a1"),
            ("a1.jpg\t1", "a1"),
            ("JPEGImages/a1.jpg Annotations/a1.xml", "a1"),
            ("photo (1)", "photo (1)"),
            ("photo%20(1).jpg", "photo (1)"),
            ("photo (1) 0", "photo (1)"),
            ("photo 1", "photo"),
            ("test 1", "test 1"),
            ("test 1 1", "test 1"),
            ("v1.2", "v1.2"),
            ("v1.2.jpg", "v1.2"),
            ("2008/b", "2008/b"),
            ("b.jpg", "2008/b"),
            ("50%25.jpg", "50%25"),
            ("\u{feff}a1", "a1"),
        ] {
            assert_eq!(names(&format!("\n{line}\r\n\n"), &files).expect(line), [name], "{line}");
        }
    }

    #[test]
    fn what_has_no_annotation_is_named_with_its_line() {
        for (list, words) in [
            ("a\nphoto 2\n", ["photo 2.xml", "line 2", "train.txt"]),
            ("a\n\nb.jpg -1\n", ["b.xml", "line 3", "no such file"]),
        ] {
            let message = format!("{:#}", names(list, &["a.xml", "photo.xml"]).expect_err("not there"));
            words.iter().for_each(|word| assert!(message.contains(word), "{word:?} is not in: {message}"));
        }
        let both = format!("{:#}", names("a.jpg\n", &["7/a.xml", "8/a.xml"]).expect_err("either"));
        for word in ["line 1", "7/a.xml", "8/a.xml", "its folder in front"] {
            assert!(both.contains(word), "{word:?} is not in: {both}");
        }
        assert!(names("a\n", &[]).expect_err("no folder").to_string().contains("no such folder"));
    }
}
