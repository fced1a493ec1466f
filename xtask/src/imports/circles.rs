//! Circles among a crate's modules.

use super::tree::{Edge, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A file, or a folder with all that is in it, by its name in the folder above; `None` is that folder's own `mod.rs`.
type Node<'a> = Option<&'a str>;

/// The circles of a crate: a message each, with every import that is part of it. Files are named from `root` on.
pub fn circles(tree: &Tree, root: &Path) -> Vec<String> {
    let edges = tree.edges();
    tree.0.keys().flat_map(|folder| circles_in(folder, &edges, tree, root)).collect()
}

/// The circles among a module's own file and the modules in it.
fn circles_in(folder: &[String], edges: &[Edge], tree: &Tree, root: &Path) -> Vec<String> {
    let inside: Vec<(Node<'_>, Node<'_>, &Edge)> = edges
        .iter()
        .filter_map(|edge| Some((node(folder, &edge.from)?, node(folder, &edge.to)?, edge)))
        .filter(|(from, to, _)| from != to)
        .collect();
    let mut graph: BTreeMap<Node<'_>, BTreeSet<Node<'_>>> = BTreeMap::new();
    for (from, to, _) in &inside {
        graph.entry(*from).or_default().insert(*to);
    }
    let ahead: BTreeMap<Node<'_>, BTreeSet<Node<'_>>> = graph.keys().map(|&from| (from, reach(&graph, from))).collect();
    // Two that reach each other are in one circle, and all of a circle have the same set here.
    let circle_of = |from: &Node<'_>| -> BTreeSet<Node<'_>> {
        let back = |to: &&Node<'_>| ahead.get(*to).is_some_and(|ahead| ahead.contains(from));
        ahead[from].iter().filter(back).copied().collect()
    };
    let circles: BTreeSet<BTreeSet<Node<'_>>> =
        ahead.keys().map(circle_of).filter(|circle| !circle.is_empty()).collect();
    let shown =
        |module: &[String]| tree.0.get(module).map_or_else(String::new, |module| seen_from_root(&module.file, root));
    let message = |circle: BTreeSet<Node<'_>>| {
        let names: Vec<&str> = circle.iter().map(|node| node.unwrap_or("the file itself")).collect();
        let mut paths: BTreeMap<[String; 2], BTreeSet<&str>> = BTreeMap::new();
        for (.., edge) in inside.iter().filter(|(from, to, _)| circle.contains(from) && circle.contains(to)) {
            paths.entry([shown(&edge.from), shown(&edge.to)]).or_default().insert(&edge.path);
        }
        let line = |([from, to], paths): ([String; 2], BTreeSet<&str>)| {
            format!("\n  {from} -> {to}: {}", Vec::from_iter(paths).join(", "))
        };
        let lines: String = paths.into_iter().map(line).collect();
        format!("in {}, {} import each other:{}", shown(folder), names.join(", "), lines)
    };
    circles.into_iter().map(message).collect()
}

/// Where a module is in a folder; the outer `None` if it is elsewhere.
fn node<'a>(folder: &[String], module: &'a [String]) -> Option<Node<'a>> {
    module.strip_prefix(folder).map(|inside| inside.first().map(String::as_str))
}

/// All that a node imports, and what that imports, and so on.
fn reach<'a>(graph: &BTreeMap<Node<'a>, BTreeSet<Node<'a>>>, from: Node<'a>) -> BTreeSet<Node<'a>> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(node) = next.pop() {
        next.extend(graph.get(&node).into_iter().flatten().filter(|to| reached.insert(**to)));
    }
    reached
}

fn seen_from_root(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}
