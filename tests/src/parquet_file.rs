//! A reader of `nadir embed`'s files, written from parquet.thrift and Encodings.md alone: it shares nothing with the
//! writer. It panics where a file is not as those say, or uses more of Parquet than the writer does.

use std::collections::BTreeMap;

/// What a file holds.
#[derive(Debug, PartialEq)]
pub struct Embeddings {
    /// The footer's key-value metadata.
    pub metadata: BTreeMap<String, String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// In the file's order.
    pub rows: Vec<Row>,
    /// How many row groups they stand in.
    pub row_groups: usize,
}

/// One image's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Column `file`: the image's path.
    pub file: String,
    /// Columns `width` and `height`.
    pub size: [i32; 2],
    /// Column `embedding`: the list's f32 values.
    pub embedding: Vec<f32>,
    /// Columns `row` and `column`, where there are these.
    pub at: Option<[i32; 2]>,
    /// Column `geometry`: the bytes of a value that is there.
    pub geometry: Option<Vec<u8>>,
}

/// Reads a file's bytes.
pub fn read(bytes: &[u8]) -> Embeddings {
    let end = bytes.len() - 8;
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "no Parquet file");
    let footer_len = u32::from_le_bytes(bytes[end..end + 4].try_into().expect("four bytes")) as usize;
    let mut reader = Reader { bytes: &bytes[..end], at: end - footer_len };
    let footer = reader.structure();
    assert_eq!(reader.at, end, "the description ends where it says");

    let schema = footer.get(2).list();
    let names: Vec<String> = schema.iter().map(|element| element.get(4).text()).collect();
    let plain: Vec<String> =
        names[1..].iter().filter(|name| !["list", "element"].contains(&name.as_str())).cloned().collect();
    let mut expected = vec!["file", "width", "height"];
    expected.extend(["row", "column"].iter().filter(|name| plain.iter().any(|own| own == *name)));
    expected.push("embedding");
    expected.extend(["geometry"].iter().filter(|name| plain.iter().any(|own| own == *name)));
    assert_eq!(
        (&plain, schema[0].get(5).int()),
        (&expected.iter().map(ToString::to_string).collect(), expected.len() as i64)
    );
    let mut rows = Vec::new();
    for group in footer.get(4).list() {
        let count = group.get(3).int();
        let chunks = group.get(1).list();
        assert_eq!(chunks.len(), plain.len());
        let column = |name: &str| {
            let at = plain.iter().position(|own| own == name)?;
            let is_optional = name == "geometry";
            let element = schema.iter().find(|element| element.get(4).text() == name).expect("in the schema");
            assert_eq!(element.get(3).int(), i64::from(is_optional), "repetition of {name}");
            assert_eq!(chunks[at].get(3).get(3).list()[0].text(), name);
            Some(read_column(bytes, chunks[at].get(3), count, is_optional))
        };
        let integers =
            |name: &str| -> Option<Vec<i32>> { Some(column(name)?.values.chunks_exact(4).map(le_i32).collect()) };
        let files: Vec<String> = byte_arrays(&column("file").expect("there").values)
            .map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
            .collect();
        let [widths, heights] = ["width", "height"].map(|name| integers(name).expect("there"));
        let places = integers("row").zip(integers("column"));
        let embeddings = lists(&column("embedding").expect("there"));
        let geometries = column("geometry").map(|column| {
            let mut there = byte_arrays(&column.values);
            let values: Vec<Option<Vec<u8>>> =
                column.definition.iter().map(|&level| (level == 1).then(|| there.next().expect("a value"))).collect();
            assert_eq!(there.next(), None, "as many values as levels say");
            values
        });
        for at in 0..count as usize {
            rows.push(Row {
                file: files[at].clone(),
                size: [widths[at], heights[at]],
                embedding: embeddings[at].clone(),
                at: places.as_ref().map(|(rows, columns)| [rows[at], columns[at]]),
                geometry: geometries.as_ref().and_then(|geometries| geometries[at].clone()),
            });
        }
    }
    assert_eq!(rows.len() as i64, footer.get(3).int());
    let entries = footer.get(5).list().iter().map(|entry| (entry.get(1).text(), entry.get(2).text()));
    Embeddings { metadata: entries.collect(), columns: plain, rows, row_groups: footer.get(4).list().len() }
}

/// A column chunk of one page: the values' bytes, and the levels where it has any.
#[derive(Debug)]
struct Column {
    values: Vec<u8>,
    repetition: Vec<u8>,
    definition: Vec<u8>,
}

