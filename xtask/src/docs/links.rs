//! Every link of every text leads to a file of the repository, and to a heading of it.

use super::faults::without;
use super::markdown::{self, Markdown};
use super::texts::{BOOK, SUMMARY, read, texts};
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// Checks all links inside the repository, and gives the addresses outside of it, each once.
///
/// # Errors
/// Each wrong link with its text and line, and each chapter that the book's list has twice or not at all.
pub fn check(root: &Path) -> Result<BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for path in texts(root)? {
        let text = markdown::read(&read(root, &path)?);
        all.insert(path, text);
    }
    ensure!(all.contains_key(Path::new(SUMMARY)), "{SUMMARY} is not there");
    let exists = |path: &Path| root.join(path).exists();
    let (mut faults, external) = faults(&all, &exists);
    faults.extend(chapters(&all));
    without(&faults)?;
    Ok(external)
}

/// What is wrong, a sentence each, and the addresses outside.
fn faults(all: &BTreeMap<PathBuf, Markdown>, exists: &dyn Fn(&Path) -> bool) -> (Vec<String>, BTreeSet<String>) {
    let (mut faults, mut external) = (Vec::new(), BTreeSet::new());
    for (path, text) in all {
        let at = |line: usize| format!("{}:{line}", path.display());
        for (line, name) in &text.undefined {
            faults.push(format!("{}: nothing defines the reference [{name}]", at(*line)));
        }
        for (line, target) in &text.links {
            if target.contains("://") || target.starts_with("mailto:") {
                external.insert(target.clone());
            } else if let Some(fault) = fault(path, target, all, exists) {
                faults.push(format!("{}: {target}: {fault}", at(*line)));
            }
        }
    }
    (faults, external)
}

/// Why a link from `path` leads nowhere.
fn fault(
    path: &Path,
    target: &str,
    all: &BTreeMap<PathBuf, Markdown>,
    exists: &dyn Fn(&Path) -> bool,
) -> Option<String> {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let file = if file.is_empty() {
        path.to_owned()
    } else {
        match resolved(path, &file.replace("%20", " ")) {
            Some(file) => file,
            None => return Some("leads out of the repository".to_owned()),
        }
    };
    if !exists(&file) {
        return Some(format!("{} is not there", file.display()));
    }
    let anchor = anchor?;
    match all.get(&file) {
        None => Some(format!("{} has no headings", file.display())),
        Some(text) if text.anchors.contains(anchor) => None,
        Some(text) => {
            let names: Vec<&str> = text.anchors.iter().map(String::as_str).collect();
            Some(format!("{} has no heading #{anchor}; it has {}", file.display(), names.join(", ")))
        }
    }
}

/// The file that a relative link leads to, from the repository's folder.
fn resolved(from: &Path, link: &str) -> Option<PathBuf> {
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// mdBook leaves out a text that its list does not name, and makes an empty one of a name that is no text.
fn chapters(all: &BTreeMap<PathBuf, Markdown>) -> Vec<String> {
    let Some(summary) = all.get(Path::new(SUMMARY)) else { return Vec::new() };
    let mut listed: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (_, target) in &summary.links {
        listed.entry(Path::new(BOOK).join(target)).and_modify(|times| *times += 1).or_insert(1);
    }
    let twice = listed.iter().filter(|(_, times)| **times > 1);
    let twice = twice.map(|(path, _)| format!("{SUMMARY}: {} is listed twice", path.display()));
    let is_chapter = |path: &&PathBuf| path.parent() == Some(Path::new(BOOK)) && *path != Path::new(SUMMARY);
    let missing = all.keys().filter(is_chapter).filter(|path| !listed.contains_key(*path));
    let missing = missing.map(|path| format!("{SUMMARY}: {} is not listed", path.display()));
    twice.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn every_link_of_the_repository_leads_somewhere() {
        let external = check(&Workspace::find().expect("this checkout").root).unwrap_or_else(|error| panic!("{error}"));
        assert!(external.len() > 5, "{external:?}");
    }

    fn of(texts: &[(&str, &str)]) -> (Vec<String>, BTreeSet<String>) {
        let all: BTreeMap<_, _> =
            texts.iter().map(|(path, text)| (PathBuf::from(path), markdown::read(text))).collect();
        let exists = |path: &Path| all.contains_key(path) || path == Path::new("docs/a.png");
        let (mut found, external) = faults(&all, &exists);
        found.extend(chapters(&all));
        (found, external)
    }

    #[test]
    fn each_kind_of_wrong_link_is_named_with_its_line() {
        let summary = ("docs/SUMMARY.md", "[A](a.md)\n[B](b.md)");
        let (found, external) = of(&[
            summary,
            ("docs/a.md", "# Top\n[here](#top), [there](b.md#end), ![x](a.png), [up](../README.md), <https://x.y/z>"),
            ("docs/b.md", "## End"),
            ("README.md", "[docs](docs/a.md#top)"),
        ]);
        assert!(found.is_empty() && external.contains("https://x.y/z"), "{found:?}");
        let (found, _) = of(&[
            summary,
            (
                "docs/a.md",
                "# Top\n[1](#tip)\n[2](b.md#start)\n[3](c.md)\n[4](../../etc)\n[5](/etc)\n[6](a.png#x)\n[7][nothing]",
            ),
            ("docs/b.md", "## End"),
            ("docs/d.md", "not listed"),
        ]);
        let words = [
            "docs/a.md:2: #tip: docs/a.md has no heading #tip; it has top",
            "docs/a.md:3: b.md#start: docs/b.md has no heading #start; it has end",
            "docs/a.md:4: c.md: docs/c.md is not there",
            "docs/a.md:5: ../../etc: leads out of the repository",
            "docs/a.md:6: /etc: leads out of the repository",
            "docs/a.md:7: a.png#x: docs/a.png has no headings",
            "docs/a.md:8: nothing defines the reference [nothing]",
            "docs/SUMMARY.md: docs/d.md is not listed",
        ];
        assert_eq!(found.len(), words.len(), "{found:#?}");
        for word in words {
            assert!(found.iter().any(|fault| fault == word), "{word:?} is not in {found:#?}");
        }
    }
}
