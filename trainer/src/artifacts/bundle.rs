//! A bundle's files, read and compared with its description.

use anyhow::{Context, Result};
use nadir_core::bundle::{Bundle, BundleFile, DESCRIPTION_FILE, ObjectsModel};
use nadir_core::neighbours::{Gallery, Projection};
use nadir_nn::model::Weights;
use nadir_nn::model::objects::ObjectWeights;
use std::path::Path;

/// Reads and checks a bundle's description and weights.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_bundle(folder: &Path) -> Result<(Bundle, Weights)> {
    let path = folder.join(DESCRIPTION_FILE);
    let json = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: is {} a bundle?", path.display(), folder.display()))?;
    let bundle = Bundle::from_json(&json).with_context(|| format!("in {}", path.display()))?;
    let weights = read_weights(folder, &bundle.weights)?;
    Ok((bundle, weights))
}

/// Reads one of a bundle's weight files and compares it with its description.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_weights(folder: &Path, file: &BundleFile) -> Result<Weights> {
    Weights::from_safetensors(&read_bytes(folder, file)?)
        .with_context(|| format!("in {}", folder.join(&file.name).display()))
}

/// Reads one of a bundle's files and compares it with its description.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_bytes(folder: &Path, file: &BundleFile) -> Result<Vec<u8>> {
    let path = folder.join(&file.name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    file.verify(&bytes).with_context(|| format!("the bundle {} is broken; export it again", folder.display()))?;
    Ok(bytes)
}

/// Reads and checks the gallery of a bundle, to be searched; `None` if it has none.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_gallery(folder: &Path, bundle: &Bundle) -> Result<Option<Gallery>> {
    let Some(model) = &bundle.gallery else { return Ok(None) };
    let len = bundle.architecture.embedding_len();
    let projection = Projection::from_bytes(&read_bytes(folder, &model.projection)?, len, model.dimensions)?;
    Ok(Some(Gallery::new(projection, &read_bytes(folder, &model.embeddings)?, model.count, model.dimensions)?))
}

/// Reads and checks the weight files of a bundle's detector and crop classifier.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_objects(folder: &Path, objects: &ObjectsModel) -> Result<ObjectWeights> {
    let crop_classifier = objects
        .crop_classifier
        .as_ref()
        .map(|crop_classifier| read_weights(folder, &crop_classifier.weights))
        .transpose()?;
    Ok(ObjectWeights { detector: read_weights(folder, &objects.weights)?, crop_classifier })
}
