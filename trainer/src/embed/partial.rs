//! A Parquet file that is not whole yet: `OUT.partial` with the row groups so far, and `OUT.partial.json`, which says
//! where they stand and is written after them. What a killed run wrote behind the last one that is named there is cut
//! off and done again.

use super::extent::Extent;
use super::parquet::{Layout, MAGIC, RowGroup, Rows, footer, row_group};
use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What `OUT.partial.json` holds: how far the partial file is written.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    fingerprint: String,
    /// Images done, those skipped counted.
    images_done: usize,
    skipped: Vec<String>,
    /// Tiles that are mostly nodata.
    #[serde(default)]
    empty: usize,
    row_groups: Vec<RowGroup>,
}

impl State {
    fn end(&self) -> u64 {
        self.row_groups.last().map_or(MAGIC.len() as u64, RowGroup::end)
    }
}

/// A file being written.
#[derive(Debug)]
pub(super) struct Partial {
    out: PathBuf,
    path: PathBuf,
    state_path: PathBuf,
    file: File,
    state: State,
    layout: Layout,
}

/// What there is at the beginning.
#[derive(Debug)]
pub(super) enum Started {
    /// The file is complete already.
    Whole,
    /// Nothing or a part of it.
    Partial(Partial),
}

impl Partial {
    /// Begins `out`, or goes on with it where `resume` is set.
    pub fn begin(out: &Path, fingerprint: &str, layout: Layout, resume: bool) -> Result<Started> {
        let beside = |ending: &str| {
            let mut name = out.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let (path, state_path) = (beside(".partial"), beside(".partial.json"));
        let other = |path: &Path| {
            format!(
                "{} was made with another model, preprocessing, shard or set of images; remove it first",
                path.display()
            )
        };
        if out.exists() {
            ensure!(resume, "{} is there already; remove it first, or name another file", out.display());
            ensure!(whole_file_has(out, fingerprint)?, other(out));
            // Left by a run that was killed after its last step but one.
            let _ = std::fs::remove_file(&state_path);
            return Ok(Started::Whole);
        }
        let state = if state_path.exists() {
            ensure!(
                resume,
                "{} is of a run that was broken off: go on with --resume, or remove it and {}",
                state_path.display(),
                path.display()
            );
            let text = std::fs::read_to_string(&state_path)
                .with_context(|| format!("cannot read {}", state_path.display()))?;
            let state: State = serde_json::from_str(&text).with_context(|| format!("in {}", state_path.display()))?;
            ensure!(state.fingerprint == fingerprint, other(&state_path));
            state
        } else {
            if let Some(folder) = out.parent() {
                std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            }
            let state = State { fingerprint: fingerprint.to_owned(), ..State::default() };
            std::fs::write(&path, MAGIC).with_context(|| format!("cannot write {}", path.display()))?;
            state
        };
        let mut file =
            OpenOptions::new().write(true).open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let refused = || format!("cannot go on with {}", path.display());
        let written = file.metadata().with_context(refused)?.len();
        ensure!(
            written >= state.end(),
            "{} has {written} bytes, and {} names {}",
            path.display(),
            state_path.display(),
            state.end()
        );
        file.set_len(state.end()).and_then(|()| file.seek(SeekFrom::End(0))).with_context(refused)?;
        let mut started = Self { out: out.to_owned(), path, state_path, file, state, layout };
        started.save()?;
        Ok(Started::Partial(started))
    }

    /// Images done by this run and by earlier ones.
    pub fn images_done(&self) -> usize {
        self.state.images_done
    }

    /// Images skipped so far, with the reason.
    pub fn skipped(&self) -> &[String] {
        &self.state.skipped
    }

    /// Tiles so far that are mostly nodata.
    pub fn empty(&self) -> usize {
        self.state.empty
    }

    /// What all geometries so far cover.
    pub fn extent(&self) -> Extent {
        self.state.row_groups.iter().map(|group| group.extent).fold(Extent::default(), Extent::joined)
    }

    /// Writes a row group out of `images` images, of which some may be empty or skipped.
    pub fn add(&mut self, rows: &Rows, images: usize, empty: usize, skipped: Vec<String>) -> Result<()> {
        if !rows.rows.is_empty() {
            let (bytes, group) = row_group(rows, self.layout, self.state.end());
            self.file
                .write_all(&bytes)
                .with_context(|| format!("cannot write {} ({} bytes)", self.path.display(), bytes.len()))?;
            self.state.row_groups.push(group);
        }
        self.state.images_done += images;
        self.state.empty += empty;
        self.state.skipped.extend(skipped);
        self.save()
    }

    /// Names what is written, after it is on the disk.
    fn save(&mut self) -> Result<()> {
        self.file.sync_data().with_context(|| format!("cannot write {}", self.path.display()))?;
        let state = serde_json::to_string(&self.state).expect("names and numbers");
        write_atomically(&self.state_path, state.as_bytes())
    }

    /// Ends the file and gives it its name. The number of its rows.
    pub fn finish(mut self, metadata: &BTreeMap<String, String>) -> Result<u64> {
        self.file
            .write_all(&footer(&self.state.row_groups, self.layout, metadata))
            .and_then(|()| self.file.sync_all())
            .and_then(|()| std::fs::rename(&self.path, &self.out))
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        // Where it stays, the next run takes it away.
        let _ = std::fs::remove_file(&self.state_path);
        Ok(self.state.row_groups.iter().map(|group| group.rows).sum())
    }
}

/// Whether a whole file's description holds the fingerprint.
fn whole_file_has(path: &Path, fingerprint: &str) -> Result<bool> {
    let refused = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(refused)?;
    let size = file.metadata().with_context(refused)?.len();
    let mut end = [0; 8];
    if size < 12 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-8)).and_then(|_| file.read_exact(&mut end)).with_context(refused)?;
    let len = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    if &end[4..] != MAGIC || len + 12 > size {
        return Ok(false);
    }
    let mut description = vec![0; len as usize];
    file.seek(SeekFrom::Start(size - 8 - len)).and_then(|_| file.read_exact(&mut description)).with_context(refused)?;
    Ok(description.windows(fingerprint.len()).any(|window| window == fingerprint.as_bytes()))
}
