//! Weight files: PyTorch's .pth and .safetensors, in and out.

use anyhow::{Context, Result, bail, ensure};
use burn::store::{ModuleStore, PytorchStore, bridge};
use nadir_nn::model::weights::{Dtype, WeightTensor, Weights};
use std::collections::BTreeMap;
use std::path::Path;
use tracing::info;

/// Reads a .pth or .safetensors file.
///
/// # Errors
/// Names the file: not there, cut off, or of neither format.
pub fn read(path: &Path) -> Result<Weights> {
    let name = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the weights {name}"))?;
    ensure!(!bytes.is_empty(), "the weights {name} are empty (0 bytes)");
    // A .pth file is a zip archive (PyTorch 1.6 and later) or a pickle; the name's ending is not relied on.
    if bytes.starts_with(b"PK") || bytes.first() == Some(&PICKLE) && !begins_as_safetensors(&bytes) {
        read_pytorch(path).with_context(|| format!("the weights {name} are no whole PyTorch file"))
    } else {
        Weights::from_safetensors(&bytes)
            .with_context(|| format!("the weights {name} are neither a .pth nor a .safetensors file, or are cut off"))
    }
}

/// A pickle's first byte.
const PICKLE: u8 = 0x80;

/// Whether the length of a header stands first and the header's brace behind it. The length's lowest byte may be any,
/// a pickle's first one too.
fn begins_as_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    rest.first() == Some(&b'{') && u64::from_le_bytes(*length) <= u64::from(u32::MAX)
}

/// Reads a .pth or .safetensors file for `network`: what wrappers and training loops put in front of its names (`module.`,
/// `state_dict.`, `teacher.backbone.`) is taken off, and logged.
///
/// # Errors
/// As [`read`]. Whether the network's tensors are there is not looked at.
pub fn read_for(path: &Path, network: &Weights) -> Result<Weights> {
    let unwrapped = read(path)?.unwrapped(network);
    if let Some(sentence) = unwrapped.sentence() {
        info!(path = %path.display(), "weights: {}: {sentence}", path.display());
    }
    Ok(unwrapped.weights)
}

fn read_pytorch(path: &Path) -> Result<Weights> {
    // By default the store renumbers layers without gaps; here the file's own names are kept.
    let mut store = PytorchStore::from_file(path).map_indices_contiguous(false);
    let mut tensors = BTreeMap::new();
    let found = store.get_all_tensors().map_err(|error| anyhow::anyhow!("{error}"))?;
    for (name, tensor) in found {
        if name.ends_with("num_batches_tracked") {
            continue;
        }
        let data = bridge::to_data(tensor).map_err(|error| anyhow::anyhow!("tensor {name:?}: {error}"))?;
        let shape = data.shape().as_slice().to_vec();
        let Ok(values) = data.convert::<f32>().try_to_vec::<f32>() else { bail!("tensor {name:?} holds no numbers") };
        tensors.insert(name.clone(), WeightTensor { shape, values });
    }
    ensure!(!tensors.is_empty(), "it holds no tensor");
    Ok(Weights(tensors))
}

/// Writes a .safetensors file of f32 values, whole or not at all.
///
/// # Errors
/// Names the file.
pub fn write(path: &Path, weights: &Weights, metadata: BTreeMap<String, String>) -> Result<()> {
    write_atomically(path, &weights.to_safetensors(Dtype::F32, metadata))
}

/// Writes aside in the same folder, flushes to the disk, then renames: `path` is the old file or the whole new one.
///
/// # Errors
/// Names the file; the old one is untouched then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".partial-");
        // A temporary file is its owner's alone by default; this one becomes an ordinary file, less the umask.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    write().with_context(|| format!("cannot write {} ({} bytes)", path.display(), bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by PyTorch 2.15; `values` are those of `tensor.flatten()` there.
    #[test]
    fn tensors_that_are_views_come_in_the_order_of_their_shape() {
        let expected: [(&str, &[usize], &[f32]); 7] = [
            ("conv.weight", &[2, 3, 2, 2], &(0..24).map(|value| value as f32).collect::<Vec<_>>()),
            ("linear.weight", &[3, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            ("view", &[4, 2], &[8.0, 9.0, 13.0, 14.0, 18.0, 19.0, 23.0, 24.0]),
            ("every_second", &[4], &[0.0, 2.0, 4.0, 6.0]),
            ("expanded", &[2, 3], &[3.0, 3.0, 3.0, 5.0, 5.0, 5.0]),
            ("half", &[3, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            ("bf16", &[2, 3], &[0.0, 2.0, 4.0, 1.0, 3.0, 5.0]),
        ];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/strided_weights");
        for file in ["strided.pth", "strided_legacy.pth"] {
            let weights = read(&folder.join(file)).expect("a whole file");
            assert_eq!(weights.0.len(), expected.len());
            for (name, shape, values) in expected {
                let tensor = weights.expect(name, shape).expect("there");
                assert_eq!(tensor.values, values, "{name} of {file}");
            }
        }
    }
}
