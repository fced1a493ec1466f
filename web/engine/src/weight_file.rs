//! Weights as a bundle's files hold them.

use nadir_core::bundle::BundleFile;
use nadir_nn::model::Weights;

/// The weights in `bytes`, which must have the size and the SHA-256 of the bundle's description.
///
/// # Errors
/// A sentence for the visitor.
pub fn checked(file: &BundleFile, bytes: &[u8]) -> Result<Weights, String> {
    file.verify(bytes).map_err(unusable)?;
    Weights::from_safetensors(bytes).map_err(unusable)
}

/// The sentence for the visitor on a bundle whose parts do not fit each other.
pub fn unusable(error: impl std::fmt::Display) -> String {
    format!("The model cannot be used: {error}.")
}
