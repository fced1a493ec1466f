//! What the geometries of a file cover, and the metadata of GeoParquet that say it.
//!
//! Source: version 1.1.0 of the GeoParquet specification.

use nadir_geo::geojson::Geometry;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What geometries cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    /// How many are polygons.
    polygons: u64,
    /// How many are several polygons each.
    multi_polygons: u64,
    /// Smallest and largest coordinates as the bits of f64: read again from a file of decimal numbers, the last one
    /// could be another, and so the whole file of a run that goes on.
    bounds_bits: Option<[u64; 4]>,
}

impl Extent {
    /// With one more geometry.
    pub fn with(self, geometry: &Geometry) -> Self {
        let is_polygon = matches!(geometry, Geometry::Polygon(_));
        let one = Self {
            polygons: u64::from(is_polygon),
            multi_polygons: u64::from(!is_polygon),
            bounds_bits: Some(geometry.bounds().map(f64::to_bits)),
        };
        self.joined(one)
    }

    /// Of both.
    pub fn joined(self, other: Self) -> Self {
        let bounds_bits = match (self.bounds(), other.bounds()) {
            (Some([w, s, e, n]), Some([x0, y0, x1, y1])) => {
                Some([w.min(x0), s.min(y0), e.max(x1), n.max(y1)].map(f64::to_bits))
            }
            _ => self.bounds_bits.or(other.bounds_bits),
        };
        Self {
            polygons: self.polygons + other.polygons,
            multi_polygons: self.multi_polygons + other.multi_polygons,
            bounds_bits,
        }
    }

    /// How many geometries there are.
    pub fn count(self) -> u64 {
        self.polygons + self.multi_polygons
    }

    fn bounds(self) -> Option<[f64; 4]> {
        Some(self.bounds_bits?.map(f64::from_bits))
    }

    /// The value of the key `geo`. Coordinates are longitude and latitude (OGC:CRS84, which is meant where no system is
    /// named), or of a system that is not known to readers (`crs` null).
    pub fn geo_metadata(self, on_earth: bool) -> String {
        let kinds = [("Polygon", self.polygons), ("MultiPolygon", self.multi_polygons)];
        let kinds: Vec<&str> = kinds.into_iter().filter(|(_, count)| *count > 0).map(|(kind, _)| kind).collect();
        let mut column = json!({"encoding": "WKB", "geometry_types": kinds, "orientation": "counterclockwise"});
        if let Some(bounds) = self.bounds() {
            column["bbox"] = json!(bounds);
        }
        if !on_earth {
            column["crs"] = serde_json::Value::Null;
        }
        json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_geo::geojson::polygon;

    #[test]
    fn an_extent_is_that_of_all_in_whatever_order() {
        let squares: Vec<Geometry> = [0.1, -3.7, 5.3].map(|x| polygon(&[[x, 1.0], [x + 0.3, 1.0], [x, 2.0]])).to_vec();
        let all = squares.iter().fold(Extent::default(), Extent::with);
        let parts = squares.iter().rev().map(|square| Extent::default().with(square));
        assert_eq!(parts.fold(Extent::default(), Extent::joined), all);
        assert_eq!(all.count(), 3);
        let text = serde_json::to_string(&all).expect("numbers");
        assert_eq!(serde_json::from_str::<Extent>(&text).expect("an extent"), all);
        let geo: serde_json::Value = serde_json::from_str(&all.geo_metadata(true)).expect("JSON");
        let column = &geo["columns"]["geometry"];
        assert_eq!((column["bbox"].clone(), column.get("crs")), (json!([-3.7, 1.0, 5.6, 2.0]), None));
        assert_eq!(column["geometry_types"], json!(["Polygon"]));
        let unknown: serde_json::Value = serde_json::from_str(&Extent::default().geo_metadata(false)).expect("JSON");
        let column = &unknown["columns"]["geometry"];
        assert_eq!((column.get("crs"), column.get("bbox")), (Some(&json!(null)), None));
    }
}
