//! One file over HTTP: goes on where it broke off, and is put in place only once size and SHA-256 fit.

use super::part::{RequestedFile, Whole};
use crate::progress::Progress;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::time::Duration;
use tracing::{info, warn};
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

/// How long a broken connection is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Further attempts in a row that bring no new byte before it gives up; 0: one request, and no other.
    pub retries: u32,
    /// Pause between two attempts.
    pub wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { retries: 3, wait: Duration::from_secs(2) }
    }
}

/// A server that is silent for so long counts as gone.
const SILENCE: Duration = Duration::from_secs(60);

/// Why an exchange ended before the file was whole.
enum Failure {
    /// Another attempt may help: the connection broke, or the server is busy.
    Passing(anyhow::Error),
    /// Another attempt will not help.
    Final(anyhow::Error),
}

/// Downloads `requested` from the first of `urls` that has it, or checks it where it is already.
///
/// The bytes so far stay in `NAME.part` whatever happens, and the next call goes on after them.
///
/// # Errors
/// For each address, what went wrong and what was expected; how much of the file is kept.
pub fn obtain(requested: &RequestedFile, urls: &[String], patience: Patience) -> Result<Whole> {
    if let Some(whole) = requested.check_existing()? {
        let path = requested.path.display();
        info!(path = %path, bytes = whole.bytes, "{path}: already there, {} bytes, checked", whole.bytes);
        return Ok(whole);
    }
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("nadir/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(SILENCE / 2))
        .timeout_per_read(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .build()
        .into();
    let mut failures = Vec::new();
    for url in urls {
        let mut file = requested.open_part()?;
        match receive(&agent, url, requested, &mut file, patience).and_then(|()| {
            file.sync_all().with_context(|| format!("cannot write {}", requested.beside("part").display()))?;
            requested.accept(url)
        }) {
            Ok(whole) => return Ok(whole),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    let part = requested.beside("part");
    let kept = match requested.bytes_there() {
        0 => {
            let _ = std::fs::remove_file(&part);
            String::new()
        }
        bytes => format!("; {bytes} bytes are kept in {}, and the same command goes on from there", part.display()),
    };
    let name = requested.path.display();
    bail!("cannot fetch {name}; expected {}; {}{kept}", requested.expected(), failures.join("; "))
}

/// Fills the partial file from one address.
fn receive(agent: &Agent, url: &str, requested: &RequestedFile, file: &mut File, patience: Patience) -> Result<()> {
    let mut retries_left = patience.retries;
    loop {
        let before = requested.bytes_there();
        let error = match exchange(agent, url, requested, file) {
            Ok(()) => return Ok(()),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(error)) => error,
        };
        if requested.bytes_there() > before {
            retries_left = patience.retries;
        }
        if retries_left == 0 {
            return Err(error);
        }
        retries_left -= 1;
        warn!("{error:#}; trying again");
        std::thread::sleep(patience.wait);
    }
}

/// One request and its answer.
fn exchange(agent: &Agent, url: &str, requested: &RequestedFile, file: &mut File) -> Result<(), Failure> {
    let mut have = requested.bytes_there();
    if requested.size.exact().is_some_and(|size| have > size) {
        let rejected = requested.set_aside().map_err(Failure::Final)?;
        *file = requested.open_part().map_err(Failure::Final)?;
        let rejected = rejected.display();
        warn!(path = %rejected, "the partial file was longer than the whole; it is kept as {rejected}");
        have = 0;
    }
    if requested.size.exact() == Some(have) {
        return Ok(());
    }
    let origin = Origin::read(requested, url);
    if origin.is_none() && requested.sha256.is_none() {
        // No hash would tell a file that was put together of two versions.
        have = 0;
    }
    let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
        if let Some(Origin { validator }) = origin {
            request = request.header(header::IF_RANGE, validator);
        }
    }
    let response = request.call().map_err(|error| failure(url, error))?;
    match response.status() {
        StatusCode::OK => {
            let total = response.body().content_length();
            write_body(url, requested, file, response, 0, total)
        }
        StatusCode::PARTIAL_CONTENT => {
            let range = text(&response, header::CONTENT_RANGE);
            let Some((start, total)) = content_range(&range).filter(|(start, _)| *start == have) else {
                let error = anyhow!("{url} was requested from byte {have} on, and sends Content-Range {range:?}");
                return Err(Failure::Final(error));
            };
            write_body(url, requested, file, response, start, total)
        }
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
            let range = text(&response, header::CONTENT_RANGE);
            let total = range.strip_prefix("bytes */").and_then(|total| total.parse::<u64>().ok());
            match (total, requested.size.exact()) {
                (Some(total), None) if total == have => Ok(()),
                (Some(total), Some(_)) if total <= have => Err(Failure::Final(anyhow!("{url} has {total} bytes"))),
                _ => {
                    // The bytes so far are not the beginning of what the server has now.
                    let rejected = requested.set_aside().map_err(Failure::Final)?;
                    *file = requested.open_part().map_err(Failure::Final)?;
                    Err(Failure::Passing(anyhow!(
                        "{url} does not go on from byte {have} (416, {range:?}); beginning anew, the old bytes are \
                         kept as {}",
                        rejected.display()
                    )))
                }
            }
        }
        status => {
            let error = anyhow!("{url} answered {status}");
            let passing = status.is_server_error()
                || status == StatusCode::TOO_MANY_REQUESTS
                || status == StatusCode::REQUEST_TIMEOUT;
            Err(if passing { Failure::Passing(error) } else { Failure::Final(error) })
        }
    }
}

/// Writes a body that begins at byte `start` of the file.
fn write_body(
    url: &str,
    requested: &RequestedFile,
    file: &mut File,
    response: Response<Body>,
    start: u64,
    total: Option<u64>,
) -> Result<(), Failure> {
    let exact = requested.size.exact();
    if let (Some(total), Some(size)) = (total, exact)
        && total != size
    {
        let error = anyhow!("{url} announces {total} bytes; nothing was taken");
        return Err(Failure::Final(error));
    }
    if text(&response, header::CONTENT_TYPE).starts_with("text/html") {
        let error = anyhow!("{url} answers with a web page");
        return Err(Failure::Final(error));
    }
    let part = requested.beside("part");
    let disk = |error: std::io::Error| {
        Failure::Final(anyhow::Error::new(error).context(format!("cannot write {}", part.display())))
    };
    if start == 0 && requested.sha256.is_none() {
        file.set_len(0).map_err(disk)?;
        Origin::write(requested, url, &response).map_err(Failure::Final)?;
    }
    // Where the server started anew although the request has a range, the old bytes are written over by the same ones,
    // and a further break loses none of them.
    file.seek(SeekFrom::Start(start)).map_err(disk)?;

    let shown = exact.or(total).unwrap_or(requested.size.bytes());
    let name = requested.path.file_name().unwrap_or_default().to_string_lossy();
    let progress = Progress::resumed(&format!("fetching {name}"), start / 1000, shown.div_ceil(1000), "kB");
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    let mut at = start;
    let ended = loop {
        let left = exact.map_or(buffer.len(), |size| buffer.len().min((size - at) as usize));
        if left == 0 {
            break Ok(());
        }
        match body.read(&mut buffer[..left]) {
            Ok(0) if exact.or(total).is_some_and(|size| at < size) => {
                break Err(Failure::Passing(anyhow!("{url} ended at byte {at} of {shown}")));
            }
            Ok(0) => break Ok(()),
            Ok(read) => {
                file.write_all(&buffer[..read]).map_err(disk)?;
                progress.advance((at + read as u64) / 1000 - at / 1000);
                at += read as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                break Err(Failure::Passing(anyhow!("{url} broke off at byte {at} of {shown}: {error}")));
            }
        }
    };
    progress.finish();
    if ended.is_ok() {
        file.set_len(at).map_err(disk)?;
    }
    ended
}

/// A request that got no answer: tried again, unless another attempt must end the same way.
fn failure(url: &str, error: ureq::Error) -> Failure {
    let passing = match &error {
        // A certificate that does not fit comes as invalid data.
        ureq::Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
        ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => true,
        _ => false,
    };
    let error = anyhow!("{url}: {error}");
    if passing { Failure::Passing(error) } else { Failure::Final(error) }
}

fn text(response: &Response<Body>, name: header::HeaderName) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// First byte and total of `bytes FIRST-LAST/TOTAL`; the total may be `*`.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.parse().ok()?, total.parse().ok()))
}

