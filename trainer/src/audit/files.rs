//! What an audit writes.

use super::images::AuditedSet;
use super::report::report;
use super::run::Audited;
use crate::artifacts::report_file::REPORT_FILE;
use crate::artifacts::weight_file::write_atomically;
use crate::device::ChosenDevice;
use crate::report::html;
use anyhow::{Context, Result};
use nadir_core::report::Report;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

/// The page with the pairs side by side.
pub const REPORT_PAGE: &str = "report.html";
/// Everything that was found, by names.
const ALL: &str = "audit.json";

/// Writes `report.html`, `report.json` (the same for the page), `audit.json` and the tables `overlaps.csv`, `drop.csv`,
/// and where there are such, `labels.csv`, `boxes.csv` and `next.csv` into the folder; gives the report and the content of
/// `audit.json`.
///
/// # Errors
/// Names the file that cannot be written.
pub fn write(
    folder: &Path,
    set: &AuditedSet,
    audited: &Audited,
    started: Instant,
    chosen: &ChosenDevice,
) -> Result<(Report, Value)> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let report = report(set, audited, started, chosen);
    let name = folder.file_name().map_or("audit".to_owned(), |name| name.to_string_lossy().into_owned());
    let page = html::page(&[name], std::slice::from_ref(&report));
    write_atomically(&folder.join(REPORT_PAGE), page.as_bytes())?;
    write_atomically(&folder.join(REPORT_FILE), &serde_json::to_vec(&report)?)?;
    let all = all(set, audited);
    write_atomically(&folder.join(ALL), &serde_json::to_vec_pretty(&all)?)?;
    for (name, columns, rows) in tables(set, audited) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(columns)?;
        rows.iter().try_for_each(|row| writer.write_record(row))?;
        let bytes = writer.into_inner().context("a table in memory")?;
        write_atomically(&folder.join(name), &bytes)?;
    }
    Ok((report, all))
}

type Table = (&'static str, &'static [&'static str], Vec<Vec<String>>);

fn tables(set: &AuditedSet, audited: &Audited) -> Vec<Table> {
    let name = |image: usize| set.images[image].name.clone();
    let part = |image: usize| set.images[image].part_name().to_owned();
    let overlaps = audited.overlaps.iter().map(|overlap| {
        let (a, b) = (overlap.first, overlap.second);
        let numbers = [overlap.shift_px[0], overlap.shift_px[1]].map(|px| format!("{px:.0}"));
        let turned = (90 * u32::from(overlap.quarter_turns)).to_string();
        let [down, right] = numbers;
        let (share, correlation) = (format!("{:.3}", overlap.share), format!("{:.3}", overlap.correlation));
        let kind = overlap.kind.title().to_owned();
        vec![name(a), part(a), name(b), part(b), kind, turned, down, right, share, correlation]
    });
    let dropped = audited.drop.iter().map(|drop| {
        let because = drop.because_of;
        vec![name(drop.image), part(drop.image), drop.kind.title().to_owned(), name(because), part(because)]
    });
    let doubts = audited.doubts.iter().flatten().map(|doubt| {
        let given = u8::from(doubt.is_given).to_string();
        let label = set.labels[doubt.label].clone();
        vec![name(doubt.image), part(doubt.image), label, given, format!("{:.4}", doubt.probability)]
    });
    let boxes = audited.boxes.iter().flatten().map(|doubt| {
        let [x0, y0, x1, y1] = doubt.box_in_image.map(|corner| format!("{corner:.1}"));
        let (detected, score) = (doubt.detected.clone().unwrap_or_default(), doubt.score);
        let score = score.map_or(String::new(), |score| format!("{score:.4}"));
        vec![doubt.image.clone(), doubt.why.title().to_owned(), doubt.class.clone(), detected, x0, y0, x1, y1, score]
    });
    let next = audited.next.iter().flatten().map(|next| vec![name(next.image), format!("{:.4}", next.distance)]);
    let mut tables: Vec<Table> = vec![
        (
            "overlaps.csv",
            &[
                "first",
                "first_part",
                "second",
                "second_part",
                "kind",
                "turned_degrees",
                "down_px",
                "right_px",
                "overlap",
                "correlation",
            ],
            overlaps.collect(),
        ),
        ("drop.csv", &["image", "part", "kind", "because_of", "because_of_part"], dropped.collect()),
    ];
    if audited.doubts.is_some() {
        tables.push(("labels.csv", &["image", "part", "label", "given", "probability"], doubts.collect()));
        tables.push(("next.csv", &["image", "distance"], next.collect()));
    }
    if audited.boxes.is_some() {
        let columns = &["image", "what", "class", "detected", "x0", "y0", "x1", "y1", "score"];
        tables.push(("boxes.csv", columns, boxes.collect()));
    }
    tables
}

/// All that was found, as JSON.
fn all(set: &AuditedSet, audited: &Audited) -> Value {
    use crate::data::objects::Part;
    let name = |image: usize| set.images[image].name.as_str();
    let label = |label: usize| set.labels[label].as_str();
    let leaked = |part: Part| -> Vec<Value> {
        audited
            .leaked(set, part)
            .iter()
            .map(|&(image, other)| json!({"image": name(image), "other": name(other)}))
            .collect()
    };
    let overlaps = audited.overlaps.iter().map(|overlap| {
        json!({
            "first": name(overlap.first), "first_part": set.images[overlap.first].part_name(),
            "second": name(overlap.second), "second_part": set.images[overlap.second].part_name(),
            "kind": overlap.kind, "quarter_turns": overlap.quarter_turns, "shift_px": overlap.shift_px,
            "overlap": overlap.share, "correlation": overlap.correlation,
        })
    });
    let dropped = audited
        .drop
        .iter()
        .map(|drop| json!({"image": name(drop.image), "because_of": name(drop.because_of), "kind": drop.kind}));
    let doubts = |doubts: &Vec<super::label_check::Doubt>| -> Vec<Value> {
        let doubt = |doubt: &super::label_check::Doubt| json!({"image": name(doubt.image), "label": label(doubt.label), "given": doubt.is_given, "probability": doubt.probability});
        doubts.iter().map(doubt).collect()
    };
    let rare = audited
        .rare
        .iter()
        .map(|rare| json!({"label": label(rare.label), "images": rare.images, "train_validation_test": rare.in_parts}));
    let together = audited.together.iter().map(|pair| {
        json!({"label": label(pair.label), "never_without": label(pair.with), "images": pair.images, "mutual": pair.is_mutual})
    });
    let next = |next: &Vec<super::coverage::Next>| -> Vec<Value> {
        next.iter().map(|next| json!({"image": name(next.image), "distance": next.distance})).collect()
    };
    json!({
        "data": set.described,
        "images": set.images.len(),
        "missing": set.missing,
        "broken": audited.broken,
        "test_images": set.images.iter().filter(|image| image.part == Some(Part::Test)).count(),
        "leaked_from_train": leaked(Part::Train),
        "leaked_from_validation": leaked(Part::Validation),
        "overlaps": overlaps.collect::<Vec<_>>(),
        "drop": dropped.collect::<Vec<_>>(),
        "copies_with_other_labels": audited.other_labels.iter().map(|&(a, b)| json!([name(a), name(b)])).collect::<Vec<_>>(),
        "doubtful_labels": audited.doubts.as_ref().map(doubts),
        "doubtful_boxes": audited.boxes,
        "rare_labels": rare.collect::<Vec<_>>(),
        "always_together": together.collect::<Vec<_>>(),
        "label_next": audited.next.as_ref().map(next),
    })
}
