//! The book: `docs` by mdBook, and beside it the files of the repository that it links to, in their places, so that its
//! links are those of the texts.

use super::faults::without;
use super::markdown;
use super::texts::{BOOK, read, texts};
use crate::folder;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// Its pages stand for addresses that are not known beforehand.
const NOT_FOUND: &str = "404.html";

/// Builds the book and checks the links of its pages; gives the folder of its first page.
///
/// # Errors
/// Where mdBook is not installed or fails; each link of a page that leads nowhere.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let Some(program) = process::find_program("mdbook") else {
        bail!("the links are right; the book needs mdBook: cargo install mdbook --locked --no-default-features");
    };
    let root = workspace.target.join("book");
    let pages = root.join(BOOK);
    process::run(Command::new(program).arg("build").arg(workspace.root.join(BOOK)).arg("--dest-dir").arg(&pages))?;
    for file in outside_files(&workspace.root)? {
        let to = root.join(&file);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(workspace.root.join(&file), &to).with_context(|| format!("cannot copy to {}", to.display()))?;
    }
    without(&dead_links(&pages)?)?;
    Ok(pages)
}

/// Files outside of `docs` that its texts link to.
fn outside_files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for path in texts(root)?.into_iter().filter(|path| path.starts_with(BOOK)) {
        for (_, link) in markdown::read(&read(root, &path)?).links {
            let file = link.split('#').next().unwrap_or_default();
            if file.starts_with("../") && !file.contains("://") {
                found.insert(normalised(&path.parent().unwrap_or(Path::new("")).join(file)));
            }
        }
    }
    Ok(found.into_iter().filter(|path| !path.starts_with(BOOK)).collect())
}

/// A path without `..`.
fn normalised(path: &Path) -> PathBuf {
    let mut to = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(to.pop()),
            Component::CurDir => {}
            part => to.push(part),
        }
    }
    to
}

/// Each link of the pages to a file that is not there, or to a place that the page has not.
fn dead_links(pages: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "html");
    for page in folder::files(pages, Path::new(""))?.into_iter().filter(is_page) {
        if page == Path::new(NOT_FOUND) {
            continue;
        }
        let html = fs::read_to_string(pages.join(&page))?;
        for link in links(&html) {
            let (file, id) = link.split_once('#').map_or((link, None), |(file, id)| (file, Some(id)));
            let file = file.split('?').next().unwrap_or_default();
            let to = match file {
                "" => pages.join(&page),
                file => normalised(&pages.join(&page).parent().unwrap_or(pages).join(file.replace("%20", " "))),
            };
            if !to.exists() {
                faults.push(format!("{}: {link}: {} is not there", page.display(), to.display()));
            } else if let Some(id) = id.filter(|id| !id.is_empty() && is_page(&to)) {
                let there = if to == pages.join(&page) { html.clone() } else { fs::read_to_string(&to)? };
                if !there.contains(&format!("id=\"{id}\"")) {
                    faults.push(format!("{}: {link}: the page has no place {id}", page.display()));
                }
            }
        }
    }
    Ok(faults)
}

/// Where a page's `href` and `src` lead, but for addresses outside.
fn links(html: &str) -> impl Iterator<Item = &str> {
    let values = ["href=\"", "src=\""].into_iter().flat_map(move |name| html.split(name).skip(1));
    let values = values.filter_map(|rest| rest.split_once('"').map(|(value, _)| value));
    values.filter(|value| !value.contains(':') && !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_of_pages_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = |name: &str, html: &str| fs::write(folder.path().join(name), html).expect("written");
        page("a.html", "<a href=\"b.html#end\">b</a><a href=\"https://x.y\"></a><img src=\"c.png\"><h2 id=\"top\">");
        page("b.html", "<h2 id=\"end\"></h2><a href=\"a.html#top\"></a>");
        assert_eq!(dead_links(folder.path()).expect("read").len(), 1, "c.png");
        page("c.png", "");
        assert_eq!(dead_links(folder.path()).expect("read"), Vec::<String>::new());
        page("b.html", "<a href=\"a.html#tip\"></a>");
        let found = dead_links(folder.path()).expect("read").join("\n");
        assert!(found.contains("a.html: b.html#end") && found.contains("b.html: a.html#tip"), "{found}");
        assert_eq!(normalised(Path::new("docs/../trainer/./x")), Path::new("trainer/x"));
    }
}
