use crate::output::outln;
use crate::serve::write_site;
use anyhow::Result;
use std::path::PathBuf;

/// Write the web app with one or more bundles for any static host: paths are relative, no server code is needed.
#[derive(Debug, clap::Args)]
pub struct Site {
    /// The built web app (`cargo xtask web` prints where it is).
    #[arg(long)]
    web: PathBuf,
    /// A bundle's folder; the first is the page's default. Can be repeated.
    #[arg(long = "bundle", default_value = "static/models/scenes")]
    bundles: Vec<PathBuf>,
    /// Folder that the site is written to.
    #[arg(long)]
    out: PathBuf,
}

impl Site {
    pub(super) fn run(self) -> Result<()> {
        write_site(&self.web, &self.bundles, &self.out)?;
        outln!("site with {} bundle(s) in {}", self.bundles.len(), self.out.display())?;
        outln!("next: nadir serve --site {}", self.out.display())?;
        Ok(())
    }
}
