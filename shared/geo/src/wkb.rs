//! Well-known binary (OGC 06-103r4, section 8): a geometry as bytes, as GeoParquet and GeoPackage hold it.

use crate::geojson::{Geometry, Ring};

/// Byte order: the lowest first.
const LITTLE_ENDIAN: u8 = 1;
const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;

/// The geometry's bytes, lowest first, in two dimensions.
pub fn wkb(geometry: &Geometry) -> Vec<u8> {
    let mut bytes = Vec::new();
    match geometry {
        Geometry::Polygon(rings) => polygon(&mut bytes, rings),
        Geometry::MultiPolygon(polygons) => {
            head(&mut bytes, MULTI_POLYGON, polygons.len());
            polygons.iter().for_each(|rings| polygon(&mut bytes, rings));
        }
    }
    bytes
}

fn head(bytes: &mut Vec<u8>, kind: u32, count: usize) {
    bytes.push(LITTLE_ENDIAN);
    bytes.extend(kind.to_le_bytes());
    bytes.extend((count as u32).to_le_bytes());
}

fn polygon(bytes: &mut Vec<u8>, rings: &[Ring]) {
    head(bytes, POLYGON, rings.len());
    for ring in rings {
        bytes.extend((ring.len() as u32).to_le_bytes());
        bytes.extend(ring.iter().flatten().flat_map(|value| value.to_le_bytes()));
    }
}

/// The geometry of bytes as [`wkb`] writes them; `None` of others: another byte order, another kind of geometry, cut off.
pub fn read(bytes: &[u8]) -> Option<Geometry> {
    let mut rest = bytes;
    let (kind, count) = read_head(&mut rest)?;
    let geometry = match kind {
        POLYGON => Geometry::Polygon(read_rings(&mut rest, count)?),
        MULTI_POLYGON => {
            let polygon = |_| {
                let (kind, count) = read_head(&mut rest)?;
                if kind == POLYGON { read_rings(&mut rest, count) } else { None }
            };
            Geometry::MultiPolygon((0..count).map(polygon).collect::<Option<_>>()?)
        }
        _ => return None,
    };
    rest.is_empty().then_some(geometry)
}

fn read_head(bytes: &mut &[u8]) -> Option<(u32, u32)> {
    let (&order, rest) = bytes.split_first()?;
    *bytes = rest;
    if order == LITTLE_ENDIAN { Some((read_u32(bytes)?, read_u32(bytes)?)) } else { None }
}

fn read_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*value))
}

fn read_rings(bytes: &mut &[u8], count: u32) -> Option<Vec<Ring>> {
    let ring = |_| {
        let points = read_u32(bytes)? as usize;
        let (values, rest) = bytes.split_at_checked(points.checked_mul(16)?)?;
        *bytes = rest;
        let number = |at: &[u8; 8]| f64::from_le_bytes(*at);
        Some(values.as_chunks::<8>().0.as_chunks::<2>().0.iter().map(|[x, y]| [number(x), number(y)]).collect())
    };
    (0..count).map(ring).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geojson::{polygon, polygon_on_earth};

    fn hexadecimal(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text by shapely 2.2.0: `shapely.to_wkb(shapely.Polygon([(1, 0), (1, 2), (0, 0), (1, 0)]), True)`.
    #[test]
    fn bytes_are_those_of_geos() {
        let expected = "01030000000100000004000000000000000000f03f0000000000000000000000000000f03f0000000000000040\
                        00000000000000000000000000000000000000000000f03f0000000000000000";
        assert_eq!(hexadecimal(&wkb(&polygon(&[[1.0, 0.0], [1.0, 2.0], [0.0, 0.0]]))), expected);
    }

    #[test]
    fn parts_are_polygons_of_their_own() {
        let halves = polygon_on_earth(&[[170.0, 40.0], [-170.0, 40.0], [-170.0, 50.0], [170.0, 50.0]]);
        let Geometry::MultiPolygon(parts) = &halves else { panic!("cut at the antimeridian") };
        let of_parts: Vec<u8> = parts.iter().flat_map(|part| wkb(&Geometry::Polygon(part.clone()))).collect();
        assert_eq!(wkb(&halves), [[1, 6, 0, 0, 0, 2, 0, 0, 0].as_slice(), &of_parts].concat());
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let one = polygon(&[[1.0, 0.0], [1.0, 2.0], [0.0, 0.0]]);
        let two = polygon_on_earth(&[[170.0, 40.0], [-170.0, 40.0], [-170.0, 50.0], [170.0, 50.0]]);
        for geometry in [one, two] {
            let bytes = wkb(&geometry);
            assert_eq!(read(&bytes), Some(geometry));
            for cut in 0..bytes.len() {
                assert_eq!(read(&bytes[..cut]), None, "{cut}");
            }
            assert_eq!(read(&[bytes.as_slice(), &[0]].concat()), None);
        }
        assert_eq!(read(&[1, 1, 0, 0, 0, 0, 0, 0, 0]), None, "a point");
    }
}
