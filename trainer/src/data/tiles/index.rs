//! The file that keeps which tiles there are. It is text: a first line of JSON that says by which settings images were
//! looked through, then a line for each image: its path, size and time of change, its width and height, and of every
//! tile that is an image its number (row by row) and the sums of its channels and of their squares. Lines are only ever
//! appended, so that a look that is killed goes on where it was; an image's newest line counts.

use super::scene_tiles::{Grid, SceneTiles, Tile};
use crate::config::Tiling;
use crate::data::file_stamp::FileStamp;
use anyhow::{Context, Result, bail};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::preprocess::ChannelStatistics;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tracing::info;

const FORMAT: &str = "nadir tile index";
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    tile: usize,
    stride: usize,
    min_valid: f64,
    /// Of another choice of bands the sums are others.
    bands: String,
}

/// A line of an image.
#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    bytes: u64,
    modified_ns: u64,
    width: usize,
    height: usize,
    /// The number, the sum of each channel, the sum of its squares.
    tiles: Vec<Vec<u64>>,
}

/// What is known of images that were looked through.
#[derive(Debug)]
pub(super) struct TileIndex {
    path: PathBuf,
    tiling: Tiling,
    known: HashMap<String, SceneTiles>,
    file: Mutex<File>,
}

impl TileIndex {
    /// Opens an index, or begins one; one of other settings is begun anew.
    ///
    /// # Errors
    /// Names the file that cannot be read or written, or is no index.
    pub(super) fn open(path: &Path, tiling: Tiling, bands: &BandSettings) -> Result<Self> {
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            tile: tiling.side,
            stride: tiling.stride,
            min_valid: tiling.min_valid,
            bands: bands.suffix(),
        };
        let cannot = || format!("cannot use the tile index {}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(cannot)?;
        }
        let mut options = File::options();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(path).with_context(cannot)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(cannot)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let mut lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n');
        let found = lines.next().map(serde_json::from_slice::<Header>);
        let (known, kept) = match found {
            Some(Ok(found)) if found == header => {
                let read = |line: &[u8]| scene_of(serde_json::from_slice(line).ok()?, tiling, bands.channels());
                (lines.filter_map(read).collect(), whole)
            }
            Some(Ok(found)) if found.format == FORMAT => {
                info!("the tile index {} is of other settings and is made anew", path.display());
                (HashMap::new(), 0)
            }
            // One that was cut off in its first line.
            None if bytes.is_empty() || bytes.starts_with(b"{\"format\":\"nadir tile") => (HashMap::new(), 0),
            _ => bail!(
                "{} is no tile index of Nadir's and is left as it is; name another file in data.tile_index",
                path.display()
            ),
        };
        let begin = |file: &mut File| -> std::io::Result<()> {
            // What stands behind the last whole line is of a look that was killed.
            file.set_len(kept as u64)?;
            file.seek(SeekFrom::End(0))?;
            if kept == 0 { file.write_all(line_of(&header).as_bytes()) } else { Ok(()) }
        };
        begin(&mut file).with_context(cannot)?;
        Ok(Self { path: path.to_owned(), tiling, known, file: Mutex::new(file) })
    }

    /// The tiles of the image of this name, whose file may have changed since.
    pub(super) fn get(&self, name: &str) -> Option<SceneTiles> {
        self.known.get(name).cloned()
    }

    /// Appends an image. Shared between threads.
    ///
    /// # Errors
    /// Where the disk is full.
    pub(super) fn add(&self, name: &str, scene: &SceneTiles) -> Result<()> {
        let [width, height] = scene.size_px;
        let grid = Grid::new(scene.size_px, self.tiling);
        let of_tile = |tile: &Tile| {
            let sums = tile.statistics.sums();
            let of = |which: usize| sums.iter().map(move |sums| sums[which]);
            std::iter::once(grid.number(tile.window) as u64).chain(of(0)).chain(of(1)).collect()
        };
        let FileStamp { bytes, modified_ns } = scene.stamp;
        let tiles = scene.tiles.iter().map(of_tile).collect();
        let line = line_of(&Line { path: name.to_owned(), bytes, modified_ns, width, height, tiles });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).with_context(|| format!("cannot write the tile index {}", self.path.display()))
    }
}

fn line_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("names and numbers have a JSON form") + "\n"
}

