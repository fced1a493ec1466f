//! Thrift's compact protocol, as much of it as Parquet's descriptions need to be written.
//!
//! Source: thrift-compact-protocol.md of Apache Thrift. Its numbers are packed as those of Protocol Buffers.

use crate::protobuf::varint;

/// A struct being written; fields come in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last_field: u8,
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl Struct {
    fn field(&mut self, number: u8, kind: u8) {
        debug_assert!((self.last_field + 1..self.last_field + 16).contains(&number));
        self.bytes.push((number - self.last_field) << 4 | kind);
        self.last_field = number;
    }

    /// An i32, or an enumeration's value.
    pub fn i32(mut self, number: u8, value: i32) -> Self {
        self.field(number, I32);
        zigzag(&mut self.bytes, value.into());
        self
    }

    pub fn i64(mut self, number: u8, value: i64) -> Self {
        self.field(number, I64);
        zigzag(&mut self.bytes, value);
        self
    }

    pub fn text(mut self, number: u8, text: &str) -> Self {
        self.field(number, BINARY);
        binary(&mut self.bytes, text);
        self
    }

    pub fn structure(mut self, number: u8, value: Self) -> Self {
        self.field(number, STRUCT);
        self.bytes.extend(value.end());
        self
    }

    pub fn structures(mut self, number: u8, values: impl ExactSizeIterator<Item = Self>) -> Self {
        self.list(number, STRUCT, values.len());
        values.for_each(|value| self.bytes.extend(value.end()));
        self
    }

    pub fn texts(mut self, number: u8, values: &[&str]) -> Self {
        self.list(number, BINARY, values.len());
        values.iter().for_each(|text| binary(&mut self.bytes, text));
        self
    }

    pub fn i32s(mut self, number: u8, values: &[i32]) -> Self {
        self.list(number, I32, values.len());
        values.iter().for_each(|&value| zigzag(&mut self.bytes, value.into()));
        self
    }

    fn list(&mut self, number: u8, kind: u8, len: usize) {
        self.field(number, LIST);
        if len < 15 {
            self.bytes.push((len as u8) << 4 | kind);
        } else {
            self.bytes.push(0xF0 | kind);
            varint(&mut self.bytes, len as u64);
        }
    }

    /// Its bytes, with the mark of its end.
    pub fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn zigzag(bytes: &mut Vec<u8>, value: i64) {
    varint(bytes, (value << 1 ^ value >> 63) as u64);
}

fn binary(bytes: &mut Vec<u8>, text: &str) {
    varint(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}
