use crate::data::formats::{self, Format, ImageFiles, Source, Written};
use crate::output::outln;
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;

/// From one format of annotations to another.
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// Format of IN: coco, voc, yolo (boxes, corners or polygons), dota, labelme, cvat, label_studio, csv.
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    from: Format,
    /// Format of OUT: these, yolo_obb (oriented boxes) and yolo_seg (polygons).
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    to: Format,
    /// The file or folder of annotations.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// A new or empty folder.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Folder with the images, at any depth, where it is not the format's own.
    #[arg(long, value_name = "FOLDER")]
    images_from: Option<PathBuf>,
    /// What becomes of the image files: they stay where they are, are copied into OUT, or links there lead to them.
    #[arg(long, value_enum, default_value_t = Images::None)]
    images: Images,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Images {
    None,
    Copy,
    Link,
}

fn parse_format(text: &str) -> Result<Format, String> {
    text.parse()
}

pub(super) fn convert(arguments: &ConvertArgs) -> Result<()> {
    let source = Source { path: &arguments.input, images: arguments.images_from.as_deref() };
    let annotations = formats::read(arguments.from, &source)?;
    let images = match arguments.images {
        Images::None => ImageFiles::None,
        Images::Copy => ImageFiles::Copy,
        Images::Link => ImageFiles::Link,
    };
    let written = formats::write(arguments.to, &annotations, &arguments.output, images)?;
    let not_read = &annotations.not_read;
    let Written { images, objects, labels, remarks } = &written;
    if arguments.json {
        let result = json!({
            "images": images,
            "objects": objects,
            "image_labels": labels,
            "classes": annotations.classes,
            "not_read": not_read,
            "lost": remarks,
        });
        outln!("{}", serde_json::to_string_pretty(&result)?)?;
        return Ok(());
    }
    outln!(
        "{} -> {}: {images} images, {objects} objects, {labels} labels of whole images, {} classes",
        arguments.input.display(),
        arguments.output.display(),
        annotations.classes.len()
    )?;
    for (what, count) in not_read {
        outln!("not read: {what}: {count}")?;
    }
    for remark in remarks {
        outln!("note: {remark}")?;
    }
    Ok(())
}
