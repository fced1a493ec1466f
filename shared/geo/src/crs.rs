//! Coordinate systems, and the way from them to WGS 84 longitude and latitude.

use proj4rs::Proj;
use proj4rs::transform::transform;

/// WGS 84 longitude and latitude in degrees, GeoJSON's own.
pub const WGS_84: u16 = 4326;

/// Maps of the whole Earth begin at -180 or at 0 degrees, and may go on a little; nobody goes round it another time.
const FARTHEST_LONGITUDE: f64 = 540.0;

/// A coordinate system as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crs {
    /// Its code in the EPSG register.
    Epsg(u16),
    /// No code: what the file calls it.
    Named(String),
}

impl std::fmt::Display for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Epsg(code) => write!(f, "EPSG:{code}"),
            Self::Named(name) => write!(f, "{name:?}"),
        }
    }
}

impl std::str::FromStr for Crs {
    type Err = String;

    /// `EPSG:32633`, or the number alone.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().rsplit(':').next().unwrap_or(text);
        let code = number.parse().ok().filter(|&code: &u16| code > 0);
        code.map(Self::Epsg).ok_or_else(|| format!("expected an EPSG code as in EPSG:32633, and found {text:?}"))
    }
}

/// Why coordinates cannot be brought to WGS 84.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CrsError {
    /// A code without a definition.
    #[error("the coordinate system EPSG:{0} is unknown")]
    Unknown(u16),
    /// A system without a code.
    #[error("the coordinate system {0:?} has no EPSG code")]
    Named(String),
    /// A definition that the library cannot compute.
    #[error("the coordinate system EPSG:{code} cannot be computed: {reason}")]
    Unsupported {
        /// Its code.
        code: u16,
        /// The library's reason.
        reason: String,
    },
    /// A place outside of where the projection is defined.
    #[error("({x}, {y}) is no place in EPSG:{code}: {reason}")]
    Outside {
        /// The system's code.
        code: u16,
        /// As it was given.
        x: f64,
        /// As it was given.
        y: f64,
        /// The library's reason.
        reason: String,
    },
}

/// How near to the truth the result is, apart from rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatumShift {
    /// The system's datum is WGS 84, or one that differs by less than a few metres and is taken for it everywhere
    /// (ETRS89, NAD83, GDA94).
    None,
    /// By the seven parameters of the system's definition: right to some metres; PROJ with its grids is better.
    Approximate,
    /// The definition has no way to WGS 84; coordinates may be off by hundreds of metres.
    Unknown,
}

/// From a coordinate system to WGS 84 and back.
pub struct ToWgs84 {
    code: u16,
    from: Proj,
    to: Proj,
    shift: DatumShift,
}

impl std::fmt::Debug for ToWgs84 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToWgs84").field("code", &self.code).field("shift", &self.shift).finish_non_exhaustive()
    }
}

impl ToWgs84 {
    /// Looks up and prepares a system.
    ///
    /// # Errors
    /// A system that is unknown, has no code, or cannot be computed.
    pub fn new(crs: &Crs) -> Result<Self, CrsError> {
        let code = match crs {
            Crs::Epsg(code) => *code,
            Crs::Named(name) => return Err(CrsError::Named(name.clone())),
        };
        let definition = crs_definitions::from_code(code).ok_or(CrsError::Unknown(code))?.proj4;
        let proj = |text: &str| {
            Proj::from_proj_string(text).map_err(|error| CrsError::Unsupported { code, reason: error.to_string() })
        };
        let to = proj("+proj=longlat +datum=WGS84 +no_defs")?;
        Ok(Self { code, from: proj(definition)?, to, shift: datum_shift(definition) })
    }

    /// How near to the truth the result is.
    pub fn datum_shift(&self) -> DatumShift {
        self.shift
    }

    /// Whether the system's own coordinates are longitude and latitude.
    pub fn is_geographic(&self) -> bool {
        self.from.is_latlong()
    }

    /// Longitude and latitude in degrees, of x (east, or longitude) and y (north, or latitude).
    ///
    /// # Errors
    /// A place outside of where the projection is defined.
    pub fn longitude_latitude(&self, [x, y]: [f64; 2]) -> Result<[f64; 2], CrsError> {
        let outside = |reason: String| CrsError::Outside { code: self.code, x, y, reason };
        if self.is_geographic() && self.shift == DatumShift::None {
            // Nothing to compute; and longitudes of 180 to 360 degrees stay as they are.
            let is_place = x.abs() <= FARTHEST_LONGITUDE && (-90.0..=90.0).contains(&y);
            return if is_place { Ok([x, y]) } else { Err(outside("expected degrees".to_owned())) };
        }
        let mut point = if self.is_geographic() { (x.to_radians(), y.to_radians(), 0.0) } else { (x, y, 0.0) };
        transform(&self.from, &self.to, &mut point).map_err(|error| outside(error.to_string()))?;
        let place = [point.0.to_degrees(), point.1.to_degrees()];
        if place.iter().all(|value| value.is_finite()) {
            Ok(place)
        } else {
            Err(outside("it has no longitude and latitude".to_owned()))
        }
    }
}

