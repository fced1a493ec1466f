//! Arguments of commands that read scenes with bands and coordinates.

use crate::data::raster::{BandSettings, Scaling};
use anyhow::{Result, bail};
use clap::Args;
use nadir_core::bundle::Architecture;
use nadir_geo::crs::Crs;

/// What of a TIFF image is taken, and where it is.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct SceneArgs {
    /// Bands of a TIFF image that are red, green and blue, by number from 1 or by name; or one, as grey; of a network of
    /// other bands, as many as it reads. Those of the bundle, or else the first three, if not given.
    #[arg(long, value_name = "BANDS", value_delimiter = ',')]
    bands: Option<Vec<String>>,
    /// How a TIFF image's values are scaled: `type`, `percentiles`, `percentiles:LOW:HIGH`, or a range `LOW:HIGH` (one
    /// for all bands, or each one after commas). If not given, as the bundle says, or else bytes by their type and all
    /// others from the 2nd to the 98th percentile of each file.
    #[arg(long, value_name = "SCALING")]
    scale: Option<Scaling>,
    /// The coordinate system of images whose files do not say it, as EPSG:32633.
    #[arg(long, value_name = "EPSG:CODE")]
    pub(super) crs: Option<Crs>,
}

impl SceneArgs {
    /// As [`SceneArgs::bands`], for a network that must be able to read them.
    ///
    /// # Errors
    /// Says how many bands the network reads, and how many were requested.
    pub(super) fn bands_for(&self, network: &Architecture, of_network: &BandSettings) -> Result<BandSettings> {
        let bands = self.bands(of_network);
        match bands.fault().or_else(|| network.band_fault(&bands)) {
            Some(fault) => bail!("--bands and --scale: {fault}"),
            None => Ok(bands),
        }
    }

    /// What was requested, or else what the network's images were read by, which stands in its bundle or run.
    pub(super) fn bands(&self, of_network: &BandSettings) -> BandSettings {
        let BandSettings { bands, scaling } = of_network.clone();
        match (&self.bands, &self.scale) {
            (None, None) => BandSettings { bands, scaling },
            // Ranges of other bands fit no bands but their own.
            (Some(requested), None) => BandSettings { bands: Some(requested.clone()), scaling: None },
            (requested, Some(scale)) => {
                BandSettings { bands: requested.clone().or(bands), scaling: Some(scale.clone()) }
            }
        }
    }
}
