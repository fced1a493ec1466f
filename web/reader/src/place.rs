//! Where pixels are, and what is told of it.

use anyhow::{Context, Result};
use nadir_core::protocol::scene::ScenePlace;
use nadir_geo::affine::Affine;
use nadir_geo::crs::{Crs, CrsError, DatumShift};
use nadir_geo::placement::Placement;
use nadir_geo::world_file;

/// Mean radius of Earth, m (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// The placement of an image, and what there is to say of it.
pub fn placement(affine: Option<Affine>, crs: Option<Crs>, world_file: Option<&str>) -> Result<(Placement, String)> {
    let of_world_file = match (affine, world_file) {
        (None, Some(text)) => Some(world_file::parse(text).context("in the world file")?),
        _ => None,
    };
    let (placement, error) = Placement::new(affine.or(of_world_file), crs);
    let told = told(&placement, error.as_ref());
    Ok((placement, told))
}

fn told(placement: &Placement, error: Option<&CrsError>) -> String {
    match placement {
        Placement::Pixels => {
            "The file has no coordinates (no GeoTIFF tags): places and results are in pixels.".to_owned()
        }
        Placement::Map { crs: None, .. } => {
            "The file names no coordinate system: places and results are in its own coordinates.".to_owned()
        }
        Placement::Map { .. } => {
            let why = error.map_or(String::new(), |error| format!(" ({error})"));
            format!("Its coordinates cannot be brought to longitude and latitude{why}: results are in its own.")
        }
        Placement::Earth { crs, to_wgs84, .. } => match to_wgs84.datum_shift() {
            DatumShift::None => format!("Placed by {crs}; results are in WGS 84 longitude and latitude."),
            DatumShift::Approximate => {
                format!("Placed by {crs}; longitude and latitude by the system’s own datum shift, to some metres.")
            }
            DatumShift::Unknown => format!(
                "Placed by {crs}, whose datum has no known way to WGS 84: longitude and latitude may be off by hundreds \
                 of metres."
            ),
        },
    }
}

/// Where a column and row are; what is outside of where the projection is defined has no longitude and latitude.
pub fn place(placement: &Placement, [column, row]: [f64; 2]) -> ScenePlace {
    let at = |column: f64| placement.longitude_latitude(column, row).ok().flatten();
    let longitude_latitude = at(column);
    let metres = longitude_latitude.zip(at(column + 1.0)).map(|(here, next)| metres_between(here, next));
    ScenePlace {
        longitude_latitude,
        on_map: placement.affine().map(|affine| affine.at(column, row)),
        metres_per_px: metres.filter(|metres| metres.is_finite() && *metres > 0.0),
    }
}

/// Along a great circle of a sphere: right to half a percent, which no scale bar shows.
fn metres_between(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [from, to] = [a, b].map(|place| place.map(f64::to_radians));
    let (across, up) = (to[0] - from[0], to[1] - from[1]);
    let square = |angle: f64| (angle / 2.0).sin().powi(2);
    let haversine = square(up) + from[1].cos() * to[1].cos() * square(across);
    2.0 * EARTH_RADIUS_M * haversine.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_coordinates_that_its_file_allows() {
        let affine = Affine { a: 0.5, b: 0.0, c: 500_000.0, d: 0.0, e: -0.5, f: 5_000_000.0 };
        let (utm, told) = placement(Some(affine), Some(Crs::Epsg(32633)), None).expect("placed");
        assert!(told.contains("EPSG:32633"), "{told}");
        let here = place(&utm, [0.0, 0.0]);
        let [longitude, latitude] = here.longitude_latitude.expect("on Earth");
        assert!((longitude - 15.0).abs() < 1e-9 && (45.0..45.2).contains(&latitude));
        assert_eq!(here.on_map, Some([500_000.0, 5_000_000.0]));
        let metres = here.metres_per_px.expect("known");
        assert!((metres - 0.5).abs() < 0.005, "{metres}");

        let (own, told) = placement(Some(affine), None, None).expect("placed");
        assert!(told.contains("no coordinate system"), "{told}");
        assert_eq!(place(&own, [2.0, 0.0]).on_map, Some([500_001.0, 5_000_000.0]));
        assert_eq!(place(&own, [2.0, 0.0]).metres_per_px, None);

        let (none, _) = placement(None, None, None).expect("pixels");
        assert_eq!(place(&none, [1.0, 1.0]).on_map, None);
        let (of_world, _) = placement(None, None, Some("0.5\n0\n0\n-0.5\n500000.25\n4999999.75\n")).expect("placed");
        assert_eq!(of_world.affine(), Some(&affine));
        assert!(placement(None, None, Some("1\n2\n")).is_err());
    }
}
