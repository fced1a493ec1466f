//! `nadir data stats` of images with boxes.

use super::check_objects::print_heading;
use crate::data::object_source::ObjectSource;
use crate::data::object_statistics::object_statistics;
use crate::output::outln;
use anyhow::Result;

/// Classes, sizes of boxes, sizes of images.
///
/// # Errors
/// Where the annotations cannot be read.
pub(super) fn stats_objects(source: &ObjectSource, json: bool) -> Result<()> {
    let set = source.load()?;
    let statistics = object_statistics(&set, source.image_folder().as_deref());
    if json {
        return outln!("{}", serde_json::to_string_pretty(&statistics)?);
    }
    print_heading(&source.described(), &statistics)?;
    let images: usize = statistics.parts.iter().map(|part| part.images).sum();
    let objects: usize = statistics.parts.iter().map(|part| part.objects).sum();
    let mean = objects as f64 / images.max(1) as f64;
    outln!("objects an image: {mean:.2}; {} images without any", statistics.without_objects.count)?;

    let width = statistics.classes.iter().map(|class| class.class.chars().count()).max().unwrap_or(0).max(5);
    outln!("\n{:width$} {:>8} {:>8} {:>8} {:>8}", "class", "train", "test", "images", "hard")?;
    for class in &statistics.classes {
        let (name, hard) = (&class.class, class.difficult_or_crowd);
        outln!("{name:width$} {:8} {:8} {:8} {hard:8}", class.train, class.test, class.images)?;
    }
    outln!("hard: marked as difficult (VOC) or as a crowd (COCO)")?;

    let boxes = &statistics.boxes;
    outln!(
        "\nboxes: {} small (below 32 x 32 px2), {} medium, {} large (96 x 96 px2 or more)",
        boxes.small,
        boxes.medium,
        boxes.large
    )?;
    for (side, of) in [("width", boxes.width_px), ("height", boxes.height_px)] {
        if let Some([least, median, most]) = of {
            outln!("{side}: {least:.0} to {most:.0} px, median {median:.0}")?;
        }
    }
    outln!(
        "{} skipped for their boxes, {} cut off at the border, {} twice in their image",
        statistics.skipped.count,
        statistics.cut_off.count,
        statistics.same_boxes.count + statistics.same_boxes_of_other_class.count
    )?;

    let files = &statistics.images;
    outln!(
        "\nimages: {} missing, {} broken, {} of another size than annotated, {} without an annotation",
        files.missing.count,
        files.broken.count,
        files.other_size.count,
        files.without_annotation.count
    )?;
    for size in files.sizes.iter().take(10) {
        outln!("  {:5} x {:5} px {:8} images", size.width, size.height, size.images)?;
    }
    if files.sizes.len() > 10 {
        outln!("  and {} sizes more", files.sizes.len() - 10)?;
    }
    if let (Some(mean), Some(std)) = (&files.channel_mean, &files.channel_std) {
        outln!("red, green, blue in [0, 1]: mean {mean:.4?}, standard deviation {std:.4?}")?;
    }
    Ok(())
}
