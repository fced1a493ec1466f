//! From a run to a bundle: weights folded and rounded, described, checked by reading them back; and to a folder for a hub
//! of models.

mod check;
mod exportable;
mod gallery;
mod hub;
mod objects;
mod of_run;

pub use check::{figures_of_check, with_check};
pub use exportable::Exportable;
pub use gallery::{GalleryImages, GalleryRequest, figures_of_gallery};
pub use hub::{HubWords, export_hub};
pub use objects::{ExportableCropClassifier, ExportableObjects};
pub use of_run::{bundle_of_run, encoder_of, export_run, exportable_crop_classifier, exportable_objects, name_of};

use crate::artifacts::bundle::{read_bundle, read_bytes};
use crate::artifacts::weight_file::write_atomically;
use crate::config::{Config, DataConfig};
use anyhow::{Context, Result, ensure};
use gallery::PreparedGallery;
use nadir_core::bundle::{Bundle, BundleFile, DESCRIPTION_FILE, Imagery, SCHEMA_VERSION};
use nadir_core::image::RGB;
use nadir_core::image::bands::BandSettings;
use nadir_nn::model::weights::{Dtype, Weights};
use nadir_nn::model::{ObjectDetector, Predictor};
use objects::PreparedObjects;
use std::path::Path;

/// The weight file's name in a bundle.
const WEIGHTS_FILE: &str = "weights.safetensors";

/// What the page says of a bundle.
#[derive(Debug, Clone)]
pub struct Words {
    /// The folder's name, and the one in the page's address.
    pub name: String,
    /// What a person chooses it by.
    pub title: String,
    /// One sentence: what it learned from.
    pub description: String,
}

/// What a bundle may hold beside the network of whole images.
#[derive(Debug, Default)]
pub struct Parts {
    /// A detector of objects.
    pub objects: Option<ExportableObjects>,
    /// In place of a bundle's own crop classifier, whose detector stays; a new detector brings its own.
    pub crop_classifier: Option<ExportableCropClassifier>,
    /// A gallery of images to compare with.
    pub gallery: Option<GalleryRequest>,
}

/// A gallery to write.
enum GalleryPart {
    /// One that stands in a bundle.
    Kept(Box<PreparedGallery>),
    /// One to be made with the bundle's network.
    New(GalleryRequest),
}

/// Writes a probed run as a bundle into `out`, its weights as `dtype`.
///
/// # Errors
/// As [`write`].
pub fn write_bundle(
    config: &Config,
    run: Exportable,
    parts: Parts,
    words: &Words,
    dtype: Dtype,
    out: &Path,
) -> Result<Bundle> {
    let (bundle, bytes) = described(config, run, words, dtype)?;
    let objects = parts.objects.map(|objects| objects.prepare(&config.encoder, &bytes, dtype)).transpose()?;
    write(bundle, &bytes, objects, parts.gallery.map(GalleryPart::New), out)
}

/// A probed run as a bundle of whole images, with its weight file.
fn described(config: &Config, run: Exportable, words: &Words, dtype: Dtype) -> Result<(Bundle, Vec<u8>)> {
    let bytes = run.weight_file(dtype)?;
    let mut bundle = Bundle {
        schema_version: SCHEMA_VERSION,
        name: words.name.clone(),
        title: words.title.clone(),
        imagery: if matches!(config.data, DataConfig::Scenes { .. }) { Imagery::Scenes } else { Imagery::Photographs },
        description: words.description.clone(),
        architecture: config.encoder.clone(),
        labels: run.labels,
        thresholds: run.thresholds,
        preprocess: run.preprocess,
        bands: Some(config.data.band_settings()).filter(|bands| *bands != BandSettings::default()),
        weights: BundleFile::describe(WEIGHTS_FILE, &bytes),
        figures: run.figures,
        check: None,
        ood: run.ood,
        crops: run.crops,
        objects: None,
        gallery: None,
        command: crate::command_line::command_line(),
    };
    if let Some(sentence) = bundle.bands_sentence() {
        bundle.description = format!("{} {sentence}", bundle.description);
    }
    Ok((bundle, bytes))
}

