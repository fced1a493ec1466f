//! The web server of `nadir demo` and `nadir serve`: one folder of files, to this machine's browser.
//!
//! It answers GET and HEAD with files below the folder and with nothing else: no listing, no hidden file, no link that
//! leads out. Every answer carries a Content-Security-Policy, so the page can load its own files only.

mod answer;
mod compressed;
mod files;
mod installed;
mod locate;
mod site;

#[cfg(test)]
mod tests;

use files::Files;
pub use installed::site_of_program;
pub use site::{after_committed, write_site};

use crate::output::outln;
use answer::answer;
use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use compressed::CompressedFiles;
use std::future::Future;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

/// The address and port to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeOptions {
    /// The address; the default, 127.0.0.1, is reached from this machine alone.
    pub host: IpAddr,
    /// The port; 0 picks a free one.
    pub port: u16,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 8080 }
    }
}

/// Serves `site_dir` until Ctrl-C, after printing `Serving DIR at http://HOST:PORT (Ctrl-C stops)`.
///
/// Fails when the folder has no `index.html` or the port cannot be had.
pub fn serve(site_dir: &Path, options: ServeOptions) -> Result<()> {
    let server = Server::bind(site_dir, options)?;
    outln!("Serving {} at http://{} (Ctrl-C stops)", site_dir.display(), server.address())?;
    server.run(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // No such signal here: serve until the process is ended.
            std::future::pending::<()>().await;
        }
    })
}

/// A server that has its port and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    files: Arc<Files>,
}

impl Server {
    /// Checks the folder and takes the port.
    pub fn bind(site_dir: &Path, options: ServeOptions) -> Result<Self> {
        let root = site_dir.canonicalize().with_context(|| format!("cannot open the folder {}", site_dir.display()))?;
        if !root.join("index.html").is_file() {
            bail!("{} is not a site: it has no index.html", site_dir.display());
        }
        let ServeOptions { host, port } = options;
        let listener = TcpListener::bind((host, port)).map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => anyhow::anyhow!(
                "port {port} of {host} is in use by another program; choose another port with --port, or --port 0 for \
                 any free one"
            ),
            ErrorKind::PermissionDenied => {
                anyhow::anyhow!("port {port} of {host} may not be used by this user; choose one above 1023 with --port")
            }
            _ => anyhow::Error::new(error).context(format!("cannot listen at {host} port {port}")),
        })?;
        listener.set_nonblocking(true).context("cannot prepare the network socket")?;
        let address = listener.local_addr().context("cannot read the server's own address")?;
        Ok(Self { listener, address, files: Arc::new(Files { root, compressed: CompressedFiles::default() }) })
    }

    /// The address, with the port that was picked where 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` is done. Blocks.
    pub fn run(self, stop: impl Future<Output = ()>) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let outcome = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let router = Router::new().fallback(handle).with_state(self.files);
            tokio::select! {
                outcome = axum::serve(listener, router).into_future() => outcome,
                () = stop => Ok(()),
            }
        });
        // A file that is just being read or compressed must not hold up the end.
        runtime.shutdown_background();
        outcome.context("the web server stopped")
    }
}

async fn handle(State(files): State<Arc<Files>>, request: Request) -> Response {
    // Files are read and compressed on tokio's threads for blocking work.
    let (parts, _body) = request.into_parts();
    tokio::task::spawn_blocking(move || answer(&files, &parts)).await.unwrap_or_else(|_| answer::failed())
}
