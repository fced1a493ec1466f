use crate::serve::{ServeOptions, serve, site_of_program};
use anyhow::Result;
use std::net::IpAddr;
use std::path::PathBuf;

/// Serve the page: the site that came with the program, or one that `nadir site` or `cargo xtask demo` wrote.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Folder of the site, with its index.html; that which came with the program if not given.
    #[arg(long)]
    site: Option<PathBuf>,
    /// Address to listen on; the default is reached from this machine alone.
    #[arg(long, default_value_t = ServeOptions::default().host)]
    host: IpAddr,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = ServeOptions::default().port)]
    port: u16,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let site = self.site.map_or_else(site_of_program, Ok)?;
        serve(&site, ServeOptions { host: self.host, port: self.port })
    }
}
