//! The terms of everything that is compiled into program and page, as one text: each licence once, under the packages that
//! have it, word for word as their sources have it.

use super::packages::{Package, reached};
use super::target::Target;
use crate::process;
use crate::workspace::{READER, WASM_TARGET, Workspace, web_packages};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How the names of files with terms begin, in capitals.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// The text for a program with `features` and the page beside it.
pub fn text(workspace: &Workspace, target: &Target, features: Option<&str>) -> Result<String> {
    let mut packages = reached(&metadata(workspace, &target.triple, features)?, &["nadir"])?;
    // The packages that make the page.
    let page: Vec<&str> = web_packages().into_iter().chain(READER).filter(|word| *word != "-p").collect();
    packages.extend(reached(&metadata(workspace, WASM_TARGET, None)?, &page)?);
    let read = packages.into_iter().map(|package| {
        let texts = texts(&package)?;
        Ok((package, texts))
    });
    composed(&read.collect::<Result<Vec<_>>>()?)
}

fn metadata(workspace: &Workspace, triple: &str, features: Option<&str>) -> Result<Value> {
    let mut cargo = workspace.cargo("metadata");
    cargo.args(["--format-version", "1", "--locked", "--filter-platform", triple]);
    if let Some(features) = features {
        let of_trainer: Vec<String> = features.split([',', ' ']).map(|feature| format!("nadir/{feature}")).collect();
        cargo.args(["--features", &of_trainer.join(",")]);
    }
    Ok(serde_json::from_str(&process::output(&mut cargo)?)?)
}

/// The terms that lie in a package's folder, without blanks at the ends.
fn texts(package: &Package) -> Result<BTreeSet<String>> {
    let mut texts = BTreeSet::new();
    let folder = &package.folder;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
        let is_named = package.licence_file.as_ref().is_some_and(|file| path.ends_with(file));
        if path.is_file() && (is_named || NAMES.iter().any(|begin| name.starts_with(begin))) {
            texts.extend(text_of(&path)?);
        }
        // Some keep them together in a folder, as REUSE does.
        if path.is_dir() && ["LICENSES", "LICENSE"].contains(&name.as_str()) {
            for entry in fs::read_dir(&path)? {
                let path = entry?.path();
                texts.extend(if path.is_file() { text_of(&path)? } else { None });
            }
        }
    }
    Ok(texts)
}

fn text_of(path: &Path) -> Result<Option<String>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let text = text.trim_matches('\n').trim_end();
    Ok((!text.trim().is_empty()).then(|| text.to_owned()))
}

/// # Errors
/// A package whose terms nobody says.
fn composed(packages: &[(Package, BTreeSet<String>)]) -> Result<String> {
    let mut out = String::from(
        "Nadir contains the packages of others that are listed here. Where their terms give a choice, all of them stand below.\n\n",
    );
    let mut by_text: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for (package, texts) in packages {
        let Package { name, version, expression, repository, .. } = package;
        let named = format!("{name} {version}");
        let terms = match (expression, texts.is_empty()) {
            (Some(expression), _) => expression.as_str(),
            (None, false) => "its own terms, below",
            (None, true) => bail!("{named} says nothing of its terms"),
        };
        out.push_str(format!("{named}: {terms} {repository}").trim_end());
        out.push('\n');
        if texts.is_empty() {
            without.push(format!("{named} ({terms})"));
        }
        texts.iter().for_each(|text| by_text.entry(text).or_default().push(named.clone()));
    }
    if !without.is_empty() {
        out.push_str(&format!(
            "\nWithout a file of terms in their sources, under the terms that their manifests name: {}\n",
            without.join(", ")
        ));
    }
    let mut texts: Vec<(&str, Vec<String>)> = by_text.into_iter().collect();
    // Those of the most packages in front.
    texts.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.1.cmp(&b.1)));
    let rule = "-".repeat(100);
    for (text, names) in texts {
        out.push_str(&format!("\n{rule}\n{}\n{rule}\n\n{text}\n", names.join(", ")));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, expression: Option<&str>, folder: &Path) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            expression: expression.map(str::to_owned),
            licence_file: None,
            repository: format!("https://example.org/{name}"),
            folder: folder.to_owned(),
        }
    }

    #[test]
    fn everything_that_is_compiled_in_says_its_terms() {
        let workspace = Workspace::find().expect("this checkout");
        let target = Target::of_this_machine().expect("rustc");
        let text = text(&workspace, &target, None).expect("each package has terms");
        for package in ["burn ", "leptos ", "rayon ", "axum "] {
            assert!(text.lines().any(|line| line.starts_with(package)), "{package}is not listed");
        }
        assert!(text.contains("Permission is hereby granted") && text.contains("Apache License"));
        assert!(!text.contains("nadir-core ") && !text.contains("proptest "), "own packages, and those of tests alone");
    }

    #[test]
    fn files_with_terms_are_found_by_their_names_and_by_the_manifest() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("LICENSES")).expect("made");
        for (name, text) in [
            ("LICENSE-MIT", "\nmit\r\nlines\n\n"),
            ("license-apache.txt", "apache"),
            ("COPYING", "\n"),
            ("terms.md", "own"),
            ("README.md", "read"),
            ("LICENSES/CC0.txt", "cc0"),
        ] {
            fs::write(folder.path().join(name), text).expect("written");
        }
        let mut package = package("a", None, folder.path());
        let found = |package: &Package| texts(package).expect("read").into_iter().collect::<Vec<_>>();
        assert_eq!(found(&package), ["apache", "cc0", "mit\nlines"]);
        package.licence_file = Some("terms.md".into());
        assert_eq!(found(&package), ["apache", "cc0", "mit\nlines", "own"]);
    }

    #[test]
    fn each_text_stands_once_under_all_that_have_it_and_nobodys_terms_stay_unsaid() {
        let of = |name: &str, expression, texts: &[&str]| {
            (package(name, expression, Path::new("x")), texts.iter().map(ToString::to_string).collect::<BTreeSet<_>>())
        };
        let packages = [
            of("alone", Some("ISC"), &["isc text"]),
            of("first", Some("MIT OR Apache-2.0"), &["mit text", "apache text"]),
            of("second", Some("MIT"), &["mit text"]),
            of("silent", Some("Zlib"), &[]),
        ];
        let text = composed(&packages).expect("composed");
        assert_eq!(text.matches("mit text").count(), 1);
        assert!(text.contains("first 1.0.0, second 1.0.0\n"), "{text}");
        assert!(text.contains("first 1.0.0: MIT OR Apache-2.0 https://example.org/first\n"), "{text}");
        assert!(text.contains("their manifests name: silent 1.0.0 (Zlib)\n"), "{text}");
        assert!(text.find("mit text") < text.find("isc text"), "the text of most packages first");
        let error = composed(&[of("none", None, &[])]).expect_err("no terms");
        assert!(error.to_string().contains("none 1.0.0 says nothing"), "{error}");
    }
}
