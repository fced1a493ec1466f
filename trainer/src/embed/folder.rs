//! The images of a folder, and which of them are a shard's.

use crate::data::image_ending::is_read_name;
use anyhow::{Context, Result, bail, ensure};
use nadir_core::rng::{Rng, fnv1a_64};
use std::path::Path;
use std::str::FromStr;
use tracing::warn;

/// One of some shards of a folder's images. Which shard an image is in, its path alone decides: neither the order in
/// which a folder is listed nor images that are added later move any other, and neighbours (often of one size, or one
/// region) fall into different shards. Shards are of like size, not of equal size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// The only shard of one: all images.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// The file's name in a folder of shards, with which Spark, DuckDB and pyarrow read the folder as one table:
    /// `part-00003-of-00008.parquet`.
    pub fn file_name(self) -> String {
        format!("part-{:05}-of-{:05}.parquet", self.index, self.count)
    }

    /// Whether the image of this path below the folder is in the shard.
    pub fn has(self, file: &str) -> bool {
        // FNV's low bits follow those of the text; the generator mixes them.
        Rng::from_parts(&[fnv1a_64(file.as_bytes())]).below(self.count) == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        let Some((index, count)) = numbers else {
            return Err(format!("expected INDEX/COUNT, two whole numbers as in 0/8, and found {text:?}"));
        };
        if count == 0 {
            return Err("there must be at least 1 shard, as in 0/1".to_owned());
        }
        if index >= count {
            return Err(format!("shards are counted from 0: the last of {count} is {}/{count}", count - 1));
        }
        Ok(Self { index, count })
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Paths below `folder` of its image files that are in the shard, with `/`, in byte order. Files and folders whose names
/// begin with a dot are skipped (a notebook's `.ipynb_checkpoints` holds copies), as are links to folders, which a
/// warning names.
///
/// # Errors
/// Names a folder that cannot be read, a file name that is not UTF-8, or the folder where no image is in it.
pub(crate) fn images(folder: &Path, shard: Shard) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut found = 0;
    // Folders still to be read, below `folder`.
    let mut inside = vec![String::new()];
    while let Some(below) = inside.pop() {
        let path = folder.join(&below);
        let refused = || format!("cannot read the image folder {}", path.display());
        for entry in std::fs::read_dir(&path).with_context(refused)? {
            let entry = entry.with_context(refused)?;
            // Checkpoints of notebooks, thumbnails, what macOS leaves.
            if entry.file_name().as_encoded_bytes().first() == Some(&b'.') {
                continue;
            }
            let name = match entry.file_name().into_string() {
                Ok(name) if below.is_empty() => name,
                Ok(name) => format!("{below}/{name}"),
                Err(name) => bail!("the file name {} is not UTF-8", path.join(name).display()),
            };
            // A link to a file is followed; one to a folder could lead in a circle.
            let kind = entry.file_type().with_context(refused)?;
            if kind.is_dir() {
                inside.push(name);
            } else if kind.is_symlink() && entry.path().is_dir() {
                warn!("{} is a link to a folder and is not followed; name it itself", entry.path().display());
            } else if is_read_name(&name) && entry.path().is_file() {
                found += 1;
                if shard.has(&name) {
                    files.push(name);
                }
            }
        }
    }
    ensure!(found > 0, "no .jpg, .jpeg, .png, .webp or .bmp image below {}", folder.display());
    files.sort_unstable();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_disjoint_complete_and_of_like_size() {
        // Names that differ in little, as numbered files do.
        let files: Vec<String> = (0..3000).map(|at| format!("tiles/{:06}.png", at * 2)).collect();
        let shards: Vec<Shard> = ["0/3", "1/3", "2/3"].map(|text| text.parse().expect("a shard")).to_vec();
        let mut sizes = [0; 3];
        for file in &files {
            let of: Vec<usize> = (0..3).filter(|&at| shards[at].has(file)).collect();
            assert_eq!(of.len(), 1, "{file} is in {of:?}");
            sizes[of[0]] += 1;
        }
        // Four standard deviations of a binomial: sqrt(3000 / 3 * 2 / 3) = 26.
        assert!(sizes.iter().all(|size| (900..1100).contains(size)), "{sizes:?}");
        assert!(files.iter().all(|file| Shard::WHOLE.has(file)));
    }

    #[test]
    fn shards_that_cannot_be_are_refused() {
        for (text, words) in [
            ("", "INDEX/COUNT"),
            ("1", "INDEX/COUNT"),
            ("-1/2", "INDEX/COUNT"),
            ("a/b", "INDEX/COUNT"),
            ("1/2/3", "INDEX/COUNT"),
            ("0/0", "at least 1"),
            ("2/2", "the last of 2 is 1/2"),
        ] {
            let error = text.parse::<Shard>().expect_err("no shard");
            assert!(error.contains(words), "{text}: {error}");
        }
        let shard: Shard = "3/8".parse().expect("a shard");
        assert_eq!((shard.to_string(), shard.file_name()), ("3/8".into(), "part-00003-of-00008.parquet".into()));
    }

    #[test]
    fn images_are_found_at_any_depth_and_in_one_order() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("b/c")).expect("created");
        std::fs::create_dir_all(folder.path().join(".ipynb_checkpoints")).expect("created");
        for name in
            ["b/c/2.JPG", "b/1.png", "a.jpeg", "notes.txt", "b.png.md", "png", ".ipynb_checkpoints/a.jpeg", "b/.1.png"]
        {
            std::fs::write(folder.path().join(name), []).expect("written");
        }
        assert_eq!(images(folder.path(), Shard::WHOLE).expect("some"), ["a.jpeg", "b/1.png", "b/c/2.JPG"]);
        let empty = tempfile::tempdir().expect("a folder");
        assert!(images(empty.path(), Shard::WHOLE).is_err() && images(&empty.path().join("x"), Shard::WHOLE).is_err());
    }
}
