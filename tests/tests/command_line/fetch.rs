//! `nadir fetch` against servers that cut off, lie about lengths and send wrong bytes: what was right stays, nothing
//! wrong is put in place, and the message names the address, the file and what was expected.

use nadir::fetch::catalogue::{Entry, Remote, Size};
use nadir::fetch::download::Patience;
use nadir::fetch::part::Reference;
use nadir::fetch::{FetchOptions, Fetched, fetch};
use nadir_core::bundle::sha256_hex;
use nadir_tests::bad_server::{Answer, BadServer, Request};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// A file of 300,000 bytes: several reads of a download.
fn content() -> Vec<u8> {
    (0..300_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// One file `file.bin` as a catalogue entry.
fn entry(size: Size, sha256: Option<String>, urls: Vec<String>) -> Entry {
    let urls: Vec<&'static str> = urls.into_iter().map(|url| &*url.leak()).collect();
    let file = Remote {
        save_as: "file.bin",
        urls: urls.leak(),
        size,
        sha256: sha256.map(|hash| &*hash.leak()),
        verified: true,
        evidence: "this test",
        unpack: None,
    };
    Entry {
        name: "file",
        what: "a file",
        folder: "data/file",
        files: vec![file].leak(),
        join: None,
        unpacked_bytes: 0,
        licence: "none",
        citation: "none",
        page: "none",
        note: "",
        next: "use {out}/file.bin",
    }
}

/// [`content`] with its size and hash.
fn published() -> Entry {
    entry(Size::Exact(content().len() as u64), Some(sha256_hex(&content())), Vec::new())
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn fetch(&self, entry: &Entry, from: Option<&BadServer>, retries: u32) -> anyhow::Result<Fetched> {
        let options = FetchOptions {
            out: self.0.path().to_owned(),
            from: from.map(BadServer::url),
            patience: Patience { retries, wait: Duration::ZERO },
        };
        fetch(entry, &options)
    }

    /// Fails, and says all of `words`.
    fn fails(&self, entry: &Entry, from: &BadServer, retries: u32, words: &[&str]) {
        let error = self.fetch(entry, Some(from), retries).expect_err("must fail");
        let text = format!("{error:#}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text:?}");
        }
    }
}

fn ranges(server: &BadServer) -> Vec<Option<usize>> {
    server.requests().iter().map(|request| request.range_from).collect()
}

#[test]
fn a_whole_file_is_put_in_place_and_not_fetched_again() {
    let server = BadServer::start(|request| Answer::honest(request, &content()));
    let folder = Folder::new();
    let fetched = folder.fetch(&published(), Some(&server), 0).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(folder.names(), ["file.bin"]);
    assert_eq!(fetched.files[0].checked_against, Reference::Published);
    assert_eq!(server.requests()[0].path, "/file.bin");
    let again = folder.fetch(&published(), Some(&server), 0).expect("there");
    assert!(!again.files[0].downloaded);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let server = BadServer::start(|request| {
        let answer = Answer::honest(request, &content());
        if request.number < 2 { answer.cut(100_000) } else { answer }
    });
    let folder = Folder::new();
    folder.fetch(&published(), Some(&server), 1).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(ranges(&server), [None, Some(100_000), Some(200_000)]);
}

#[test]
fn without_patience_the_bytes_stay_and_the_next_call_goes_on() {
    let server = BadServer::start(|request| {
        let answer = Answer::honest(request, &content());
        if request.number == 0 { answer.cut(100_000) } else { answer }
    });
    let folder = Folder::new();
    let url = format!("{}/file.bin", server.url());
    folder.fails(&published(), &server, 0, &[&url, "byte 100000 of 300000", "file.bin (300000 bytes", "file.bin.part"]);
    assert_eq!(folder.read("file.bin.part"), content()[..100_000]);
    folder.fetch(&published(), Some(&server), 0).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(ranges(&server), [None, Some(100_000)]);
}

/// A server without ranges begins anew; where it breaks off earlier than before, the longer beginning must stay.
#[test]
fn a_server_without_ranges_loses_no_byte() {
    let cuts = [200_000, 50_000, 300_000];
    let server = BadServer::start(move |request| Answer::new(200, &content()).cut(cuts[request.number]));
    let folder = Folder::new();
    folder.fails(&published(), &server, 0, &["byte 200000"]);
    folder.fails(&published(), &server, 0, &["byte 50000"]);
    assert_eq!(folder.read("file.bin.part"), content()[..200_000]);
    folder.fetch(&published(), Some(&server), 0).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
}

#[test]
fn another_length_than_published_is_refused_before_a_byte_is_taken() {
    for announced in [299_999, 300_001] {
        let server = BadServer::start(move |request| {
            if request.number == 0 {
                Answer::honest(request, &content()).cut(1000)
            } else {
                Answer::new(200, &content()).announce(announced)
            }
        });
        let folder = Folder::new();
        folder.fails(&published(), &server, 0, &["byte 1000"]);
        let words = [&format!("announces {announced} bytes"), "expected file.bin (300000 bytes", "1000 bytes are kept"];
        folder.fails(&published(), &server, 0, &words);
        assert_eq!(folder.read("file.bin.part"), content()[..1000]);
    }
}

/// Nothing but the hash knows the size here.
#[test]
fn a_length_that_lies_is_caught_by_the_hash_where_no_size_is_published() {
    let unsized_entry = entry(Size::About(1000), Some(sha256_hex(&content())), Vec::new());
    let short = BadServer::start(|_| Answer::new(200, &content()).announce(250_000));
    let folder = Folder::new();
    folder.fails(&unsized_entry, &short, 0, &["gave 250000 bytes with SHA-256", &sha256_hex(&content())]);
    assert_eq!(folder.names(), ["file.bin.rejected"]);

    // All bytes came, but more were announced: the server itself then says that there are no more.
    let long = BadServer::start(|request| match request.range_from {
        None => Answer::new(200, &content()).announce(400_000),
        Some(_) => Answer::honest(request, &content()),
    });
    let folder = Folder::new();
    folder.fetch(&unsized_entry, Some(&long), 1).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(ranges(&long), [None, Some(300_000)]);
}

#[test]
fn wrong_bytes_are_never_put_in_place() {
    let server = BadServer::start(|request| {
        let mut bytes = content();
        if request.number == 0 {
            bytes[150_000] ^= 1;
        }
        Answer::honest(request, &bytes)
    });
    let folder = Folder::new();
    let url = format!("{}/file.bin", server.url());
    folder.fails(&published(), &server, 2, &[&url, "with SHA-256", &sha256_hex(&content()), "file.bin.rejected"]);
    assert_eq!(folder.names(), ["file.bin.rejected"]);
    assert_eq!(server.requests().len(), 1, "the same bytes would come again");
    folder.fetch(&published(), Some(&server), 0).expect("fetched anew");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(ranges(&server), [None, None]);
}

#[test]
fn a_missing_file_is_named_and_the_partial_one_stays() {
    let server = BadServer::start(|_| Answer::new(404, b"no such file"));
    let folder = Folder::new();
    std::fs::write(folder.path("file.bin.part"), &content()[..777]).expect("written");
    let url = format!("{}/file.bin", server.url());
    folder.fails(&published(), &server, 4, &[&url, "404", "file.bin (300000 bytes, SHA-256", "777 bytes are kept"]);
    assert_eq!(folder.read("file.bin.part"), content()[..777]);
    assert_eq!(server.requests().len(), 1, "404 is final");
}

#[test]
fn a_busy_server_gets_another_request() {
    let server = BadServer::start(|request| {
        if request.number < 2 { Answer::new(503, b"busy") } else { Answer::honest(request, &content()) }
    });
    let folder = Folder::new();
    folder.fetch(&published(), Some(&server), 2).expect("fetched");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_416_ends_where_the_server_has_less_and_begins_anew_where_it_has_another_file() {
    let server = BadServer::start(|_| Answer::new(416, b"").header("Content-Range", "bytes */777"));
    let folder = Folder::new();
    std::fs::write(folder.path("file.bin.part"), &content()[..777]).expect("written");
    folder.fails(&published(), &server, 4, &["has 777 bytes", "expected file.bin (300000 bytes"]);
    assert_eq!(folder.read("file.bin.part"), content()[..777]);

    let changed = BadServer::start(|request| match request.range_from {
        Some(_) => Answer::new(416, b""),
        None => Answer::honest(request, &content()),
    });
    folder.fetch(&published(), Some(&changed), 1).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(folder.read("file.bin.rejected"), content()[..777]);
}

#[test]
fn a_range_from_another_offset_than_requested_is_refused() {
    let server =
        BadServer::start(|_| Answer::new(206, &content()[500..]).header("Content-Range", "bytes 500-299999/300000"));
    let folder = Folder::new();
    std::fs::write(folder.path("file.bin.part"), &content()[..777]).expect("written");
    folder.fails(&published(), &server, 0, &["from byte 777 on", "bytes 500-299999/300000"]);
    assert_eq!(folder.read("file.bin.part"), content()[..777]);
}

#[test]
fn a_redirect_is_followed_with_the_range_and_a_circle_ends() {
    let server = BadServer::start(|request| match request.path.as_str() {
        "/file.bin" => Answer::new(302, b"").header("Location", "/elsewhere/x"),
        _ => Answer::honest(request, &content()),
    });
    let folder = Folder::new();
    std::fs::write(folder.path("file.bin.part"), &content()[..777]).expect("written");
    folder.fetch(&published(), Some(&server), 0).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(ranges(&server), [Some(777), Some(777)]);

    let circle = BadServer::start(|_| Answer::new(302, b"").header("Location", "/file.bin"));
    Folder::new().fails(&published(), &circle, 1, &["redirect", "expected file.bin"]);
}

#[test]
fn a_web_page_instead_of_the_file_is_refused() {
    let page = |_: &Request| Answer::new(200, b"<html>please log in</html>").header("Content-Type", "text/html");
    let server = BadServer::start(page);
    let folder = Folder::new();
    folder.fails(&entry(Size::About(1000), None, Vec::new()), &server, 0, &["web page", "file.bin"]);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn the_second_address_goes_on_where_the_first_broke_off() {
    let first = BadServer::start(|request| Answer::honest(request, &content()).cut(100_000));
    let second = BadServer::start(|request| Answer::honest(request, &content()));
    let urls = vec![format!("{}/a", first.url()), format!("{}/b", second.url())];
    let both = entry(Size::Exact(300_000), Some(sha256_hex(&content())), urls);
    let folder = Folder::new();
    folder.fetch(&both, None, 0).expect("fetched");
    assert_eq!(folder.read("file.bin"), content());
    assert_eq!(ranges(&second), [Some(100_000)]);
}

#[test]
fn another_file_under_the_name_is_left_as_it_is() {
    let server = BadServer::start(|request| Answer::honest(request, &content()));
    let folder = Folder::new();
    for (bytes, word) in [(b"mine".to_vec(), "has 4 bytes"), (vec![0; 300_000], "its SHA-256 is")] {
        std::fs::write(folder.path("file.bin"), &bytes).expect("written");
        folder.fails(&published(), &server, 0, &["is there already", word, "move it away"]);
        assert_eq!(folder.read("file.bin"), bytes);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn without_a_published_hash_the_first_download_is_recorded_and_later_ones_are_checked() {
    let server = BadServer::start(|request| Answer::honest(request, &content()));
    let unknown = entry(Size::About(1000), None, Vec::new());
    let folder = Folder::new();
    let fetched = folder.fetch(&unknown, Some(&server), 0).expect("fetched");
    assert_eq!(fetched.files[0].checked_against, Reference::Nothing);
    let record = String::from_utf8(folder.read("file.bin.sha256")).expect("text");
    assert_eq!(record, format!("{}  file.bin\n", sha256_hex(&content())));
    let again = folder.fetch(&unknown, Some(&server), 0).expect("there");
    assert_eq!(again.files[0].checked_against, Reference::Recorded);
    std::fs::write(folder.path("file.bin"), b"changed").expect("written");
    folder.fails(&unknown, &server, 0, &["is there already", &sha256_hex(&content())]);
}

/// Two versions of a file, one after the other: no file may begin as one and end as the other.
#[test]
fn without_a_published_hash_a_file_that_changed_is_started_again() {
    let answer = |request: &Request, byte: u8| {
        let tag = format!("\"{byte}\"");
        let honoured = request.if_range.as_ref().is_none_or(|requested| *requested == tag);
        let honest = Request { range_from: request.range_from.filter(|_| honoured), ..request.clone() };
        Answer::honest(&honest, &vec![byte; 200_000]).header("ETag", tag)
    };
    let server = BadServer::start(move |request| match request.number {
        0 => answer(request, 1).cut(90_000),
        1 => answer(request, 1).cut(90_000),
        _ => answer(request, 2),
    });
    let unknown = entry(Size::About(1000), None, Vec::new());
    let folder = Folder::new();
    folder.fails(&unknown, &server, 0, &["byte 90000"]);
    folder.fails(&unknown, &server, 0, &["byte 180000"]);
    folder.fetch(&unknown, Some(&server), 0).expect("fetched");
    assert_eq!(folder.read("file.bin"), vec![2; 200_000]);
    assert_eq!(ranges(&server), [None, Some(90_000), Some(180_000)]);
    assert_eq!(folder.names(), ["file.bin", "file.bin.sha256"]);
}

#[test]
fn a_body_without_length_ends_with_the_connection_and_is_still_checked() {
    let server = BadServer::start(|request| Answer::honest(request, &content()).unannounced());
    let folder = Folder::new();
    folder.fetch(&published(), Some(&server), 0).expect("fetched");
    let short = BadServer::start(|request| Answer::honest(request, &content()).unannounced().cut(9));
    Folder::new().fails(&published(), &short, 0, &["ended at byte 9 of 300000"]);
}

#[test]
fn a_full_disk_is_seen_before_anything_is_requested() {
    let server = BadServer::start(|request| Answer::honest(request, &content()));
    let huge = entry(Size::Exact(1 << 60), None, Vec::new());
    Folder::new().fails(&huge, &server, 0, &["needs 1.15 EB", "are free"]);
    let unpacks = Entry { unpacked_bytes: 1 << 60, ..published() };
    Folder::new().fails(&unpacks, &server, 0, &["needs 1.15 EB", "300000 bytes to download"]);
    assert!(server.requests().is_empty());
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let url = {
        let server = BadServer::start(|_| Answer::new(200, b""));
        server.url()
    };
    let gone = entry(Size::Exact(3), None, vec![format!("{url}/x")]);
    let error = Folder::new().fetch(&gone, None, 1).expect_err("nobody listens");
    assert!(format!("{error:#}").contains(&format!("{url}/x")), "{error:#}");
}

#[test]
fn the_command_that_follows_names_the_folder() {
    let server = BadServer::start(|request| Answer::honest(request, &content()));
    let folder = Folder::new();
    let fetched = folder.fetch(&published(), Some(&server), 0).expect("fetched");
    let path = Path::new(folder.0.path()).join("file.bin");
    assert!(fetched.text().contains(&format!("next: use {}", path.display())), "{}", fetched.text());
    assert!(fetched.text().contains(&sha256_hex(&content())));
}
