//! An audit as a report, which the terminal, the HTML page and the page draw.

use super::box_check::BoxDoubt;
use super::images::AuditedSet;
use super::run::Audited;
use super::thumbnail::shown;
use crate::data::objects::Part;
use crate::device::ChosenDevice;
use crate::evaluate::report::{DataFacts, begin_over};
use nadir_core::bundle::sha256_hex;
use nadir_core::report::{Audit, Finding, ImagePair, Report, ShownImage};
use nadir_overlap::Overlap;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// So many pairs have pictures in a report.
const PAIRS: usize = 60;
/// So many rows of a finding stand in a report.
const ROWS: usize = 200;
/// So many of them have pictures.
const PICTURES: usize = 24;

/// The report of an audit.
pub fn report(set: &AuditedSet, audited: &Audited, started: Instant, chosen: &ChosenDevice) -> Report {
    let mut images: BTreeMap<String, usize> = BTreeMap::new();
    let mut split = String::new();
    for image in &set.images {
        let part = image.part.map_or("in no part", Part::name);
        *images.entry(part.to_owned()).or_default() += 1;
        split.push_str(&format!("{part}\t{}\n", image.name));
    }
    let facts = DataFacts {
        images,
        split_sha256: sha256_hex(split.as_bytes()),
        labels: set.labels.clone(),
        notes: notes(set, audited),
    };
    let title = format!("Audit of {} images: {} pairs of the same ground", set.images.len(), audited.overlaps.len());
    let audit = Audit {
        pairs_found: audited.overlaps.len(),
        pairs: pairs(set, &audited.overlaps),
        findings: findings(set, audited),
    };
    Report { audit: Some(audit), ..begin_over("data audit", &title, String::new(), facts, started, chosen) }
}

/// What a reader must know, a sentence each.
fn notes(set: &AuditedSet, audited: &Audited) -> Vec<String> {
    let mut notes = Vec::new();
    let test = set.images.iter().filter(|image| image.part == Some(Part::Test)).count();
    if test > 0 {
        let [train, validation] = [Part::Train, Part::Validation].map(|part| audited.leaked(set, part).len());
        notes.push(format!(
            "Leak: {train} of {test} test images show ground that a training image shows, {validation} ground that a \
             validation image shows."
        ));
    }
    if !audited.drop.is_empty() {
        notes.push(format!(
            "drop.csv lists {} images: without them no ground is in two parts, and no view is there twice.",
            audited.drop.len()
        ));
    }
    for (found, what) in [(&set.missing, "listed and not there"), (&audited.broken, "broken and were skipped")] {
        if let Some(first) = found.first() {
            notes.push(format!("{} images are {what}; the first: {first}", found.len()));
        }
    }
    if audited.doubts.is_none() && set.images.iter().any(|image| image.targets.is_some()) {
        notes.push(
            "Labels were not judged, and nothing to label next was chosen: both need an encoder, by --bundle, --run, or a \
             --config with weights."
                .to_owned(),
        );
    }
    if audited.boxes.is_none() && set.has_boxes {
        notes.push("Boxes were not judged: that needs a detector's results, by --detections.".to_owned());
    }
    notes
}

/// The first pairs, those across parts in front.
fn pairs(set: &AuditedSet, overlaps: &[Overlap]) -> Vec<ImagePair> {
    let mut order: Vec<&Overlap> = overlaps.iter().collect();
    let is_within = |overlap: &Overlap| set.images[overlap.first].part == set.images[overlap.second].part;
    let has_test = |overlap: &Overlap| {
        [overlap.first, overlap.second].iter().any(|&image| set.images[image].part == Some(Part::Test))
    };
    order.sort_by_key(|overlap| (is_within(overlap), !has_test(overlap), overlap.kind, overlap.first, overlap.second));
    order.truncate(PAIRS);
    let pair = |overlap: &&Overlap| ImagePair {
        first: shown(&set.images[overlap.first]),
        second: shown(&set.images[overlap.second]),
        kind: overlap.kind.title().to_owned(),
        quarter_turns: overlap.quarter_turns,
        shift_px: overlap.shift_px.map(f64::from),
        share: f64::from(overlap.share).min(1.0),
        correlation: f64::from(overlap.correlation),
    };
    order.par_iter().map(pair).collect()
}

fn findings(set: &AuditedSet, audited: &Audited) -> Vec<Finding> {
    let mut findings = vec![copies_with_other_labels(set, audited)];
    findings.extend(audited.doubts.as_ref().map(|_| doubtful_labels(set, audited)));
    findings.extend(audited.boxes.as_deref().map(|boxes| doubtful_boxes(set, boxes)));
    findings.push(rare_labels(set, audited));
    findings.push(always_together(set, audited));
    findings.extend(audited.next.as_ref().map(|_| next_to_label(set, audited)));
    findings.retain(|finding| finding.found > 0);
    findings
}

