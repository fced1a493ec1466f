//! TFRecord: a length, the message, and a masked CRC-32C behind each of them. Source: tfrecord_writer of TensorFlow's
//! `core/lib/io/record_writer.cc`; CRC-32C (Castagnoli) as RFC 3720 has it, B.4.

/// The polynomial, lowest power in the highest bit.
const CASTAGNOLI: u32 = 0x82F6_3B78;
/// What is added when a checksum is masked, so that the checksum of data that hold checksums says something.
const MASK: u32 = 0xA282_EAD8;

/// A byte's part of the checksum.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ CASTAGNOLI } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| TABLE[usize::from(crc as u8 ^ byte)] ^ crc >> 8)
}

/// The checksum as it stands in a file: CRC-32C, turned right by 15 bits, plus a constant.
pub fn masked_crc32c(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(MASK)
}

/// The bytes of one record.
pub fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    let head = masked_crc32c(&length).to_le_bytes();
    [length.as_slice(), &head, payload, &masked_crc32c(payload).to_le_bytes()].concat()
}

/// The messages of a file, up to the first record that is cut off or damaged: what a killed writer left there.
pub fn payloads(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<8>()?;
        let (head, behind) = behind.split_first_chunk::<4>()?;
        let len = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        if u32::from_le_bytes(*head) != masked_crc32c(length) || len > behind.len() {
            return None;
        }
        let (payload, behind) = behind.split_at(len);
        let (foot, behind) = behind.split_first_chunk::<4>()?;
        if u32::from_le_bytes(*foot) != masked_crc32c(payload) {
            return None;
        }
        rest = behind;
        Some(payload)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46DD_794E);
        assert_eq!(crc32c(&(0..32).rev().collect::<Vec<u8>>()), 0x113F_DB5C);
        // The check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }

    #[test]
    fn reading_ends_at_the_first_record_that_is_not_whole() {
        let whole = [framed(b"one"), framed(b""), framed(b"three")].concat();
        assert_eq!(payloads(&whole).collect::<Vec<_>>(), [b"one".as_slice(), b"", b"three"]);
        for cut in [whole.len() - 1, whole.len() - 4, whole.len() - 20] {
            assert_eq!(payloads(&whole[..cut]).count(), 2, "{cut} bytes");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(payloads(&damaged).count() < 3, "byte {at}");
        }
    }
}
