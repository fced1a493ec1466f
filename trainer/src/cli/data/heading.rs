use crate::data::statistics::{DatasetPaths, DatasetStatistics};
use crate::output::outln;
use crate::resources::bytes_text;
use anyhow::Result;

/// What was read: the table, the image folder, the cache, the splits.
pub(super) fn print_heading(paths: &DatasetPaths, statistics: &DatasetStatistics) -> Result<()> {
    outln!("{}: {} images listed, {} labels", paths.labels.display(), statistics.rows, statistics.labels.len())?;
    match (&paths.images, &statistics.images) {
        (Some(folder), Some(images)) => outln!("{}: {} image files", folder.display(), images.files)?,
        _ => outln!("no image folder: the labels alone were read")?,
    }
    if let Some(cache) = &statistics.cache {
        outln!("cache: {} images, {}", cache.images, bytes_text(cache.bytes))?;
    }
    for part in &statistics.parts {
        outln!("{}: {} images", part.name, part.images)?;
    }
    Ok(())
}
