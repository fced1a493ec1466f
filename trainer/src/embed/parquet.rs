//! A Parquet file of file names, sizes, embeddings and places: plain values, not compressed (embeddings do not shrink),
//! one page a column and row group, so that a file can be continued at any row group and is described at its end only.
//!
//! Written here and not by the crate `parquet`: its writer cannot go on with a file that it did not begin, and it makes
//! the build longer (docs/performance.md has the figure). Source: parquet.thrift, Encodings.md and LogicalTypes.md of
//! Apache parquet-format 2.

use super::compact_protocol::Struct;
use super::extent::Extent;
use crate::protobuf::varint;
use nadir_geo::geojson::Geometry;
use nadir_geo::wkb::wkb;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The first and the last four bytes of a file.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

// Values of parquet.thrift's enumerations.
const INT32: i32 = 1;
const FLOAT: i32 = 4;
const BYTE_ARRAY: i32 = 6;
const REQUIRED: i32 = 0;
const OPTIONAL: i32 = 1;
const REPEATED: i32 = 2;
const UTF8: i32 = 0;
const LIST: i32 = 3;
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const UNCOMPRESSED: i32 = 0;
const DATA_PAGE: i32 = 0;

/// Which columns a file has beside `file`, `width`, `height` and `embedding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Length of an embedding.
    pub len: usize,
    /// `row` and `column`: where a tile begins in its image, px.
    pub tiles: bool,
    /// `geometry`: where it is, as WKB.
    pub geometry: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Embedding,
    Geometry,
}

impl Layout {
    /// The columns by name, in the file's order.
    fn columns(self) -> Vec<(&'static str, Kind)> {
        let mut columns = vec![("file", Kind::Text), ("width", Kind::Integer), ("height", Kind::Integer)];
        if self.tiles {
            columns.extend([("row", Kind::Integer), ("column", Kind::Integer)]);
        }
        columns.push(("embedding", Kind::Embedding));
        if self.geometry {
            columns.push(("geometry", Kind::Geometry));
        }
        columns
    }
}

/// An image or tile, without its embedding.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Path of the image file below the folder.
    pub file: String,
    /// Width and height, px.
    pub size: [usize; 2],
    /// First row and column in the image, px.
    pub at: [usize; 2],
    /// Where it is; `None` if that is not known.
    pub geometry: Option<Geometry>,
}

/// Rows of a row group.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    /// Embeddings of the rows, [rows, len], row-major.
    embeddings: Vec<f32>,
}

impl Rows {
    /// More rows with these embeddings.
    pub fn append(&mut self, rows: Vec<Row>, embeddings: Vec<f32>) {
        self.rows.extend(rows);
        self.embeddings.extend(embeddings);
    }
}

/// A row group that is in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowGroup {
    /// Number of rows in the group.
    pub rows: u64,
    /// Where the columns stand.
    columns: Vec<Column>,
    /// What its geometries cover.
    #[serde(default)]
    pub extent: Extent,
}

/// A column of a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    /// First byte in the file.
    offset: u64,
    /// Length, its header counted.
    bytes: u64,
    /// How many values; of embeddings their numbers.
    values: u64,
}

impl RowGroup {
    /// The first byte behind it.
    pub fn end(&self) -> u64 {
        self.columns.last().map_or(0, |last| last.offset.saturating_add(last.bytes))
    }
}

/// The bytes of rows, to stand at `offset` of the file.
pub(super) fn row_group(rows: &Rows, layout: Layout, offset: u64) -> (Vec<u8>, RowGroup) {
    let count = rows.rows.len();
    // An image has at most u32's pixels a side.
    let integers = |of: fn(&Row) -> usize| -> Vec<u8> {
        rows.rows.iter().flat_map(|row| (of(row) as u32).to_le_bytes()).collect()
    };
    let values = |(name, kind): (&str, Kind)| match (kind, name) {
        (Kind::Text, _) => byte_arrays(rows.rows.iter().map(|row| row.file.as_bytes())),
        (Kind::Integer, "width") => integers(|row| row.size[0]),
        (Kind::Integer, "height") => integers(|row| row.size[1]),
        (Kind::Integer, "row") => integers(|row| row.at[0]),
        (Kind::Integer, _) => integers(|row| row.at[1]),
        (Kind::Embedding, _) => {
            let mut lists = list_levels(count, layout.len);
            lists.extend(rows.embeddings.iter().flat_map(|value| value.to_le_bytes()));
            lists
        }
        (Kind::Geometry, _) => {
            let mut geometries = levels(rows.rows.iter().map(|row| (1, u8::from(row.geometry.is_some()))));
            let there: Vec<Vec<u8>> = rows.rows.iter().filter_map(|row| row.geometry.as_ref().map(wkb)).collect();
            geometries.extend(byte_arrays(there.iter().map(Vec::as_slice)));
            geometries
        }
    };
    let mut bytes = Vec::new();
    let mut columns = Vec::new();
    for column in layout.columns() {
        let (values, count) = (values(column), if column.1 == Kind::Embedding { count * layout.len } else { count });
        let at = bytes.len();
        let page = Struct::default().i32(1, count as i32).i32(2, PLAIN).i32(3, RLE).i32(4, RLE);
        let size = values.len() as i32;
        bytes.extend(Struct::default().i32(1, DATA_PAGE).i32(2, size).i32(3, size).structure(5, page).end());
        bytes.extend(values);
        columns.push(Column { offset: offset + at as u64, bytes: (bytes.len() - at) as u64, values: count as u64 });
    }
    let extent = rows.rows.iter().filter_map(|row| row.geometry.as_ref()).fold(Extent::default(), Extent::with);
    (bytes, RowGroup { rows: count as u64, columns, extent })
}

