//! The files of a crate as its modules, and which of them a path leads to.

use super::source::Source;
use anyhow::{Result, bail, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A module's names from the crate's root on; none of the root itself.
pub type Name = Vec<String>;

/// A module that is a file.
#[derive(Debug)]
pub struct Module {
    /// Path of the file.
    pub file: PathBuf,
    /// What the file declares and imports.
    pub source: Source,
}

/// All modules of a crate, by name.
#[derive(Debug, Default)]
pub struct Tree(pub BTreeMap<Name, Module>);

/// An import of one file by another.
#[derive(Debug)]
pub struct Edge {
    /// The module that imports.
    pub from: Name,
    /// The module that is imported.
    pub to: Name,
    /// The path as it is written.
    pub path: String,
}

/// Re-exports of re-exports are followed this far; a path that leads back to itself ends there.
const REEXPORTS: usize = 8;

impl Tree {
    /// Reads the crate whose root is the file `root`; `read` gives a file's text, or `None` if there is no such file.
    ///
    /// # Errors
    /// Names the file that a `mod` declares and that is not there, or is a module already.
    pub fn read(root: &Path, read: &impl Fn(&Path) -> Option<String>) -> Result<Self> {
        let mut tree = Self::default();
        let folder = root.parent().unwrap_or(Path::new(""));
        tree.add(Vec::new(), root.to_path_buf(), folder, read)?;
        Ok(tree)
    }

    fn add(&mut self, name: Name, file: PathBuf, folder: &Path, read: &impl Fn(&Path) -> Option<String>) -> Result<()> {
        let Some(text) = read(&file) else { bail!("{} cannot be read", file.display()) };
        let source = Source::from_text(&text);
        let children = source.children.clone();
        self.0.insert(name.clone(), Module { file: file.clone(), source });
        for (child, path) in children {
            let inside = folder.join(&child);
            let files = match &path {
                // From the file's own folder on.
                Some(path) => vec![file.with_file_name(path)],
                None => vec![inside.with_extension("rs"), inside.join("mod.rs")],
            };
            let Some(found) = files.iter().find(|file| read(file).is_some()) else {
                bail!("{} declares `mod {child};`: expected {}", file.display(), files[0].display());
            };
            let inside = match &path {
                Some(_) => found.parent().unwrap_or(Path::new("")),
                None => &inside,
            };
            ensure!(
                self.0.values().all(|module| module.file != *found),
                "{} declares `mod {child};`, and {} is a module already",
                file.display(),
                found.display()
            );
            let name = [name.as_slice(), &[child]].concat();
            self.add(name, found.clone(), inside, read)?;
        }
        Ok(())
    }

    /// Every import of one file by another.
    pub fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (from, module) in &self.0 {
            let source = &module.source;
            let mut add = |path: &[String], is_facade: bool| {
                for to in self.targets(from, path, REEXPORTS) {
                    if to != *from && !(is_facade && to.starts_with(from)) {
                        edges.push(Edge { from: from.clone(), to, path: path.join("::") });
                    }
                }
            };
            for import in &source.imports {
                add(&import.path, import.is_exported && !source.names.contains(&import.name));
            }
            for path in &source.paths {
                add(path, false);
            }
        }
        edges
    }

    /// The modules that a path leads to from the module `from`: the one that it names, and those that this one has the
    /// name from. `None` if it leads out of the crate.
    fn targets(&self, from: &[String], path: &[String], reexports: usize) -> Vec<Name> {
        let (Some(path), Some(left)) = (self.seen_from_root(from, path, reexports), reexports.checked_sub(1)) else {
            return Vec::new();
        };
        let len = (0..=path.len()).rev().find(|&len| self.0.contains_key(&path[..len])).unwrap_or(0);
        let (module, rest) = path.split_at(len);
        let mut found = vec![module.to_vec()];
        if let (Some((name, rest)), Some(there)) = (rest.split_first(), self.0.get(module)) {
            let source = &there.source;
            let import = source.imports.iter().find(|import| import.name == *name);
            if let Some(import) = import.filter(|_| !source.items.contains(name)) {
                found.extend(self.targets(module, &[&import.path, rest].concat(), left));
            }
        }
        found
    }

    /// The path from the crate's root on; `None` if it begins with another crate, or with what is no module.
    fn seen_from_root(&self, from: &[String], path: &[String], reexports: usize) -> Option<Name> {
        let left = reexports.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let supers = path.iter().take_while(|name| *name == "super").count();
        if first == "crate" {
            return Some(rest.to_vec());
        }
        if first == "self" {
            return Some([from, rest].concat());
        }
        if supers > 0 {
            return Some([&from[..from.len().checked_sub(supers)?], &path[supers..]].concat());
        }
        let child = [from, std::slice::from_ref(first)].concat();
        if self.0.contains_key(&child) {
            return Some([from, path].concat());
        }
        // A module that the file imports, as `report` in `use crate::report;` and `report::page()`.
        let imports = &self.0.get(from)?.source.imports;
        let import = imports.iter().find(|import| import.name == *first && import.path.as_slice() != path)?;
        let module = self.seen_from_root(from, &import.path, left)?;
        self.0.contains_key(&module).then(|| [module.as_slice(), rest].concat())
    }
}
