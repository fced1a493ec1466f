use crate::serve::{ServeOptions, serve};
use anyhow::Result;
use std::net::IpAddr;
use std::path::PathBuf;

/// Serve a site that `nadir site` or `cargo xtask demo` wrote.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Folder of the site, with its index.html.
    #[arg(long)]
    site: PathBuf,
    /// Address to listen on; the default is reached from this machine alone.
    #[arg(long, default_value_t = ServeOptions::default().host)]
    host: IpAddr,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = ServeOptions::default().port)]
    port: u16,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        serve(&self.site, ServeOptions { host: self.host, port: self.port })
    }
}
