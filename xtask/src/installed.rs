//! Whether a program that was packed runs where it was unpacked, with its page.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs `program` in `folder`, which is no checkout: it says the workspace's version, and serves the page that came with
/// it from a folder whose path ends in `site`. Gives what it said of both.
///
/// # Errors
/// What it said in place of that.
pub fn try_out(workspace: &Workspace, program: &Path, folder: &Path, site: &str) -> Result<String> {
    let said = process::output(Command::new(program).arg("--version").current_dir(folder))?;
    let expected = format!("nadir {}", workspace.version()?);
    ensure!(said.trim() == expected, "{} says {:?}, and {expected:?} is expected", program.display(), said.trim());

    let mut server = Command::new(program);
    server.args(["serve", "--port", "0"]).current_dir(folder).stdout(Stdio::piped());
    let mut server = server.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let mut line = String::new();
    let served = BufReader::new(server.stdout.take().context("its output")?)
        .read_line(&mut line)
        .map_err(anyhow::Error::from)
        .and_then(|_| first_page(&line));
    server.kill().and_then(|()| server.wait()).context("cannot end the server")?;
    let page = served.with_context(|| format!("`{} serve` said {line:?}", program.display()))?;
    let from = line.trim().strip_prefix("Serving ").and_then(|rest| rest.split_once(" at ")).map(|(from, _)| from);
    ensure!(
        from.is_some_and(|from| Path::new(from).ends_with(site)),
        "{} does not serve the page that came with it, {site}; it said {line:?}",
        program.display()
    );
    ensure!(page.contains("<title>"), "{} serves something that is no page: {page:.200}", program.display());
    Ok(format!("{}; {}", said.trim(), line.trim()))
}

/// The page at the address in a line `Serving FOLDER at http://HOST:PORT (...)`.
fn first_page(line: &str) -> Result<String> {
    let address = line.split_once("http://").and_then(|(_, rest)| rest.split_whitespace().next());
    let address = address.context("it names no address")?.trim_end_matches('/');
    let mut stream = TcpStream::connect(address).with_context(|| format!("nobody answers at {address}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, page) = answer.split_once("\r\n\r\n").context("the answer has no end of its head")?;
    ensure!(head.starts_with("HTTP/1.1 200"), "the answer is {head:?}");
    Ok(page.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn the_page_at_an_address_is_read_and_what_is_none_is_named() {
        let answer = |answer: &'static str| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let line = format!("Serving /x/site at http://{} (Ctrl-C stops)\n", listener.local_addr().expect("bound"));
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("asked");
                let mut asked = [0; 512];
                let length = stream.read(&mut asked).expect("read");
                assert!(asked[..length].starts_with(b"GET / "), "{asked:?}");
                stream.write_all(answer.as_bytes()).expect("written");
            });
            let page = first_page(&line);
            server.join().expect("answered");
            page.map_err(|error| error.to_string())
        };
        assert_eq!(answer("HTTP/1.1 200 OK\r\na: b\r\n\r\n<title>"), Ok("<title>".to_owned()));
        assert!(answer("HTTP/1.1 404 Not Found\r\n\r\n").expect_err("no page").contains("404"));
        assert!(first_page("cannot serve").expect_err("no address").to_string().contains("no address"));
    }
}
