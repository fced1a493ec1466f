//! Messages between processes: a number and a length in front of the bytes.

use anyhow::{Context, Result, bail, ensure};
use std::io::{Read, Write};

/// No exchange of a training is larger: ResNet-152 has 240 MB of gradients.
const MOST: u64 = 1 << 36;
const CUT_OFF: &str = "a message ends before its last part";

/// Writes message number `number`.
pub(super) fn send(to: &mut impl Write, number: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut head = [0; 16];
    head[..8].copy_from_slice(&number.to_le_bytes());
    head[8..].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
    to.write_all(&head)?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads message number `number`.
pub(super) fn receive(from: &mut impl Read, number: u64) -> Result<Vec<u8>> {
    let mut head = [0; 16];
    from.read_exact(&mut head)?;
    let [found, length] = [0, 8].map(|at| u64::from_le_bytes(head[at..at + 8].try_into().expect("eight bytes")));
    if found != number || length > MOST {
        bail!("message {found} of {length} bytes came where message {number} was due: the ranks are out of step");
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Several parts in one message.
pub(super) fn pack(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        packed.extend((part.len() as u64).to_le_bytes());
        packed.extend(part);
    }
    packed
}

/// The parts that [`pack`] put together.
pub(super) fn unpack(mut packed: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    while !packed.is_empty() {
        let (length, rest) = packed.split_first_chunk::<8>().context(CUT_OFF)?;
        let length = u64::from_le_bytes(*length);
        ensure!(length <= rest.len() as u64, CUT_OFF);
        let (part, rest) = rest.split_at(length as usize);
        parts.push(part.to_vec());
        packed = rest;
    }
    Ok(parts)
}

pub(super) fn f32_from_bytes(bytes: &[u8]) -> f32 {
    f32::from_le_bytes(bytes.try_into().expect("chunks of four bytes"))
}
