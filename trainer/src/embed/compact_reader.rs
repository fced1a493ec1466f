//! Reads Thrift's compact protocol, which Parquet's descriptions are in.
//!
//! Source: thrift-compact-protocol.md of Apache Thrift.

use crate::protobuf::read_varint;

/// How deep structs and lists stand in each other at most.
const DEEPEST: usize = 16;

/// A field's or a list's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Whole(i64),
    Double(f64),
    Binary(&'a [u8]),
    List(Vec<Value<'a>>),
    Struct(Fields<'a>),
}

/// The fields of a struct, by number.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields<'a>(Vec<(i16, Value<'a>)>);

impl<'a> Fields<'a> {
    /// The struct at the beginning of `bytes`, and its length there; `None` of bytes that are none.
    pub fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let fields = structure(&mut rest, 0)?;
        Some((fields, bytes.len() - rest.len()))
    }

    pub fn get(&self, number: i16) -> Option<&Value<'a>> {
        self.0.iter().find_map(|(field, value)| (*field == number).then_some(value))
    }

    pub fn whole(&self, number: i16) -> Option<i64> {
        match self.get(number)? {
            Value::Whole(value) => Some(*value),
            _ => None,
        }
    }

    pub fn structure(&self, number: i16) -> Option<&Self> {
        match self.get(number)? {
            Value::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    pub fn text(&self, number: i16) -> Option<&'a str> {
        match self.get(number)? {
            Value::Binary(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// A list's values; none where there is no list.
    pub fn list(&self, number: i16) -> &[Value<'a>] {
        match self.get(number) {
            Some(Value::List(values)) => values,
            _ => &[],
        }
    }

    /// The structs of a list.
    pub fn structures(&self, number: i16) -> impl Iterator<Item = &Self> {
        self.list(number).iter().filter_map(|value| match value {
            Value::Struct(fields) => Some(fields),
            _ => None,
        })
    }
}

fn structure<'a>(bytes: &mut &'a [u8], depth: usize) -> Option<Fields<'a>> {
    let mut fields = Fields::default();
    let mut number = 0_i16;
    loop {
        let head = byte(bytes)?;
        if head == 0 {
            return Some(fields);
        }
        number = match head >> 4 {
            0 => i16::try_from(whole(bytes)?).ok()?,
            delta => number.checked_add(i16::from(delta))?,
        };
        // A boolean field's kind is its value.
        let value = match head & 15 {
            kind @ (1 | 2) => Value::Whole(i64::from(kind == 1)),
            kind => value(bytes, kind, depth + 1)?,
        };
        fields.0.push((number, value));
    }
}

fn value<'a>(bytes: &mut &'a [u8], kind: u8, depth: usize) -> Option<Value<'a>> {
    if depth > DEEPEST {
        return None;
    }
    Some(match kind {
        1..=3 => Value::Whole(i64::from(byte(bytes)?)),
        4..=6 => Value::Whole(whole(bytes)?),
        7 => Value::Double(f64::from_le_bytes(take(bytes, 8)?.try_into().ok()?)),
        8 => {
            let len = usize::try_from(read_varint(bytes)?).ok()?;
            Value::Binary(take(bytes, len)?)
        }
        9 | 10 => {
            let head = byte(bytes)?;
            let len = if head >> 4 == 15 { usize::try_from(read_varint(bytes)?).ok()? } else { usize::from(head >> 4) };
            // Each takes a byte at least.
            if len > bytes.len() {
                return None;
            }
            Value::List((0..len).map(|_| value(bytes, head & 15, depth + 1)).collect::<Option<_>>()?)
        }
        12 => Value::Struct(structure(bytes, depth + 1)?),
        _ => return None,
    })
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(first)
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    take(bytes, 1).map(|byte| byte[0])
}

/// A signed number, zigzag.
fn whole(bytes: &mut &[u8]) -> Option<i64> {
    read_varint(bytes).map(|number| (number >> 1) as i64 ^ -((number & 1) as i64))
}

#[cfg(test)]
mod tests {
    use super::super::compact_protocol::Struct;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_written_is_read() {
        let inner = || Struct::default().text(4, "naïve").i64(9, -5);
        let written = Struct::default()
            .i32(1, i32::MIN)
            .i64(3, i64::MAX)
            .structures(5, (0..20).map(|_| inner()))
            .texts(6, &["a", ""])
            .structure(16, inner())
            .end();
        let more = [written.clone(), vec![7; 3]].concat();
        let (read, len) = Fields::read(&more).expect("a struct");
        assert_eq!(len, written.len());
        assert_eq!((read.whole(1), read.whole(3)), (Some(i32::MIN.into()), Some(i64::MAX)));
        assert_eq!(read.structures(5).filter(|inner| inner.whole(9) == Some(-5)).count(), 20);
        assert_eq!(read.list(6), [Value::Binary(b"a"), Value::Binary(b"")]);
        assert_eq!(read.structure(16).and_then(|inner| inner.text(4)), Some("naïve"));
        for cut in 0..written.len() {
            assert!(Fields::read(&written[..cut]).is_none(), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Some((_, len)) = Fields::read(&bytes) {
                prop_assert!(len <= bytes.len());
            }
        }
    }
}
