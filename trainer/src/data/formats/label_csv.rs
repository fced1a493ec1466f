//! A table of 0/1 labels: an image column, then one column a class. An image's labels are the classes of its objects
//! and its own.

use super::annotations::{AnnotatedImage, Annotations, Subset};
use super::image_files::{ImageFiles, locate, place, relative_name};
use super::new_folder::write_file;
use super::source::Source;
use crate::data::label_table;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::Path;

/// The tables of a folder, in the order in which they are looked for.
const TABLES: [&str; 4] = ["labels.csv", "multilabels.csv", "multilabels.tsv", "multilabels.txt"];

/// Reads a table or a folder of tables, and the split from `splits/train.csv`, `val.csv` and `test.csv` beside it.
///
/// # Errors
/// Names the file, line and column.
pub fn read(source: &Source<'_>) -> Result<Annotations> {
    let own = TABLES.iter().map(|name| source.path.join(name)).find(|path| path.is_file());
    let table = label_table::read(own.as_deref().unwrap_or(source.path))?;
    if table.duplicates.rows > 0 {
        tracing::warn!("{} rows name an image again, and were skipped", table.duplicates.rows);
    }
    let mut subsets: BTreeMap<String, Subset> = BTreeMap::new();
    for subset in Subset::ALL {
        let list = source.folder().join("splits").join(format!("{}.csv", subset.name()));
        if list.is_file() {
            let known: std::collections::BTreeSet<String> =
                table.rows.iter().map(|row| label_table::image_key(&row.image)).collect();
            for name in label_table::read_image_names(&list, |name| known.contains(&label_table::image_key(name)))? {
                subsets.insert(label_table::image_key(&name), subset);
            }
        }
    }
    let images = table.rows.iter().map(|row| AnnotatedImage {
        name: relative_name(&row.image),
        subset: subsets.get(&label_table::image_key(&row.image)).copied(),
        labels: (0..table.labels.len()).filter(|&label| row.targets[label]).collect(),
        ..AnnotatedImage::default()
    });
    let mut annotations =
        Annotations { images: images.collect(), classes: table.labels.clone(), ..Annotations::default() };
    locate(&mut annotations, &source.image_folders(&["images"]))?;
    // Tables often name images without an ending, which other formats need.
    for image in &mut annotations.images {
        let ending = image.file.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
        if !super::image_files::is_image(&image.name)
            && let Some(ending) = ending
        {
            image.name = format!("{}.{ending}", image.name);
        }
    }
    Ok(annotations)
}

/// Writes labels.csv, splits/ where the set is divided, and the images into images/.
///
/// # Errors
/// A set without classes.
pub fn write(annotations: &Annotations, folder: &Path, images: ImageFiles) -> Result<Vec<String>> {
    ensure!(!annotations.classes.is_empty(), "a table of labels needs a class, and there is none");
    let header = std::iter::once("image").chain(annotations.classes.iter().map(String::as_str));
    let mut rows = vec![header.map(str::to_owned).collect::<Vec<_>>()];
    let mut splits: BTreeMap<Subset, Vec<Vec<String>>> = BTreeMap::new();
    for image in &annotations.images {
        let mut row = vec![image.name.clone()];
        row.extend((0..annotations.classes.len()).map(|class| u8::from(image.labels.contains(&class)).to_string()));
        rows.push(row);
        if let Some(subset) = image.subset {
            let list = splits.entry(subset).or_insert_with(|| vec![vec!["image".to_owned()]]);
            list.push(vec![image.name.clone()]);
        }
    }
    write_file(folder, TABLES[0], &csv_text(&rows)?)?;
    for (subset, rows) in splits {
        write_file(folder, &format!("splits/{}.csv", subset.name()), &csv_text(&rows)?)?;
    }
    let names: Vec<String> = annotations.images.iter().map(|image| format!("images/{}", image.name)).collect();
    place(annotations, &names, folder, images)?;
    Ok(Vec::new())
}

fn csv_text(rows: &[Vec<String>]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).context("cannot write the table")?;
    }
    let bytes = writer.into_inner().context("cannot write the table")?;
    String::from_utf8(bytes).context("cannot write the table")
}
