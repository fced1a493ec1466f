//! Detections as COCO's results and their many forms: a list, JSON lines, or a list inside an object.

use crate::data::json::{Document, Id, JsonFile, Node};
use anyhow::{Context, Result, anyhow, bail};
use std::path::Path;

const EXPECTED: &str =
    "COCO's results: a list of image_id, category_id, bbox [x, y, width, height] and score, or a line for each";

/// What evaluation programs call the list, where it stands in an object.
const LISTS: [&str; 5] = ["annotations", "predictions", "results", "detections", "data"];

/// One detection.
pub struct Found {
    /// The image's id.
    pub image_id: Id,
    /// The category's id.
    pub category_id: Id,
    /// x, y, width, height, px.
    pub bbox: [f64; 4],
    /// Higher is surer; may be NaN.
    pub score: f64,
}

/// The detections of a file in its order, and what is worth saying about it.
///
/// # Errors
/// Names the file, line, key and what was expected.
pub fn read(path: &Path) -> Result<(Vec<Found>, Vec<String>)> {
    let file = JsonFile::read(path)?;
    let document = file.parse(&["segmentation", "info", "licenses", "images", "categories", "keypoints"])?;
    let mut notes = Vec::new();
    let in_file = || format!("in the detections {}", path.display());
    let items = items(&document, &mut notes).with_context(in_file)?;
    let found = items.into_iter().map(detection).collect::<Result<Vec<_>>>().with_context(in_file)?;
    let count = |is: fn(f64) -> bool| found.iter().filter(|found| is(found.score)).count();
    let (nan, infinite) = (count(f64::is_nan), count(f64::is_infinite));
    if nan > 0 {
        notes.push(format!("{nan} detections have the score NaN, which JSON does not have; they count as the lowest"));
    }
    if infinite > 0 {
        notes.push(format!(
            "{infinite} detections have an infinite score, which JSON does not have; it is taken as it is"
        ));
    }
    Ok((found, notes))
}

fn detection(node: &Node<'_>) -> Result<Found> {
    Ok(Found {
        image_id: node.id("image_id")?,
        category_id: node.id("category_id")?,
        bbox: node.numbers("bbox")?,
        score: node.number_or_nan("score")?,
    })
}

fn items<'d, 'a>(document: &'d Document<'a>, notes: &mut Vec<String>) -> Result<Vec<&'d Node<'a>>> {
    match document.values.as_slice() {
        [one] if is_detection(one) => Ok(vec![one]),
        [one] => Ok(list_in(one, notes)?.iter().collect()),
        lines => {
            let items = lines.iter().flat_map(|line| line.items().unwrap_or(std::slice::from_ref(line))).collect();
            notes.push(format!("the detections are read as JSON lines, {} of them", lines.len()));
            Ok(items)
        }
    }
}

fn is_detection(node: &Node<'_>) -> bool {
    node.get("image_id").is_some() && (node.get("score").is_some() || node.get("bbox").is_some())
}

/// The list that a value is, or that stands in it: under one of the usual keys, or the only one of detections.
fn list_in<'d, 'a>(node: &'d Node<'a>, notes: &mut Vec<String>) -> Result<&'d [Node<'a>]> {
    if let Some(items) = node.items() {
        return Ok(items);
    }
    let wrong = |found: String| anyhow!("{}: expected {EXPECTED}; found {found}", node.place());
    if !node.is_object() {
        return Err(wrong(node.shown()));
    }
    let mut keys: Vec<&str> = node.keys().collect();
    keys.sort_unstable();
    keys.dedup();
    let items = |key: &str| node.get(key).and_then(Node::items);
    let holds = |key: &&str| items(key).and_then(<[_]>::first).is_some_and(is_detection);
    let mut there: Vec<&str> = keys.iter().copied().filter(holds).collect();
    if there.is_empty() {
        there = keys.iter().copied().filter(|key| LISTS.contains(key) && items(key).is_some()).collect();
    }
    match there.as_slice() {
        [key] => {
            notes.push(format!("the detections stand in the file under the key {key:?}"));
            node.list(key)
        }
        [] => {
            let within: Vec<&str> = keys.iter().copied().filter(|key| LISTS.contains(key)).collect();
            if let [key] = within.as_slice()
                && let Some(inner) = node.get(key).filter(|inner| inner.is_object())
            {
                return list_in(inner, notes);
            }
            Err(wrong(format!("an object with the keys {}", keys.join(", "))))
        }
        several => bail!(wrong(format!("several lists, under the keys {}", several.join(", ")))),
    }
}