/// A finding with pictures of the images that the first rows are about.
fn finding(
    [title, about]: [&str; 2],
    columns: &[&str],
    rows: Vec<Vec<String>>,
    image_of: impl Fn(usize) -> Option<usize> + Sync,
    set: &AuditedSet,
) -> Finding {
    let found = rows.len();
    let pictures: Vec<Option<ShownImage>> = (0..found.min(PICTURES))
        .into_par_iter()
        .map(|row| image_of(row).map(|image| shown(&set.images[image])))
        .collect();
    Finding {
        title: title.to_owned(),
        about: about.to_owned(),
        found,
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows: rows.into_iter().take(ROWS).collect(),
        images: pictures.into_iter().map_while(|picture| picture).collect(),
    }
}

fn copies_with_other_labels(set: &AuditedSet, audited: &Audited) -> Finding {
    let names = |image: usize| {
        let targets = set.images[image].targets.iter().flatten();
        let has = set.labels.iter().zip(targets).filter(|(_, has)| **has).map(|(label, _)| label.as_str());
        has.collect::<Vec<_>>().join(", ")
    };
    let row =
        |&(a, b): &(usize, usize)| vec![set.images[a].name.clone(), names(a), set.images[b].name.clone(), names(b)];
    let about = "Two images of the same view have different labels: one of the two is wrong.";
    let title = "Copies with other labels";
    let rows = audited.other_labels.iter().map(row).collect();
    finding([title, about], &["First", "Its labels", "Second", "Its labels"], rows, |_| None, set)
}

fn doubtful_labels(set: &AuditedSet, audited: &Audited) -> Finding {
    let doubts = audited.doubts.as_deref().unwrap_or_default();
    let row = |doubt: &super::label_check::Doubt| {
        let given = if doubt.is_given { "has" } else { "lacks" };
        let image = &set.images[doubt.image];
        vec![
            image.name.clone(),
            format!("{given} {}", set.labels[doubt.label]),
            format!("probability {:.2}", doubt.probability),
            image.part_name().to_owned(),
        ]
    };
    let about = "A linear probe that was not trained on the image expects the opposite (five folds; images of the same \
                 ground are in one). The farthest off stand in front: look at them, for the probe is wrong at times, too.";
    let rows = doubts.iter().map(row).collect();
    let columns = ["Image", "Label", "Out-of-fold probe", "Part"];
    finding(["Labels that look wrong", about], &columns, rows, |row| Some(doubts[row].image), set)
}

fn doubtful_boxes(set: &AuditedSet, boxes: &[BoxDoubt]) -> Finding {
    let row = |doubt: &BoxDoubt| {
        let detected = doubt.detected.as_ref().map_or(String::new(), |detected| format!(", detected as {detected}"));
        let [x0, y0, x1, y1] = doubt.box_in_image.map(|corner| corner.round() as i64);
        vec![
            doubt.image.clone(),
            format!("{}{detected}", doubt.class),
            doubt.why.title().to_owned(),
            format!("{x0}, {y0}, {x1}, {y1}"),
            doubt.score.map_or(String::new(), |score| format!("{score:.2}")),
        ]
    };
    let about = "Against a detector's results. Detected, not annotated: a missing box, or a false alarm. Annotated, not \
                 detected: a wrong box, or a hard object.";
    let columns = ["Image", "Class", "What", "x0, y0, x1, y1 (px)", "Score"];
    finding(["Boxes that look wrong", about], &columns, boxes.iter().map(row).collect(), |_| None, set)
}

fn rare_labels(set: &AuditedSet, audited: &Audited) -> Finding {
    let row = |rare: &super::label_counts::RareLabel| {
        let counts = [rare.images, rare.in_parts[0], rare.in_parts[1], rare.in_parts[2]];
        [set.labels[rare.label].clone()].into_iter().chain(counts.map(|count| count.to_string())).collect()
    };
    let about = "Fewer than ten images to learn from, or none in a part: their figures say little.";
    let rows = audited.rare.iter().map(row).collect();
    finding(
        ["Labels that hardly occur", about],
        &["Label", "Images", "Train", "Validation", "Test"],
        rows,
        |_| None,
        set,
    )
}

fn always_together(set: &AuditedSet, audited: &Audited) -> Finding {
    let row = |pair: &super::label_counts::Together| {
        let both = if pair.is_mutual { "and the other way round" } else { "" };
        vec![set.labels[pair.label].clone(), set.labels[pair.with].clone(), pair.images.to_string(), both.to_owned()]
    };
    let about = "No image has the first without the second, so no probe can tell what the first looks like by itself.";
    let rows = audited.together.iter().map(row).collect();
    let columns = ["Label", "never without", "Images", ""];
    finding(["Labels that always come together", about], &columns, rows, |_| None, set)
}

fn next_to_label(set: &AuditedSet, audited: &Audited) -> Finding {
    let next = audited.next.as_deref().unwrap_or_default();
    let row = |next: &super::coverage::Next| {
        vec![set.images[next.image].name.clone(), format!("distance {:.2}", next.distance)]
    };
    let about = "Images without labels that what is labelled covers least in the embedding, each chosen after those in \
                 front of it.";
    let rows = next.iter().map(row).collect();
    finding(["To label next", about], &["Image", "From the nearest"], rows, |row| Some(next[row].image), set)
}
