//! Which packages of others are compiled into the program and the page.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// A package of others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its terms, as an SPDX expression; `None` where its manifest names a file alone.
    pub expression: Option<String>,
    /// That file.
    pub licence_file: Option<String>,
    /// Where its sources come from, or an empty text.
    pub repository: String,
    /// The folder of its sources.
    pub folder: PathBuf,
}

/// The packages with a source that `roots` reach by normal dependencies, in the order of their names, from what `cargo
/// metadata` says. What builds the others, or tests them, is not among them.
pub fn reached(metadata: &Value, roots: &[&str]) -> Result<BTreeSet<Package>> {
    let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let nodes = metadata["resolve"]["nodes"].as_array().context("`cargo metadata` has resolved nothing")?;
    let by_id: HashMap<&str, &Value> =
        packages.iter().filter_map(|package| Some((package["id"].as_str()?, package))).collect();
    let edges: HashMap<&str, &Value> =
        nodes.iter().filter_map(|node| Some((node["id"].as_str()?, &node["deps"]))).collect();
    let is_root = |package: &&Value| {
        package["source"].is_null() && package["name"].as_str().is_some_and(|name| roots.contains(&name))
    };
    let mut open: Vec<&str> = packages.iter().filter(is_root).filter_map(|package| package["id"].as_str()).collect();
    let mut seen: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        for dependency in edges.get(id).and_then(|deps| deps.as_array()).into_iter().flatten() {
            let is_normal = dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null());
            let id = dependency["pkg"].as_str().context("a dependency without a package")?;
            if is_normal && seen.insert(id) {
                open.push(id);
            }
        }
    }
    let of_others = seen.into_iter().filter_map(|id| by_id.get(id)).filter(|package| !package["source"].is_null());
    of_others.map(|package| read(package)).collect()
}

fn read(package: &Value) -> Result<Package> {
    let text = |field: &str| package[field].as_str().map(str::to_owned);
    let manifest = PathBuf::from(text("manifest_path").context("a package without a manifest")?);
    Ok(Package {
        name: text("name").context("a package without a name")?,
        version: text("version").context("a package without a version")?,
        expression: text("license"),
        licence_file: text("license_file"),
        repository: text("repository").unwrap_or_default(),
        folder: manifest.parent().context("a manifest lies in a folder")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_reached_by_normal_dependencies_counts_and_no_tool_or_member() {
        let package = |id: &str, source: Value| {
            json!({"id": id, "name": id, "version": "1.0.0", "source": source, "license": "MIT",
                "manifest_path": format!("/registry/{id}/Cargo.toml")})
        };
        let registry = || json!("registry+https://github.com/rust-lang/crates.io-index");
        let dependency = |id: &str, kind: Value| json!({"pkg": id, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package("nadir", Value::Null), package("nadir-core", Value::Null), package("serde", registry()),
                package("deep", registry()), package("cc", registry()), package("proptest", registry()),
                package("unused", registry())],
            "resolve": {"nodes": [
                {"id": "nadir", "deps": [dependency("nadir-core", Value::Null), dependency("cc", json!("build"))]},
                {"id": "nadir-core", "deps": [dependency("serde", Value::Null), dependency("proptest", json!("dev"))]},
                {"id": "serde", "deps": [dependency("deep", Value::Null)]},
                {"id": "deep", "deps": [dependency("serde", Value::Null)]},
            ]},
        });
        let found = reached(&metadata, &["nadir"]).expect("read");
        let names: Vec<&str> = found.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["deep", "serde"]);
        assert_eq!(found.first().map(|package| package.folder.clone()), Some(PathBuf::from("/registry/deep")));
    }
}
