//! A file of the visitor, read where it lies.

use js_sys::{ArrayBuffer, Uint8Array};
use nadir_raster::Source;
use std::io::{self, Read, Seek, SeekFrom};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File};

/// So many bytes are read at once where less is requested: each read is a message to the browser.
const AHEAD_BYTES: u64 = 256 * 1024;

// By hand: web-sys' own type is one more feature, for which all that uses web-sys is compiled again.
#[wasm_bindgen]
extern "C" {
    /// Reads in a Worker without waiting for a promise.
    type FileReaderSync;

    #[wasm_bindgen(constructor)]
    fn new() -> FileReaderSync;

    #[wasm_bindgen(method, catch, js_name = readAsArrayBuffer)]
    fn read(this: &FileReaderSync, blob: &Blob) -> Result<ArrayBuffer, JsValue>;
}

/// The file.
#[derive(Debug, Clone)]
pub struct BlobFile(pub File);

impl From<&File> for BlobFile {
    fn from(file: &File) -> Self {
        Self(file.clone())
    }
}

impl Source for BlobFile {
    type Reader = BlobReader;

    fn open(&self) -> io::Result<BlobReader> {
        let len = self.0.size() as u64;
        Ok(BlobReader { file: self.0.clone(), sync: FileReaderSync::new(), len, at: 0, ahead: Vec::new(), ahead_at: 0 })
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// Reads from a place of the file, and what follows it ahead.
pub struct BlobReader {
    file: File,
    sync: FileReaderSync,
    len: u64,
    at: u64,
    ahead: Vec<u8>,
    ahead_at: u64,
}

impl BlobReader {
    fn part(&self, from: u64, to: u64) -> io::Result<Uint8Array> {
        let cannot = || {
            io::Error::other(
                "the browser cannot read it any more: it was moved or changed since it was chosen, so choose it again",
            )
        };
        // Exact: no file has 2^53 bytes.
        let blob = self.file.slice_with_f64_and_f64(from as f64, to as f64).map_err(|_| cannot())?;
        let bytes = self.sync.read(&blob).map_err(|_| cannot())?;
        Ok(Uint8Array::new(bytes.as_ref()))
    }
}

impl Read for BlobReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.at);
        if left == 0 || to.is_empty() {
            return Ok(0);
        }
        if to.len() as u64 >= AHEAD_BYTES {
            let count = left.min(to.len() as u64);
            self.part(self.at, self.at + count)?.copy_to(&mut to[..count as usize]);
            self.at += count;
            return Ok(count as usize);
        }
        let is_ahead =
            |reader: &Self| (reader.ahead_at..reader.ahead_at + reader.ahead.len() as u64).contains(&reader.at);
        if !is_ahead(self) {
            self.ahead = self.part(self.at, self.at + left.min(AHEAD_BYTES))?.to_vec();
            self.ahead_at = self.at;
        }
        let ahead = &self.ahead[(self.at - self.ahead_at) as usize..];
        let count = ahead.len().min(to.len());
        to[..count].copy_from_slice(&ahead[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::other("a place before the file's beginning"))?;
        Ok(self.at)
    }
}
