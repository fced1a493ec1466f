//! GeoTIFF's keys: which coordinate system an image's coordinates are of (GeoTIFF 1.1, sections 2.4 and 7).

use crate::crs::Crs;

const MODEL_TYPE: u16 = 1024;
const RASTER_TYPE: u16 = 1025;
const CITATION: u16 = 1026;
const GEOGRAPHIC_TYPE: u16 = 2048;
const GEOGRAPHIC_CITATION: u16 = 2049;
const PROJECTED_TYPE: u16 = 3072;
const PROJECTED_CITATION: u16 = 3073;
/// A key's place in the tag of ASCII parameters.
const ASCII_PARAMS: u16 = 34737;
const USER_DEFINED: u16 = 32767;

/// What the keys say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeoKeys {
    /// The tags place the centres of pixels, not their outer corners.
    pub pixel_is_point: bool,
    /// The coordinate system; `None` if the keys name none.
    pub crs: Option<Crs>,
}

impl GeoKeys {
    /// Reads GeoKeyDirectory (numbers in groups of four) and GeoAsciiParams. Keys that are cut off or of an unknown
    /// version are passed over, as GDAL does: an image without a coordinate system is still an image.
    pub fn read(directory: &[u16], ascii: &str) -> Self {
        let keys = || directory.chunks_exact(4).skip(1).map(|key| [key[0], key[1], key[2], key[3]]);
        let short = |id: u16| keys().find(|&[key, place, _, _]| key == id && place == 0).map(|[_, _, _, value]| value);
        let text = |id: u16| {
            let [_, _, count, from] = keys().find(|&[key, place, _, _]| key == id && place == ASCII_PARAMS)?;
            let text = ascii.get(usize::from(from)..usize::from(from) + usize::from(count))?;
            let text = text.trim_end_matches(['|', '\0']).trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let pixel_is_point = short(RASTER_TYPE) == Some(2);
        let code = |id: u16| short(id).filter(|&code| code > 0);
        let crs = match (code(PROJECTED_TYPE), code(GEOGRAPHIC_TYPE), short(MODEL_TYPE)) {
            (Some(code), _, _) if code != USER_DEFINED => Some(Crs::Epsg(code)),
            // A projected system of the file's own on a known datum is not that datum's degrees.
            (projected, Some(code), model) if code != USER_DEFINED && projected.is_none() && model != Some(1) => {
                Some(Crs::Epsg(code))
            }
            (None, None, None | Some(0 | USER_DEFINED)) => text(CITATION).map(Crs::Named),
            _ => {
                let citation = text(PROJECTED_CITATION).or_else(|| text(CITATION));
                let citation = citation.or_else(|| text(GEOGRAPHIC_CITATION));
                Some(Crs::Named(citation.unwrap_or_else(|| "a system that the file defines itself".to_owned())))
            }
        };
        Self { pixel_is_point, crs }
    }

    /// The directory that says this, for a file that is written; empty without a coordinate system that has a code.
    /// `is_geographic` decides between the keys of degrees and of a projection.
    pub fn directory(epsg: u16, is_geographic: bool) -> Vec<u16> {
        let (model, key) = if is_geographic { (2, GEOGRAPHIC_TYPE) } else { (1, PROJECTED_TYPE) };
        vec![1, 1, 0, 3, MODEL_TYPE, 0, 1, model, RASTER_TYPE, 0, 1, 1, key, 0, 1, epsg]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projected_and_geographic_codes_are_read() {
        let utm = [1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 1026, 34737, 8, 0, 3072, 0, 1, 32633];
        let keys = GeoKeys::read(&utm, "WGS 84 /|");
        assert_eq!(keys, GeoKeys { pixel_is_point: false, crs: Some(Crs::Epsg(32633)) });
        let degrees = [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 2, 2048, 0, 1, 4326];
        let keys = GeoKeys::read(&degrees, "");
        assert_eq!(keys, GeoKeys { pixel_is_point: true, crs: Some(Crs::Epsg(4326)) });
        for (code, is_geographic) in [(4326, true), (32633, false)] {
            assert_eq!(GeoKeys::read(&GeoKeys::directory(code, is_geographic), "").crs, Some(Crs::Epsg(code)));
        }
    }

    #[test]
    fn a_system_of_the_files_own_is_named_by_its_citation() {
        // Projected, user-defined, on WGS 84: never taken for degrees.
        let own = [1, 1, 0, 4, 1024, 0, 1, 1, 3072, 0, 1, 32767, 3073, 34737, 9, 5, 2048, 0, 1, 4326];
        let keys = GeoKeys::read(&own, "abcd|My grid |");
        assert_eq!(keys.crs, Some(Crs::Named("My grid".to_owned())));
        let without = [1, 1, 0, 2, 1024, 0, 1, 1, 2048, 0, 1, 4326];
        assert!(matches!(GeoKeys::read(&without, "").crs, Some(Crs::Named(_))));
    }

    #[test]
    fn broken_keys_are_no_system() {
        let none = GeoKeys { pixel_is_point: false, crs: None };
        assert_eq!(GeoKeys::read(&[], ""), none);
        assert_eq!(GeoKeys::read(&[1, 1, 0, 9, 1024, 0], ""), none);
        // Text that lies outside of the parameters.
        assert_eq!(GeoKeys::read(&[1, 1, 0, 1, 1026, 34737, 200, 5], "short"), none);
    }
}
