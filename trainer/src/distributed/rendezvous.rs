//! How processes find each other: all ask the first, which tells each where the others listen. What passes is neither
//! encrypted nor authenticated, so the ports must be reachable from the job's machines alone.

use super::frame;
use super::ring::{Neighbour, Ring};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};
use tracing::warn;

/// Tells a rank from whatever else may knock at the port.
const NAME: &str = "nadir";
/// Between two attempts to reach the first process, which may still be starting.
const RETRY: Duration = Duration::from_millis(200);
/// Whoever connects says who it is within this.
const HELLO: Duration = Duration::from_secs(10);

/// Where the processes of a job meet, and which one this is.
#[derive(Debug, Clone)]
pub(super) struct Rendezvous {
    pub index: usize,
    pub size: usize,
    /// Host name or address of process 0.
    pub host: String,
    pub port: u16,
    /// Longest wait: for others to come, and for an answer later.
    pub timeout: Duration,
}

#[derive(Debug, Serialize, Deserialize)]
struct Hello {
    name: String,
    version: String,
    index: usize,
    size: usize,
    /// Where this process waits for the one before it in the ring.
    port: u16,
}

/// The first process's answer.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    /// Where each process waits.
    Addresses(Vec<SocketAddr>),
    /// Why it does not start.
    Refused(String),
}

impl Rendezvous {
    /// Waits for all processes and closes the ring.
    ///
    /// # Errors
    /// Says which processes did not come in time, or came with another version or another number of processes.
    pub fn meet(&self) -> Result<Ring> {
        let end = Instant::now() + self.timeout;
        let own = TcpListener::bind(("0.0.0.0", 0)).context("cannot listen for the other ranks")?;
        let port = own.local_addr()?.port();
        let addresses = if self.index == 0 { self.receive_all(port, end) } else { self.ask(port, end) }?;

        let next = (self.index + 1) % self.size;
        let name = |index: usize| format!("process {index} of {} ({})", self.size, addresses[index].ip());
        let mut to_next =
            TcpStream::connect(addresses[next]).with_context(|| format!("cannot reach {}", name(next)))?;
        frame::send(&mut to_next, 0, &self.index.to_le_bytes())?;
        let previous = (self.index + self.size - 1) % self.size;
        let from_previous = loop {
            let (mut stream, _) = accept(&own, end).with_context(|| format!("{} did not come", name(previous)))?;
            stream.set_read_timeout(Some(HELLO))?;
            if frame::receive(&mut stream, 0).is_ok_and(|received| received == previous.to_le_bytes()) {
                break stream;
            }
        };
        for stream in [&to_next, &from_previous] {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(self.timeout))?;
            stream.set_write_timeout(Some(self.timeout))?;
        }
        Ok(Ring {
            index: self.index,
            size: self.size,
            next: Neighbour { stream: to_next, name: name(next) },
            previous: Neighbour { stream: from_previous, name: name(previous) },
            messages: 1,
        })
    }

    /// Process 0: waits for the others, tells all where all are.
    fn receive_all(&self, own_port: u16, end: Instant) -> Result<Vec<SocketAddr>> {
        let listener = TcpListener::bind(("0.0.0.0", self.port))
            .with_context(|| format!("rank 0 cannot listen at port {} (MASTER_PORT)", self.port))?;
        let mut came: Vec<Option<(TcpStream, SocketAddr)>> = (0..self.size).map(|_| None).collect();
        while came[1..].iter().any(Option::is_none) {
            let missing = || {
                let missing = came.iter().enumerate().skip(1).filter(|(_, came)| came.is_none());
                missing.map(|(index, _)| index.to_string()).collect::<Vec<_>>().join(", ")
            };
            let (mut stream, from) = accept(&listener, end)
                .with_context(|| format!("of {} processes these did not come: {}", self.size, missing()))?;
            stream.set_read_timeout(Some(HELLO))?;
            let received =
                frame::receive(&mut stream, 0).and_then(|received| Ok(serde_json::from_slice::<Hello>(&received)?));
            let Some(hello) = received.ok().filter(|hello| hello.name == NAME) else {
                warn!("a connection from {from} to port {} was no rank of this job, and is closed", self.port);
                continue;
            };
            if let Some(why) = self.refusal(&hello, &came) {
                let _ = answer(&mut stream, &Answer::Refused(why.clone()));
                bail!("{why} (from {from})");
            }
            came[hello.index] = Some((stream, SocketAddr::new(from.ip(), hello.port)));
        }
        // Each reaches this process by the way it came, which may be another for each.
        for (stream, _) in came.iter().flatten() {
            let here = SocketAddr::new(stream.local_addr()?.ip(), own_port);
            let all = std::iter::once(here).chain(came.iter().flatten().map(|(_, address)| *address)).collect();
            answer(&mut &*stream, &Answer::Addresses(all)).context("a rank left again before the start")?;
        }
        let own = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), own_port);
        Ok(std::iter::once(own).chain(came.iter().flatten().map(|(_, address)| *address)).collect())
    }

    fn refusal(&self, hello: &Hello, came: &[Option<(TcpStream, SocketAddr)>]) -> Option<String> {
        let (index, size) = (hello.index, hello.size);
        if hello.version != env!("CARGO_PKG_VERSION") {
            return Some(format!("process {index} runs version {}, process 0 another", hello.version));
        }
        if size != self.size || index == 0 || index >= size {
            return Some(format!("process {index} of {size} came to a job of {} processes", self.size));
        }
        came[index].is_some().then(|| format!("two processes came as RANK {index}"))
    }

    /// Any other process: asks process 0 until it is there.
    fn ask(&self, own_port: u16, end: Instant) -> Result<Vec<SocketAddr>> {
        let at = format!("{}:{}", self.host, self.port);
        let mut stream = loop {
            match (self.host.as_str(), self.port).to_socket_addrs().and_then(|found| connect(found.collect())) {
                Ok(stream) => break stream,
                Err(_) if Instant::now() < end => std::thread::sleep(RETRY),
                Err(error) => bail!(
                    "rank 0 at {at} (MASTER_ADDR, MASTER_PORT) was not reached within {} s: {error}",
                    self.timeout.as_secs()
                ),
            }
        };
        let hello = Hello {
            name: NAME.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            index: self.index,
            size: self.size,
            port: own_port,
        };
        frame::send(&mut stream, 0, &serde_json::to_vec(&hello)?)?;
        stream.set_read_timeout(Some(end.saturating_duration_since(Instant::now()).max(HELLO)))?;
        let received =
            frame::receive(&mut stream, 0).with_context(|| format!("rank 0 at {at} did not start the job"))?;
        match serde_json::from_slice(&received).with_context(|| format!("what answers at {at} is no rank 0"))? {
            Answer::Addresses(addresses) => {
                ensure!(addresses.len() == self.size, "rank 0 at {at} knows {} processes", addresses.len());
                Ok(addresses)
            }
            Answer::Refused(why) => bail!("rank 0 at {at} refuses: {why}"),
        }
    }
}

fn answer(stream: &mut impl std::io::Write, answer: &Answer) -> Result<()> {
    frame::send(stream, 0, &serde_json::to_vec(answer)?)?;
    Ok(())
}

fn connect(addresses: Vec<SocketAddr>) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, HELLO) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// As [`TcpListener::accept`], but no longer than until `end`.
fn accept(listener: &TcpListener, end: Instant) -> Result<(TcpStream, SocketAddr)> {
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((stream, from)) => {
                stream.set_nonblocking(false)?;
                return Ok((stream, from));
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => bail!("nobody came in time"),
            Err(error) => return Err(error.into()),
        }
    }
}
