//! A small HTTP server on this machine that answers as a test says: honestly, cut off, or with lies.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a client requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The request's path, `/FILE`.
    pub path: String,
    /// First byte of `Range: bytes=FIRST-`.
    pub range_from: Option<usize>,
    /// The header `If-Range`, without spaces around.
    pub if_range: Option<String>,
    /// How many requests came before this one.
    pub number: usize,
}

/// What is sent back; the connection is closed after it.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    announced: Option<usize>,
    body: Vec<u8>,
}

impl Answer {
    /// These bytes, with their length.
    pub fn new(status: u16, body: &[u8]) -> Self {
        Self { status, headers: Vec::new(), announced: Some(body.len()), body: body.to_owned() }
    }

    /// The requested range of `whole`, as RFC 9110 has it: 200, 206 or 416.
    pub fn honest(request: &Request, whole: &[u8]) -> Self {
        match request.range_from {
            None => Self::new(200, whole),
            Some(first) if first >= whole.len() => {
                Self::new(416, b"").header("Content-Range", format!("bytes */{}", whole.len()))
            }
            Some(first) => {
                let range = format!("bytes {first}-{}/{}", whole.len() - 1, whole.len());
                Self::new(206, &whole[first..]).header("Content-Range", range)
            }
        }
    }

    /// Adds one header to the answer.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Another Content-Length than the body's.
    pub fn announce(mut self, bytes: usize) -> Self {
        self.announced = Some(bytes);
        self
    }

    /// No Content-Length: the body ends with the connection.
    pub fn unannounced(mut self) -> Self {
        self.announced = None;
        self
    }

    /// Closes the connection after so many bytes of the body.
    pub fn cut(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }
}

/// The server; it ends when this is dropped.
pub struct BadServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
}

impl BadServer {
    /// Listens at a free port of this machine.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let (seen, end, answer) = (requests.clone(), ended.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                // A browser opens connections before it needs them.
                if let Ok(stream) = stream {
                    let (seen, answer) = (seen.clone(), answer.clone());
                    // A client that goes away in the middle is the client's matter.
                    std::thread::spawn(move || drop(serve(stream, &seen, &*answer)));
                }
            }
        });
        Self { address, requests, ended }
    }

    /// The server's base address, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics while it holds this").clone()
    }
}

impl Drop for BadServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &impl Fn(&Request) -> Answer) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut request = Request {
        path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
        range_from: None,
        if_range: None,
        number: seen.lock().expect("not poisoned").len(),
    };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let first = value.trim().trim_start_matches("bytes=").trim_end_matches('-');
                request.range_from = first.parse().ok();
            }
            "if-range" => request.if_range = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    seen.lock().expect("not poisoned").push(request.clone());
    let answer = answer(&request);
    let mut head = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status);
    if let Some(bytes) = answer.announced {
        head += &format!("Content-Length: {bytes}\r\n");
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&answer.body)?;
    stream.flush()
}
