//! By which mean and standard deviation images are normalised.

use nadir_core::image::bands::{BandSettings, Scaling};
use nadir_core::image::preprocess::{EFFICIENTNET_LITE, IMAGENET, scaling_of_bands};
use serde::{Deserialize, Serialize};

/// What Sentinel-2's stored values are divided by to be reflectances.
const SENTINEL2_QUANTIFICATION: f64 = 10_000.0;

/// Channel means and standard deviations, in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Those of the training images.
    TrainingSet,
    /// ImageNet's, for weights that were trained with them (torchvision's).
    Imagenet,
    /// (byte - 127) / 128, for the published weights of EfficientNet-Lite.
    EfficientnetLite,
    /// The stored value / 10,000, whatever range `data.scale` takes from it: the reflectance that TorchGeo's weights of
    /// Sentinel-2 were trained with.
    Sentinel2,
}

impl Normalisation {
    /// Mean and standard deviation of so many bands, in [0, 1] of what `settings` scale to it; `None` if they are the
    /// training images'. Of [`Self::Sentinel2`] also where the settings name no range, which [`Self::fault`] refuses.
    pub fn published(self, bands: usize, settings: &BandSettings) -> Option<(Vec<f32>, Vec<f32>)> {
        match self {
            Self::TrainingSet => None,
            Self::Imagenet => Some(scaling_of_bands(IMAGENET, bands)),
            Self::EfficientnetLite => Some(scaling_of_bands(EFFICIENTNET_LITE, bands)),
            Self::Sentinel2 => {
                let Some(Scaling::Range(ranges)) = &settings.scaling else { return None };
                // value = low + v (high - low), so value / 10,000 = (v - mean) / std with these two.
                let of_range = |[low, high]: [f64; 2]| {
                    ((-low / (high - low)) as f32, (SENTINEL2_QUANTIFICATION / (high - low)) as f32)
                };
                // One range is that of all bands; one band becomes three of grey.
                Some((0..bands).map(|band| of_range(ranges[band.min(ranges.len() - 1)])).unzip())
            }
        }
    }

    /// What cannot be with images that are read so, as a sentence; `None` if all fits.
    pub fn fault(self, settings: &BandSettings) -> Option<String> {
        let has_range = matches!(&settings.scaling, Some(Scaling::Range(ranges)) if !ranges.is_empty());
        (self == Self::Sentinel2 && !has_range).then(|| {
            "normalisation = \"sentinel2\" divides the stored values by 10,000, and data.scale does not say which of them \
             are read: set it to a range, --set data.scale=0:10000"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflectances_are_the_same_from_every_range() {
        let of = |scale: &str, bands: usize| {
            let settings = BandSettings { bands: None, scaling: Some(scale.parse().expect("a scaling")) };
            assert_eq!(Normalisation::Sentinel2.fault(&settings), None);
            Normalisation::Sentinel2.published(bands, &settings).expect("ranges")
        };
        assert_eq!(of("0:10000", 13), (vec![0.0; 13], vec![1.0; 13]));
        let (mean, std) = of("0:3000,1000:5000", 2);
        // 2,600 is 0.8667 of the first range and 0.4 of the second.
        for (band, scaled) in [2600.0 / 3000.0, 0.4].into_iter().enumerate() {
            let reflectance = (scaled - mean[band]) / std[band];
            assert!((reflectance - 0.26).abs() < 1e-6, "band {band}: {reflectance}");
        }
        for scaling in [None, Some(Scaling::Type), Some(Scaling::DEFAULT_PERCENTILES)] {
            let settings = BandSettings { bands: None, scaling };
            assert!(Normalisation::Sentinel2.fault(&settings).expect("no range").contains("data.scale=0:10000"));
            assert_eq!(Normalisation::Imagenet.fault(&settings), None);
        }
    }
}
