//! Files of results, by their ending.

use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result, bail};
use nadir_geo::crs::Crs;
use nadir_geo::geojson::NamedCrs;
use nadir_geo::placement::Placement;
use std::path::{Path, PathBuf};

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutKind {
    /// A FeatureCollection.
    GeoJson,
    /// A line an object or tile.
    Csv,
    /// As `--json` prints it, with coordinates.
    Json,
}

/// A file that results go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutFile {
    /// Its path.
    pub path: PathBuf,
    /// By its ending.
    pub kind: OutKind,
}

impl OutFile {
    /// By the ending; `None` if it is another one.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let kind = match ending.as_str() {
            "geojson" => OutKind::GeoJson,
            "csv" => OutKind::Csv,
            "json" => OutKind::Json,
            _ => return None,
        };
        Some(Self { path: path.to_owned(), kind })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        write_file(&self.path, bytes)
    }
}

/// Writes a file, with the folders that it lies in, whole or not at all.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    write_atomically(path, bytes)
}

/// What a file's coordinates are: a name for a person, and for a program where they are not WGS 84.
pub(super) fn coordinates(placement: &Placement) -> (String, Option<NamedCrs>) {
    match placement {
        Placement::Pixels => ("pixels, rows counted downwards".to_owned(), None),
        Placement::Earth { .. } => ("WGS 84 longitude and latitude".to_owned(), None),
        Placement::Map { crs: Some(Crs::Epsg(code)), .. } => (format!("EPSG:{code}"), Some(NamedCrs::epsg(*code))),
        Placement::Map { crs: Some(Crs::Named(name)), .. } => (name.clone(), None),
        Placement::Map { crs: None, .. } => ("the map's own, of a system that is not named".to_owned(), None),
    }
}

/// The coordinates of several images in one file.
///
/// # Errors
/// Names two images whose coordinates are not of one system.
pub(super) fn one_system<'a>(
    placements: impl Iterator<Item = (&'a str, &'a Placement)>,
) -> Result<(String, Option<NamedCrs>)> {
    let mut first: Option<(&str, (String, Option<NamedCrs>))> = None;
    for (image, placement) in placements {
        let now = coordinates(placement);
        match &first {
            None => first = Some((image, now)),
            Some((_, before)) if *before == now => {}
            Some((other, before)) => bail!(
                "{other} has the coordinates {}, and {image} {}: they cannot stand in one file; run them one after the other",
                before.0,
                now.0
            ),
        }
    }
    Ok(first.map_or_else(|| coordinates(&Placement::Pixels), |(_, coordinates)| coordinates))
}
