use crate::artifacts::bundle::{read_bundle, read_objects};
use crate::artifacts::weight_file::write_atomically;
use crate::export::bundle_of_run;
use crate::onnx::{Part, from_bundle, from_detector};
use crate::output::outln;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Write a bundle's network as an ONNX file, for onnxruntime and whatever else reads ONNX.
///
/// Input `image`: [n, 3, height, width], RGB in [0, 255] as float32 (of a network of other bands as many, scaled as the
/// bundle's `bands` say, which stand in the metadata), of any size; resizing, cropping and normalising are
/// in the graph. Outputs `scores`, [n, labels], and `embedding`, [n, length]; label names and thresholds stand in the
/// metadata. Operator set 17.
///
/// --part objects writes the bundle's detector: an image of any size (n is 1) to `boxes`, [objects, 4], x0, y0, x1, y1 in px
/// of the image, `labels`, [objects], numbers into the metadata's list, and `scores`. first-stage and box-head are its two
/// halves, the outputs of one the inputs of the other.
#[derive(Debug, clap::Args)]
pub struct Onnx {
    /// Folder of the bundle.
    #[arg(long, required_unless_present = "run", conflicts_with = "run")]
    bundle: Option<PathBuf>,
    /// Run folder that `nadir probe` has measured, in place of a bundle.
    #[arg(long)]
    run: Option<PathBuf>,
    /// What is written: labels has scores and embedding, encoder the embedding alone; the others are of the detector.
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
        let bytes = if self.part.is_of_objects() {
            let folder = self.bundle.as_deref().context("a run has no detector: --part objects needs --bundle")?;
            let objects = bundle.objects.as_ref().with_context(|| {
                format!("the bundle in {} has no detector: `nadir export --detector RUN` adds one", folder.display())
            })?;
            let detector = read_objects(folder, objects)?.detector;
            let detector = match objects.shares_encoder {
                true => detector.merge(weights.without("probe").with_prefix("backbone.body")),
                false => detector,
            };
            from_detector(&bundle, objects, &detector, self.part)
        } else {
            from_bundle(&bundle, &weights, self.part)
        };
        let bytes = bytes.with_context(|| format!("{} cannot be written as ONNX", bundle.name))?;
        write_atomically(&self.out, &bytes)?;
        outln!(
            "{}: {:.1} MB, {}",
            self.out.display(),
            bytes.len() as f64 / 1e6,
            match self.part {
                Part::Labels => format!("image -> scores of {} labels, embedding", bundle.labels.len()),
                Part::Encoder => "image -> embedding".to_owned(),
                Part::Objects => "image -> boxes, labels, scores".to_owned(),
                Part::FirstStage => "image -> maps, proposals, objectness, size, image_size".to_owned(),
                Part::BoxHead => "maps, proposals, size, image_size -> boxes, labels, scores".to_owned(),
            }
        )
    }
}