/// Which version of a file without a published hash the partial file is the beginning of.
struct Origin {
    /// Strong ETag or Last-Modified, for If-Range (RFC 9110, section 13.1.5).
    validator: String,
}

impl Origin {
    fn read(requested: &RequestedFile, url: &str) -> Option<Self> {
        if requested.sha256.is_some() {
            return None;
        }
        let text = std::fs::read_to_string(requested.beside("part.origin")).ok()?;
        let (from, validator) = text.trim_end().split_once('\n')?;
        (from == url).then(|| Self { validator: validator.to_owned() })
    }

    fn write(requested: &RequestedFile, url: &str, response: &Response<Body>) -> Result<()> {
        let path = requested.beside("part.origin");
        let tag = text(response, header::ETAG);
        let validator = if tag.starts_with('"') { tag } else { text(response, header::LAST_MODIFIED) };
        if validator.is_empty() {
            let _ = std::fs::remove_file(&path);
            return Ok(());
        }
        std::fs::write(&path, format!("{url}\n{validator}\n"))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::content_range;

    /// The examples of RFC 9110, section 14.4.
    #[test]
    fn content_ranges_are_read() {
        assert_eq!(content_range("bytes 42-1233/1234"), Some((42, Some(1234))));
        assert_eq!(content_range("bytes 42-1233/*"), Some((42, None)));
        assert_eq!(content_range("bytes */1234"), None);
        assert_eq!(content_range("seconds 1-2/3"), None);
    }
}
