//! .zip and .tar archives: looked through whole before anything is written, and no file that is there is touched.

use super::catalogue::Unpack;
use super::tiff::png_from_tiff;
use crate::progress::Progress;
use crate::resources::free_bytes;
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What became of an archive's members.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Unpacked {
    /// Number of files written.
    pub written: u64,
    /// Files that were there already, with the size of the archive's.
    pub kept: u64,
    /// Files that were there already with another size; they are as they were.
    pub differing: Vec<PathBuf>,
    /// .rar archives among them, which Nadir does not unpack.
    pub rar: Vec<PathBuf>,
}

/// A file in an archive.
struct Member {
    /// As the archive names it.
    name: String,
    /// Where it is written.
    path: PathBuf,
    /// Unpacked size, bytes.
    size: u64,
    /// To be written as PNG.
    tiff: bool,
}

/// Unpacks `archive` into `folder` as `plan` says.
///
/// # Errors
/// Names the archive and the member: a path that leads out of the folder, a link or device, a member that is damaged or
/// has another size than the archive says, too little disk space. Nothing is written where a name, a kind or the
/// space is wrong.
pub fn unpack(archive: &Path, plan: Unpack, folder: &Path) -> Result<Unpacked> {
    let name = archive.display();
    let zip = match archive.extension().and_then(|ending| ending.to_str()) {
        Some("zip") => true,
        Some("tar") => false,
        _ => bail!("cannot unpack {name}: expected a .zip or .tar archive"),
    };
    let listed = if zip { list_zip(archive, plan, folder) } else { list_tar(archive, plan, folder) };
    let members = listed.with_context(|| format!("cannot unpack {name}; nothing was written"))?;
    ensure!(!members.is_empty(), "cannot unpack {name}: it holds no file below {:?}", plan.below);

    let mut unpacked = Unpacked::default();
    let mut missing = HashMap::new();
    for (index, member) in members {
        if member.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("rar")) {
            unpacked.rar.push(member.path.clone());
        }
        match std::fs::metadata(&member.path) {
            Ok(there) if member.tiff || there.len() == member.size => unpacked.kept += 1,
            Ok(_) => unpacked.differing.push(member.path),
            Err(_) => {
                missing.insert(index, member);
            }
        }
    }
    let needed = missing.values().fold(0u64, |sum, member| sum.saturating_add(member.size));
    if let Some(free) = free_bytes(folder) {
        ensure!(
            needed <= free,
            "cannot unpack {name}: it needs {needed} bytes in {}, and {free} are free",
            folder.display()
        );
    }
    let progress = Progress::new(&format!("unpacking {name}"), missing.len() as u64, "files");
    let written = if zip { write_zip(archive, &missing, &progress) } else { write_tar(archive, &missing, &progress) };
    progress.finish();
    unpacked.written = written.with_context(|| format!("cannot unpack {name}"))?;
    Ok(unpacked)
}

fn list_zip(archive: &Path, plan: Unpack, folder: &Path) -> Result<Vec<(usize, Member)>> {
    let mut zip = zip::ZipArchive::new(File::open(archive)?).context("expected a whole .zip archive")?;
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).with_context(|| format!("member {index}"))?;
        let name = file.name().with_context(|| format!("the name of member {index}"))?.into_owned();
        ensure!(!file.is_symlink(), "{name:?} is a link; only files and folders are expected");
        let path = destination(&name, plan, folder)?;
        if let (Some(path), false) = (path, file.is_dir()) {
            members.push((index, Member::new(name, path, file.size(), plan)));
        }
    }
    Ok(members)
}

fn write_zip(archive: &Path, missing: &HashMap<usize, Member>, progress: &Progress) -> Result<u64> {
    let mut zip = zip::ZipArchive::new(File::open(archive)?)?;
    let mut order: Vec<_> = missing.iter().collect();
    order.sort_by_key(|(index, _)| **index);
    for (&index, member) in order {
        member.write(&mut zip.by_index(index).with_context(|| format!("member {:?}", member.name))?)?;
        progress.advance(1);
    }
    Ok(missing.len() as u64)
}

