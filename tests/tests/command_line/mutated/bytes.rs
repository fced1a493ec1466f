//! Changes of any bytes.

use nadir_core::rng::Rng;

/// Whole numbers that lengths, counts and offsets break on.
const EXTREMES: [u64; 14] = [
    0,
    1,
    2,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    20_000,
    0x7fff_ffff,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_fff0,
    u64::MAX,
];

/// Changes the bytes, and says how.
pub fn change(bytes: &mut Vec<u8>, rng: &mut Rng) -> String {
    if bytes.is_empty() {
        bytes.extend((0..8).map(|_| rng.below(256) as u8));
        return "eight bytes in place of none".to_owned();
    }
    let at = rng.below(bytes.len());
    let span = |rng: &mut Rng, len: usize| {
        let longest = if rng.chance(0.8) { 16 } else { len };
        1 + rng.below(longest.min(len))
    };
    match rng.below(9) {
        0 | 1 => {
            bytes[at] ^= 1 << rng.below(8);
            format!("a bit of byte {at}")
        }
        2 => {
            let values = [0, 0xff, 0x7f, 0x80, rng.below(256) as u8];
            bytes[at] = values[rng.below(values.len())];
            format!("byte {at} is {}", bytes[at])
        }
        3 => {
            bytes.truncate(at);
            format!("cut off at {at}")
        }
        4 => {
            let count = 1 + rng.below(16);
            let inserted: Vec<u8> = (0..count).map(|_| rng.below(256) as u8).collect();
            bytes.splice(at..at, inserted);
            format!("{count} bytes inserted at {at}")
        }
        5 => {
            let len = span(rng, bytes.len() - at);
            let copy = bytes[at..at + len].to_vec();
            let to = rng.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
            format!("{len} bytes of {at} copied to {to}")
        }
        6 => {
            let len = span(rng, bytes.len() - at);
            bytes.drain(at..at + len);
            format!("{len} bytes of {at} taken out")
        }
        _ => {
            let (value, size) = (EXTREMES[rng.below(EXTREMES.len())], [2, 4, 8][rng.below(3)]);
            let is_big = rng.chance(0.5);
            let written =
                if is_big { value.to_be_bytes()[8 - size..].to_vec() } else { value.to_le_bytes()[..size].to_vec() };
            let end = (at + size).min(bytes.len());
            bytes[at..end].copy_from_slice(&written[..end - at]);
            format!("{size} bytes at {at} are {value} ({} endian)", if is_big { "big" } else { "little" })
        }
    }
}
