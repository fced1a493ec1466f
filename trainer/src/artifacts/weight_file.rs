//! Weight files: PyTorch's .pth and .safetensors, in and out.

use super::hub_folder::weight_file_of;
use anyhow::{Context, Result, bail, ensure};
use burn::store::{ModuleStore, PytorchStore, bridge};
use nadir_nn::model::weights::{Dtype, WeightTensor, Weights};
use std::collections::BTreeMap;
use std::path::Path;
use tracing::info;

/// Reads a .pth or .safetensors file, or that of a hub folder.
///
/// # Errors
/// Names the file: not there, cut off, or of neither format.
pub fn read(path: &Path) -> Result<Weights> {
    let path = &weight_file_of(path);
    let name = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the weights {name}"))?;
    ensure!(!bytes.is_empty(), "the weights {name} are empty (0 bytes)");
    // A .pth file is a zip archive (PyTorch 1.6 and later) or a pickle; the name's ending is not relied on.
    if bytes.starts_with(b"PK") || bytes.first() == Some(&PICKLE) && !begins_as_safetensors(&bytes) {
        read_pytorch(path, bytes.len()).with_context(|| format!("the weights {name} are no whole PyTorch file"))
    } else {
        Weights::from_safetensors(&bytes)
            .with_context(|| format!("the weights {name} are neither a .pth nor a .safetensors file, or are cut off"))
    }
}

/// Tensors take up to so many times the bytes of their .pth file: f16 become f32, and an archive may be packed. A view
/// without strides (`expand`) could stand for 10 GB.
const MOST_GROWTH: usize = 64;

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

fn read_pytorch(path: &Path, file_bytes: usize) -> Result<Weights> {
    // By default the store renumbers layers without gaps; here the file's own names are kept.
    let mut store = PytorchStore::from_file(path).map_indices_contiguous(false);
    let mut tensors = BTreeMap::new();
    let found = store.get_all_tensors().map_err(|error| anyhow::anyhow!("{error}"))?;
    // Told before any of them is read.
    let bytes = found.values().fold(0usize, |sum, tensor| sum.saturating_add(tensor.byte_len()));
    ensure!(
        bytes <= file_bytes.saturating_mul(MOST_GROWTH),
        "its tensors would take {bytes} bytes, and the file has {file_bytes}"
    );
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

    /// A .pth file of one tensor: a view of these sizes, without strides, on a storage of one number.
    fn expanded(path: &Path, sizes: [u32; 2]) {
        use std::io::Write;
        let text = |text: &str| [b"X".as_slice(), &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
        let size = |size: u32| [b"J".as_slice(), &size.to_le_bytes()].concat();
        let pickle = [
            b"\x80\x02}(".as_slice(),
            &text("weight"),
            b"ctorch._utils\n_rebuild_tensor_v2\n((",
            &text("storage"),
            b"ctorch\nFloatStorage\n",
            &text("0"),
            &text("cpu"),
            b"K\x01tQK\x00(",
            &size(sizes[0]),
            &size(sizes[1]),
            b"t(K\x00K\x00t\x89ccollections\nOrderedDict\n)RtRu.",
        ];
        let mut archive = zip::ZipWriter::new(std::fs::File::create(path).expect("created"));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in [
            ("archive/data.pkl", pickle.concat()),
            ("archive/version", b"3\n".to_vec()),
            ("archive/data/0", 1.5f32.to_le_bytes().to_vec()),
        ] {
            archive.start_file(name, stored).expect("begun");
            archive.write_all(&bytes).expect("written");
        }
        archive.finish().expect("written");
    }

    #[test]
    fn a_view_that_stands_for_more_than_its_file_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pth");
        expanded(&path, [4, 5]);
        assert_eq!(read(&path).expect("twenty numbers").0["weight"].values, [1.5; 20]);
        expanded(&path, [50_000, 50_000]);
        let error = format!("{:#}", read(&path).expect_err("10 GB"));
        assert!(error.contains("would take 10000000000 bytes"), "{error}");
    }

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
