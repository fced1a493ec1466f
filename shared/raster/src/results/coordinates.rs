//! What the coordinates of a file are.

use anyhow::{Result, bail};
use nadir_geo::crs::Crs;
use nadir_geo::geojson::NamedCrs;
use nadir_geo::placement::Placement;

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
