//! The server as a client sees it, over a plain TCP connection: no HTTP library that would mend a path on its way.

use super::*;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use tempfile::TempDir;

type Outcome = Result<()>;

struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A running server of a folder; it stops with the test's process.
struct Running {
    address: SocketAddr,
    folder: TempDir,
}

impl Running {
    fn start(files: &[(&str, &[u8])]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for (name, bytes) in files {
            let path = folder.path().join("site").join(name);
            fs::create_dir_all(path.parent().context("a file has a folder")?)?;
            fs::write(path, bytes)?;
        }
        fs::write(folder.path().join("secret.txt"), "secret")?;
        let server = Server::bind(&folder.path().join("site"), ServeOptions { port: 0, ..Default::default() })?;
        let address = server.address();
        std::thread::spawn(move || server.run(std::future::pending()));
        Ok(Self { address, folder })
    }

    fn send(&self, method: &str, path: &str, headers: &str) -> Result<Reply> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").context("no end of the headers")?;
        let headers = String::from_utf8(bytes[..end].to_vec())?;
        let status = headers.split(' ').nth(1).context("no status")?.parse()?;
        Ok(Reply { status, headers, body: bytes[end + 4..].to_vec() })
    }

    fn get(&self, path: &str) -> Result<Reply> {
        self.send("GET", path, "")
    }
}

const INDEX: (&str, &[u8]) = ("index.html", b"<!doctype html><title>Nadir</title>");

#[test]
fn files_have_the_types_that_browsers_insist_on() -> Outcome {
    let types = [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("engine/a.wasm", "application/wasm"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.safetensors", "application/octet-stream"),
        ("a.svg", "image/svg+xml"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("no-ending", "application/octet-stream"),
        ("index.html", "text/html; charset=utf-8"),
    ];
    let files: Vec<(&str, &[u8])> = types.iter().map(|(name, _)| (*name, b"content".as_slice())).collect();
    let server = Running::start(&files)?;
    for (name, content_type) in types {
        let reply = server.get(&format!("/{name}?v=1"))?;
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"content".as_slice()), "{name}");
        assert_eq!(reply.header("content-type"), Some(content_type), "{name}");
        assert_eq!(reply.header("cache-control"), Some("no-cache"), "{name}");
        assert_eq!(reply.header("content-length"), Some("7"), "{name}");
    }
    Ok(())
}

