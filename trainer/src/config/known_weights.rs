//! Published weights whose bands and normalisation are known by the file's name, since the file itself does not say
//! them. Those of torchvision, of pictures in red, green and blue, need no entry.

use super::normalisation::Normalisation;
use nadir_core::bundle::{Architecture, EncoderKind};
use nadir_core::image::RGB;
use nadir_core::image::bands::BandSettings;
use std::path::Path;

/// Sentinel-2's level 1C, as SSL4EO-S12 orders it.
const SENTINEL2_ALL: &[&str] = &["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"];
/// Red, green and blue of Sentinel-2.
const SENTINEL2_RGB: &[&str] = &["B4", "B3", "B2"];

/// Weights that others trained, and what their images were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownWeights {
    /// The file's name up to the dash in front of its hash.
    pub stem: &'static str,
    /// Whose they are, and what they are called there.
    pub title: &'static str,
    /// The network.
    pub encoder: EncoderKind,
    /// The bands of the first convolution's channels, in their order; empty for red, green and blue of pictures.
    pub bands: &'static [&'static str],
    /// What their images went through.
    pub normalisation: Normalisation,
}

/// TorchGeo 0.8.1, `torchgeo/models/resnet.py`: names, `meta["bands"]` and `transforms`.
pub const KNOWN_WEIGHTS: &[KnownWeights] = &[
    KnownWeights {
        stem: "resnet18_sentinel2_all_moco",
        title: "TorchGeo's ResNet18_Weights.SENTINEL2_ALL_MOCO",
        encoder: EncoderKind::Resnet18,
        bands: SENTINEL2_ALL,
        normalisation: Normalisation::Sentinel2,
    },
    KnownWeights {
        stem: "resnet18_sentinel2_rgb_moco",
        title: "TorchGeo's ResNet18_Weights.SENTINEL2_RGB_MOCO",
        encoder: EncoderKind::Resnet18,
        bands: SENTINEL2_RGB,
        normalisation: Normalisation::Sentinel2,
    },
    KnownWeights {
        stem: "resnet50_sentinel2_all_moco",
        title: "TorchGeo's ResNet50_Weights.SENTINEL2_ALL_MOCO",
        encoder: EncoderKind::Resnet50,
        bands: SENTINEL2_ALL,
        normalisation: Normalisation::Sentinel2,
    },
    KnownWeights {
        stem: "resnet50_sentinel2_all_dino",
        title: "TorchGeo's ResNet50_Weights.SENTINEL2_ALL_DINO",
        encoder: EncoderKind::Resnet50,
        bands: SENTINEL2_ALL,
        normalisation: Normalisation::Sentinel2,
    },
    KnownWeights {
        stem: "resnet50_sentinel2_rgb_moco",
        title: "TorchGeo's ResNet50_Weights.SENTINEL2_RGB_MOCO",
        encoder: EncoderKind::Resnet50,
        bands: SENTINEL2_RGB,
        normalisation: Normalisation::Sentinel2,
    },
    KnownWeights {
        stem: "resnet50_fmow_rgb_gassl",
        title: "TorchGeo's ResNet50_Weights.FMOW_RGB_GASSL",
        encoder: EncoderKind::Resnet50,
        bands: &[],
        normalisation: Normalisation::Imagenet,
    },
];

impl KnownWeights {
    /// What the file of that name holds; `None` of an unknown one.
    pub fn of(path: &Path) -> Option<&'static Self> {
        let stem = path.file_stem()?.to_str()?;
        let stem = stem.split_once('-').map_or(stem, |(stem, _hash)| stem);
        KNOWN_WEIGHTS.iter().find(|known| known.stem == stem)
    }

    /// Which bands it reads, as a sentence for the log.
    pub fn sentence(&self) -> String {
        match self.bands {
            [] => format!("{} read red, green and blue", self.title),
            bands => format!("{} read the bands {} in this order", self.title, bands.join(", ")),
        }
    }

    /// Why a network that reads images by these settings cannot start from the weights, as a sentence; `None` if it can.
    pub(super) fn fault(&self, network: &Architecture, settings: &BandSettings) -> Option<String> {
        let own = serde_json::json!(self.encoder);
        let own = own.as_str().unwrap_or_default();
        if network.encoder != self.encoder {
            return Some(format!("{} are of {own}: --set encoder.encoder={own}", self.title));
        }
        let (read, reads) = (if self.bands.is_empty() { RGB } else { self.bands.len() }, network.bands);
        if read == RGB && reads != RGB {
            // Inflated, which the log says.
            return None;
        }
        let chosen = settings.bands.as_deref().unwrap_or_default();
        if read != reads {
            let chosen = match chosen {
                [] => "chooses none, which gives three".to_owned(),
                chosen => format!("chooses {}: {}", chosen.len(), chosen.join(", ")),
            };
            return Some(format!("{}, {read} bands, and data.bands {chosen}", self.sentence()));
        }
        // Numbers say nothing of what a file has under them.
        let names: Option<Vec<String>> = chosen.iter().map(|band| sentinel2_band(band)).collect();
        let names = names.filter(|names| !names.is_empty() && !self.bands.is_empty())?;
        (names != self.bands).then(|| format!("{}, and data.bands chooses {}", self.sentence(), chosen.join(", ")))
    }
}

