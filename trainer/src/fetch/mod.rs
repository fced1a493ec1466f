//! Public data sets and weights: fetched, checked, unpacked.

pub mod catalogue;
pub mod download;
pub mod part;
pub mod tiff;
pub mod unpack;

use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result, ensure};
use catalogue::{Entry, Join, Remote};
use download::{Patience, obtain};
use part::{Reference, RequestedFile, Whole};
use serde::Serialize;
use std::path::{Path, PathBuf};
use unpack::{Unpacked, unpack};

/// How an entry is fetched.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// Folder to write to.
    pub out: PathBuf,
    /// Another base address: each file is requested as `BASE/FILE`, its name without folders.
    pub from: Option<String>,
    /// How long a broken connection is tried again.
    pub patience: Patience,
}

/// What is in the folder now.
#[derive(Debug, Serialize)]
pub struct Fetched {
    /// The entry's name in the catalogue.
    pub name: &'static str,
    /// Path of the folder.
    pub out: PathBuf,
    /// Downloaded files, in the entry's order.
    pub files: Vec<Whole>,
    /// What became of the archives among them, in their order.
    pub unpacked: Vec<Unpacked>,
    /// Path of the joined table, where the entry has one.
    pub joined: Option<PathBuf>,
    /// What to do with the files next, for a person.
    pub next: String,
}

/// What is still to be downloaded, in bytes; estimated where a size is not known exactly.
pub fn bytes_to_download(entry: &Entry, out: &Path) -> u64 {
    let missing = |file: &Remote| {
        let requested = requested(file, out);
        if requested.path.exists() { 0 } else { file.size.bytes().saturating_sub(requested.bytes_there()) }
    };
    entry.files.iter().map(missing).fold(0, u64::saturating_add)
}

/// Fetches, checks and unpacks `entry`. What is there already is checked and not fetched again.
///
/// # Errors
/// Too little disk space, before anything is downloaded; what [`obtain`] and [`unpack()`] refuse. What was
/// downloaded until then stays.
pub fn fetch(entry: &Entry, options: &FetchOptions) -> Result<Fetched> {
    let out = &options.out;
    let download = bytes_to_download(entry, out);
    if download > 0
        && let Some(free) = crate::resources::free_bytes(out)
    {
        let needed = download.saturating_add(entry.unpacked_bytes);
        ensure!(
            needed <= free,
            "{} needs {} in {} ({download} bytes to download, about {} unpacked), and {} are free",
            entry.name,
            readable(needed),
            out.display(),
            entry.unpacked_bytes,
            readable(free)
        );
    }
    let mut files = Vec::new();
    for file in entry.files {
        files.push(obtain(&requested(file, out), &addresses(file, options.from.as_deref()), options.patience)?);
    }
    let mut unpacked = Vec::new();
    for (file, whole) in entry.files.iter().zip(&files) {
        if let Some(plan) = file.unpack {
            unpacked.push(unpack(&whole.path, plan, out)?);
        }
    }
    let joined = entry.join.map(|plan| join(plan, out)).transpose()?;
    let next = entry.next.replace("{out}", &out.display().to_string());
    Ok(Fetched { name: entry.name, out: out.clone(), files, unpacked, joined, next })
}

fn requested(file: &Remote, out: &Path) -> RequestedFile {
    RequestedFile { path: out.join(file.save_as), size: file.size, sha256: file.sha256.map(str::to_owned) }
}

fn addresses(file: &Remote, from: Option<&str>) -> Vec<String> {
    match from {
        Some(base) => {
            let name = file.save_as.rsplit('/').next().unwrap_or(file.save_as);
            vec![format!("{}/{name}", base.trim_end_matches('/'))]
        }
        None => file.urls.iter().map(|&url| url.to_owned()).collect(),
    }
}

/// Writes the joined table, or checks it where it is already.
///
/// # Errors
/// A part that cannot be read or has another header; a result with another hash; another file under the name.
fn join(plan: Join, out: &Path) -> Result<PathBuf> {
    let path = out.join(plan.save_as);
    let mut header = None;
    let mut rows = Vec::new();
    for part in plan.parts {
        let part = out.join(part);
        let text = std::fs::read_to_string(&part).with_context(|| format!("cannot read {}", part.display()))?;
        let mut lines = text.lines().map(str::to_owned);
        let first = lines.next();
        ensure!(header.is_none() || header == first, "{} has another header than the tables before it", part.display());
        header = first;
        rows.extend(lines);
    }
    rows.sort();
    let text: String = header.into_iter().chain(rows).flat_map(|line| [line, "\r\n".to_owned()]).collect();
    let found = nadir_core::bundle::sha256_hex(text.as_bytes());
    ensure!(
        found == plan.sha256,
        "{} would have SHA-256 {found}; expected {}: the tables it is joined from have changed",
        path.display(),
        plan.sha256
    );
    if path.exists() {
        let there = part::sha256_of(&path)?;
        ensure!(
            there == plan.sha256,
            "{} is there already with SHA-256 {there}; expected {}; move it away to have it written",
            path.display(),
            plan.sha256
        );
    } else {
        write_atomically(&path, text.as_bytes())?;
    }
    Ok(path)
}

/// Three digits and a unit: `4.96 MB`, `99.6 kB`, `332 MB`; below a thousand, bytes.
pub fn readable(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = match value {
        _ if unit == 0 => 0,
        10.0.. => usize::from(value < 100.0),
        _ => 2,
    };
    format!("{value:.digits$} {}", units[unit])
}

impl Fetched {
    /// What was written, for a person.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for file in &self.files {
            let how = if file.downloaded { "fetched" } else { "was there" };
            let checked = match file.checked_against {
                Reference::Published => "SHA-256 as published",
                Reference::Recorded => "SHA-256 as recorded beside it",
                Reference::Nothing => "SHA-256 not published, recorded now",
            };
            let size = readable(file.bytes);
            lines.push(format!("{how}: {} ({size}; {checked}: {})", file.path.display(), file.sha256));
        }
        for unpacked in &self.unpacked {
            lines.push(format!(
                "unpacked into {}: {} files written, {} were there",
                self.out.display(),
                unpacked.written,
                unpacked.kept
            ));
            if let Some(first) = unpacked.differing.first() {
                lines.push(format!(
                    "{} files were there with another size than the archive's and are as they were; the first: {}",
                    unpacked.differing.len(),
                    first.display()
                ));
            }
            if let Some(folder) = unpacked.rar.first().and_then(|first| first.parent()) {
                let folder = folder.display();
                lines.push(format!(
                    "{} .rar archives are in {folder}: Nadir does not unpack them. With unrar, 7z or bsdtar, for \
                     example:\n  for f in \"{folder}\"/*.rar; do bsdtar -xf \"$f\" -C \"{folder}\"; done",
                    unpacked.rar.len()
                ));
            }
        }
        if let Some(joined) = &self.joined {
            lines.push(format!("table: {}", joined.display()));
        }
        lines.push(format!("next: {}", self.next));
        lines.join("\n") + "\n"
    }
}
