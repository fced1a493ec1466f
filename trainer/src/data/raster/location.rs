//! Where a file's pixels are on Earth: by its GeoTIFF tags, or by the world file beside it.

use super::file::Raster;
use anyhow::{Context, Result};
use nadir_geo::affine::Affine;
use nadir_geo::crs::{Crs, CrsError, DatumShift};
use nadir_geo::placement::Placement;
use nadir_geo::world_file;
use nadir_raster::{FilePlace, PlaceTags, is_tiff};
use std::io::Read;
use std::path::{Path, PathBuf};
use tracing::{info, warn};

/// A place, and what there is to say of it.
struct Found {
    place: FilePlace,
    /// Why it is not on Earth.
    error: Option<CrsError>,
    world_file: Option<PathBuf>,
    /// What the file says, where the user says another system.
    overruled: Option<Crs>,
}

/// Where an image file's pixels are, as [`file_place`] finds it, for one of many images: nothing is told by the log.
///
/// # Errors
/// As [`file_place`].
pub fn placement_of(path: &Path, crs: Option<&Crs>) -> Result<Placement> {
    Ok(find(path, crs)?.place.placement)
}

fn find(path: &Path, crs: Option<&Crs>) -> Result<Found> {
    let mut beginning = [0; 4];
    let is_tiff = std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut beginning))
        .is_ok_and(|()| is_tiff(&beginning));
    let PlaceTags { mut affine, crs: own_crs, mut keys } = match is_tiff {
        true => Raster::open(path)?.place_tags()?,
        false => PlaceTags { affine: None, crs: None, keys: Default::default() },
    };
    let mut world_file = None;
    if affine.is_none()
        && let Some((of_world_file, file)) = beside(path)?
    {
        (affine, world_file) = (Some(of_world_file), Some(file));
    }
    let (chosen, overruled) = match (own_crs, crs) {
        (Some(own), Some(given)) if own != *given => {
            keys = Default::default();
            (Some(given.clone()), Some(own))
        }
        (own, given) => (own.or_else(|| given.cloned()), None),
    };
    let (placement, error) = Placement::new(affine, chosen);
    Ok(Found { place: FilePlace { placement, keys }, error, world_file, overruled })
}

/// The place of an image file; `crs` is what the user says about its system, where the file does not. Tells by the log
/// what is missing.
///
/// # Errors
/// Names the file: tags or a world file that cannot be.
pub fn file_place(path: &Path, crs: Option<&Crs>) -> Result<FilePlace> {
    let Found { place, error, world_file, overruled } = find(path, crs)?;
    let file = path.display();
    if let Some(world_file) = world_file {
        info!("{file}: placed by {}", world_file.display());
    }
    if let (Some(own), Some(given)) = (overruled, crs) {
        warn!("{file} says {own}, and --crs {given} was taken");
    }
    match &place.placement {
        Placement::Pixels => info!("{file} has no coordinates (no GeoTIFF tags and no world file): pixels are written"),
        Placement::Map { crs: None, .. } => {
            warn!("{file} names no coordinate system: its own coordinates are written; --crs EPSG:CODE gives one");
        }
        Placement::Map { .. } => {
            let reason = error.map_or(String::new(), |error| error.to_string());
            warn!("{file}: {reason}; its own coordinates are written, not WGS 84");
        }
        Placement::Earth { crs, to_wgs84, affine } => {
            match to_wgs84.datum_shift() {
                DatumShift::None => {}
                DatumShift::Approximate => {
                    info!("{file} is in {crs}: longitude and latitude by the system's own datum shift, to some metres");
                }
                DatumShift::Unknown => warn!(
                    "{file} is in {crs}, whose datum has no known way to WGS 84: longitude and latitude may be off by \
                     hundreds of metres"
                ),
            }
            if affine.is_rotated() {
                info!("{file}: its rows are not parallel to the axes of {crs}, and its boxes are turned with them");
            }
        }
    }
    Ok(place)
}

/// The transform of a world file beside an image, and the file.
fn beside(path: &Path) -> Result<Option<(Affine, PathBuf)>> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    for world in world_file::endings(ending) {
        for world in [world.clone(), world.to_uppercase()] {
            let file = path.with_extension(world);
            match std::fs::read_to_string(&file) {
                Ok(text) => {
                    let affine =
                        world_file::parse(&text).with_context(|| format!("in the world file {}", file.display()))?;
                    return Ok(Some((affine, file)));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read the world file {}", file.display()));
                }
            }
        }
    }
    Ok(None)
}
