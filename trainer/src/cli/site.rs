use crate::output::outln;
use crate::serve::{site_of_program, write_site};
use anyhow::Result;
use std::path::PathBuf;

/// Write the web app with one or more bundles for any static host: paths are relative, no server code is needed.
#[derive(Debug, clap::Args)]
pub struct Site {
    /// The built web app (`cargo xtask web` prints where it is); the site that came with the program if not given.
    #[arg(long)]
    web: Option<PathBuf>,
    /// A bundle's folder; the first is the page's default. Can be repeated.
    #[arg(long = "bundle", default_value = "static/models/scenes")]
    bundles: Vec<PathBuf>,
    /// Folder that the site is written to.
    #[arg(long)]
    out: PathBuf,
}

impl Site {
    pub(super) fn run(self) -> Result<()> {
        let web = self.web.map_or_else(site_of_program, Ok)?;
        write_site(&web, &self.bundles, &self.out)?;
        outln!("site with {} bundle(s) in {}", self.bundles.len(), self.out.display())?;
        outln!("next: nadir serve --site {}", self.out.display())?;
        Ok(())
    }
}
