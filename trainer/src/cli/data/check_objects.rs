//! `nadir data check` of images with boxes.

use crate::data::object_source::ObjectSource;
use crate::data::object_statistics::{ObjectStatistics, PartCount, object_statistics};
use crate::output::outln;
use anyhow::{Result, bail};
use serde::Serialize;

/// What `check` found, as JSON.
#[derive(Serialize)]
struct Checked {
    data: String,
    parts: Vec<PartCount>,
    classes: usize,
    faults: Vec<String>,
    remarks: Vec<String>,
}

/// Lists what is wrong.
///
/// # Errors
/// Where anything is.
pub(super) fn check_objects(source: &ObjectSource, json: bool) -> Result<()> {
    let data = source.described();
    let checked = match source.load() {
        Ok(set) => {
            let statistics = object_statistics(&set, source.image_folder().as_deref());
            if !json {
                print_heading(&data, &statistics)?;
            }
            let (faults, remarks) = (statistics.faults(), statistics.remarks());
            Checked { data, parts: statistics.parts, classes: statistics.classes.len(), faults, remarks }
        }
        // Annotations that cannot be read are the first fault, and hide all others.
        Err(error) => {
            let faults = vec![format!("the annotations cannot be read: {error:#}")];
            Checked { data, parts: Vec::new(), classes: 0, faults, remarks: Vec::new() }
        }
    };
    if json {
        outln!("{}", serde_json::to_string_pretty(&checked)?)?;
    } else {
        for remark in &checked.remarks {
            outln!("note: {remark}")?;
        }
        for fault in &checked.faults {
            outln!("wrong: {fault}")?;
        }
    }
    match checked.faults.len() {
        0 if json => Ok(()),
        0 => outln!("nothing is wrong"),
        1 => bail!("1 kind of fault in the data set {}", checked.data),
        several => bail!("{several} kinds of fault in the data set {}", checked.data),
    }
}

/// What was read: files, parts, classes.
pub(super) fn print_heading(data: &str, statistics: &ObjectStatistics) -> Result<()> {
    outln!("{data}: {} classes", statistics.classes.len())?;
    for part in &statistics.parts {
        outln!("{}: {} images, {} objects", part.name, part.images, part.objects)?;
    }
    Ok(())
}
