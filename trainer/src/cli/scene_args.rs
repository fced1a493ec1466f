//! Arguments of commands that read scenes with bands and coordinates.

use crate::data::raster::{BandSettings, Scaling};
use clap::Args;
use nadir_geo::crs::Crs;

/// What of a TIFF image is taken, and where it is.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct SceneArgs {
    /// Bands of a TIFF image that are red, green and blue, by number from 1 or by name; or one, as grey. The first three
    /// if not given.
    #[arg(long, value_name = "BANDS", value_delimiter = ',')]
    bands: Option<Vec<String>>,
    /// How a TIFF image's values are scaled: `type`, `percentiles`, `percentiles:LOW:HIGH`, or a range `LOW:HIGH` (one
    /// for all bands, or each one after commas). If not given, bytes by their type and all others from the 2nd to the
    /// 98th percentile.
    #[arg(long, value_name = "SCALING")]
    scale: Option<Scaling>,
    /// The coordinate system of images whose files do not say it, as EPSG:32633.
    #[arg(long, value_name = "EPSG:CODE")]
    pub(super) crs: Option<Crs>,
}

impl SceneArgs {
    pub(super) fn bands(&self) -> BandSettings {
        BandSettings { bands: self.bands.clone(), scaling: self.scale.clone() }
    }
}
