//! A site as a visitor gets it: the built web app and a bundle, served by the program `nadir`.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A served site; it ends when this is dropped.
pub struct Site {
    server: Child,
    address: String,
    bundle: PathBuf,
    folder: TempDir,
}

impl Site {
    /// Puts the built web app and a committed bundle together, and serves them with `nadir serve` at a free port.
    pub fn start() -> Result<Self> {
        Self::with_bundle(committed_bundle()?)
    }

    /// Puts the built web app and this bundle together, which the page opens with, and serves them likewise.
    pub fn with_bundle(bundle: PathBuf) -> Result<Self> {
        Self::with_bundles(vec![bundle])
    }

    /// Likewise with several bundles, at least one; the page opens with the first.
    pub fn with_bundles(bundles: Vec<PathBuf>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let site = folder.path().join("site");
        nadir::serve::write_site(&built("web")?, &bundles, &site)?;
        let bundle = bundles.into_iter().next().context("a site has a bundle")?;
        let mut server = nadir_program()?
            .args(["serve", "--port", "0", "--site"])
            .arg(&site)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start nadir")?;
        let address = served_address(&mut server);
        // Made before the address is looked at, so that the server is ended where it names none.
        let mut started = Self { server, address: String::new(), bundle, folder };
        started.address = address?;
        Ok(started)
    }

    /// The address of `path`, which may hold a query, on this site.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }

    /// The folder that is served.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// Ends the server: from now on the site is out of reach.
    ///
    /// # Errors
    /// Where the system refuses to.
    pub fn stop(&mut self) -> Result<()> {
        self.server.kill()?;
        self.server.wait()?;
        Ok(())
    }

    /// The folder of the bundle that the page opens with.
    pub fn bundle(&self) -> &Path {
        &self.bundle
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program `nadir` of this build, to be run.
pub fn nadir_program() -> Result<Command> {
    Ok(Command::new(nadir_file()?))
}

/// Where the program `nadir` of this build is.
pub fn nadir_file() -> Result<PathBuf> {
    built(&format!("release/nadir{}", std::env::consts::EXE_SUFFIX))
}

/// The folder of the committed bundle: `static/models/scenes`, or else the first that there is.
pub fn committed_bundle() -> Result<PathBuf> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models");
    let mut bundles: Vec<PathBuf> = std::fs::read_dir(&models)
        .with_context(|| format!("cannot read {}", models.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|folder| folder.join("bundle.json").is_file())
        .collect();
    bundles.sort_by_key(|folder| (!folder.ends_with("scenes"), folder.clone()));
    bundles.into_iter().next().with_context(|| format!("{} holds no bundle", models.display()))
}

/// A build output, found from where cargo put the running program: a test in `<target>/release/deps/`, or a binary in
/// `<target>/release/`.
fn built(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("the program lies in no folder")?;
    let levels = if folder.ends_with("deps") { 2 } else { 1 };
    let target = folder.ancestors().nth(levels).context("the program does not lie in a target folder")?;
    let path = target.join(name);
    if !path.exists() {
        bail!("{} is missing; `cargo xtask test` builds it before it runs these tests", path.display());
    }
    Ok(path)
}

fn served_address(server: &mut Child) -> Result<String> {
    let stdout = server.stdout.take().context("nadir has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next().transpose()? {
        if let Some(start) = line.find("http://") {
            let address = line[start..].split_whitespace().next().unwrap_or_default();
            let address = address.trim_end_matches('/').to_owned();
            // Read on, so that the server never waits for space in the pipe.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(address);
        }
    }
    bail!("nadir serve ended without naming an address")
}
