//! The head's file: what was taught in the page, for `nadir predict --head FILE` and for the page again.

use super::head::Head;
use super::space::SpaceKind;
use crate::bundle::Bundle;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The version of the file that this build writes and reads.
pub const HEAD_VERSION: u32 = 1;

/// Classes that were taught on one bundle's embeddings, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HeadFile {
    /// Version of the format; must equal [`HEAD_VERSION`].
    pub head_version: u32,
    /// Name of the bundle whose embeddings these are, for a person.
    pub bundle: String,
    /// SHA-256 of that bundle's weight file: a head is of one network.
    pub weights_sha256: String,
    /// How an embedding becomes a row.
    pub space: SpaceKind,
    /// The classes, in the order in which they were named.
    pub classes: Vec<HeadClass>,
}

/// One class: weights, and the examples that they were fitted to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HeadClass {
    /// Its name.
    pub name: String,
    /// As long as a row.
    pub weights: Vec<f32>,
    /// Added to weights times row; of the sum the logistic function is the probability.
    pub bias: f32,
    /// A probability at or above this counts as present.
    pub threshold: f32,
    /// Names of the images that are of the class.
    pub yes: Vec<String>,
    /// Names of the images that are not.
    pub no: Vec<String>,
}

/// Why a head's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadFileError {
    /// Not the JSON of a head.
    #[error("it is not the JSON of a head: {0}")]
    Json(#[from] serde_json::Error),
    /// A file of another version.
    #[error("it has version {found}, and this program reads version {HEAD_VERSION}")]
    Version {
        /// The file's version.
        found: u32,
    },
    /// Its parts do not fit each other.
    #[error("{0}")]
    Inconsistent(String),
    /// It is of another network.
    #[error(
        "it was taught on the bundle {taught:?} and its weights; the bundle {here:?} has others, whose embeddings mean \
         something else"
    )]
    OtherNetwork {
        /// Name of the bundle that it was taught on.
        taught: String,
        /// Name of the bundle that it was given to.
        here: String,
    },
    /// The same network, with another gallery.
    #[error("it was taught with another gallery of the bundle {0:?}, which projects embeddings otherwise")]
    OtherSpace(String),
}

impl HeadFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// See [`HeadFileError`].
    pub fn from_json(json: &str) -> Result<Self, HeadFileError> {
        #[derive(Deserialize)]
        struct Version {
            head_version: u32,
        }
        let Version { head_version: found } = serde_json::from_str(json)?;
        if found != HEAD_VERSION {
            return Err(HeadFileError::Version { found });
        }
        let file: Self = serde_json::from_str(json)?;
        match file.fault() {
            Some(fault) => Err(HeadFileError::Inconsistent(fault)),
            None => Ok(file),
        }
    }

    /// As it is written.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a head holds only what JSON can hold")
    }

    /// The heads, in the order of the classes.
    pub fn heads(&self) -> Vec<Head> {
        self.classes.iter().map(|class| Head::of_values(&class.weights, class.bias)).collect()
    }

    /// That it is of this bundle's network and gallery.
    ///
    /// # Errors
    /// [`HeadFileError::OtherNetwork`] and [`HeadFileError::OtherSpace`].
    pub fn check_bundle(&self, bundle: &Bundle) -> Result<(), HeadFileError> {
        if self.weights_sha256 != bundle.weights.sha256 {
            return Err(HeadFileError::OtherNetwork { taught: self.bundle.clone(), here: bundle.name.clone() });
        }
        if self.space != SpaceKind::of(bundle) {
            return Err(HeadFileError::OtherSpace(bundle.name.clone()));
        }
        Ok(())
    }

    fn fault(&self) -> Option<String> {
        if self.classes.is_empty() {
            return Some("it has no class".into());
        }
        let mut names = BTreeSet::new();
        let dimensions = self.space.dimensions();
        if dimensions == 0 {
            return Some("its rows have no dimension".into());
        }
        for class in &self.classes {
            let HeadClass { name, weights, bias, threshold, yes, no } = class;
            if name.trim().is_empty() || !names.insert(name) {
                return Some(format!("a class is called {name:?}, which is empty or the name of two"));
            }
            if weights.len() != dimensions {
                return Some(format!("{name:?} has {} weights for rows of {dimensions}", weights.len()));
            }
            if !bias.is_finite() || weights.iter().any(|weight| !weight.is_finite()) {
                return Some(format!("{name:?} has a weight that is no number"));
            }
            if !(0.0..=1.0).contains(threshold) {
                return Some(format!("{name:?} has a threshold of {threshold}, which is not within 0 and 1"));
            }
            if let Some(image) = yes.iter().find(|image| no.contains(image)) {
                return Some(format!("{image:?} is and is not of the class {name:?}"));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> HeadFile {
        let class = |name: &str, sign: f32| HeadClass {
            name: name.into(),
            weights: vec![0.5 * sign, -1.5 * sign, f32::MIN_POSITIVE],
            bias: -0.1,
            threshold: 0.5,
            yes: vec!["a.jpg".into()],
            no: vec!["b \"c\".jpg".into()],
        };
        HeadFile {
            head_version: HEAD_VERSION,
            bundle: "aerial".into(),
            weights_sha256: "00".repeat(32),
            space: SpaceKind::UnitEmbedding { dimensions: 3 },
            classes: vec![class("pier", 1.0), class("roof", -1.0)],
        }
    }

    #[test]
    fn a_written_file_reads_back_the_same_and_scores_as_computed_by_hand() {
        let read = HeadFile::from_json(&file().to_json()).expect("just written");
        assert_eq!(read, file());
        // s(0.5 * 0.6 - 1.5 * 0.8 - 0.1) = s(-1)
        assert!((read.heads()[0].probability(&[0.6, 0.8, 0.0]) - 0.268_941_42).abs() < 1e-6);
    }

    #[test]
    fn files_that_cannot_be_are_refused() {
        let broken: [fn(&mut HeadFile); 8] = [
            |file| file.classes.clear(),
            |file| file.classes[1].name = "pier".into(),
            |file| file.classes[0].name = " ".into(),
            |file| file.classes[0].weights.truncate(2),
            |file| file.classes[0].threshold = 1.5,
            |file| file.classes[0].no.push("a.jpg".into()),
            |file| file.space = SpaceKind::UnitEmbedding { dimensions: 4 },
            |file| file.head_version = 2,
        ];
        for (at, change) in broken.iter().enumerate() {
            let mut file = file();
            change(&mut file);
            assert!(HeadFile::from_json(&file.to_json()).is_err(), "change {at}");
        }
        assert!(matches!(HeadFile::from_json("{}"), Err(HeadFileError::Json(_))));
        assert!(matches!(
            HeadFile::from_json(r#"{"head_version": 9, "more": 1}"#),
            Err(HeadFileError::Version { found: 9 })
        ));
    }

    #[test]
    fn a_head_of_another_network_or_gallery_is_refused() {
        let json = include_str!("../../../../static/models/scenes/bundle.json");
        let bundle = Bundle::from_json(json).expect("the committed bundle");
        let own = HeadFile { weights_sha256: bundle.weights.sha256.clone(), space: SpaceKind::of(&bundle), ..file() };
        assert!(own.check_bundle(&bundle).is_ok());
        let error = file().check_bundle(&bundle).expect_err("of aerial").to_string();
        assert!(error.contains("\"aerial\"") && error.contains("\"scenes\""), "{error}");
        let other = HeadFile { space: file().space, ..own };
        assert!(matches!(other.check_bundle(&bundle), Err(HeadFileError::OtherSpace(_))));
    }
}
