use crate::artifacts::bundle::read_bundle;
use crate::artifacts::weight_file::write_atomically;
use crate::export::bundle_of_run;
use crate::onnx::{Part, from_bundle};
use crate::output::outln;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Write a bundle's network as an ONNX file, for onnxruntime and whatever else reads ONNX.
///
/// Input `image`: [n, 3, height, width], RGB in [0, 255] as float32 (of a network of other bands as many, scaled as the
/// bundle's `bands` say, which stand in the metadata), of any size; resizing, cropping and normalising are
/// in the graph. Outputs `scores`, [n, labels], and `embedding`, [n, length]; label names and thresholds stand in the
/// metadata. Operator set 17.
#[derive(Debug, clap::Args)]
pub struct Onnx {
    /// Folder of the bundle.
    #[arg(long, required_unless_present = "run", conflicts_with = "run")]
    bundle: Option<PathBuf>,
    /// Run folder that `nadir probe` has measured, in place of a bundle.
    #[arg(long)]
    run: Option<PathBuf>,
    /// What is written: labels has scores and embedding, encoder the embedding alone.
    #[arg(long, value_enum, default_value = "labels")]
    part: Part,
    /// The file, usually named .onnx.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Onnx {
    pub(super) fn run(self) -> Result<()> {
        let (bundle, weights) = match (&self.bundle, &self.run) {
            (Some(bundle), _) => read_bundle(bundle)?,
            (None, Some(run)) => bundle_of_run(run)?,
            (None, None) => bail!("--bundle or --run is required"),
        };
        let bytes = from_bundle(&bundle, &weights, self.part)
            .with_context(|| format!("{} cannot be written as ONNX", bundle.name))?;
        write_atomically(&self.out, &bytes)?;
        outln!(
            "{}: {:.1} MB, {}",
            self.out.display(),
            bytes.len() as f64 / 1e6,
            match self.part {
                Part::Labels => format!("image -> scores of {} labels, embedding", bundle.labels.len()),
                Part::Encoder => "image -> embedding".to_owned(),
            }
        )
    }
}