fn read_column(bytes: &[u8], metadata: &Value, rows: i64, is_optional: bool) -> Column {
    let (start, size) = (metadata.get(9).int() as usize, metadata.get(7).int() as usize);
    let mut reader = Reader { bytes: &bytes[..start + size], at: start };
    let header = reader.structure();
    let page = header.get(5);
    assert_eq!(
        (header.get(1).int(), page.get(2).int(), metadata.get(4).int()),
        (0, 0, 0),
        "a plain data page as it is"
    );
    assert_eq!(header.get(3).int() as usize, start + size - reader.at, "the page fills the column");
    assert_eq!(page.get(1).int(), metadata.get(5).int());
    let (mut repetition, mut definition) = (Vec::new(), Vec::new());
    if metadata.get(3).list().len() > 1 {
        repetition = reader.levels();
        definition = reader.levels();
        assert!(definition.iter().all(|&level| level == 1), "no value is missing");
        assert_eq!([repetition.len(), definition.len()], [page.get(1).int() as usize; 2]);
        assert_eq!(repetition.iter().filter(|&&level| level == 0).count() as i64, rows);
    } else {
        assert_eq!(page.get(1).int(), rows);
        if is_optional {
            definition = reader.levels();
            assert_eq!(definition.len() as i64, rows);
        }
    }
    Column { values: reader.bytes[reader.at..].to_vec(), repetition, definition }
}

fn le_i32(bytes: &[u8]) -> i32 {
    i32::from_le_bytes(bytes.try_into().expect("four bytes"))
}

fn byte_arrays(mut bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    std::iter::from_fn(move || {
        let (len, rest) = bytes.split_at_checked(4)?;
        let (value, rest) = rest.split_at(le_i32(len) as usize);
        bytes = rest;
        Some(value.to_vec())
    })
}

fn lists(column: &Column) -> Vec<Vec<f32>> {
    let values = column.values.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")));
    let mut lists: Vec<Vec<f32>> = Vec::new();
    for (level, value) in column.repetition.iter().zip(values) {
        if *level == 0 {
            lists.push(Vec::new());
        }
        lists.last_mut().expect("a list begins with level 0").push(value);
    }
    lists
}

/// A value of Thrift's compact protocol.
enum Value {
    Int(i64),
    Binary(Vec<u8>),
    List(Vec<Value>),
    Struct(BTreeMap<i64, Value>),
}

impl Value {
    fn get(&self, field: i64) -> &Self {
        match self {
            Self::Struct(fields) => fields.get(&field).unwrap_or_else(|| panic!("field {field} is missing")),
            _ => panic!("no struct"),
        }
    }

    fn int(&self) -> i64 {
        let Self::Int(value) = self else { panic!("no integer") };
        *value
    }

    fn list(&self) -> &[Self] {
        let Self::List(values) = self else { panic!("no list") };
        values
    }

    fn text(&self) -> String {
        let Self::Binary(bytes) = self else { panic!("no text") };
        String::from_utf8(bytes.clone()).expect("UTF-8")
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn varint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    fn zigzag(&mut self) -> i64 {
        let value = self.varint();
        (value >> 1) as i64 ^ -((value & 1) as i64)
    }

    fn structure(&mut self) -> Value {
        let mut fields = BTreeMap::new();
        let mut field = 0;
        loop {
            let header = self.byte();
            if header == 0 {
                return Value::Struct(fields);
            }
            field = if header >> 4 == 0 { self.zigzag() } else { field + i64::from(header >> 4) };
            let value = self.value(header & 0x0F);
            fields.insert(field, value);
        }
    }

    fn value(&mut self, kind: u8) -> Value {
        match kind {
            4..=6 => Value::Int(self.zigzag()),
            8 => {
                let len = self.varint() as usize;
                self.at += len;
                Value::Binary(self.bytes[self.at - len..self.at].to_vec())
            }
            9 => {
                let header = self.byte();
                let len = if header >> 4 == 15 { self.varint() as usize } else { usize::from(header >> 4) };
                Value::List((0..len).map(|_| self.value(header & 0x0F)).collect())
            }
            12 => self.structure(),
            other => panic!("type {other} of the compact protocol is not read here"),
        }
    }

    /// Levels of bit width 1 behind their length in bytes, in runs.
    fn levels(&mut self) -> Vec<u8> {
        let len = le_i32(&self.bytes[self.at..self.at + 4]) as usize;
        self.at += 4;
        let end = self.at + len;
        let mut levels = Vec::new();
        while self.at < end {
            let header = self.varint();
            assert_eq!(header & 1, 0, "a run of equal levels");
            let level = self.byte();
            levels.extend(std::iter::repeat_n(level, (header >> 1) as usize));
        }
        assert_eq!(self.at, end);
        levels
    }
}
