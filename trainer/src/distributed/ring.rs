//! Processes in a ring: each sends to the next and receives from the one before. A sum takes 2 (n - 1) steps in each of
//! which one n-th of the values travels, so its time hardly grows with n (Patarasuk & Yuan 2009, "Bandwidth optimal
//! all-reduce algorithms for clusters of workstations").

use super::frame;
use anyhow::{Context, Result, ensure};
use std::net::TcpStream;
use std::ops::Range;
use std::thread;

/// One process of the ring.
#[derive(Debug)]
pub(super) struct Ring {
    pub index: usize,
    pub size: usize,
    pub next: Neighbour,
    pub previous: Neighbour,
    /// Messages so far, which both ends count.
    pub messages: u64,
}

/// A connection, and who is at its other end.
#[derive(Debug)]
pub(super) struct Neighbour {
    pub stream: TcpStream,
    pub name: String,
}

impl Ring {
    /// What each process gives, by process.
    pub fn all_gather(&mut self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut all = vec![Vec::new(); self.size];
        all[self.index] = own.to_vec();
        for step in 0..self.size - 1 {
            let sent = (self.index + self.size - step) % self.size;
            let got = (self.index + self.size - step - 1) % self.size;
            all[got] = self.pass(&all[sent])?;
        }
        Ok(all)
    }

    /// Sums over all processes, in place: reduce-scatter, after which each process has the whole sum of one chunk, then
    /// all-gather of the chunks.
    pub fn all_reduce(&mut self, values: &mut [f32]) -> Result<()> {
        let (size, len) = (self.size, values.len());
        let chunk = |at: usize| -> Range<usize> {
            let at = at % size;
            at * len / size..(at + 1) * len / size
        };
        for step in 0..size - 1 {
            let (sent, got) = (chunk(self.index + size - step), chunk(self.index + 2 * size - step - 1));
            let bytes = self.pass_values(&values[sent], got.len())?;
            for (sum, value) in values[got].iter_mut().zip(bytes.chunks_exact(4)) {
                *sum += super::frame::f32_from_bytes(value);
            }
        }
        for step in 0..size - 1 {
            let (sent, got) = (chunk(self.index + size + 1 - step), chunk(self.index + 2 * size - step));
            let bytes = self.pass_values(&values[sent], got.len())?;
            for (sum, value) in values[got].iter_mut().zip(bytes.chunks_exact(4)) {
                *sum = super::frame::f32_from_bytes(value);
            }
        }
        Ok(())
    }

    fn pass_values(&mut self, values: &[f32], due: usize) -> Result<Vec<u8>> {
        let bytes = self.pass(bytemuck::cast_slice(values))?;
        ensure!(bytes.len() == 4 * due, "{} sent {} bytes where {} were due", self.previous.name, bytes.len(), 4 * due);
        Ok(bytes)
    }

    /// Sends to the next while receiving from the one before: neither waits for the other's buffers.
    fn pass(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let number = self.messages;
        self.messages += 1;
        let (next, previous) = (&mut self.next, &mut self.previous);
        thread::scope(|scope| {
            let sending = scope.spawn(|| frame::send(&mut next.stream, number, bytes));
            let received = frame::receive(&mut previous.stream, number);
            let sent = sending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let received = received.with_context(|| gone(&previous.name))?;
            sent.with_context(|| gone(&next.name))?;
            Ok(received)
        })
    }
}

fn gone(name: &str) -> String {
    format!("{name} does not answer: it ended, or one behind it did (see their output), or the network between failed")
}
