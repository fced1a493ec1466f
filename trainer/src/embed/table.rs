//! Embeddings as [`super::embed`] writes them, read where they lie: the file is mapped into memory, and of a million rows
//! only those that are asked for are copied.

use super::compact_reader::{Fields, Value};
use super::parquet::MAGIC;
use crate::protobuf::read_varint;
use anyhow::{Context, Result, bail, ensure};
use memmap2::Mmap;
use nadir_geo::geojson::Geometry;
use nadir_geo::wkb;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A Parquet file of embeddings.
#[derive(Debug)]
pub struct EmbeddingFile {
    path: PathBuf,
    map: Mmap,
    /// Length of an embedding.
    pub len: usize,
    /// The file's own description, as `nadir.weights_sha256`.
    pub metadata: BTreeMap<String, String>,
    groups: Vec<Group>,
}

/// A row group: where its columns' values stand in the file.
#[derive(Debug, Default)]
struct Group {
    /// Its first row, counted in the file.
    first: usize,
    rows: usize,
    embeddings: Range<usize>,
    files: Range<usize>,
    /// By name, of the columns that the file has: `width`, `height`, `row`, `column`.
    numbers: BTreeMap<String, Range<usize>>,
    /// Levels that say whether a row has one, and those that are there.
    geometries: Option<[Range<usize>; 2]>,
}

/// An image or a tile.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedImage {
    /// Path of the image file below the folder that was embedded.
    pub file: String,
    /// Width and height, px, of files that say so.
    pub size: Option<[usize; 2]>,
    /// First row and column of a tile in its image, px.
    pub at: Option<[usize; 2]>,
    /// Where it is.
    pub geometry: Option<Geometry>,
}

impl EmbeddingFile {
    /// Opens a file.
    ///
    /// # Errors
    /// Names the file: none of embeddings, not whole yet, or written in a way that cannot be read where it lies.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let map = map(&file).with_context(|| format!("cannot map {} into memory", path.display()))?;
        Self::of(path, map).with_context(|| format!("in {}", path.display()))
    }

    fn of(path: &Path, map: Mmap) -> Result<Self> {
        const NO_PARQUET: &str = "this is no whole Parquet file";
        let ending = map.len().checked_sub(8).filter(|_| map.starts_with(MAGIC) && map.ends_with(MAGIC));
        let ending = ending.context(NO_PARQUET)?;
        let described = u32::from_le_bytes(map[ending..][..4].try_into().expect("four bytes")) as usize;
        let start = ending.checked_sub(described).context(NO_PARQUET)?;
        let (footer, _) = Fields::read(&map[start..ending]).context("its description cannot be read")?;
        let writer = footer.text(6).unwrap_or("an unnamed program");
        ensure!(
            writer.starts_with("nadir"),
            "it was written by {writer}; what is searched is what `nadir embed` wrote, values that lie there plain"
        );
        let entry = |entry: &Fields<'_>| Some((entry.text(1)?.to_owned(), entry.text(2)?.to_owned()));
        let metadata = footer.structures(5).filter_map(entry).collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut len = None;
        for described in footer.structures(4) {
            let rows = described.whole(3).and_then(|rows| usize::try_from(rows).ok()).filter(|&rows| rows > 0);
            let first = groups.last().map_or(0, |last| last.first + last.rows);
            let mut group = Group { first, rows: rows.context("a group without rows")?, ..Group::default() };
            for column in described.structures(1) {
                group.take(&map, column.structure(3).context("a column that is not described")?)?;
            }
            let of_row = group.embeddings.len() / group.rows;
            ensure!(
                of_row > 0 && group.embeddings.len() == of_row * group.rows && of_row.is_multiple_of(4),
                "the group from row {first} on has no embedding for each row"
            );
            ensure!(*len.get_or_insert(of_row / 4) == of_row / 4, "the embeddings have different lengths");
            groups.push(group);
        }
        let len = len.unwrap_or_default();
        Ok(Self { path: path.to_owned(), map, len, metadata, groups })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.groups.last().map_or(0, |last| last.first + last.rows)
    }

    /// All embeddings, some rows at a time: the first row's number, and [rows, len] as little-endian f32.
    pub fn embeddings(&self) -> Vec<(usize, &[u8])> {
        self.groups.iter().map(|group| (group.first, &self.map[group.embeddings.clone()])).collect()
    }

    /// The embedding of a row.
    pub fn embedding(&self, row: usize) -> Vec<f32> {
        let group = self.group(row);
        let values = &self.map[group.embeddings.clone()][(row - group.first) * self.len * 4..][..self.len * 4];
        values.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
    }

    /// The group of a row.
    fn group(&self, row: usize) -> &Group {
        &self.groups[self.groups.partition_point(|group| group.first <= row) - 1]
    }

    /// What a row is of.
    ///
    /// # Errors
    /// Names the file, where it says something else than it has.
    pub fn image(&self, row: usize) -> Result<EmbeddedImage> {
        let group = self.group(row);
        let damaged = || format!("row {row} of {} cannot be read", self.path.display());
        let row = row - group.first;
        let file = byte_arrays(&self.map[group.files.clone()]).nth(row);
        let file = file.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()).with_context(damaged)?;
        let number = |name: &str| -> Option<usize> {
            let values = self.map[group.numbers.get(name)?.clone()].as_chunks().0;
            values.get(row).map(|value| u32::from_le_bytes(*value) as usize)
        };
        let both = |names: [&str; 2]| Some([number(names[0])?, number(names[1])?]);
        let geometry = self.geometry(group, row).map(|bytes| wkb::read(bytes).with_context(damaged)).transpose()?;
        Ok(EmbeddedImage { file, size: both(["width", "height"]), at: both(["row", "column"]), geometry })
    }

    fn geometry(&self, group: &Group, row: usize) -> Option<&[u8]> {
        let [levels, values] = group.geometries.clone()?;
        let mut before = 0;
        let mut there = 0;
        for (count, level) in runs(&self.map[levels]) {
            if row < before + count {
                return (level == 1).then(|| byte_arrays(&self.map[values]).nth(there + row - before))?;
            }
            before += count;
            there += if level == 1 { count } else { 0 };
        }
        None
    }

    /// The rows of an image file.
    pub fn rows_of(&self, file: &str) -> Vec<usize> {
        let names = |group: &Group| -> Vec<usize> {
            byte_arrays(&self.map[group.files.clone()])
                .enumerate()
                .filter(|(_, name)| *name == file.as_bytes())
                .map(|(at, _)| group.first + at)
                .collect()
        };
        self.groups.iter().flat_map(names).collect()
    }
}