/// Writes the bundle in `from` with other `parts`, whose weights are `dtype`, into `out`, which may be the same folder. A
/// part that is not given stays as it is.
///
/// # Errors
/// As [`read_bundle`] and [`write`].
pub fn with_parts(from: &Path, parts: Parts, name: &str, dtype: Dtype, out: &Path) -> Result<Bundle> {
    let (mut bundle, _) = read_bundle(from)?;
    let bytes = read_bytes(from, &bundle.weights)?;
    let objects = match (parts.objects, bundle.objects.take()) {
        (Some(objects), _) => Some(objects.prepare(&bundle.architecture, &bytes, dtype)?),
        (None, Some(model)) => {
            Some(PreparedObjects::kept(from, model)?.with_crop_classifier(parts.crop_classifier, dtype)?)
        }
        (None, None) => {
            ensure!(
                parts.crop_classifier.is_none(),
                "the bundle in {} has no detector whose crops could be classified; give one by --detector",
                from.display()
            );
            None
        }
    };
    let gallery = match (parts.gallery, bundle.gallery.take()) {
        (Some(request), _) => Some(GalleryPart::New(request)),
        (None, Some(model)) => Some(GalleryPart::Kept(Box::new(PreparedGallery::kept(from, model)?))),
        (None, None) => None,
    };
    let weights = BundleFile::describe(WEIGHTS_FILE, &bytes);
    let command = format!("{}; {}", bundle.command, crate::command_line::command_line());
    write(Bundle { name: name.to_owned(), weights, command, ..bundle }, &bytes, objects, gallery, out)
}

/// Writes `out/bundle.json` and the files that it names, the description last, so that a folder with a description is
/// whole.
///
/// # Errors
/// Names the file that cannot be written or the tensor that does not fit.
fn write(
    bundle: Bundle,
    bytes: &[u8],
    objects: Option<PreparedObjects>,
    gallery: Option<GalleryPart>,
    out: &Path,
) -> Result<Bundle> {
    ensure!(
        bundle.architecture.bands == RGB || objects.is_none() && gallery.is_none(),
        "a detector and a gallery are for images of three bands, and the network of this bundle reads {}: export it without",
        bundle.architecture.bands
    );
    let mut bundle = Bundle { objects: objects.as_ref().map(|objects| objects.model.clone()), ..bundle };
    // What the page will read, read once here: a weight beyond f16's range would come back as infinity.
    let device = burn::tensor::Device::flex();
    let read = Weights::from_safetensors(bytes).context("the weights just written")?;
    let own = Predictor::new(&bundle, &read, &device).context("the weights do not survive rounding")?;
    if let Some(objects) = &objects {
        ObjectDetector::new(&objects.model, &objects.read()?, &own, &device).context(
            "the detector's or the crop classifier's weights are of another network, or do not survive rounding",
        )?;
    }
    let gallery = match gallery {
        Some(GalleryPart::New(request)) => Some(request.prepare(&bundle, &read)?),
        Some(GalleryPart::Kept(gallery)) => Some(*gallery),
        None => None,
    };
    bundle.gallery = gallery.as_ref().map(|gallery| gallery.model.clone());

    std::fs::create_dir_all(out).with_context(|| format!("cannot create the bundle's folder {}", out.display()))?;
    remove_earlier(out)?;
    write_atomically(&out.join(WEIGHTS_FILE), bytes)?;
    for (name, bytes) in objects.iter().flat_map(|objects| objects.files()) {
        write_atomically(&out.join(name), bytes)?;
    }
    for (name, bytes) in gallery.iter().flat_map(|gallery| &gallery.files) {
        write_atomically(&out.join(name), bytes)?;
    }
    write_atomically(&out.join(DESCRIPTION_FILE), format!("{}\n", bundle.to_json()).as_bytes())?;
    Ok(bundle)
}

/// Removes what an earlier export left: a detector or a gallery of that would be shipped with the site, and never be
/// read. The description goes first, so that no half of a bundle has one.
fn remove_earlier(out: &Path) -> Result<()> {
    let remove = |path: &Path| match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot replace {}", path.display()))
        }
        _ => Ok(()),
    };
    for earlier in [DESCRIPTION_FILE, objects::DETECTOR_FILE, objects::CROP_CLASSIFIER_FILE] {
        remove(&out.join(earlier))?;
    }
    let entries = std::fs::read_dir(out).with_context(|| format!("cannot read {}", out.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(gallery::FILES) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}
