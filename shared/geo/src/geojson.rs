//! GeoJSON (RFC 7946): a collection of polygons with properties.

use serde::Serialize;

/// Digits kept behind the point: 1e-9 degrees are a tenth of a millimetre.
const DIGITS: f64 = 1e9;

/// A closed line: the first point is also the last.
pub type Ring = Vec<[f64; 2]>;

/// Polygons without holes; outer rings run counterclockwise (section 3.1.6).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "coordinates")]
pub enum Geometry {
    /// One, by its rings.
    Polygon(Vec<Ring>),
    /// Several, by their rings.
    MultiPolygon(Vec<Vec<Ring>>),
}

impl Geometry {
    /// The smallest and largest coordinates \[x0, y0, x1, y1\].
    pub fn bounds(&self) -> [f64; 4] {
        let empty = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.rings().flatten().fold(empty, |[x0, y0, x1, y1], &[x, y]| [x0.min(x), y0.min(y), x1.max(x), y1.max(y)])
    }

    fn rings(&self) -> Box<dyn Iterator<Item = &Ring> + '_> {
        match self {
            Self::Polygon(rings) => Box::new(rings.iter()),
            Self::MultiPolygon(polygons) => Box::new(polygons.iter().flatten()),
        }
    }
}

/// A geometry with its properties.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub struct Feature<P> {
    /// Where.
    pub geometry: Geometry,
    /// What.
    pub properties: P,
}

/// A document. RFC 7946 knows only longitude and latitude of WGS 84; other coordinates carry the older `crs` member,
/// which GDAL and QGIS read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub struct FeatureCollection<P> {
    /// Title of the layer.
    pub name: String,
    /// The system of the coordinates, where they are not longitude and latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<NamedCrs>,
    /// What the coordinates are, for a person: `WGS 84`, a system's name, or `pixels`.
    pub coordinates: String,
    /// All features.
    pub features: Vec<Feature<P>>,
}

/// The `crs` member of GeoJSON 2008.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "properties", rename_all = "lowercase")]
pub enum NamedCrs {
    /// By name.
    Name {
        /// As `urn:ogc:def:crs:EPSG::32633`.
        name: String,
    },
}

impl NamedCrs {
    /// Of a code of the EPSG register.
    pub fn epsg(code: u16) -> Self {
        Self::Name { name: format!("urn:ogc:def:crs:EPSG::{code}") }
    }
}

/// The polygon of these corners, in coordinates of a plane.
pub fn polygon(corners: &[[f64; 2]]) -> Geometry {
    Geometry::Polygon(vec![ring(corners.to_vec())])
}

/// The polygon of these corners in longitude and latitude, degrees; of the two ways around Earth between neighbours the
/// shorter is meant. Where it crosses the antimeridian it is cut there in two (section 3.1.9).
pub fn polygon_on_earth(corners: &[[f64; 2]]) -> Geometry {
    let mut unwrapped: Vec<[f64; 2]> = Vec::with_capacity(corners.len());
    for &[longitude, latitude] in corners {
        let before = unwrapped.last().map_or(0.0, |&[longitude, _]| longitude);
        let turns = ((longitude - before) / 360.0).round();
        unwrapped.push([longitude - 360.0 * turns, latitude]);
    }
    let (west, east) = unwrapped
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(west, east), &[at, _]| (west.min(at), east.max(at)));
    if west >= -180.0 && east <= 180.0 {
        return polygon(&unwrapped);
    }
    // The antimeridian that is crossed, or beyond which all lies.
    let border = if east > 180.0 { 180.0 } else { -180.0 };
    let turn = 2.0 * border;
    let west_of = clipped(&unwrapped, |at| border - at, border);
    let east_of = clipped(&unwrapped, |at| at - border, border);
    let shifted = |points: Vec<[f64; 2]>, by: f64| points.into_iter().map(|[x, y]| [x + by, y]).collect::<Vec<_>>();
    let parts = if border > 0.0 { [west_of, shifted(east_of, -turn)] } else { [shifted(west_of, -turn), east_of] };
    let mut parts: Vec<Ring> = parts.into_iter().filter(|part| area(part) != 0.0).map(ring).collect();
    match parts.len() {
        1 => Geometry::Polygon(vec![parts.remove(0)]),
        _ => Geometry::MultiPolygon(parts.into_iter().map(|part| vec![part]).collect()),
    }
}

