//! What the service worker keeps: the list of the app's files with their hashes, put before its script.

use crate::folder;
use anyhow::{Context, Result};
use base64::Engine;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The service worker's script in the site.
const SCRIPT: &str = "service-worker.js";

/// What belongs to the data that a site shows, not to the app.
const DATA: [&str; 3] = ["models", "reports", "examples"];

/// Writes the service worker of the app in `out` from `source`, its script in `static/`. The script changes whenever a
/// file of the app does, so that browsers fetch the new version.
pub fn write(source: &Path, out: &Path, files: &BTreeSet<PathBuf>) -> Result<()> {
    let mut kept = BTreeMap::new();
    for file in files.iter().filter(|file| is_of_app(file)) {
        let bytes = fs::read(out.join(file)).with_context(|| format!("cannot read {}", out.join(file).display()))?;
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes));
        kept.insert(address(file), format!("sha256-{hash}"));
    }
    let version = hex(&Sha256::digest(serde_json::to_vec(&kept)?)[..8]);
    let app = serde_json::json!({"version": version, "files": kept});
    let script = fs::read_to_string(source).with_context(|| format!("cannot read {}", source.display()))?;
    folder::write_if_changed(&out.join(SCRIPT), format!("const APP = {app};\n{script}").as_bytes())
}

fn is_of_app(file: &Path) -> bool {
    let is_hidden = file.iter().any(|part| part.to_string_lossy().starts_with('.'));
    let is_data = DATA.iter().any(|folder| file.starts_with(folder));
    !is_hidden && !is_data && file != Path::new(SCRIPT) && file.extension().is_none_or(|ending| ending != "br")
}

/// A path as an address has it.
fn address(file: &Path) -> String {
    file.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The script that is written for an app of these files.
    fn script(files: &[(&str, &str)]) -> Result<String> {
        let folder = tempfile::tempdir()?;
        let source = folder.path().join("source.js");
        fs::write(&source, "// the script\n")?;
        let out = folder.path().join("out");
        for (name, content) in files {
            let path = out.join(name);
            fs::create_dir_all(path.parent().context("a file in a folder")?)?;
            fs::write(path, content)?;
        }
        write(&source, &out, &files.iter().map(|(name, _)| PathBuf::from(name)).collect())?;
        Ok(fs::read_to_string(out.join(SCRIPT))?)
    }

    #[test]
    fn the_app_is_listed_and_what_it_shows_is_not() -> Result<()> {
        let files = [("index.html", "page"), ("ui/a.js", "code"), ("models/m/bundle.json", "{}"), (".nadir-web", "")];
        let script = script(&files)?;
        assert!(script.ends_with("// the script\n"));
        // `printf code | openssl dgst -sha256 -binary | base64`
        assert!(script.contains(r#""ui/a.js":"sha256-VpTQii5T/8rgwxA+Wtb2B2q9lg6x+KVldwQLwQKPcCs=""#), "{script}");
        assert!(!script.contains("bundle.json") && !script.contains(".nadir-web"), "{script}");
        Ok(())
    }

    #[test]
    fn a_change_of_the_app_is_a_change_of_the_script_and_a_change_of_the_data_is_none() -> Result<()> {
        let before = script(&[("index.html", "page"), ("models/m.json", "1")])?;
        assert_eq!(before, script(&[("index.html", "page"), ("models/m.json", "2")])?);
        assert_ne!(before, script(&[("index.html", "another"), ("models/m.json", "1")])?);
        Ok(())
    }
}
