//! Which file a table's image name means.

use super::image_ending::is_read_name;
use super::label_table::{image_key, plain_path, without_ending};
use super::walk::files_below;
use anyhow::{Result, bail, ensure};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The image files below a folder, by name.
#[derive(Debug)]
pub struct ImageIndex {
    folder: PathBuf,
    /// File name without folder and ending, to paths relative to the folder in their order.
    by_stem: BTreeMap<String, Vec<PathBuf>>,
    /// The same names in lower case, to the names.
    by_lower: HashMap<String, Vec<String>>,
}

impl ImageIndex {
    /// Walks the folder to any depth. Files and folders whose names begin with a dot are left alone. Links to folders
    /// are followed; a folder that was read already is not read again, so that a link in a circle ends.
    ///
    /// # Errors
    /// Names a folder that cannot be read, or that holds no image.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut by_stem: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in files_below(folder, "image folder")? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if without_ending(name) != name {
                by_stem.entry(image_key(name)).or_default().push(path);
            }
        }
        ensure!(!by_stem.is_empty(), "no .jpg, .jpeg, .png, .webp, .bmp or .tif image below {}", folder.display());
        by_stem.values_mut().for_each(|paths| paths.sort());
        let mut by_lower: HashMap<String, Vec<String>> = HashMap::new();
        for stem in by_stem.keys() {
            by_lower.entry(stem.to_lowercase()).or_default().push(stem.clone());
        }
        Ok(Self { folder: folder.to_owned(), by_stem, by_lower })
    }

    /// The files' paths, relative to the folder.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.by_stem.values().flatten().map(PathBuf::as_path)
    }

    /// Whether a file has this name, whatever the folders in front of it.
    pub fn has(&self, name: &str) -> bool {
        let key = image_key(name);
        self.files_of(key.rsplit('/').next().unwrap_or(&key)).is_some()
    }

    /// For each name its file, relative to the folder, or the text that it is not there.
    ///
    /// # Errors
    /// Where a name fits several files, or two names the same file: names both.
    pub fn resolve<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<Vec<Result<PathBuf, String>>> {
        let mut taken: HashMap<&Path, &str> = HashMap::new();
        let mut found = Vec::new();
        for name in names {
            let Some(path) = self.find(name)? else {
                found.push(Err(format!("image {name:?} is not in {}", self.folder.display())));
                continue;
            };
            if let Some(other) = taken.insert(path, name) {
                bail!("the images {other:?} and {name:?} are both the file {}", path.display());
            }
            found.push(Ok(path.to_owned()));
        }
        Ok(found)
    }

    /// The files of a name without folder and ending. Where none is written so, those of the one name that differs in
    /// capitals alone, which Windows and macOS take for the same.
    fn files_of(&self, stem: &str) -> Option<&Vec<PathBuf>> {
        let alike = || match self.by_lower.get(&stem.to_lowercase())?.as_slice() {
            [one] => self.by_stem.get(one),
            _ => None,
        };
        self.by_stem.get(stem).or_else(alike)
    }

    /// Of the files of this name, that which agrees with most of the folders in front of it.
    fn find(&self, name: &str) -> Result<Option<&Path>> {
        let key = image_key(name);
        let stem = key.rsplit('/').next().unwrap_or(&key);
        // MLRSNet's pools are written `swimmimg_pool` in the tables; a corrected folder of images is found too.
        let candidates = self.files_of(stem).or_else(|| self.files_of(&stem.replace("swimmimg", "swimming")));
        let Some(candidates) = candidates else { return Ok(None) };
        if let [one] = candidates.as_slice() {
            return Ok(Some(one));
        }
        let agreement = |path: &Path| {
            let below = path.parent().unwrap_or(Path::new(""));
            let written: Vec<&str> = key.split('/').collect();
            let folders = written[..written.len() - 1].iter().rev();
            below.iter().rev().zip(folders).take_while(|(a, b)| a.to_str() == Some(b)).count()
        };
        let most = candidates.iter().map(|path| agreement(path)).max().unwrap_or(0);
        let mut best = candidates.iter().filter(|path| agreement(path) == most).collect::<Vec<_>>();
        if best.len() > 1 {
            // `x.png` beside `x.jpg`: the ending, where the table has one, decides.
            let path = plain_path(name);
            let file = path.rsplit('/').next().unwrap_or(&path);
            let exact = |path: &&PathBuf| path.file_name().and_then(|name| name.to_str()) == Some(file);
            if best.iter().copied().filter(|path| exact(path)).count() == 1 {
                best.retain(exact);
            }
            // `x.tif` beside `x.jpg`, and a name without an ending: that which can be decoded.
            let is_read = |path: &&PathBuf| path.to_str().is_some_and(is_read_name);
            if best.iter().copied().filter(|path| is_read(path)).count() == 1 {
                best.retain(is_read);
            }
        }
        match best.as_slice() {
            [one] => Ok(Some(one)),
            several => bail!(
                "the image {name:?} could be {} or {} of {}; write its folder in front of its name",
                several[0].display(),
                several[1].display(),
                self.folder.display(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(files: &[&str]) -> (tempfile::TempDir, ImageIndex) {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("created");
            std::fs::write(path, []).expect("written");
        }
        let index = ImageIndex::read(folder.path()).expect("has images");
        (folder, index)
    }

    fn one(index: &ImageIndex, name: &str) -> Option<String> {
        let path = index.find(name).expect("one file at most")?;
        Some(path.to_str().expect("UTF-8").replace('\\', "/"))
    }

    #[test]
    fn names_with_and_without_folder_and_ending_find_their_file() {
        let (_folder, index) = index(&[
            "airport/airport_1.jpg",
            "beach/1.jpg",
            "desert/1.JPG",
            ".thumbs/1.jpg",
            "1.txt",
            "x.png",
            "x.jpg",
        ]);
        assert_eq!(one(&index, "airport_1").as_deref(), Some("airport/airport_1.jpg"));
        assert_eq!(one(&index, "Images/airport/airport_1.jpg").as_deref(), Some("airport/airport_1.jpg"));
        assert_eq!(one(&index, "beach/1.jpg").as_deref(), Some("beach/1.jpg"));
        assert_eq!(one(&index, r"desert\1").as_deref(), Some("desert/1.JPG"));
        assert_eq!(one(&index, "x.png").as_deref(), Some("x.png"));
        assert_eq!(one(&index, "absent.jpg"), None);
        assert_eq!(index.files().count(), 5);
    }

    #[test]
    fn addresses_codes_and_endings_of_any_kind_find_their_file() {
        let (_folder, index) = index(&["my photo 3.jpg", "50%25.png", "deep/a4.Jpg", "b.gif", "b.webp", "c.tif"]);
        for (name, file) in [
            ("my%20photo%203.jpg", "my photo 3.jpg"),
            ("https://host/set/my%20photo%203.jpeg?x=1", "my photo 3.jpg"),
            ("50%25.png", "50%25.png"),
            ("/elsewhere/deep/a4.jpg", "deep/a4.Jpg"),
            (r"file:\\C:\deep\a4", "deep/a4.Jpg"),
            ("MY PHOTO 3.JPG", "my photo 3.jpg"),
            ("b", "b.webp"),
            ("b.gif", "b.gif"),
            ("c.jpg", "c.tif"),
        ] {
            assert_eq!(one(&index, name).as_deref(), Some(file), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_into_a_circle_end_and_other_links_are_followed() {
        let (folder, _) = index(&["a.png", "in/b.png"]);
        let other = tempfile::tempdir().expect("a folder");
        std::fs::write(other.path().join("c.png"), []).expect("written");
        let link = |to: &Path, at: &str| std::os::unix::fs::symlink(to, folder.path().join(at)).expect("linked");
        link(Path::new("."), "loop");
        link(folder.path(), "in/up");
        link(&folder.path().join("in"), "again");
        link(other.path(), "other");
        link(other.path(), "in/other");
        let index = ImageIndex::read(folder.path()).expect("has images");
        assert_eq!(index.files().count(), 3);
        assert_eq!(one(&index, "a").as_deref(), Some("a.png"));
        assert_eq!(one(&index, "b").as_deref(), Some("in/b.png"));
        assert!(one(&index, "c").is_some());
    }

    #[test]
    fn what_the_table_cannot_tell_apart_names_both_files() {
        let (_folder, index) = index(&["beach/1.jpg", "desert/1.jpg"]);
        let message = index.find("1.jpg").expect_err("two files").to_string();
        assert!(message.contains("beach") && message.contains("desert"), "{message}");
        let message = index.resolve(["beach/1.jpg", "old/beach/1"].into_iter()).expect_err("one file").to_string();
        assert!(message.contains("\"beach/1.jpg\"") && message.contains("\"old/beach/1\""), "{message}");
    }

    #[test]
    fn mlrsnets_pools_are_found_under_the_right_spelling_too() {
        let (_folder, index) = index(&["swimming_pool/swimming_pool_1.jpg"]);
        assert_eq!(one(&index, "swimmimg_pool_1.jpg").as_deref(), Some("swimming_pool/swimming_pool_1.jpg"));
    }
}
