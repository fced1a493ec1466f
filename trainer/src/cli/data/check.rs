use super::check_objects::check_objects;
use super::dataset_args::DatasetArgs;
use super::heading::print_heading;
use super::source::DatasetSource;
use crate::output::outln;
use anyhow::{Result, ensure};
use serde::Serialize;

/// What `check` found, as JSON.
#[derive(Serialize)]
struct Checked {
    images_listed: usize,
    labels: usize,
    image_files: Option<usize>,
    faults: Vec<String>,
    remarks: Vec<String>,
}

pub(super) fn check(arguments: &DatasetArgs) -> Result<()> {
    let source = arguments.source()?;
    if let DatasetSource::Objects(source) = &source {
        return check_objects(source, arguments.json);
    }
    let (statistics, path) = source.statistics()?;
    let checked = Checked {
        images_listed: statistics.rows,
        labels: statistics.labels.len(),
        image_files: statistics.images.as_ref().map(|images| images.files),
        faults: statistics.faults(),
        remarks: statistics.remarks(),
    };
    if arguments.json {
        outln!("{}", serde_json::to_string_pretty(&checked)?)?;
    } else {
        print_heading(&source, &statistics)?;
        for remark in &checked.remarks {
            outln!("note: {remark}")?;
        }
        for fault in &checked.faults {
            outln!("wrong: {fault}")?;
        }
    }
    ensure!(checked.faults.is_empty(), "{} kinds of fault in the data set {}", checked.faults.len(), path.display());
    if !arguments.json {
        outln!("nothing is wrong")?;
    }
    Ok(())
}
