//! Text files as programs write them: compressed by gzip or not, in UTF-8 or UTF-16, with or without a byte order mark.

use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::Path;

/// A compressed file of a few MB can hold a text that fills any memory.
const MOST_BYTES: u64 = 16 << 30;

/// The whole text of a file, without a byte order mark. What its bytes are is told from them and not from its ending:
/// gzip by its two first ones, UTF-16 by its mark, or by every second byte being 0 in the first of them.
///
/// # Errors
/// Names the file, and the line of the first byte that is no UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    ensure!(!path.is_dir(), "expected a file, and {} is a folder", path.display());
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    text_from_bytes(bytes).with_context(|| format!("cannot read {}", path.display()))
}

/// As [`read_text`], of bytes that were read.
///
/// # Errors
/// Names the line of the first byte that is no UTF-8, or what is cut off.
pub fn text_from_bytes(bytes: Vec<u8>) -> Result<String> {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { unzipped(&bytes)? } else { bytes };
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] => bail!("it is in UTF-32; save it as UTF-8"),
        [0xff, 0xfe, text @ ..] => return utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => return utf16(text, u16::from_be_bytes),
        // Neither JSON nor a table holds a zero: ASCII in UTF-16 without its mark.
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => return utf16(&bytes, u16::from_le_bytes),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => return utf16(&bytes, u16::from_be_bytes),
        _ => {}
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let byte = error.as_bytes()[valid.len()];
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        anyhow::anyhow!("line {line} has a byte, {byte:#04x}, that is no UTF-8; save the file as UTF-8")
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

fn unzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(MOST_BYTES + 1).read_to_end(&mut text);
    read.context("it is compressed by gzip, and broken or cut off")?;
    ensure!(text.len() as u64 <= MOST_BYTES, "unpacked it has more than {} GB", MOST_BYTES >> 30);
    Ok(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    ensure!(rest.is_empty(), "it is in UTF-16, and its last character is cut off");
    let mut text = String::with_capacity(pairs.len());
    for (at, letter) in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).enumerate() {
        text.push(letter.with_context(|| format!("it is in UTF-16, and character {at} is broken"))?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"Fähre\": \"𝄞\"}\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], text: &[u8]| [mark, text].concat();
        let zipped = |bytes: &[u8]| {
            let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            file.write_all(bytes).expect("written");
            file.finish().expect("written")
        };
        for bytes in [
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            marked(&[0xff, 0xfe], &le),
            marked(&[0xfe, 0xff], &be),
            le.clone(),
            be,
            zipped(&marked(&[0xef, 0xbb, 0xbf], text.as_bytes())),
            zipped(&le),
        ] {
            assert_eq!(text_from_bytes(bytes.clone()).expect("text"), text, "{bytes:?}");
        }
        // Two files compressed one after the other are one text.
        assert_eq!(text_from_bytes([zipped(b"a\n"), zipped(b"b")].concat()).expect("text"), "a\nb");
        assert_eq!(text_from_bytes(Vec::new()).expect("text"), "");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let error = |bytes: &[u8]| format!("{:#}", text_from_bytes(bytes.to_vec()).expect_err("refused"));
        assert!(error(b"a\nF\xe4hre").contains("line 2 has a byte, 0xe4"), "{}", error(b"a\nF\xe4hre"));
        assert!(error(&[0x1f, 0x8b, 8, 0, 0, 0]).contains("gzip, and broken or cut off"));
        assert!(error(&[0xff, 0xfe, b'a', 0, b'b']).contains("UTF-16, and its last character is cut off"));
        assert!(error(&[0xff, 0xfe, 0, 0, b'a', 0, 0, 0]).contains("UTF-32"));
    }
}
