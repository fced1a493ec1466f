//! Where the pixels of one image are, and its boxes as geometry.

use crate::affine::Affine;
use crate::crs::{Crs, CrsError, ToWgs84};
use crate::geojson::{Geometry, polygon, polygon_on_earth};

/// What is known of an image's place.
#[derive(Debug)]
pub enum Placement {
    /// Nothing: coordinates are columns and rows, px, rows counted downwards.
    Pixels,
    /// On a map of a system that leads to no longitude and latitude: its own coordinates.
    Map {
        /// From pixels to the system's coordinates.
        affine: Affine,
        /// The system; `None` if the file names none.
        crs: Option<Crs>,
    },
    /// On Earth.
    Earth {
        /// From pixels to the system's coordinates.
        affine: Affine,
        /// The system.
        crs: Crs,
        /// From there to WGS 84.
        to_wgs84: Box<ToWgs84>,
    },
}

impl Placement {
    /// The best that transform and system allow, and why it is no better.
    pub fn new(affine: Option<Affine>, crs: Option<Crs>) -> (Self, Option<CrsError>) {
        match (affine, crs) {
            (None, _) => (Self::Pixels, None),
            (Some(affine), None) => (Self::Map { affine, crs: None }, None),
            (Some(affine), Some(crs)) => match ToWgs84::new(&crs) {
                Ok(to_wgs84) => (Self::Earth { affine, crs, to_wgs84: Box::new(to_wgs84) }, None),
                Err(error) => (Self::Map { affine, crs: Some(crs) }, Some(error)),
            },
        }
    }

    /// The transform, where there is one.
    pub fn affine(&self) -> Option<&Affine> {
        match self {
            Self::Pixels => None,
            Self::Map { affine, .. } | Self::Earth { affine, .. } => Some(affine),
        }
    }

    /// The system, where the file names one.
    pub fn crs(&self) -> Option<&Crs> {
        match self {
            Self::Pixels => None,
            Self::Map { crs, .. } => crs.as_ref(),
            Self::Earth { crs, .. } => Some(crs),
        }
    }

    /// Longitude and latitude of a column and row; `None` if the image is not placed on Earth.
    ///
    /// # Errors
    /// A place outside of where the projection is defined.
    pub fn longitude_latitude(&self, column: f64, row: f64) -> Result<Option<[f64; 2]>, CrsError> {
        match self {
            Self::Earth { affine, to_wgs84, .. } => to_wgs84.longitude_latitude(affine.at(column, row)).map(Some),
            _ => Ok(None),
        }
    }

    /// A box \[x0, y0, x1, y1\] in px as a polygon: by longitude and latitude, cut at the antimeridian where it crosses
    /// it, or in what coordinates there are. Its sides are straight between the corners.
    ///
    /// # Errors
    /// A corner outside of where the projection is defined.
    pub fn geometry(&self, corners_px: [f64; 4]) -> Result<Geometry, CrsError> {
        match self {
            Self::Pixels => {
                let [x0, y0, x1, y1] = corners_px;
                Ok(polygon(&[[x0, y0], [x0, y1], [x1, y1], [x1, y0]]))
            }
            Self::Map { affine, .. } => Ok(polygon(&affine.corners(corners_px))),
            Self::Earth { affine, to_wgs84, .. } => {
                let mut corners = affine.corners(corners_px);
                for corner in &mut corners {
                    *corner = to_wgs84.longitude_latitude(*corner)?;
                }
                Ok(polygon_on_earth(&corners))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFFINE: Affine = Affine { a: 10.0, b: 0.0, c: 500_000.0, d: 0.0, e: -10.0, f: 0.0 };

    #[test]
    fn what_is_missing_decides_the_coordinates() {
        let (pixels, error) = Placement::new(None, Some(Crs::Epsg(4326)));
        assert!(error.is_none() && pixels.affine().is_none());
        assert_eq!(pixels.geometry([1.0, 2.0, 3.0, 5.0]).expect("px").bounds(), [1.0, 2.0, 3.0, 5.0]);
        let (map, error) = Placement::new(Some(AFFINE), Some(Crs::Epsg(1)));
        assert_eq!((error, map.crs()), (Some(CrsError::Unknown(1)), Some(&Crs::Epsg(1))));
        assert_eq!(map.geometry([0.0, 0.0, 2.0, 1.0]).expect("own").bounds(), [500_000.0, -10.0, 500_020.0, 0.0]);
        let (earth, error) = Placement::new(Some(AFFINE), Some(Crs::Epsg(32633)));
        assert!(error.is_none());
        let [longitude, latitude] = earth.longitude_latitude(0.0, 0.0).expect("a place").expect("on Earth");
        assert!((longitude - 15.0).abs() < 1e-9 && latitude.abs() < 1e-9);
    }

    /// UTM zone 60 reaches 180 degrees east; 300 km beyond its central meridian of 177 degrees lies the date line.
    #[test]
    fn a_box_across_the_date_line_is_cut_in_two() {
        let affine = Affine { c: 830_000.0, f: 100_000.0, ..AFFINE };
        let (fiji, _) = Placement::new(Some(affine), Some(Crs::Epsg(32660)));
        let [west, _] = fiji.longitude_latitude(0.0, 0.0).expect("a place").expect("on Earth");
        let [east, _] = fiji.longitude_latitude(1000.0, 0.0).expect("a place").expect("on Earth");
        assert!(west > 179.9 && east < -179.9, "{west} {east}");
        let Geometry::MultiPolygon(parts) = fiji.geometry([0.0, 0.0, 1000.0, 1000.0]).expect("placed") else {
            panic!("expected two parts")
        };
        assert_eq!(parts.len(), 2);
    }
}
