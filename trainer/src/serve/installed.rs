//! Where an installed program's page lies.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The site that came with this program: `site` in the program's own folder, as in the archives of `cargo xtask dist`, or
/// `share/nadir/site` beside the folder `bin`, as in the wheel.
///
/// # Errors
/// Where there is none: the folders that were looked at, and how to have one.
pub fn site_of_program() -> Result<PathBuf> {
    // A link in a folder of programs leads to where the files are.
    let program = std::env::current_exe().and_then(std::fs::canonicalize).context("this program's own folder")?;
    site_beside(&program)
}

fn site_beside(program: &Path) -> Result<PathBuf> {
    let folder = program.parent().unwrap_or(Path::new("."));
    let prefix = folder.parent().unwrap_or(folder);
    let places = [folder.join("site"), prefix.join("share/nadir/site")];
    if let Some(site) = places.iter().find(|place| place.join("index.html").is_file()) {
        return Ok(site.clone());
    }
    let [beside, shared] = places.each_ref().map(|place| place.display());
    bail!(
        "the page's files did not come with this program: there is no site in {beside} or {shared}. The archives of \
         `cargo xtask dist` and the wheel have them; `cargo install` copies the program alone. In a checkout `cargo \
         xtask web` builds them, `nadir site --web TARGET/web --bundle static/models/aerial --out site` puts a site \
         together, and `--site site` names it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_are_found_and_without_them_the_way_to_a_site_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("bin/nadir");
        let error = site_beside(&program).expect_err("nothing there").to_string();
        for word in ["bin/site", "share/nadir/site", "cargo xtask web", "--site"] {
            assert!(error.contains(word), "{word:?} is not in {error}");
        }
        for place in ["share/nadir/site", "bin/site"] {
            let site = folder.path().join(place);
            std::fs::create_dir_all(&site).expect("made");
            assert_ne!(site_beside(&program).ok(), Some(site.clone()), "a folder without a page is no site");
            std::fs::write(site.join("index.html"), "page").expect("written");
            assert_eq!(site_beside(&program).expect("there"), site);
        }
    }
}