/// What of a polygon lies where `inside` of the longitude is not negative (Sutherland and Hodgman 1974).
fn clipped(corners: &[[f64; 2]], inside: impl Fn(f64) -> f64, border: f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::new();
    for (at, &to) in corners.iter().enumerate() {
        let from = corners[(at + corners.len() - 1) % corners.len()];
        let (from_inside, to_inside) = (inside(from[0]) >= 0.0, inside(to[0]) >= 0.0);
        if from_inside != to_inside {
            let share = (border - from[0]) / (to[0] - from[0]);
            kept.push([border, from[1] + share * (to[1] - from[1])]);
        }
        if to_inside {
            kept.push(to);
        }
    }
    kept
}

/// Closed, counterclockwise, rounded.
fn ring(mut corners: Vec<[f64; 2]>) -> Ring {
    if area(&corners) < 0.0 {
        corners.reverse();
    }
    corners.iter_mut().flatten().for_each(|value| *value = (*value * DIGITS).round() / DIGITS);
    corners.extend(corners.first().copied());
    corners
}

/// Twice the area, positive where the corners run counterclockwise.
fn area(corners: &[[f64; 2]]) -> f64 {
    let cross = |at: usize| {
        let ([x0, y0], [x1, y1]) = (corners[at], corners[(at + 1) % corners.len()]);
        x0 * y1 - x1 * y0
    };
    (0..corners.len()).map(cross).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_closed_and_run_counterclockwise_whatever_came() {
        let square = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]];
        let expected = Geometry::Polygon(vec![vec![[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]]);
        assert_eq!(polygon(&square), expected);
        let mut other_way = square;
        other_way.reverse();
        assert_eq!(polygon(&other_way), expected);
        assert_eq!(polygon_on_earth(&square), expected);
    }

    /// RFC 7946's own example, section 3.1.9, as a box from 170 degrees east to 170 degrees west.
    #[test]
    fn a_polygon_across_the_antimeridian_is_cut_there() {
        let half =
            |west: f64, east: f64| vec![vec![[west, 40.0], [east, 40.0], [east, 50.0], [west, 50.0], [west, 40.0]]];
        for [west, east] in [[170.0, -170.0], [170.0, 190.0], [-190.0, -170.0]] {
            let corners = [[west, 40.0], [east, 40.0], [east, 50.0], [west, 50.0]];
            let Geometry::MultiPolygon(parts) = polygon_on_earth(&corners) else { panic!("expected two parts") };
            let sorted = |mut rings: Vec<Ring>| {
                let ring = &mut rings[0];
                ring.pop();
                ring.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
                rings
            };
            let parts: Vec<_> = parts.into_iter().map(sorted).collect();
            assert_eq!(parts, [sorted(half(170.0, 180.0)), sorted(half(-180.0, -170.0))], "{west} to {east}");
        }
    }

    #[test]
    fn longitudes_beyond_180_degrees_come_back() {
        let corners = [[190.0, 0.0], [191.0, 0.0], [191.0, 1.0], [190.0, 1.0]];
        assert_eq!(polygon_on_earth(&corners).bounds(), [-170.0, 0.0, -169.0, 1.0]);
        // A box that ends at the antimeridian is not cut.
        let corners = [[179.0, 0.0], [180.0, 0.0], [180.0, 1.0], [179.0, 1.0]];
        assert!(matches!(polygon_on_earth(&corners), Geometry::Polygon(_)));
        let from_west = [[-180.0, 0.0], [-179.0, 0.0], [-179.0, 1.0], [-180.0, 1.0]];
        assert_eq!(polygon_on_earth(&from_west).bounds(), [-180.0, 0.0, -179.0, 1.0]);
    }

    #[test]
    fn the_document_is_what_readers_expect() {
        let feature =
            Feature { geometry: polygon(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), properties: [("label", "car")] };
        let document = FeatureCollection {
            name: "objects".to_owned(),
            crs: Some(NamedCrs::epsg(25832)),
            coordinates: "EPSG:25832".to_owned(),
            features: vec![feature],
        };
        let json = serde_json::to_value(&document).expect("serialised");
        assert_eq!(json["type"], "FeatureCollection");
        assert_eq!(json["crs"]["type"], "name");
        assert_eq!(json["crs"]["properties"]["name"], "urn:ogc:def:crs:EPSG::25832");
        assert_eq!(json["features"][0]["type"], "Feature");
        assert_eq!(json["features"][0]["geometry"]["type"], "Polygon");
        assert_eq!(json["features"][0]["geometry"]["coordinates"][0][3], serde_json::json!([0.0, 0.0]));
    }
}
