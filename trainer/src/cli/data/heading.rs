use super::source::DatasetSource;
use crate::data::statistics::DatasetStatistics;
use crate::output::outln;
use crate::resources::bytes_text;
use anyhow::Result;

/// What was read: the table, the image folder, the cache, the splits.
pub(super) fn print_heading(source: &DatasetSource, statistics: &DatasetStatistics) -> Result<()> {
    let (rows, labels) = (statistics.rows, statistics.labels.len());
    match source {
        DatasetSource::Labels(paths) => {
            outln!("{}: {rows} images listed, {labels} labels", paths.labels.display())?;
            match (&paths.images, &statistics.images) {
                (Some(folder), Some(images)) => outln!("{}: {} image files", folder.display(), images.files)?,
                _ => outln!("no image folder: the labels alone were read")?,
            }
        }
        DatasetSource::Images(settings, _) => outln!("{}: {rows} images without labels", settings.images.display())?,
        DatasetSource::ClassFolders(settings, _) => {
            outln!("{}: {rows} images in {labels} class folders", settings.images.display())?;
        }
        DatasetSource::Objects(_) => {}
    }
    if let Some(cache) = &statistics.cache {
        outln!("cache: {} images, {}", cache.images, bytes_text(cache.bytes))?;
    }
    for part in &statistics.parts {
        outln!("{}: {} images", part.name, part.images)?;
    }
    Ok(())
}