/// What a line says; `None` where it cannot be, so that the image is looked through again.
fn scene_of(line: Line, tiling: Tiling, channels: usize) -> Option<(String, SceneTiles)> {
    let size_px = [line.width, line.height];
    let grid = Grid::new(size_px, tiling);
    let count = grid.count()?;
    let mut tiles = Vec::with_capacity(line.tiles.len());
    let mut last = None;
    for of_tile in line.tiles {
        let (&number, sums) = of_tile.split_first()?;
        if sums.len() != 2 * channels {
            return None;
        }
        if last.is_some_and(|last| number <= last) {
            return None;
        }
        last = Some(number);
        let window = grid.window(usize::try_from(number).ok()?)?;
        let pixels = (window.width * window.height) as u64;
        let sums: Vec<[u64; 2]> = (0..channels).map(|at| [sums[at], sums[channels + at]]).collect();
        tiles.push(Tile { window, statistics: ChannelStatistics::of_sums(pixels, &sums)? });
    }
    let stamp = FileStamp { bytes: line.bytes, modified_ns: line.modified_ns };
    let skipped = count - tiles.len();
    Some((line.path, SceneTiles { stamp, size_px, tiles, skipped }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_geo::windows::Window;

    const TILING: Tiling = Tiling { side: 8, stride: 8, min_valid: 0.5 };

    fn scene(name: &str) -> (String, SceneTiles) {
        let pixels = [1_u8, 2, 3].repeat(64);
        let mut statistics = ChannelStatistics::default();
        statistics.add(nadir_core::image::RgbView { width: 8, height: 8, pixels: &pixels });
        let tile = |left| Tile { window: Window { left, top: 0, width: 8, height: 8 }, statistics: statistics.clone() };
        let stamp = FileStamp { bytes: 7, modified_ns: 9 };
        (name.to_owned(), SceneTiles { stamp, size_px: [20, 8], tiles: vec![tile(0), tile(12)], skipped: 1 })
    }

    #[test]
    fn what_was_written_is_known_and_other_settings_begin_anew() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("new/tiles.jsonl");
        let (name, tiles) = scene("a/b.tif");
        let of_one = BandSettings { bands: Some(vec!["1".to_owned()]), scaling: None };
        let index = TileIndex::open(&path, TILING, &BandSettings::default())?;
        assert_eq!(index.get(&name), None);
        index.add(&name, &tiles)?;
        drop(index);
        assert_eq!(TileIndex::open(&path, TILING, &BandSettings::default())?.get(&name), Some(tiles.clone()));
        // Killed within a line: the others are known, and a further one follows on a line of its own.
        std::fs::OpenOptions::new().append(true).open(&path)?.write_all(b"{\"path\":\"c")?;
        let index = TileIndex::open(&path, TILING, &BandSettings::default())?;
        index.add("c.tif", &tiles)?;
        let index = TileIndex::open(&path, TILING, &BandSettings::default())?;
        assert!(index.get("c.tif").is_some() && index.get(&name).is_some());
        assert_eq!(TileIndex::open(&path, TILING, &of_one)?.get(&name), None);
        let other = Tiling { stride: 4, ..TILING };
        assert_eq!(TileIndex::open(&path, other, &of_one)?.get(&name), None);
        std::fs::write(&path, "a list\n")?;
        let error =
            format!("{:#}", TileIndex::open(&path, TILING, &BandSettings::default()).expect_err("another file"));
        assert!(error.contains("is no tile index") && error.contains("tiles.jsonl"), "{error}");
        Ok(())
    }

    #[test]
    fn lines_that_cannot_be_are_looked_through_again() {
        let line = |width: usize, tiles: &[[u64; 7]]| {
            let tiles = tiles.iter().map(|tile| tile.to_vec()).collect();
            scene_of(Line { path: "a".to_owned(), bytes: 1, modified_ns: 1, width, height: 8, tiles }, TILING, 3)
        };
        let whole = [0, 64, 64, 64, 64, 64, 64];
        assert!(line(20, &[whole]).is_some());
        // A number twice, one that is not there, sums that no bytes have.
        for (width, tiles) in [
            (20, vec![whole, whole]),
            (20, vec![[3, 64, 64, 64, 64, 64, 64]]),
            (20, vec![[0, 64, 64, 64, 64, 63, 64]]),
            (20, vec![[0, 64 * 256, 64, 64, 64 * 65536, 64, 64]]),
            (20, vec![[u64::MAX, 64, 64, 64, 64, 64, 64]]),
        ] {
            assert!(line(width, &tiles).is_none(), "{width} {tiles:?}");
        }
    }
}