fn datum_shift(definition: &str) -> DatumShift {
    let value = |key: &str| definition.split_whitespace().find_map(|word| word.strip_prefix(key));
    if let Some(parameters) = value("+towgs84=") {
        let is_zero = parameters.split(',').all(|number| number.parse() == Ok(0.0));
        return if is_zero { DatumShift::None } else { DatumShift::Approximate };
    }
    match (value("+datum="), value("+nadgrids="), value("+ellps=")) {
        (Some("WGS84" | "NAD83"), _, _) | (_, Some("@null"), _) | (None, None, Some("GRS80" | "WGS84")) => {
            DatumShift::None
        }
        (Some(_), _, _) => DatumShift::Approximate,
        _ => DatumShift::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: u16, at: [f64; 2]) -> [f64; 2] {
        ToWgs84::new(&Crs::Epsg(code)).expect("known").longitude_latitude(at).expect("a place")
    }

    #[test]
    fn degrees_that_go_round_the_earth_again_and_again_are_no_place() {
        let degrees = ToWgs84::new(&Crs::Epsg(4326)).expect("known");
        assert_eq!(degrees.longitude_latitude([359.5, 10.0]), Ok([359.5, 10.0]));
        for x in [541.0, -1e300, f64::NAN, f64::INFINITY] {
            assert!(degrees.longitude_latitude([x, 10.0]).is_err(), "{x}");
        }
    }

    /// The values by pyproj 3.7.2 (PROJ 9.5.1): `Transformer.from_crs(code, 4326, always_xy=True)`, in
    /// `tests/golden/geo.json` with their script; here one of each kind of projection, to a few millimetres.
    #[test]
    fn known_corners() {
        let near = |a: [f64; 2], b: [f64; 2]| {
            assert!((a[0] - b[0]).abs() < 1e-7 && (a[1] - b[1]).abs() < 1e-7, "{a:?} and {b:?}");
        };
        // Zone 33's central meridian is 15 degrees east; the equator is at northing 0.
        near(place(32633, [500_000.0, 0.0]), [15.0, 0.0]);
        near(place(3857, [20_037_508.342_789_244, 0.0]), [180.0, 0.0]);
        near(place(4326, [12.5, 41.75]), [12.5, 41.75]);
        // The origin of Lambert-93.
        near(place(2154, [700_000.0, 6_600_000.0]), [3.0, 46.5]);
        // The origin of LAEA Europe.
        near(place(3035, [4_321_000.0, 3_210_000.0]), [10.0, 52.0]);
    }

    #[test]
    fn unknown_systems_are_named() {
        assert_eq!(
            ToWgs84::new(&Crs::Epsg(1)).expect_err("none").to_string(),
            "the coordinate system EPSG:1 is unknown"
        );
        let named = ToWgs84::new(&Crs::Named("My grid".to_owned())).expect_err("no code").to_string();
        assert!(named.contains("My grid"), "{named}");
        assert_eq!("epsg:32633".parse(), Ok(Crs::Epsg(32633)));
        assert_eq!("4326".parse(), Ok(Crs::Epsg(4326)));
        assert!("UTM 33".parse::<Crs>().is_err() && "EPSG:0".parse::<Crs>().is_err());
    }

    #[test]
    fn places_that_are_none_are_refused() {
        let degrees = ToWgs84::new(&Crs::Epsg(4326)).expect("known");
        assert!(degrees.longitude_latitude([500_000.0, 4_600_000.0]).is_err());
        assert!(degrees.longitude_latitude([f64::NAN, 0.0]).is_err());
    }

    #[test]
    fn the_datum_decides_how_near_the_result_is() {
        let shift = |code| ToWgs84::new(&Crs::Epsg(code)).expect("known").datum_shift();
        assert_eq!([shift(32633), shift(25832), shift(3857), shift(26918)], [DatumShift::None; 4]);
        // Germany's DHDN and Britain's OSGB36.
        assert_eq!([shift(31467), shift(27700)], [DatumShift::Approximate; 2]);
        // Anguilla 1957: an ellipsoid and nothing more.
        assert_eq!(shift(2000), DatumShift::Unknown);
    }
}