impl Group {
    /// Takes a column that is read here; of others nothing.
    fn take(&mut self, map: &[u8], column: &Fields<'_>) -> Result<()> {
        let Some(Value::Binary(name)) = column.list(3).first() else { bail!("a column without a name") };
        let name = String::from_utf8_lossy(name).into_owned();
        let cut_off = || format!("the column {name} is cut off");
        let at = column.whole(9).and_then(|at| usize::try_from(at).ok()).with_context(cut_off)?;
        let (header, header_len) = map.get(at..).and_then(Fields::read).with_context(cut_off)?;
        let body = header.whole(3).and_then(|len| usize::try_from(len).ok()).and_then(|len| {
            let begin = at + header_len;
            Some(begin..begin.checked_add(len).filter(|&end| end <= map.len())?)
        });
        let body = body.with_context(cut_off)?;
        match name.as_str() {
            "embedding" => {
                let [_, rest] = levels(map, body).with_context(cut_off)?;
                let [_, values] = levels(map, rest).with_context(cut_off)?;
                self.embeddings = values;
            }
            "geometry" => self.geometries = Some(levels(map, body).with_context(cut_off)?),
            "file" => self.files = body,
            _ => drop(self.numbers.insert(name, body)),
        }
        Ok(())
    }
}

/// Levels behind their length, and what follows.
fn levels(map: &[u8], body: Range<usize>) -> Option<[Range<usize>; 2]> {
    let len = u32::from_le_bytes(*map[body.clone()].first_chunk()?) as usize;
    let begin = body.start + 4;
    let end = begin.checked_add(len).filter(|&end| end <= body.end)?;
    Some([begin..end, end..body.end])
}

/// Runs of equal levels of bit width 1, as [`super::parquet`] writes them.
fn runs(mut bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    std::iter::from_fn(move || {
        let count = usize::try_from(read_varint(&mut bytes)?).ok()?;
        let (&level, rest) = bytes.split_first()?;
        bytes = rest;
        Some((count >> 1, level))
    })
}

/// Values behind their lengths.
fn byte_arrays(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = bytes.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        bytes = rest;
        Some(value)
    })
}

#[expect(unsafe_code, reason = "mapping a file is unsafe where another process may cut it; see below")]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: `nadir embed` gives a file its name when it is whole and does not write to it again; any byte is a valid
    // u8. A user who cuts the file under a running program ends that program.
    unsafe { Mmap::map(file) }
}