/// What published weights of an encoder were trained with: those of that file, where it is known.
pub fn normalisation_of_weights(path: &Path, encoder: EncoderKind) -> Normalisation {
    match (KnownWeights::of(path), encoder) {
        (Some(known), _) => known.normalisation,
        (None, EncoderKind::EfficientnetLite0) => Normalisation::EfficientnetLite,
        (None, _) => Normalisation::Imagenet,
    }
}

/// A band's name as the table has it (`b08a` is `B8A`); `None` of what is no name of a Sentinel-2 band.
fn sentinel2_band(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_uppercase();
    let number = name.strip_prefix('B')?.trim_start_matches('0');
    let band = format!("B{number}");
    SENTINEL2_ALL.contains(&band.as_str()).then_some(band)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(weights: &str, sets: &[&str]) -> Result<Config, String> {
        let weights = format!("weights={weights}");
        let all = [&["data.kind=images", "data.images=x", "encoder.width=64", &weights], sets].concat();
        Config::load(None, &all.iter().map(ToString::to_string).collect::<Vec<_>>())
            .map_err(|error| format!("{error:#}"))
    }

    const ALL: &str = "data.bands=[1,2,3,4,5,6,7,8,9,10,11,12,13]";
    const REFLECTANCE: [&str; 2] = ["normalisation=sentinel2", "data.scale=0:10000"];

    #[test]
    fn a_file_is_known_by_its_name_with_and_without_hash() {
        for (path, is_known) in [
            ("w/resnet18_sentinel2_all_moco-59bfdff9.pth", true),
            ("resnet18_sentinel2_all_moco.safetensors", true),
            ("resnet18-f37072fd.pth", false),
            ("resnet18_sentinel2_all_moco2-1.pth", false),
            ("..", false),
        ] {
            assert_eq!(KnownWeights::of(Path::new(path)).is_some(), is_known, "{path}");
        }
        for known in KNOWN_WEIGHTS {
            assert!(known.bands.iter().all(|band| sentinel2_band(band).as_deref() == Some(band)), "{known:?}");
        }
    }

    #[test]
    fn bands_are_held_against_those_that_the_weights_read() {
        let weights = "resnet18_sentinel2_all_moco-59bfdff9.pth";
        let load = |sets: &[&str]| config(weights, &[&REFLECTANCE[..], sets].concat());
        let read = load(&[ALL]).expect("thirteen");
        assert_eq!(read.encoder.bands, 13);
        let named = r#"data.bands=["B01","B02","B03","B04","b5","B6","B7","B8","B8a","B9","B10","B11","B12"]"#;
        load(&[named]).expect("in order");
        for (sets, words) in [
            (&[][..], "13 bands, and data.bands chooses none"),
            (&["data.bands=[4,3,2]"], "13 bands, and data.bands chooses 3: 4, 3, 2"),
            (&["data.bands=[1,2,3,4]"], "SENTINEL2_ALL_MOCO read the bands B1, B2, B3"),
            (&[&named.replace("\"B02\",\"B03\"", "\"B03\",\"B02\"")], "data.bands chooses B01, B03, B02"),
            (&[ALL, "encoder.encoder=resnet50"], "--set encoder.encoder=resnet18"),
            (&[ALL, "data.scale=percentiles"], "data.scale=0:10000"),
        ] {
            let error = load(sets).expect_err(words);
            assert!(error.contains(words), "{words:?} is not in {error}");
        }
        // Of three bands for more: inflated. In another order than red, green, blue: refused where names tell.
        let rgb = "resnet18_sentinel2_rgb_moco-e3a335e3.pth";
        config(rgb, &[&REFLECTANCE[..], &[ALL]].concat()).expect("inflated");
        let error = config(rgb, &[&REFLECTANCE[..], &[r#"data.bands=["B2","B3","B4"]"#]].concat()).expect_err("turned");
        assert!(error.contains("read the bands B4, B3, B2 in this order"), "{error}");
    }
}
