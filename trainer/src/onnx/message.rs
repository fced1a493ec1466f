//! Protocol buffers as ONNX needs them (onnx.proto3): fields of numbers, bytes and messages, written by hand, since ONNX's
//! few messages are less code than a compiler for its schema.

/// A field that is a whole number.
pub(super) fn varint(field: u64, value: u64) -> Vec<u8> {
    [number(field << 3), number(value)].concat()
}

/// A field that is text, bytes or a message.
pub(super) fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [&number(field << 3 | 2), &number(value.len() as u64), value].concat()
}

/// Seven bits a byte, the lowest first.
fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_fields_are_those_of_the_specification() {
        // https://protobuf.dev/programming-guides/encoding/
        assert_eq!(number(150), [0x96, 0x01]);
        assert_eq!(varint(1, 150), [0x08, 0x96, 0x01]);
        assert_eq!(bytes(2, b"testing"), [&[0x12, 0x07][..], b"testing"].concat());
    }
}
