//! Weights and checkpoints.

use super::scratch;
use nadir::artifacts::checkpoint::Checkpoint;
use nadir::artifacts::weight_file;
use nadir_nn::model::weights::{Dtype, Weights};
use std::collections::BTreeMap;

/// As many values as the sizes say, and the same when they are written and read again.
fn whole(weights: &Weights) {
    for (name, tensor) in &weights.0 {
        assert_eq!(tensor.shape.iter().product::<usize>(), tensor.values.len(), "{name:?} of {:?}", tensor.shape);
    }
    let again = Weights::from_safetensors(&weights.to_safetensors(Dtype::F32, BTreeMap::new()));
    let again = again.expect("what was just written");
    assert!(again.0.keys().eq(weights.0.keys()));
    for (name, tensor) in &weights.0 {
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(
            (&again.0[name].shape, bits(&again.0[name].values)),
            (&tensor.shape, bits(&tensor.values)),
            "{name:?}"
        );
    }
    // Weights of anything: BatchNorms that belong to no convolution among them.
    if let Ok(folded) = weights.clone().fold_batch_norm() {
        assert!(folded.0.keys().all(|name| !name.ends_with(".running_var")));
    }
}

/// A .safetensors or a .pth file, told by its content.
fn weights(name: &str, bytes: &[u8]) -> Result<(), String> {
    let read = weight_file::read(&scratch::file(name, bytes)).map_err(|error| format!("{error:#}"))?;
    whole(&read);
    Ok(())
}

/// A .safetensors file.
pub fn safetensors(bytes: &[u8]) -> Result<(), String> {
    weights("a.safetensors", bytes)
}

/// A .pth file, whether an archive or a bare pickle.
pub fn pth(bytes: &[u8]) -> Result<(), String> {
    weights("a.pth", bytes)
}

/// A checkpoint.
pub fn checkpoint(bytes: &[u8]) -> Result<(), String> {
    let read = Checkpoint::from_bytes(bytes).map_err(|error| format!("{error:#}"))?;
    whole(&read.tensors);
    let again = Checkpoint::from_bytes(&read.to_bytes()).expect("what was just written");
    assert_eq!((again.step, again.fingerprint), (read.step, read.fingerprint));
    Ok(())
}
