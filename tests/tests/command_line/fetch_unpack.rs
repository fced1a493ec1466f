//! What `nadir fetch` does with archives, joined tables and its command line.

use nadir::fetch::catalogue::{CATALOGUE, Unpack};
use nadir::fetch::unpack::{Unpacked, unpack};
use nadir_tests::bad_server::{Answer, BadServer};
use nadir_tests::command::{json_of, nadir, stderr, stdout, succeeds};
use nadir_tests::skip::real_data;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const WHOLE: Unpack = Unpack { below: "", into: "", tiff_to_png: false };

/// A folder with `archive.zip`, of these members.
fn zip_of(members: &[(&str, &[u8])]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("archive.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("created"));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).expect("a member");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("whole");
    (folder, path)
}

/// A folder with `archive.tar`. The names go into the headers as they are: the tar crate itself refuses bad ones.
fn tar_of(members: &[(&str, tar::EntryType, &[u8])]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("archive.tar");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("created"));
    for (name, kind, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *bytes).expect("a member");
    }
    tar.finish().expect("whole");
    (folder, path)
}

/// Every file below `folder`, with `/` between its parts.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).into_iter().flatten() {
            let path = entry.expect("read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/");
                found.push(inside);
            }
        }
    }
    found.sort();
    found
}

fn refused(archive: &Path, out: &Path, words: &[&str]) {
    let error = unpack(archive, WHOLE, out).expect_err("must be refused");
    let text = format!("{error:#}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
    assert!(files(out).is_empty(), "{:?}", files(out));
}

/// The good member stands first: it must not be written either.
#[test]
fn an_archive_with_a_path_out_of_the_folder_is_refused_whole() {
    for name in ["../evil", "a/../../evil", "/evil", "..\\evil"] {
        let (folder, archive) = zip_of(&[("good", b"1"), (name, b"2")]);
        let out = folder.path().join("deep/out");
        refused(&archive, &out, &["archive.zip", "leads out of the folder", "nothing was written"]);

        let (folder, archive) =
            tar_of(&[("good", tar::EntryType::Regular, b"1"), (name, tar::EntryType::Regular, b"2")]);
        let out = folder.path().join("deep/out");
        refused(&archive, &out, &["archive.tar", "leads out of the folder", "nothing was written"]);
        assert_eq!(files(folder.path()), ["archive.tar"]);
    }
}

/// A link first and a file through it would write outside, without any `..`.
#[test]
fn links_and_devices_in_an_archive_are_refused() {
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Fifo] {
        let (folder, archive) = tar_of(&[("door", kind, b""), ("door/evil", tar::EntryType::Regular, b"2")]);
        refused(&archive, &folder.path().join("out"), &["\"door\" is a link or device"]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("archive.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("created"));
    zip.add_symlink("door", "/tmp", zip::write::SimpleFileOptions::default()).expect("a member");
    zip.finish().expect("whole");
    refused(&path, &folder.path().join("out"), &["\"door\" is a link"]);
}

#[test]
fn a_broken_archive_is_named() {
    let (folder, archive) = zip_of(&[("a", &[7; 5000])]);
    let bytes = std::fs::read(&archive).expect("read");
    std::fs::write(&archive, &bytes[..bytes.len() - 30]).expect("written");
    refused(&archive, &folder.path().join("out"), &["archive.zip", "expected a whole .zip"]);

    let (folder, archive) = tar_of(&[("a", tar::EntryType::Regular, &[7; 5000])]);
    let bytes = std::fs::read(&archive).expect("read");
    std::fs::write(&archive, &bytes[..3000]).expect("written");
    refused(&archive, &folder.path().join("out"), &["archive.tar", "expected a whole .tar"]);
}

#[test]
fn what_is_there_is_kept_and_the_rest_is_written() {
    let members: [(&str, &[u8]); 4] =
        [("top/a/1.jpg", b"one"), ("top/a/2.jpg", b"two"), ("top/x.rar", b"rar"), ("other/3.jpg", b"three")];
    let tar: Vec<_> = members.iter().map(|(name, bytes)| (*name, tar::EntryType::Regular, *bytes)).collect();
    for (folder, archive) in [zip_of(&members), tar_of(&tar)] {
        let out = folder.path().join("out");
        let plan = Unpack { below: "top", into: "images", tiff_to_png: false };
        let rar = vec![out.join("images/x.rar")];
        let first = unpack(&archive, plan, &out).expect("unpacked");
        assert_eq!(first, Unpacked { written: 3, rar: rar.clone(), ..Unpacked::default() });
        assert_eq!(files(&out), ["images/a/1.jpg", "images/a/2.jpg", "images/x.rar"]);
        assert_eq!(std::fs::read(out.join("images/a/2.jpg")).expect("read"), b"two");

        // The user's own file of another size stays; the lost one comes back.
        std::fs::write(out.join("images/a/1.jpg"), b"mine now").expect("written");
        std::fs::remove_file(out.join("images/a/2.jpg")).expect("removed");
        let second = unpack(&archive, plan, &out).expect("unpacked");
        let differing = vec![out.join("images/a/1.jpg")];
        assert_eq!(second, Unpacked { written: 1, kept: 1, differing, rar });
        assert_eq!(std::fs::read(out.join("images/a/1.jpg")).expect("read"), b"mine now");
        assert_eq!(std::fs::read(out.join("images/a/2.jpg")).expect("read"), b"two");
    }
}

/// 1 x 1 px, grey 200: header, six fields of 12 bytes, the pixel at byte 86.
fn small_tiff() -> Vec<u8> {
    let mut bytes = b"II\x2a\0\x08\0\0\0\x06\0".to_vec();
    for (tag, value) in [(256u16, 1u32), (257, 1), (258, 8), (262, 1), (273, 86), (279, 1)] {
        bytes.extend(tag.to_le_bytes());
        bytes.extend([4, 0, 1, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0, 0, 0, 0, 200]);
    bytes
}

#[test]
fn tiff_images_become_png_files_that_the_trainer_reads_and_a_second_run_keeps_them() {
    let (folder, archive) = zip_of(&[("a.tif", &small_tiff()), ("b.TIFF", &small_tiff()), ("c.txt", b"text")]);
    let plan = Unpack { tiff_to_png: true, ..WHOLE };
    let out = folder.path().join("out");
    assert_eq!(unpack(&archive, plan, &out).expect("unpacked").written, 3);
    assert_eq!(files(&out), ["a.png", "b.png", "c.txt"]);
    let image = nadir::data::decode::read_image(&out.join("b.png")).expect("a PNG");
    assert_eq!((image.width, image.height, image.pixels), (1, 1, vec![200; 3]));
    assert_eq!(unpack(&archive, plan, &out).expect("unpacked"), Unpacked { kept: 3, ..Unpacked::default() });

    let (folder, archive) = zip_of(&[("a.tif", b"no image")]);
    let error = unpack(&archive, plan, &folder.path().join("out")).expect_err("must be refused");
    assert!(format!("{error:#}").contains("expected a TIFF image"), "{error:#}");
}

#[test]
fn an_archive_without_the_expected_folder_is_refused() {
    let (folder, archive) = zip_of(&[("a/1.jpg", b"one")]);
    let plan = Unpack { below: "Images", into: "", tiff_to_png: false };
    let error = unpack(&archive, plan, &folder.path().join("out")).expect_err("must be refused");
    assert!(format!("{error:#}").contains("no file below \"Images\""), "{error:#}");
}

#[test]
fn the_list_names_everything_as_text_and_as_json() {
    let text = stdout(&nadir(&["fetch", "--list"]));
    let json = json_of(&nadir(&["fetch", "--list", "--json"]));
    assert_eq!(json.as_array().map(Vec::len), Some(CATALOGUE.len()));
    for entry in CATALOGUE {
        assert!(text.lines().any(|line| line.starts_with(entry.name)), "{} is not in {text}", entry.name);
        let details = stdout(&nadir(&["fetch", entry.name, "--list"]));
        for word in [entry.licence, entry.citation, entry.files[0].urls[0]] {
            assert!(details.contains(word), "{word:?} is not in {details}");
        }
    }
}

#[test]
fn wrong_names_and_unanswered_questions_are_reported() {
    let output = nadir(&["fetch", "imagenet"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("\"imagenet\"; expected one of mlrsnet, ucm"), "{}", stderr(&output));

    let folder = tempfile::tempdir().expect("a folder");
    let server = BadServer::start(|_| Answer::new(404, b""));
    let out = folder.path().to_str().expect("UTF-8");
    let arguments = ["fetch", "squeezenet1_1", "--out", out, "--from", &server.url()];
    let output = nadir(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("add --yes"), "{}", stderr(&output));
    assert!(server.requests().is_empty());

    let output = nadir(&[&arguments[..], &["--yes"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let errors = stderr(&output);
    for word in ["licence:", "cite:", &server.url(), "404", "squeezenet1_1-b8a52dc0.pth", "b8a52dc049b6"] {
        assert!(errors.contains(word), "{word:?} is not in {errors}");
    }
}

/// The official table has one row an image in this order, and AiTLAS's splits hold its rows: the real files, from a
/// mirror on this machine, end in the real table.
#[test]
fn the_joined_table_of_uc_merced_is_the_official_one() {
    let Some(real) = real_data("ucm") else { return };
    let splits = real.join("splits");
    let server = BadServer::start(move |request| {
        let bytes = std::fs::read(splits.join(request.path.trim_start_matches('/'))).expect("a split");
        Answer::honest(request, &bytes)
    });
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("UTF-8");
    let arguments = ["fetch", "ucm-multilabels", "--yes", "--out", out, "--from", &server.url(), "--json"];
    for requests in [3, 3] {
        let output = nadir(&arguments);
        succeeds(&output);
        assert_eq!(server.requests().len(), requests);
    }
    let joined = std::fs::read(folder.path().join("multilabels.txt")).expect("written");
    assert!(joined == std::fs::read(real.join("multilabels.txt")).expect("the official table"));
    assert_eq!(files(folder.path()), ["multilabels.txt", "splits/test.csv", "splits/train.csv", "splits/val.csv"]);
}
