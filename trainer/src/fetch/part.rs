//! The file on the disk: `NAME.part` while it grows, `NAME` once it is whole and checked, `NAME.rejected` where its
//! bytes were others than expected.

use super::catalogue::Size;
use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use tracing::warn;

/// What a file must be.
#[derive(Debug, Clone)]
pub struct RequestedFile {
    /// Path that the file is saved to.
    pub path: PathBuf,
    /// How large it is.
    pub size: Size,
    /// Published SHA-256, whole or its beginning.
    pub sha256: Option<String>,
}

/// A whole, checked file.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// Path of the file.
    pub path: PathBuf,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// Computed from its bytes.
    pub sha256: String,
    /// Against what the SHA-256 was checked.
    pub checked_against: Reference,
    /// Whether it came over the network now, or was there already.
    pub downloaded: bool,
}

/// What a computed hash was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The hash that the catalogue holds.
    Published,
    /// `NAME.sha256` beside the file, from an earlier download.
    Recorded,
    /// Nothing: none is published, and this was the first download. It is recorded now.
    Nothing,
}

impl RequestedFile {
    /// `NAME.ending` beside the file.
    pub fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    }

    /// Bytes of the partial file.
    pub fn bytes_there(&self) -> u64 {
        std::fs::metadata(self.beside("part")).map_or(0, |part| part.len())
    }

    /// For messages: name, size and hash as expected.
    pub fn expected(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let size = match self.size {
            Size::Exact(bytes) => format!("{bytes} bytes"),
            Size::About(bytes) => format!("about {bytes} bytes"),
        };
        match &self.sha256 {
            Some(hash) => format!("{name} ({size}, SHA-256 {hash})"),
            None => format!("{name} ({size})"),
        }
    }

    /// The hash to compare with: the published one, or else the recorded one.
    fn reference(&self) -> Result<Option<(String, Reference)>> {
        if let Some(published) = &self.sha256 {
            return Ok(Some((published.clone(), Reference::Published)));
        }
        let record = self.beside("sha256");
        match std::fs::read_to_string(&record) {
            Ok(text) => {
                let hash = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
                ensure!(
                    hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()),
                    "{}: expected 64 hexadecimal digits and a file name, found {text:?}",
                    record.display()
                );
                Ok(Some((hash, Reference::Recorded)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", record.display())),
        }
    }

    /// Checks the file where it stands already; `None` where it does not.
    ///
    /// # Errors
    /// It is another file: its size and hash, and those expected. It is left as it is.
    pub fn check_existing(&self) -> Result<Option<Whole>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let name = self.path.display();
        let bytes = std::fs::metadata(&self.path).with_context(|| format!("cannot read {name}"))?.len();
        let other = |found: String| {
            format!("{name} is there already, but {found}; expected {}; move it away to fetch it", self.expected())
        };
        if let Some(size) = self.size.exact() {
            ensure!(bytes == size, other(format!("has {bytes} bytes")));
        }
        let sha256 = sha256_of(&self.path)?;
        let reference = self.reference()?;
        if let Some((hash, _)) = &reference {
            ensure!(sha256.starts_with(hash.as_str()), other(format!("its SHA-256 is {sha256}, not {hash}")));
        }
        self.whole(bytes, sha256, reference, false).map(Some)
    }

    /// The partial file is complete: checks its hash and puts it in place.
    ///
    /// # Errors
    /// Other bytes than expected: they are kept as `NAME.rejected`, and the next download begins anew.
    pub fn accept(&self, from: &str) -> Result<Whole> {
        let part = self.beside("part");
        let bytes = self.bytes_there();
        let sha256 = sha256_of(&part)?;
        let reference = self.reference()?;
        if let Some((hash, _)) = &reference
            && !sha256.starts_with(hash.as_str())
        {
            let rejected = self.set_aside()?;
            bail!(
                "{from} gave {bytes} bytes with SHA-256 {sha256}, not {hash}; they are kept as {}",
                rejected.display()
            );
        }
        std::fs::rename(&part, &self.path)
            .with_context(|| format!("cannot rename {} to {}", part.display(), self.path.display()))?;
        let _ = std::fs::remove_file(self.beside("part.origin"));
        self.whole(bytes, sha256, reference, true)
    }

    fn whole(
        &self,
        bytes: u64,
        sha256: String,
        reference: Option<(String, Reference)>,
        downloaded: bool,
    ) -> Result<Whole> {
        let checked_against = reference.map_or(Reference::Nothing, |(_, reference)| reference);
        if checked_against == Reference::Nothing {
            let name = self.path.file_name().unwrap_or_default().to_string_lossy();
            let record = self.beside("sha256");
            write_atomically(&record, format!("{sha256}  {name}\n").as_bytes())?;
            warn!(
                sha256,
                "no SHA-256 is published for {name}, so its bytes could not be checked; this one's is {sha256}, \
                 recorded in {} for later checks",
                record.display()
            );
        }
        Ok(Whole { path: self.path.clone(), bytes, sha256, checked_against, downloaded })
    }

    /// Moves the partial file out of the way; nothing is deleted but an earlier `NAME.rejected`.
    ///
    /// # Errors
    /// Names the file.
    pub fn set_aside(&self) -> Result<PathBuf> {
        let (part, rejected) = (self.beside("part"), self.beside("rejected"));
        std::fs::rename(&part, &rejected)
            .with_context(|| format!("cannot rename {} to {}", part.display(), rejected.display()))?;
        let _ = std::fs::remove_file(self.beside("part.origin"));
        Ok(rejected)
    }

    /// Opens the partial file for writing, this process alone.
    ///
    /// # Errors
    /// Names the file; another process writes to it.
    pub fn open_part(&self) -> Result<File> {
        let part = self.beside("part");
        let name = part.display();
        if let Some(folder) = part.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&part)
            .with_context(|| format!("cannot write {name}"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => bail!("another `nadir fetch` writes {name}; wait for it or end it"),
            // Some network disks have no locks; two processes at once then end in a hash that does not fit.
            Err(TryLockError::Error(_)) => Ok(file),
        }
    }
}

/// SHA-256 of a file, in lower-case hexadecimal digits.
///
/// # Errors
/// Names the file.
pub fn sha256_of(path: &Path) -> Result<String> {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
                read => hash.update(&buffer[..read]),
            }
        }
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}
