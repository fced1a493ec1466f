//! What the ranks of one process give, as one message to the other processes.

use anyhow::{Context, Result, ensure};

const CUT_OFF: &str = "a message ends before its last part";

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
