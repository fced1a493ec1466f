//! A reader of TensorBoard's event files, written from record_writer.cc, event.proto and the wire format of Protocol
//! Buffers alone: it shares nothing with the writer. It panics where a file is not as those say, or uses more of them
//! than the writer does.

use crate::protobuf::{Content, blocks, fields, fixed, le_u32, text};
use std::path::Path;

/// A number of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The number's name.
    pub tag: String,
    /// The step that it belongs to.
    pub step: u64,
    /// Seconds since 1970 in UTC.
    pub wall_time: f64,
    /// The number.
    pub value: f32,
}

/// What a file says behind its version.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A session begins with this step.
    SessionStart(u64),
    /// A number.
    Point(Point),
}

/// All that the event files of a folder say, in the order of their names.
///
/// # Panics
/// Where a file is not whole, to the checksum.
pub fn read_folder(folder: &Path) -> Vec<Said> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_one = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("tfevents"));
    let mut files: Vec<_> = entries.filter(|path| is_one(path)).collect();
    files.sort();
    files.iter().flat_map(|file| read(&std::fs::read(file).expect("read"))).collect()
}

/// Reads a file's bytes.
///
/// # Panics
/// Where it is not whole, to the checksum.
pub fn read(bytes: &[u8]) -> Vec<Said> {
    let mut said = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = &bytes[at..at + 8];
        assert_eq!(le_u32(&bytes[at + 8..at + 12]), masked(crc32c(length)), "the length's checksum");
        let end = at + 12 + u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
        let message = &bytes[at + 12..end];
        assert_eq!(le_u32(&bytes[end..end + 4]), masked(crc32c(message)), "the message's checksum");
        let event = fields(message);
        match (at, text(&event, 3)) {
            (0, version) => assert_eq!(version.as_deref(), Some("brain.Event:2"), "the first record"),
            (_, version) => assert_eq!(version, None, "a version behind the first record"),
        }
        let wall_time = fixed(&event, 1).map(f64::from_bits).expect("a time");
        let step = fixed(&event, 2).unwrap_or(0);
        for log in blocks(&event, 7) {
            assert_eq!(fixed(&fields(log), 1), Some(1), "a session's start");
            said.push(Said::SessionStart(step));
        }
        for value in blocks(&event, 5).flat_map(fields) {
            let (1, Content::Block(value)) = value else { panic!("a summary has values: {value:?}") };
            let value = fields(value);
            let number = fixed(&value, 2).map(|bits| f32::from_bits(bits as u32)).expect("a number");
            let tag = text(&value, 1).expect("a name");
            said.push(Said::Point(Point { tag, step, wall_time, value: number }));
        }
        at = end + 4;
    }
    assert_eq!(at, bytes.len());
    said
}

/// Bit by bit, as a polynomial is divided.
pub fn crc32c(bytes: &[u8]) -> u32 {
    let mut rest = u32::MAX;
    for byte in bytes {
        for bit in 0..8 {
            let carry = (rest ^ u32::from(byte >> bit)) & 1;
            rest >>= 1;
            if carry == 1 {
                rest ^= 0x1EDC_6F41u32.reverse_bits();
            }
        }
    }
    !rest
}

/// As it stands in a file.
pub fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xA282_EAD8)
}
