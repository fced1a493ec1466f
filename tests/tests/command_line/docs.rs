//! What the texts say of the repository, held against it: `docs/architecture.md` lists the folders that are there, and
//! files that are named are. Links are followed by `cargo xtask docs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders beside the crates' `src` that the text lists level by level.
const LISTED: [&str; 6] = ["shared", "trainer", "web", "static", "tests", "tests/tests"];

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// README and its like, and the chapters in `docs`, by their paths in the repository.
pub(crate) fn texts() -> Vec<String> {
    let docs = entries(&root().join("docs")).into_iter();
    let docs = docs.filter_map(|path| Some(format!("docs/{}", path.file_name()?.to_str()?)));
    let mut texts: Vec<String> = docs.filter(|path| path.ends_with(".md")).collect();
    texts.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(String::from));
    texts.sort();
    texts
}

/// A file of the repository.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path} cannot be read: {error}"))
}

/// What stands between backticks in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The lists of a text: what is named before the colon of each `- ` line, by the path in the heading above it.
fn lists(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut lists = BTreeMap::new();
    let mut heading = None;
    for line in text.lines() {
        if line.starts_with('#') {
            heading = line.strip_prefix("### ").and_then(|title| quoted(title).next()).map(str::to_owned);
            lists.extend(heading.clone().map(|path| (path, BTreeSet::new())));
        } else if let (Some(path), Some(entry)) = (&heading, line.strip_prefix("- ")) {
            let names = entry.split_once(':').map_or(entry, |(names, _)| names);
            lists.entry(path.clone()).or_default().extend(quoted(names).map(str::to_owned));
        }
    }
    lists
}

fn entries(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// Whether it is a file or holds one: git knows no others, and may leave empty folders behind where files were moved.
fn has_file(path: &Path) -> bool {
    path.is_file() || path.is_dir() && entries(path).iter().any(|entry| has_file(entry))
}

/// The folders with files in a folder, each with a slash behind it; hidden ones are not counted.
fn folders(path: &Path) -> BTreeSet<String> {
    let folders = entries(path).into_iter().filter(|entry| entry.is_dir() && has_file(entry));
    let names = folders.map(|folder| folder.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned());
    names.filter(|name| !name.starts_with('.')).map(|name| format!("{name}/")).collect()
}

/// The workspace's packages, as `Cargo.toml` lists their folders.
fn members(manifest: &str) -> Vec<&str> {
    let list = manifest.split_once("members = [").expect("a list of members").1;
    let list = list.split_once(']').expect("its end").0;
    list.split('"').skip(1).step_by(2).collect()
}

/// What a list has and the folder has not, and the other way round, a sentence each.
fn differences(heading: &str, listed: &BTreeSet<String>, found: &BTreeSet<String>) -> Vec<String> {
    let named: BTreeSet<String> = listed.iter().filter(|name| name.ends_with('/')).cloned().collect();
    let missing = named.difference(found).map(|name| format!("{heading} should hold {name}, and does not"));
    let unnamed = found.difference(&named).map(|name| format!("{heading} holds {name}, which its list does not name"));
    missing.chain(unnamed).collect()
}

#[test]
fn the_architecture_lists_the_folders_that_are_there() {
    let lists = lists(&read("docs/architecture.md"));
    let manifest = read("Cargo.toml");
    let members = members(&manifest);
    let mut wrong = Vec::new();
    for (heading, listed) in &lists {
        let folder = root().join(heading);
        for file in listed.iter().filter(|name| !name.ends_with('/') && !folder.join(name).is_file()) {
            wrong.push(format!("{heading}/{file} is listed and is no file"));
        }
        if heading == "." {
            // A checkout may hold runs and data besides, so here only the packages have to be in the list.
            let firsts = members.iter().map(|member| format!("{}/", member.split('/').next().unwrap_or(member)));
            let listed_or_there = firsts.chain(listed.iter().filter(|name| root().join(name).is_dir()).cloned());
            wrong.extend(differences("the repository", listed, &listed_or_there.collect()));
        } else {
            wrong.extend(differences(heading, listed, &folders(&folder)));
        }
    }
    let sources = members.iter().map(|member| format!("{member}/src"));
    for path in LISTED.iter().map(ToString::to_string).chain(sources).chain([".".to_owned()]) {
        if !lists.contains_key(&path) && !folders(&root().join(&path)).is_empty() {
            wrong.push(format!("{path} holds folders, and docs/architecture.md has no list of them"));
        }
    }
    assert!(wrong.is_empty(), "docs/architecture.md: {}", wrong.join("; "));
}

#[test]
fn a_wrong_list_is_found() {
    let text = "# Text\n- `no/`: outside\n### `a/src`\n\n- `one/`, `two.rs`: both `three/`\n- `four/`: it\n## Next\n- `five/`: no\n";
    let lists = lists(text);
    let named = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(lists, BTreeMap::from([("a/src".to_owned(), named(&["one/", "two.rs", "four/"]))]));
    let wrong = differences("a/src", &lists["a/src"], &named(&["one/", "new/"]));
    assert_eq!(wrong, ["a/src should hold four/, and does not", "a/src holds new/, which its list does not name"]);
}

/// Words in backticks that are paths of files in the repository: with a slash, an ending and no placeholder.
fn named_files(text: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: [&str; 7] = ["shared/", "trainer/", "web/", "static/", "tests/", "xtask/", "docs/"];
    let is_path = |word: &&str| {
        FOLDERS.iter().any(|folder| word.starts_with(folder))
            && word.rsplit('/').next().is_some_and(|name| name.contains('.'))
            && !word.contains(|letter: char| letter.is_ascii_uppercase() || "*{<, ".contains(letter))
    };
    text.split("```").step_by(2).flat_map(quoted).filter(is_path)
}

#[test]
fn named_files_are_there() {
    let mut wrong = Vec::new();
    for name in texts() {
        let text = read(&name);
        let files = named_files(&text).filter(|path| !root().join(path).exists());
        wrong.extend(files.map(|path| format!("{name} names {path}, which is not there")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 120, "README.md has {lines} lines, and 120 are its most; longer text belongs in docs/");
}
