//! A folder as one file, the same bytes for the same content: files in order, without dates and owners.

use super::target::Target;
use crate::folder;
use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// 1 January 1980, the first date that a zip file can have; tar files get it too.
const DATE: u64 = 315_532_800;

/// Packs the folder `staged` under the name `name` into `out/name.ENDING`.
pub fn write(staged: &Path, name: &str, out: &Path, target: &Target) -> Result<PathBuf> {
    let path = out.join(format!("{name}.{}", target.ending()));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut files = folder::files(staged, Path::new(""))?;
    files.sort();
    let is_program = |file: &Path| file == Path::new(target.program());
    let packed = if target.is_windows() {
        zipped(staged, name, &files, &is_program, BufWriter::new(file))
    } else {
        tarred(staged, name, &files, &is_program, BufWriter::new(file))
    };
    packed.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn tarred(
    staged: &Path,
    name: &str,
    files: &[PathBuf],
    is_program: &dyn Fn(&Path) -> bool,
    out: impl Write,
) -> Result<()> {
    let mut archive = tar::Builder::new(GzEncoder::new(out, Compression::new(9)));
    for file in files {
        let bytes = fs::read(staged.join(file))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode(is_program(file)));
        header.set_mtime(DATE);
        archive.append_data(&mut header, inside(name, file), bytes.as_slice())?;
    }
    archive.into_inner()?.finish()?.flush()?;
    Ok(())
}

fn zipped(
    staged: &Path,
    name: &str,
    files: &[PathBuf],
    is_program: &dyn Fn(&Path) -> bool,
    out: impl Write + std::io::Seek,
) -> Result<()> {
    let mut archive = zip::ZipWriter::new(out);
    for file in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(mode(is_program(file)));
        archive.start_file(inside(name, file), options)?;
        archive.write_all(&fs::read(staged.join(file))?)?;
    }
    archive.finish()?.flush()?;
    Ok(())
}

/// A file's path in the archive, with slashes on every system.
fn inside(name: &str, file: &Path) -> String {
    let parts = file.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    std::iter::once(name.to_owned()).chain(parts).collect::<Vec<_>>().join("/")
}

fn mode(is_program: bool) -> u32 {
    if is_program { 0o755 } else { 0o644 }
}

/// Unpacks what [`write`] wrote into the folder `into`.
pub fn unpack(archive: &Path, into: &Path, target: &Target) -> Result<()> {
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let unpacked = match target.is_windows() {
        true => zip::ZipArchive::new(file)?.extract(into).map_err(anyhow::Error::from),
        false => tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(into).map_err(anyhow::Error::from),
    };
    unpacked.with_context(|| format!("cannot unpack {}", archive.display()))
}

/// Writes the archive's SHA-256 beside it, as `sha256sum --check` reads it.
pub fn write_checksum(archive: &Path) -> Result<PathBuf> {
    let path = folder::with_suffix(archive, ".sha256");
    let name = archive.file_name().context("an archive has a name")?.to_string_lossy();
    fs::write(&path, format!("{}  {name}\n", sha256(archive)?))?;
    Ok(path)
}

fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staged(target: &Target) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let staged = folder.path().join("staged");
        fs::create_dir_all(staged.join("site/models")).expect("made");
        for (name, text) in [(target.program(), "program"), ("README.md", "read"), ("site/models/a.json", "{}")] {
            fs::write(staged.join(name), text).expect("written");
        }
        (folder, staged)
    }

    fn target(triple: &str) -> Target {
        Target { triple: triple.into() }
    }

    #[test]
    fn a_tar_holds_the_folder_with_a_program_that_can_be_run_and_is_the_same_each_time() {
        let target = target("x86_64-unknown-linux-gnu");
        let (folder, staged) = staged(&target);
        let path = write(&staged, "nadir-1", folder.path(), &target).expect("written");
        assert!(path.ends_with("nadir-1.tar.gz"));
        let first = fs::read(&path).expect("read");
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(first.as_slice()));
        let entries = archive.entries().expect("a tar").map(|entry| {
            let entry = entry.expect("an entry");
            let mode = entry.header().mode().expect("a mode");
            (entry.path().expect("a path").to_string_lossy().into_owned(), mode)
        });
        assert_eq!(
            entries.collect::<Vec<_>>(),
            [
                ("nadir-1/README.md".to_owned(), 0o644),
                ("nadir-1/nadir".to_owned(), 0o755),
                ("nadir-1/site/models/a.json".to_owned(), 0o644)
            ]
        );
        unpack(&path, &folder.path().join("unpacked"), &target).expect("unpacked");
        let unpacked = fs::read_to_string(folder.path().join("unpacked/nadir-1/site/models/a.json"));
        assert_eq!(unpacked.expect("there"), "{}");
        // Another time and a file that was written anew change nothing.
        fs::write(staged.join("README.md"), "read").expect("written");
        write(&staged, "nadir-1", folder.path(), &target).expect("written");
        assert!(first == fs::read(&path).expect("read"));
    }

    #[test]
    fn a_zip_is_for_windows() {
        let target = target("x86_64-pc-windows-msvc");
        let (folder, staged) = staged(&target);
        let path = write(&staged, "nadir-1", folder.path(), &target).expect("written");
        let mut archive = zip::ZipArchive::new(File::open(&path).expect("open")).expect("a zip");
        let names: Vec<String> = archive.file_names().map(|name| name.expect("UTF-8").into_owned()).collect();
        assert!(names.contains(&"nadir-1/nadir.exe".to_owned()) && names.len() == 3, "{names:?}");
        let mut text = String::new();
        archive.by_name("nadir-1/site/models/a.json").expect("there").read_to_string(&mut text).expect("text");
        assert_eq!(text, "{}");
    }

    #[test]
    fn the_checksum_is_as_sha256sum_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.tar.gz");
        fs::write(&path, "abc").expect("written");
        let checksum = write_checksum(&path).expect("written");
        assert!(checksum.ends_with("a.tar.gz.sha256"));
        assert_eq!(
            fs::read_to_string(checksum).expect("read"),
            // FIPS 180-2, appendix B.1.
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.tar.gz\n"
        );
    }
}
