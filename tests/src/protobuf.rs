//! A reader of Protocol Buffers' wire format, written from its specification: it shares nothing with the product's writer.

/// A field's value.
#[derive(Debug)]
pub enum Content<'a> {
    /// A number, packed or of four or eight bytes.
    Number(u64),
    /// Text, bytes or a message.
    Block(&'a [u8]),
}

/// The fields of a message, by their numbers.
///
/// # Panics
/// Where the bytes are none.
pub fn fields(mut bytes: &[u8]) -> Vec<(u64, Content<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes);
        let content = match key & 7 {
            0 => Content::Number(take_varint(&mut bytes)),
            1 => Content::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().expect("eight bytes"))),
            2 => {
                let len = take_varint(&mut bytes) as usize;
                Content::Block(take(&mut bytes, len))
            }
            5 => Content::Number(le_u32(take(&mut bytes, 4)).into()),
            other => panic!("there is no wire type {other}"),
        };
        fields.push((key >> 3, content));
    }
    fields
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(len);
    *bytes = rest;
    taken
}

fn take_varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)[0];
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a number of more than ten bytes")
}

/// The numbers in all fields of this number.
pub fn numbers<'a>(fields: &'a [(u64, Content<'_>)], number: u64) -> impl Iterator<Item = u64> + 'a {
    fields.iter().filter_map(move |field| match field {
        (own, Content::Number(value)) if *own == number => Some(*value),
        _ => None,
    })
}

/// The number in the first field of this number that holds one.
pub fn fixed(fields: &[(u64, Content<'_>)], number: u64) -> Option<u64> {
    numbers(fields, number).next()
}

/// The blocks in all fields of this number.
pub fn blocks<'a>(fields: &'a [(u64, Content<'a>)], number: u64) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter_map(move |field| match field {
        (own, Content::Block(block)) if *own == number => Some(*block),
        _ => None,
    })
}

/// The text in the first field of this number.
///
/// # Panics
/// Where it is no UTF-8.
pub fn text(fields: &[(u64, Content<'_>)], number: u64) -> Option<String> {
    blocks(fields, number).next().map(|block| String::from_utf8(block.to_vec()).expect("UTF-8"))
}

/// Four bytes, the lowest first.
///
/// # Panics
/// Where there are not four.
pub fn le_u32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().expect("four bytes"))
}
