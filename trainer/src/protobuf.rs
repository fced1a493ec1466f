//! Protocol Buffers' wire format (<https://protobuf.dev/programming-guides/encoding/>), for the few messages of TensorBoard's
//! files and of ONNX: less code by hand than a compiler for their schemas.

const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;

/// 7 bits a byte, the lowest first; the highest bit says that more follow.
pub fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Takes such a number off the front of `bytes`; `None` where there is no whole one.
pub fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn tag(bytes: &mut Vec<u8>, number: u32, kind: u8) {
    varint(bytes, u64::from(number << 3 | u32::from(kind)));
}

/// A field that is a whole number.
pub fn number(bytes: &mut Vec<u8>, number: u32, value: u64) {
    tag(bytes, number, VARINT);
    varint(bytes, value);
}

/// A field that is text, bytes or a message.
pub fn block(bytes: &mut Vec<u8>, number: u32, inside: &[u8]) {
    tag(bytes, number, BYTES);
    varint(bytes, inside.len() as u64);
    bytes.extend(inside);
}

/// A field that is a 32-bit float.
pub fn float(bytes: &mut Vec<u8>, number: u32, value: f32) {
    tag(bytes, number, FIXED_32);
    bytes.extend(value.to_le_bytes());
}

/// A field that is a 64-bit float.
pub fn double(bytes: &mut Vec<u8>, number: u32, value: f64) {
    tag(bytes, number, FIXED_64);
    bytes.extend(value.to_le_bytes());
}

/// A field's value.
#[derive(Debug, PartialEq)]
pub enum Field<'a> {
    /// A whole number.
    Varint(u64),
    /// Eight bytes, the lowest first.
    Fixed64(u64),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
    /// Four bytes likewise.
    Fixed32(u32),
}

/// The fields of a message by number; `None` in place of what is none, which is the last then.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*chunk)
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let tag = read_varint(&mut self.0)?;
        let field = match (tag & 7) as u8 {
            VARINT => Field::Varint(read_varint(&mut self.0)?),
            FIXED_64 => Field::Fixed64(u64::from_le_bytes(self.chunk()?)),
            BYTES => {
                let len = usize::try_from(read_varint(&mut self.0)?).ok()?;
                let (inside, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                Field::Bytes(inside)
            }
            FIXED_32 => Field::Fixed32(u32::from_le_bytes(self.chunk()?)),
            _ => return None,
        };
        Some((tag >> 3, field))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Field<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_fields_are_those_of_the_specification() {
        // https://protobuf.dev/programming-guides/encoding/
        let of = |write: fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            bytes
        };
        assert_eq!(of(|bytes| varint(bytes, 150)), [0x96, 0x01]);
        assert_eq!(of(|bytes| number(bytes, 1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(of(|bytes| block(bytes, 2, b"testing")), [&[0x12, 0x07][..], b"testing"].concat());
        // Field 16 and later ones have two bytes before their value.
        assert_eq!(of(|bytes| number(bytes, 20, 7)), [0xa0, 0x01, 0x07]);
    }
}