/// Each behind its length.
fn byte_arrays<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

/// Levels of bit width 1 behind their length: how often and which, equal neighbours in one run.
fn levels(times: impl Iterator<Item = (u64, u8)>) -> Vec<u8> {
    let mut runs = Vec::new();
    let mut run: Option<(u64, u8)> = None;
    let mut push = |(count, level): (u64, u8)| {
        varint(&mut runs, count << 1);
        runs.push(level);
    };
    for (count, level) in times.filter(|(count, _)| *count > 0) {
        run = match run {
            Some((before, same)) if same == level => Some((before + count, level)),
            Some(other) => {
                push(other);
                Some((count, level))
            }
            None => Some((count, level)),
        };
    }
    run.into_iter().for_each(push);
    let mut bytes = (runs.len() as u32).to_le_bytes().to_vec();
    bytes.append(&mut runs);
    bytes
}

/// Repetition levels (0 at a list's first value, 1 at the others) and definition levels (1: every value is there).
fn list_levels(rows: usize, len: usize) -> Vec<u8> {
    let repetition = (0..rows).flat_map(|_| [(1, 0), (len as u64 - 1, 1)]);
    [levels(repetition), levels([((rows * len) as u64, 1)].into_iter())].concat()
}

/// What stands behind the last row group: the description, its length, and [`MAGIC`].
pub(super) fn footer(groups: &[RowGroup], layout: Layout, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let rows: u64 = groups.iter().map(|group| group.rows).sum();
    let entry = |(key, value): (&String, &String)| Struct::default().text(1, key).text(2, value);
    let mut bytes = Struct::default()
        .i32(1, 1)
        .structures(2, schema(layout).into_iter())
        .i64(3, rows as i64)
        .structures(4, groups.iter().map(|group| describe(group, layout)))
        .structures(5, metadata.iter().map(entry))
        .text(6, concat!("nadir version ", env!("CARGO_PKG_VERSION")))
        .end();
    bytes.extend((bytes.len() as u32).to_le_bytes());
    bytes.extend(MAGIC);
    bytes
}

/// The tree of columns, depth first: the root, plain columns, and a list as LogicalTypes.md lays it down.
fn schema(layout: Layout) -> Vec<Struct> {
    let leaf = |kind: i32, repetition: i32, name: &str| Struct::default().i32(1, kind).i32(3, repetition).text(4, name);
    let group = |repetition: i32, name: &str| Struct::default().i32(3, repetition).text(4, name).i32(5, 1);
    // The union LogicalType: STRING is its first, LIST its third member, each an empty struct.
    let logical = |member: u8| Struct::default().structure(member, Struct::default());
    let columns = layout.columns();
    let mut tree = vec![Struct::default().text(4, "schema").i32(5, columns.len() as i32)];
    for (name, kind) in columns {
        match kind {
            Kind::Text => tree.push(leaf(BYTE_ARRAY, REQUIRED, name).i32(6, UTF8).structure(10, logical(1))),
            Kind::Integer => tree.push(leaf(INT32, REQUIRED, name)),
            Kind::Embedding => tree.extend([
                group(REQUIRED, name).i32(6, LIST).structure(10, logical(3)),
                group(REPEATED, "list"),
                leaf(FLOAT, REQUIRED, "element"),
            ]),
            // GeoParquet 1.1: bytes without a logical type; the key `geo` says what they are.
            Kind::Geometry => tree.push(leaf(BYTE_ARRAY, OPTIONAL, name)),
        }
    }
    tree
}

fn describe(group: &RowGroup, layout: Layout) -> Struct {
    let column = |(column, (name, kind)): (&Column, (&str, Kind))| {
        let size = column.bytes as i64;
        let (kind, path): (i32, &[&str]) = match kind {
            Kind::Text | Kind::Geometry => (BYTE_ARRAY, &[name]),
            Kind::Integer => (INT32, &[name]),
            Kind::Embedding => (FLOAT, &[name, "list", "element"]),
        };
        let metadata = Struct::default()
            .i32(1, kind)
            .i32s(2, &[PLAIN, RLE])
            .texts(3, path)
            .i32(4, UNCOMPRESSED)
            .i64(5, column.values as i64)
            .i64(6, size)
            .i64(7, size)
            .i64(9, column.offset as i64);
        Struct::default().i64(2, 0).structure(3, metadata)
    };
    let bytes: u64 = group.columns.iter().map(|column| column.bytes).sum();
    let columns: Vec<Struct> = group.columns.iter().zip(layout.columns()).map(column).collect();
    Struct::default().structures(1, columns.into_iter()).i64(2, bytes as i64).i64(3, group.rows as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_levels_are_one_run() {
        let runs = |levels_of: &[(u64, u8)]| levels(levels_of.iter().copied())[4..].to_vec();
        assert_eq!(runs(&[(1, 1), (1, 1), (0, 0), (1, 1), (2, 0)]), [6, 1, 4, 0]);
        assert!(runs(&[]).is_empty());
        // Two lists of three values, all there.
        assert_eq!(list_levels(2, 3), [8, 0, 0, 0, 2, 0, 4, 1, 2, 0, 4, 1, 2, 0, 0, 0, 12, 1]);
        assert_eq!(list_levels(0, 3), [0; 8]);
    }
}
