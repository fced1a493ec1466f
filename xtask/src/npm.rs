//! Programs of others in JavaScript that tests and benchmarks hold the page against. They are no part of what is
//! shipped: fetched once from npm's registry into cargo's target folder, and checked by their published hash.

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use base64::Engine;
use sha2::{Digest, Sha512};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A version of a package.
pub struct Package {
    name: &'static str,
    version: &'static str,
    /// SHA-512 in base64, as the registry publishes it.
    sha512: &'static str,
}

/// Finds what a screen-reader user would stumble over (Deque Systems, MPL-2.0).
pub const AXE: Package = Package {
    name: "axe-core",
    version: "4.14.1",
    sha512: "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
};

/// The engine's baseline (Microsoft, MIT).
pub const ONNX_RUNTIME: Package = Package {
    name: "onnxruntime-web",
    version: "1.30.0",
    sha512: "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
};

/// The package's folder, fetched and unpacked unless it is there.
///
/// # Errors
/// Where it cannot be fetched or is not what was published.
pub fn ensure(workspace: &Workspace, package: &Package) -> Result<PathBuf> {
    let Package { name, version, sha512 } = package;
    let folder = workspace.target.join("npm").join(format!("{name}-{version}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let aside = folder.with_extension("part");
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    fs::create_dir_all(&aside).with_context(|| format!("cannot create {}", aside.display()))?;
    let archive = aside.join("package.tgz");
    let url = format!("https://registry.npmjs.org/{name}/-/{name}-{version}.tgz");
    say!("Fetching {url}");
    process::run(Command::new("curl").args(["-fsSL", "--retry", "3", "-o"]).arg(&archive).arg(&url))
        .with_context(|| format!("{name} cannot be fetched from npm's registry"))?;
    let found = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(fs::read(&archive)?));
    if found != *sha512 {
        bail!("{url} is not what was published: expected SHA-512 {sha512}, found {found}");
    }
    // npm's archives hold one folder, `package`.
    process::run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&aside).arg("--strip-components=1"))?;
    fs::remove_file(&archive)?;
    fs::rename(&aside, &folder).with_context(|| format!("cannot rename to {}", folder.display()))?;
    Ok(folder)
}