fn list_tar(archive: &Path, plan: Unpack, folder: &Path) -> Result<Vec<(usize, Member)>> {
    let mut tar = tar::Archive::new(File::open(archive)?);
    let mut members = Vec::new();
    let mut end = 0;
    for (index, entry) in tar.entries_with_seek().context("expected a .tar archive")?.enumerate() {
        let entry = entry.with_context(|| format!("expected a whole .tar archive; member {index} is damaged"))?;
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .with_context(|| format!("the name of member {index} is not UTF-8"))?;
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() {
            continue;
        }
        ensure!(
            kind.is_file() || kind.is_dir() || kind.is_contiguous(),
            "{name:?} is a link or device; only files and folders are expected"
        );
        end = entry.raw_file_position().saturating_add(entry.size());
        let path = destination(&name, plan, folder)?;
        if let (Some(path), false) = (path, kind.is_dir()) {
            members.push((index, Member::new(name, path, entry.size(), plan)));
        }
    }
    let size = std::fs::metadata(archive)?.len();
    ensure!(end <= size, "expected a whole .tar archive; it ends at byte {size} of at least {end}");
    Ok(members)
}

fn write_tar(archive: &Path, missing: &HashMap<usize, Member>, progress: &Progress) -> Result<u64> {
    let mut tar = tar::Archive::new(File::open(archive)?);
    for (index, entry) in tar.entries_with_seek()?.enumerate() {
        if let Some(member) = missing.get(&index) {
            member.write(&mut entry?)?;
            progress.advance(1);
        }
    }
    Ok(missing.len() as u64)
}

impl Member {
    fn new(name: String, path: PathBuf, size: u64, plan: Unpack) -> Self {
        let tiff = plan.tiff_to_png
            && path
                .extension()
                .is_some_and(|ending| ["tif", "tiff"].iter().any(|tiff| ending.eq_ignore_ascii_case(tiff)));
        let path = if tiff { path.with_extension("png") } else { path };
        Self { name, path, size, tiff }
    }

    /// Written aside and renamed: what stands under the name is whole.
    fn write(&self, from: &mut impl Read) -> Result<()> {
        let mut write = || -> Result<()> {
            let folder = self.path.parent().context("it has no folder")?;
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new();
            file.prefix(".partial-");
            #[cfg(unix)]
            file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let mut file = file.tempfile_in(folder)?;
            // One byte more than announced shows an archive that lies about its sizes.
            let mut from = from.take(self.size.saturating_add(1));
            let read = if self.tiff {
                let mut bytes = Vec::new();
                from.read_to_end(&mut bytes)?;
                file.write_all(&png_from_tiff(&bytes)?)?;
                bytes.len() as u64
            } else {
                std::io::copy(&mut from, &mut file)?
            };
            ensure!(read == self.size, "expected {} bytes, found {read} or more", self.size);
            file.persist_noclobber(&self.path)?;
            Ok(())
        };
        write().with_context(|| format!("member {:?} to {}", self.name, self.path.display()))
    }
}

/// Where a member goes; `None` where the plan leaves it out.
///
/// # Errors
/// The name leads out of the folder: it is absolute, has a drive, or a `..`.
fn destination(name: &str, plan: Unpack, folder: &Path) -> Result<Option<PathBuf>> {
    let normal = name.replace('\\', "/");
    let drive = normal.as_bytes().get(1) == Some(&b':');
    ensure!(
        !normal.starts_with('/') && !drive && !normal.contains('\0') && normal.split('/').all(|part| part != ".."),
        "the name {name:?} leads out of the folder"
    );
    let parts = normal.split('/').filter(|part| !part.is_empty() && *part != ".");
    let mut parts = parts.peekable();
    for expected in plan.below.split('/').filter(|part| !part.is_empty()) {
        if parts.next() != Some(expected) {
            return Ok(None);
        }
    }
    if parts.peek().is_none() {
        return Ok(None);
    }
    let mut path = folder.join(plan.into);
    path.extend(parts);
    Ok(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTO: Unpack = Unpack { below: "a/b", into: "images", tiff_to_png: false };

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        for name in ["../x", "a/../../x", "/etc/passwd", "a\\..\\..\\x", "\\\\server\\x", "C:\\x", "c:x", ".."] {
            let error = destination(name, INTO, Path::new("out")).expect_err(name).to_string();
            assert!(error.contains("leads out"), "{error}");
        }
    }

    #[test]
    fn the_plan_chooses_and_places_members() {
        let path = |name| destination(name, INTO, Path::new("out")).expect("inside");
        assert_eq!(path("a/b/c/d.tif"), Some(PathBuf::from("out/images/c/d.tif")));
        assert_eq!(path("./a//b/c.tif"), Some(PathBuf::from("out/images/c.tif")));
        assert_eq!(path("a/b..c/d"), None);
        assert_eq!(path("a/b/"), None);
        assert_eq!(path("__MACOSX/a/b/c.tif"), None);
    }
}