#[test]
fn every_answer_carries_the_security_headers() -> Outcome {
    let server = Running::start(&[INDEX])?;
    for (method, path, status) in [("GET", "/", 200), ("GET", "/none", 404), ("POST", "/", 405), ("GET", "/../x", 400)]
    {
        let reply = server.send(method, path, "")?;
        assert_eq!(reply.status, status, "{method} {path}");
        let policy = reply.header("content-security-policy").context("no policy")?;
        assert!(policy.contains("default-src 'self'") && policy.contains("'wasm-unsafe-eval'"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(reply.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(reply.header("cross-origin-embedder-policy"), Some("require-corp"));
    }
    Ok(())
}

#[test]
fn nothing_outside_the_folder_is_read() -> Outcome {
    let server = Running::start(&[INDEX, (".hidden", b"x"), ("folder/.git/config", b"x"), ("folder/a.txt", b"x")])?;
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/folder/../../secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "//etc/passwd",
        "/%2Fetc/passwd",
        "/etc/passwd",
        "/.hidden",
        "/folder/.git/config",
        "/folder/",
        "/folder",
        "/folder/a.txt/",
        "/index.html/x",
        "/%00",
        "/%ff",
    ] {
        let reply = server.get(path)?;
        assert!([400, 404].contains(&reply.status), "{path} gave {}", reply.status);
        assert!(reply.body.starts_with(b"40"), "{path} gave {:?}", String::from_utf8_lossy(&reply.body));
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"), "{path}");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_folder_only() -> Outcome {
    use std::os::unix::fs::symlink;
    let server = Running::start(&[INDEX, ("a.txt", b"inside")])?;
    let site = server.folder.path().join("site");
    symlink("../secret.txt", site.join("leak.txt"))?;
    symlink("..", site.join("up"))?;
    symlink("a.txt", site.join("b.txt"))?;
    symlink("../secret.txt", site.join("a.txt.br"))?;
    assert_eq!(server.get("/leak.txt")?.status, 404);
    assert_eq!(server.get("/up/secret.txt")?.status, 404);
    assert_eq!(server.get("/b.txt")?.body, b"inside");
    let compressed = server.send("GET", "/a.txt", "Accept-Encoding: br\r\n")?;
    assert_eq!(unbrotli(&compressed.body)?, b"inside");
    Ok(())
}

#[test]
fn folders_with_an_index_answer_with_it() -> Outcome {
    let server = Running::start(&[INDEX, ("docs/index.html", b"docs")])?;
    assert_eq!(server.get("/")?.body, INDEX.1);
    assert_eq!(server.get("/docs/")?.body, b"docs");
    let redirect = server.get("/docs")?;
    assert_eq!((redirect.status, redirect.header("location")), (308, Some("/docs/")));
    Ok(())
}

#[test]
fn brotli_goes_to_who_accepts_it() -> Outcome {
    let text = b"the same words again and again ".repeat(200);
    let server = Running::start(&[INDEX, ("a.js", &text), ("a.safetensors", &text)])?;
    for accepted in ["gzip, deflate, br, zstd", "br;q=0.5", "BR"] {
        let reply = server.send("GET", "/a.js", &format!("Accept-Encoding: {accepted}\r\n"))?;
        assert_eq!(reply.header("content-encoding"), Some("br"), "{accepted}");
        assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
        assert!(reply.body.len() * 10 < text.len());
        assert_eq!(unbrotli(&reply.body)?, text);
    }
    for refused in ["gzip", "br;q=0", "brx", ""] {
        let reply = server.send("GET", "/a.js", &format!("Accept-Encoding: {refused}\r\n"))?;
        assert_eq!((reply.header("content-encoding"), reply.body.as_slice()), (None, text.as_slice()), "{refused}");
    }
    let weights = server.send("GET", "/a.safetensors", "Accept-Encoding: br\r\n")?;
    assert_eq!((weights.header("content-encoding"), weights.header("vary")), (None, None));
    Ok(())
}

#[test]
fn a_changed_file_is_compressed_again_and_a_newer_br_file_is_used() -> Outcome {
    let server = Running::start(&[INDEX, ("a.js", b"one")])?;
    let path = server.folder.path().join("site/a.js");
    let get = || server.send("GET", "/a.js", "Accept-Encoding: br\r\n");
    let first = get()?;
    assert_eq!(unbrotli(&first.body)?, b"one");
    fs::write(&path, "three")?;
    let second = get()?;
    assert_eq!(unbrotli(&second.body)?, b"three");
    assert_ne!(first.header("etag"), second.header("etag"));

    // The file beside is taken as it is, so that what is inside shows that it was.
    fs::write(&path, "changed")?;
    fs::write(path.with_extension("js.br"), "taken as it is")?;
    assert_eq!(get()?.body, b"taken as it is");
    Ok(())
}

#[test]
fn an_unchanged_file_is_answered_with_304() -> Outcome {
    let server = Running::start(&[INDEX, ("a.json", b"{}")])?;
    let first = server.get("/a.json")?;
    let tag = first.header("etag").context("no tag")?.to_owned();
    for condition in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let reply = server.send("GET", "/a.json", &format!("If-None-Match: {condition}\r\n"))?;
        assert_eq!((reply.status, reply.body.len()), (304, 0), "{condition}");
        assert_eq!(reply.header("etag"), Some(tag.as_str()));
    }
    assert_eq!(server.send("GET", "/a.json", "If-None-Match: \"x\"\r\n")?.status, 200);
    // The compressed form has a tag of its own.
    let compressed = server.send("GET", "/a.json", &format!("Accept-Encoding: br\r\nIf-None-Match: {tag}\r\n"))?;
    assert_eq!(compressed.status, 200);
    assert_ne!(compressed.header("etag"), Some(tag.as_str()));
    Ok(())
}

#[test]
fn head_has_the_headers_and_other_methods_are_refused() -> Outcome {
    let server = Running::start(&[INDEX, ("a.png", b"12345")])?;
    let head = server.send("HEAD", "/a.png", "")?;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("5")));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let reply = server.send(method, "/a.png", "Content-Length: 0\r\n")?;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    Ok(())
}

#[test]
fn a_port_in_use_and_a_folder_without_a_page_are_explained() -> Outcome {
    let server = Running::start(&[INDEX])?;
    let options = ServeOptions { port: server.address.port(), ..Default::default() };
    let site = server.folder.path().join("site");
    let error = Server::bind(&site, options).err().context("the port was free")?.to_string();
    assert!(error.contains(&options.port.to_string()) && error.contains("--port"), "{error}");
    let error = Server::bind(&site.join("none"), options).err().context("no such folder")?.to_string();
    assert!(error.contains("none"), "{error}");
    let error = Server::bind(server.folder.path(), options).err().context("no page")?.to_string();
    assert!(error.contains("index.html"), "{error}");
    Ok(())
}

fn unbrotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut &bytes[..], &mut plain)?;
    Ok(plain)
}
