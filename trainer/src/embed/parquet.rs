//! A Parquet file of file names, sizes and embeddings: plain values, not compressed (embeddings do not shrink), one
//! page a column and row group, so that a file can be continued at any row group and is described at its end only.
//!
//! Written here and not by the crate `parquet`: its writer cannot go on with a file that it did not begin, and it takes
//! about a minute to compile. Source: parquet.thrift, Encodings.md and LogicalTypes.md of Apache parquet-format 2.

use super::compact_protocol::{Struct, varint};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The first and the last four bytes of a file.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

// Values of parquet.thrift's enumerations.
const INT32: i32 = 1;
const FLOAT: i32 = 4;
const BYTE_ARRAY: i32 = 6;
const REQUIRED: i32 = 0;
const REPEATED: i32 = 2;
const UTF8: i32 = 0;
const LIST: i32 = 3;
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const UNCOMPRESSED: i32 = 0;
const DATA_PAGE: i32 = 0;

/// Columns by type and path.
const COLUMNS: [(i32, &[&str]); 4] =
    [(BYTE_ARRAY, &["file"]), (INT32, &["width"]), (INT32, &["height"]), (FLOAT, &["embedding", "list", "element"])];

/// Rows of a row group.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Each row's path of its image file.
    pub files: Vec<String>,
    widths: Vec<u32>,
    heights: Vec<u32>,
    /// Embeddings of the rows, [rows, len], row-major.
    embeddings: Vec<f32>,
}

impl Rows {
    /// A row whose embedding comes later.
    pub fn push(&mut self, file: String, width: usize, height: usize) {
        self.files.push(file);
        // At most 100 million pixels are decoded.
        self.widths.push(width as u32);
        self.heights.push(height as u32);
    }

    /// Rows without embeddings, and these.
    pub fn append(&mut self, rows: Self, embeddings: Vec<f32>) {
        self.files.extend(rows.files);
        self.widths.extend(rows.widths);
        self.heights.extend(rows.heights);
        self.embeddings.extend(embeddings);
    }
}

/// A row group that is in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowGroup {
    /// Number of rows in the group.
    pub rows: u64,
    /// Where the columns stand.
    pub columns: [Column; 4],
}

/// A column of a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    /// First byte in the file.
    pub offset: u64,
    /// Length, its header counted.
    pub bytes: u64,
    /// How many values; of embeddings their numbers.
    pub values: u64,
}

impl RowGroup {
    /// The first byte behind it.
    pub fn end(&self) -> u64 {
        self.columns[3].offset.saturating_add(self.columns[3].bytes)
    }
}

/// The bytes of rows whose embeddings are of length `len`, to stand at `offset` of the file.
pub(super) fn row_group(rows: &Rows, len: usize, offset: u64) -> (Vec<u8>, RowGroup) {
    let integers = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut names = Vec::new();
    for file in &rows.files {
        names.extend((file.len() as u32).to_le_bytes());
        names.extend(file.as_bytes());
    }
    let mut lists = list_levels(rows.files.len(), len);
    lists.extend(rows.embeddings.iter().flat_map(|value| value.to_le_bytes()));
    let count = rows.files.len() as u64;
    let mut bytes = Vec::new();
    let columns = [
        (names, count),
        (integers(&rows.widths), count),
        (integers(&rows.heights), count),
        (lists, count * len as u64),
    ]
    .map(|(values, count)| {
        let at = bytes.len();
        let page = Struct::default().i32(1, count as i32).i32(2, PLAIN).i32(3, RLE).i32(4, RLE);
        let size = values.len() as i32;
        bytes.extend(Struct::default().i32(1, DATA_PAGE).i32(2, size).i32(3, size).structure(5, page).end());
        bytes.extend(values);
        Column { offset: offset + at as u64, bytes: (bytes.len() - at) as u64, values: count }
    });
    (bytes, RowGroup { rows: count, columns })
}

/// Repetition levels (0 at a list's first value, 1 at the others) and definition levels (1: every value is there), as
/// runs of bit width 1, each kind behind its length.
fn list_levels(rows: usize, len: usize) -> Vec<u8> {
    let mut levels = Vec::new();
    let mut runs: Vec<u8> = Vec::new();
    for _ in 0..rows {
        for (times, level) in [(1, 0), (len as u64 - 1, 1)] {
            if times > 0 {
                varint(&mut runs, times << 1);
                runs.push(level);
            }
        }
    }
    levels.extend((runs.len() as u32).to_le_bytes());
    levels.append(&mut runs);
    varint(&mut runs, ((rows * len) as u64) << 1);
    runs.push(1);
    levels.extend((runs.len() as u32).to_le_bytes());
    levels.append(&mut runs);
    levels
}

/// What stands behind the last row group: the description, its length, and [`MAGIC`].
pub(super) fn footer(groups: &[RowGroup], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let rows: u64 = groups.iter().map(|group| group.rows).sum();
    let entry = |(key, value): (&String, &String)| Struct::default().text(1, key).text(2, value);
    let mut bytes = Struct::default()
        .i32(1, 1)
        .structures(2, schema().into_iter())
        .i64(3, rows as i64)
        .structures(4, groups.iter().map(describe))
        .structures(5, metadata.iter().map(entry))
        .text(6, concat!("nadir version ", env!("CARGO_PKG_VERSION")))
        .end();
    bytes.extend((bytes.len() as u32).to_le_bytes());
    bytes.extend(MAGIC);
    bytes
}

/// The tree of columns, depth first: the root, three plain columns, and a list as LogicalTypes.md lays it down.
fn schema() -> [Struct; 7] {
    let leaf = |kind: i32, name: &str| Struct::default().i32(1, kind).i32(3, REQUIRED).text(4, name);
    let group = |repetition: i32, name: &str| Struct::default().i32(3, repetition).text(4, name).i32(5, 1);
    // The union LogicalType: STRING is its first, LIST its third member, each an empty struct.
    let logical = |member: u8| Struct::default().structure(member, Struct::default());
    [
        Struct::default().text(4, "schema").i32(5, COLUMNS.len() as i32),
        leaf(BYTE_ARRAY, "file").i32(6, UTF8).structure(10, logical(1)),
        leaf(INT32, "width"),
        leaf(INT32, "height"),
        group(REQUIRED, "embedding").i32(6, LIST).structure(10, logical(3)),
        group(REPEATED, "list"),
        leaf(FLOAT, "element"),
    ]
}

fn describe(group: &RowGroup) -> Struct {
    let column = |(column, (kind, path)): (&Column, (i32, &[&str]))| {
        let size = column.bytes as i64;
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
    Struct::default()
        .structures(1, group.columns.iter().zip(COLUMNS).map(column))
        .i64(2, bytes as i64)
        .i64(3, group.rows as i64)
}
