//! Weights by name: in and out of a module, in and out of safetensors.
//!
//! Names and layouts are PyTorch's (`Linear` weights are [out, in]), so a file from torchvision comes in as it is and
//! a pretrained encoder goes out to any PyTorch user.

use super::conv_norm::EFFICIENTNET_EPSILON;
use super::efficientnet::convolution_before;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use half::f16;
use nadir_core::image::RGB;
use safetensors::tensor::{self, SafeTensors, TensorView};
use std::collections::BTreeMap;

/// One tensor on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightTensor {
    /// Size of each dimension, outermost first.
    pub shape: Vec<usize>,
    /// Row-major values, as many as the sizes' product.
    pub values: Vec<f32>,
}

/// The tensors of a network by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights(pub BTreeMap<String, WeightTensor>);

/// The type of the values in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// 4 bytes: checkpoints and export to PyTorch.
    F32,
    /// 2 bytes: weights in bundles.
    F16,
    /// 1 byte and a scale for each output channel, symmetric around 0 (Jacob et al. 2018; Nagel et al. 2021, section 2),
    /// of the weights of convolutions and linear layers: `conv1.weight` in I8 beside `conv1.weight_scale` in F32. What is
    /// small (biases, `probe.*`) stays F16. Computed from the values that F16 would hold, so that a file of either kind
    /// becomes the same one.
    I8,
}

/// Why weights do not fit.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum WeightsError {
    /// A tensor of the network is not in the file.
    #[error(
        "tensor {name:?} of shape {expected:?} is missing ({found} tensors found, the first is {first:?}); are these weights of another network?"
    )]
    Missing {
        /// The first missing name.
        name: String,
        /// Its shape in the network.
        expected: Vec<usize>,
        /// How many tensors the file has.
        found: usize,
        /// The file's first name.
        first: String,
    },
    /// A ResNet that ends before its last stage, where one of more stages is expected.
    #[error(
        "these weights end at layer{stages}: tensor {name:?} of shape {expected:?} is missing. They are a ResNet's first {stages} stages: set the encoder's stages = {stages} (`--set encoder.stages={stages}`), or take a whole ResNet's weights"
    )]
    Truncated {
        /// The first missing name.
        name: String,
        /// Its shape in the network.
        expected: Vec<usize>,
        /// The stages that the file has.
        stages: usize,
    },
    /// A tensor's values cannot be.
    #[error("tensor {name:?} cannot be used: {what}")]
    Values {
        /// The tensor's name in the file.
        name: String,
        /// What is wrong with the values, for a person.
        what: String,
    },
    /// A tensor has another shape.
    #[error(
        "tensor {name:?} has shape {found:?}, and this network needs {expected:?}; are these weights of another network or width?"
    )]
    Shape {
        /// The tensor's name in the file.
        name: String,
        /// Shape in the network.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// A first convolution of other bands, which no mean of red, green and blue can fill.
    #[error(
        "tensor {name:?} of shape {shape:?} is a first convolution of {found} bands, and this network reads {expected} (data.bands): weights of {expected} bands are taken as they are, and of three for any number"
    )]
    Bands {
        /// The tensor's name in the file.
        name: String,
        /// Its shape there.
        shape: Vec<usize>,
        /// Bands of the network.
        expected: usize,
        /// Bands in the file.
        found: usize,
    },
    /// A tensor holds NaN or infinity.
    #[error("tensor {name:?} holds a value that is not finite")]
    NotFinite {
        /// The tensor's name in the file.
        name: String,
    },
    /// Not a whole safetensors file.
    #[error("not a whole safetensors file: {0}")]
    File(String),
}

impl Weights {
    /// Adds `prefix` and a dot before every name.
    pub fn with_prefix(self, prefix: &str) -> Self {
        Self(self.0.into_iter().map(|(name, tensor)| (format!("{prefix}.{name}"), tensor)).collect())
    }

    /// The tensors whose names start with `prefix` and a dot, without it.
    pub fn below(&self, prefix: &str) -> Self {
        let tensors = self.0.iter().filter_map(|(name, tensor)| {
            let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
            Some((rest.to_owned(), tensor.clone()))
        });
        Self(tensors.collect())
    }

    /// All tensors but those whose names start with `prefix` and a dot.
    pub fn without(&self, prefix: &str) -> Self {
        let is_below = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        let others = self.0.iter().filter(|(name, _)| !is_below(name));
        Self(others.map(|(name, tensor)| (name.clone(), tensor.clone())).collect())
    }

    /// Puts all tensors of `other` in.
    pub fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// A tensor by name and shape.
    ///
    /// # Errors
    /// Missing, of another shape, or not finite.
    pub fn expect(&self, name: &str, shape: &[usize]) -> Result<&WeightTensor, WeightsError> {
        let tensor = self.0.get(name).ok_or_else(|| WeightsError::Missing {
            name: name.to_owned(),
            expected: shape.to_vec(),
            found: self.0.len(),
            first: self.0.keys().next().cloned().unwrap_or_default(),
        })?;
        if tensor.shape != shape {
            return Err(WeightsError::Shape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: tensor.shape.clone(),
            });
        }
        if !tensor.values.iter().all(|value| value.is_finite()) {
            return Err(WeightsError::NotFinite { name: name.to_owned() });
        }
        Ok(tensor)
    }

    /// These weights for a network of so many `bands`, of which `name` is the first convolution, [channels, bands, rows,
    /// columns]. One of red, green and blue is inflated: every band has the mean of the three channels times 3 / `bands`,
    /// so that a picture that is the same in all bands gives what the same grey gave before. Whether it was inflated
    /// stands beside the weights; one that has the bands stays as it is, and so do weights without such a tensor.
    ///
    /// # Errors
    /// A first convolution of another number of bands.
    pub fn with_bands(mut self, name: &str, bands: usize) -> Result<(Self, bool), WeightsError> {
        let Some(tensor) = self.0.get_mut(name) else { return Ok((self, false)) };
        let [channels, found, rows, columns] = tensor.shape[..] else { return Ok((self, false)) };
        if found == bands {
            return Ok((self, false));
        }
        if found != RGB {
            let (name, shape) = (name.to_owned(), tensor.shape.clone());
            return Err(WeightsError::Bands { name, shape, expected: bands, found });
        }
        let kernel = rows * columns;
        let mut values = Vec::with_capacity(channels * bands * kernel);
        for rgb in tensor.values.chunks_exact((RGB * kernel).max(1)) {
            // The mean times 3 / bands is the sum over bands.
            let of_band = (0..kernel).map(|at| {
                let sum: f32 = (0..RGB).map(|channel| rgb[channel * kernel + at]).sum();
                sum / bands as f32
            });
            let of_band: Vec<f32> = of_band.collect();
            (0..bands).for_each(|_| values.extend(&of_band));
        }
        *tensor = WeightTensor { shape: vec![channels, bands, rows, columns], values };
        Ok((self, true))
    }

    /// An error of a ResNet's import, whose names begin with `prefix`, said more exactly where the file has whole stages
    /// but not the missing one.
    pub fn truncated(&self, prefix: &str, error: WeightsError) -> WeightsError {
        let WeightsError::Missing { name, expected, .. } = &error else { return error };
        let stage = name.strip_prefix(prefix).and_then(|name| name.strip_prefix("layer")?.split('.').next());
        let Some(stage) = stage.and_then(|stage| stage.parse::<usize>().ok()) else { return error };
        let has_stage = |stage: usize| {
            let stage = format!("{prefix}layer{stage}.");
            self.0.keys().any(|name| name.starts_with(&stage))
        };
        let stages = stage.saturating_sub(1);
        if stages > 0 && (1..=stages).all(has_stage) && !has_stage(stage) {
            return WeightsError::Truncated { name: name.clone(), expected: expected.clone(), stages };
        }
        error
    }

    /// A safetensors file's bytes.
    pub fn to_safetensors(&self, dtype: Dtype, metadata: BTreeMap<String, String>) -> Vec<u8> {
        let f16_bytes = |values: &[f32]| values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect();
        let f32_bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut stored: BTreeMap<String, (tensor::Dtype, Vec<usize>, Vec<u8>)> = BTreeMap::new();
        for (name, WeightTensor { shape, values }) in &self.0 {
            let (dtype, bytes) = match dtype {
                Dtype::F32 => (tensor::Dtype::F32, f32_bytes(values)),
                Dtype::I8 if is_quantised(name, shape) => {
                    let (quantised, scales) = quantised(values, shape[0]);
                    let scale = (tensor::Dtype::F32, vec![shape[0]], f32_bytes(&scales));
                    stored.insert(format!("{name}{SCALE_SUFFIX}"), scale);
                    (tensor::Dtype::I8, quantised)
                }
                Dtype::F16 | Dtype::I8 => (tensor::Dtype::F16, f16_bytes(values)),
            };
            stored.insert(name.clone(), (dtype, shape.clone(), bytes));
        }
        let views = stored.iter().map(|(name, (dtype, shape, bytes))| {
            let view = TensorView::new(*dtype, shape.clone(), bytes).expect("as many values as the shape says");
            (name.as_str(), view)
        });
        safetensors::serialize(views, Some(metadata.into_iter().collect()))
            .expect("names, shapes and bytes fit each other")
    }

    /// Reads f64, f32, f16 and bf16 tensors, and those of [`Dtype::I8`]; other integer tensors (PyTorch's
    /// `num_batches_tracked`) are skipped.
    ///
    /// # Errors
    /// Where the bytes are cut off or are no safetensors file; the first tensor of floats of another type; a scale that
    /// does not fit its tensor; a file whose tensors all are integers.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightsError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| WeightsError::File(error.to_string()))?;
        let mut tensors = BTreeMap::new();
        let is_scale = |name: &str| {
            let scaled = name.strip_suffix(SCALE_SUFFIX).and_then(|name| file.tensor(name).ok());
            scaled.is_some_and(|scaled| scaled.dtype() == tensor::Dtype::I8)
        };
        for (name, view) in file.tensors() {
            let data = view.data();
            let values = match view.dtype() {
                _ if is_scale(&name) => continue,
                tensor::Dtype::F32 => f32_values(data),
                tensor::Dtype::I8 if file.tensor(&format!("{name}{SCALE_SUFFIX}")).is_ok() => {
                    let scale = file.tensor(&format!("{name}{SCALE_SUFFIX}")).expect("looked at");
                    let channels = view.shape().first().copied().unwrap_or_default();
                    if scale.dtype() != tensor::Dtype::F32 || scale.shape() != [channels] || channels == 0 {
                        let what = format!(
                            "its scale is {:?} of shape {:?}; F32 of shape [{channels}] is expected",
                            scale.dtype(),
                            scale.shape()
                        );
                        return Err(WeightsError::Values { name, what });
                    }
                    dequantised(data, &f32_values(scale.data()))
                }
                tensor::Dtype::F16 => data.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
                tensor::Dtype::BF16 => {
                    data.chunks_exact(2).map(|b| half::bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
                }
                tensor::Dtype::F64 => data
                    .chunks_exact(8)
                    .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32)
                    .collect(),
                integer if is_integer(integer) => continue,
                other => {
                    let what = format!("its values are {other:?}; F64, F32, F16 and BF16 are read");
                    return Err(WeightsError::Values { name, what });
                }
            };
            tensors.insert(name, WeightTensor { shape: view.shape().to_vec(), values });
        }
        if let (true, Some((name, view))) = (tensors.is_empty(), file.tensors().first()) {
            let what = format!("its values are {:?}, and the file has no tensor of floats", view.dtype());
            return Err(WeightsError::Values { name: name.clone(), what });
        }
        Ok(Self(tensors))
    }

    /// The `__metadata__` of a safetensors file; empty where there is none.
    ///
    /// # Errors
    /// Where the bytes are cut off or are no safetensors file.
    pub fn safetensors_metadata(bytes: &[u8]) -> Result<BTreeMap<String, String>, WeightsError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| WeightsError::File(error.to_string()))?;
        Ok(header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// Folds every BatchNorm into the convolution before it: w' = w g / s, b' = beta - mean g / s with
    /// s = sqrt(var + epsilon) (Jacob et al. 2018, section 3.2). For the names of [`super::resnet::ResNet`], with an
    /// epsilon of 1e-5, and those of [`super::efficientnet::EfficientnetLite`], with 1e-3.
    ///
    /// # Errors
    /// Names the first tensor of a BatchNorm that is missing.
    pub fn fold_batch_norm(self) -> Result<Self, WeightsError> {
        let norms: Vec<String> =
            self.0.keys().filter_map(|name| Some(name.strip_suffix(".running_var")?.to_owned())).collect();
        let mut folded = self.clone();
        for norm in norms {
            let (conv, epsilon) = match (convolution_before(&norm), norm.rsplit_once('.')) {
                (Some(conv), _) => (conv, EFFICIENTNET_EPSILON as f32),
                (None, Some((owner, "1"))) => (format!("{owner}.0"), 1e-5),
                (None, _) => (norm.replacen("bn", "conv", 1), 1e-5),
            };
            let name = format!("{norm}.running_var");
            let channels = self.0[&name].values.len();
            if channels == 0 {
                return Err(WeightsError::Values { name, what: "it is empty".to_owned() });
            }
            let part = |leaf: &str| self.expect(&format!("{norm}.{leaf}"), &[channels]);
            let (gamma, beta, mean, var) =
                (part("weight")?, part("bias")?, part("running_mean")?, part("running_var")?);
            let scale: Vec<f32> = (0..channels).map(|c| gamma.values[c] / (var.values[c] + epsilon).sqrt()).collect();
            let bias = (0..channels).map(|c| beta.values[c] - mean.values[c] * scale[c]).collect();
            let kernel = format!("{conv}.weight");
            let Some(weight) = folded.0.get_mut(&kernel) else {
                return Err(WeightsError::Missing {
                    name: kernel,
                    expected: vec![channels],
                    found: self.0.len(),
                    first: norm,
                });
            };
            if weight.shape.first() != Some(&channels) || weight.values.is_empty() {
                let mut expected = weight.shape.clone();
                expected.splice(..expected.len().min(1), [channels]);
                return Err(WeightsError::Shape { name: kernel, expected, found: weight.shape.clone() });
            }
            let per_channel = weight.values.len() / channels;
            for (values, scale) in weight.values.chunks_exact_mut(per_channel).zip(&scale) {
                values.iter_mut().for_each(|value| *value *= scale);
            }
            folded.0.insert(format!("{conv}.bias"), WeightTensor { shape: vec![channels], values: bias });
            for leaf in ["weight", "bias", "running_mean", "running_var"] {
                folded.0.remove(&format!("{norm}.{leaf}"));
            }
        }
        Ok(folded)
    }
}

/// What the name of an [`Dtype::I8`] tensor's scales ends with, behind its own.
const SCALE_SUFFIX: &str = "_scale";

/// Whether [`Dtype::I8`] keeps this tensor in bytes: the weights of convolutions and linear layers, but not the probe's.
fn is_quantised(name: &str, shape: &[usize]) -> bool {
    shape.len() >= 2 && !shape.contains(&0) && name.ends_with("weight") && !name.starts_with("probe.")
}

/// Each channel's values as multiples, from -127 to 127, of its scale: its largest magnitude over 127.
fn quantised(values: &[f32], channels: usize) -> (Vec<u8>, Vec<f32>) {
    let (mut bytes, mut scales) = (Vec::with_capacity(values.len()), Vec::with_capacity(channels));
    for channel in values.chunks_exact(values.len() / channels) {
        let halves: Vec<f32> = channel.iter().map(|&value| f16::from_f32(value).to_f32()).collect();
        let scale = halves.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        bytes.extend(halves.iter().map(|value| ((value * inverse).round().clamp(-127.0, 127.0) as i8).cast_unsigned()));
        scales.push(scale);
    }
    (bytes, scales)
}

/// What [`quantised`] stands for; there is a channel.
fn dequantised(bytes: &[u8], scales: &[f32]) -> Vec<f32> {
    let channels = bytes.chunks_exact((bytes.len() / scales.len()).max(1)).zip(scales);
    channels
        .flat_map(|(channel, scale)| channel.iter().map(move |&value| f32::from(value.cast_signed()) * scale))
        .collect()
}

fn f32_values(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Whether PyTorch keeps counters and flags in this type, and no weights.
fn is_integer(dtype: tensor::Dtype) -> bool {
    use tensor::Dtype::{BOOL, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(dtype, BOOL | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

/// Where a visitor stands in a module: the names on the way, and whether it is inside a `Linear`.
#[derive(Default)]
struct FieldPath {
    names: Vec<String>,
    containers: Vec<String>,
}

impl FieldPath {
    fn enter(&mut self, name: &str, container: &str) {
        self.names.push(name.to_owned());
        self.containers.push(container.to_owned());
    }

    fn exit(&mut self) {
        self.names.pop();
        self.containers.pop();
    }

    fn is_linear_weight(&self) -> bool {
        self.names.last().is_some_and(|name| name == "weight")
            && self.containers.iter().rev().any(|container| container == "Struct:Linear")
    }
}

/// Reads every tensor of `module` back, named by `name` from its path of field names.
pub fn export_module<M: Module>(module: &M, name: fn(&[String]) -> String) -> Weights {
    struct Exporter {
        path: FieldPath,
        name: fn(&[String]) -> String,
        weights: Weights,
    }
    impl ModuleVisitor for Exporter {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let mut tensor = param.val();
            if self.path.is_linear_weight() {
                tensor = tensor.transpose();
            }
            let shape = tensor.dims().to_vec();
            let values = tensor.into_data().convert::<f32>().try_to_vec::<f32>().expect("converted to f32");
            self.weights.0.insert((self.name)(&self.path.names), WeightTensor { shape, values });
        }
    }
    // `valid` first: a BatchNorm's last running statistics are merged into its state by it.
    let mut exporter = Exporter { path: FieldPath::default(), name, weights: Weights::default() };
    module.valid().visit(&mut exporter);
    exporter.weights
}

/// Sets every tensor of `module` from `weights`.
///
/// # Errors
/// The first tensor that is missing, misshapen or not finite.
pub fn import_module<M: Module>(
    module: M,
    weights: &Weights,
    name: fn(&[String]) -> String,
) -> Result<M, WeightsError> {
    map_values(module, |path, shape| Ok(weights.expect(&name(path), shape)?.values.clone()))
}

/// A matrix of rows of `columns` values, transposed.
fn columns_first(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied()).collect()
}

/// Sets every tensor of `module` to what `value` gives for its path and its shape in PyTorch's layout.
pub(super) fn map_values<M, F>(module: M, value: F) -> Result<M, WeightsError>
where
    M: Module,
    F: FnMut(&[String], &[usize]) -> Result<Vec<f32>, WeightsError>,
{
    struct Importer<F> {
        path: FieldPath,
        value: F,
        failure: Option<WeightsError>,
    }
    impl<F: FnMut(&[String], &[usize]) -> Result<Vec<f32>, WeightsError>> ModuleMapper for Importer<F> {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            if self.failure.is_some() {
                return param;
            }
            let transposed = self.path.is_linear_weight();
            let mut shape = param.lazy_shape().as_slice().to_vec();
            if transposed {
                shape.reverse();
            }
            match (self.value)(&self.path.names, &shape) {
                Ok(mut values) => {
                    // Here and not on the device: a transposed view is multiplied by another kernel than the weight
                    // that an optimizer's step leaves, and a resumed run would differ in the last bit.
                    if transposed {
                        values = columns_first(&values, shape[1]);
                        shape.reverse();
                    }
                    let data = TensorData::new(values, shape);
                    param.map(|tensor| {
                        let new = Tensor::<D>::from_data(data, &tensor.device());
                        if tensor.is_require_grad() { new.require_grad() } else { new }
                    })
                }
                Err(failure) => {
                    self.failure = Some(failure);
                    param
                }
            }
        }
    }
    let mut importer = Importer { path: FieldPath::default(), value, failure: None };
    let module = module.map(&mut importer);
    match importer.failure {
        Some(failure) => Err(failure),
        None => Ok(module),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(tensors: &[(&str, &[usize])]) -> Weights {
        let tensor =
            |shape: &[usize]| WeightTensor { shape: shape.to_vec(), values: vec![1.0; shape.iter().product()] };
        Weights(tensors.iter().map(|(name, shape)| ((*name).to_owned(), tensor(shape))).collect())
    }

    #[test]
    fn a_batch_norm_that_fits_no_convolution_is_named_and_not_folded() {
        let norm = |channels: &'static [usize], conv: &'static [usize]| {
            let leaves = ["weight", "bias", "running_mean", "running_var"].map(|leaf| format!("bn1.{leaf}"));
            let mut tensors: Vec<(&str, &[usize])> = leaves.iter().map(|name| (name.as_str(), channels)).collect();
            tensors.push(("conv1.weight", conv));
            weights(&tensors).fold_batch_norm()
        };
        assert!(norm(&[2], &[2, 3, 1, 1]).is_ok());
        for (channels, conv) in
            [(&[0][..], &[0, 3, 1, 1][..]), (&[2], &[0, 3, 1, 1]), (&[4], &[2, 3, 1, 1]), (&[2], &[])]
        {
            let error = norm(channels, conv).expect_err("it does not fit").to_string();
            assert!(error.contains("conv1.weight") || error.contains("bn1.running_var"), "{error}");
        }
    }

    #[test]
    fn weights_in_bytes_are_within_half_a_step_of_each_channels_scale() {
        let values: Vec<f32> = (0..4 * 27).map(|at| ((at * 37) % 101) as f32 / 50.0 - 1.0).collect();
        let scaled: Vec<f32> =
            values.iter().enumerate().map(|(at, value)| value * [1.0, 0.01, 0.0, 30.0][at / 27]).collect();
        let weights = Weights(BTreeMap::from([
            ("conv.weight".to_owned(), WeightTensor { shape: vec![4, 3, 3, 3], values: scaled.clone() }),
            ("conv.bias".to_owned(), WeightTensor { shape: vec![4], values: vec![0.5; 4] }),
            ("probe.weight".to_owned(), WeightTensor { shape: vec![1, 2], values: vec![0.25, -3.0] }),
        ]));
        let file = weights.to_safetensors(Dtype::I8, BTreeMap::new());
        let names: Vec<String> =
            SafeTensors::deserialize(&file).expect("a file").names().into_iter().map(Into::into).collect();
        assert_eq!(names.iter().filter(|name| name.ends_with("_scale")).collect::<Vec<_>>(), ["conv.weight_scale"]);
        let read = Weights::from_safetensors(&file).expect("reads back");
        assert_eq!(read.0.keys().collect::<Vec<_>>(), weights.0.keys().collect::<Vec<_>>());
        assert_eq!(
            (&read.0["conv.bias"], &read.0["probe.weight"]),
            (&weights.0["conv.bias"], &weights.0["probe.weight"])
        );
        let found = &read.0["conv.weight"];
        assert_eq!(found.shape, [4, 3, 3, 3]);
        for (channel, (found, values)) in found.values.chunks(27).zip(scaled.chunks(27)).enumerate() {
            let largest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (found, value) in found.iter().zip(values) {
                // And f16's eleven bits.
                assert!((found - value).abs() <= largest / 254.0 + value.abs() / 2048.0, "{channel}: {found}, {value}");
            }
        }
        let half = Weights::from_safetensors(&weights.to_safetensors(Dtype::F16, BTreeMap::new())).expect("halves");
        assert_eq!(half.to_safetensors(Dtype::I8, BTreeMap::new()), file, "from halves the same file comes");
        assert_eq!(read.to_safetensors(Dtype::I8, BTreeMap::new()).len(), file.len());
    }

    #[test]
    fn a_scale_that_does_not_fit_is_named() {
        let scale = [1.0_f32; 3].iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let views = [
            ("a.weight", TensorView::new(tensor::Dtype::I8, vec![2, 3], &[1; 6]).expect("six")),
            ("a.weight_scale", TensorView::new(tensor::Dtype::F32, vec![3], &scale).expect("three")),
        ];
        let file = safetensors::serialize(views, None).expect("a file");
        let error = Weights::from_safetensors(&file).expect_err("three scales of two channels").to_string();
        assert!(error.contains("a.weight") && error.contains("[3]") && error.contains("[2]"), "{error}");
    }
    #[test]
    fn a_first_convolution_of_three_bands_becomes_one_of_any_number_by_hand() {
        // Two channels of 1 x 2 px: red, green and blue 1, 2 and 6 in the first place, 0 in the second; then all 4.
        let values = vec![1.0, 0.0, 2.0, 0.0, 6.0, 0.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0];
        let rgb = Weights(BTreeMap::from([
            ("conv1.weight".to_owned(), WeightTensor { shape: vec![2, 3, 1, 2], values }),
            ("fc.weight".to_owned(), WeightTensor { shape: vec![1, 2], values: vec![5.0, 7.0] }),
        ]));
        let (four, inflated) = rgb.clone().with_bands("conv1.weight", 4).expect("of three");
        // The mean, 3, times 3 / 4.
        let expected = [[2.25, 0.0].repeat(4), vec![3.0; 8]].concat();
        assert!(inflated);
        assert_eq!(four.0["conv1.weight"], WeightTensor { shape: vec![2, 4, 1, 2], values: expected });
        assert_eq!(four.0["fc.weight"], rgb.0["fc.weight"]);
        assert_eq!(rgb.clone().with_bands("conv1.weight", 3), Ok((rgb.clone(), false)));
        assert_eq!(four.clone().with_bands("conv1.weight", 4), Ok((four.clone(), false)));
        assert_eq!(rgb.clone().with_bands("stem.weight", 4), Ok((rgb, false)));
        let error = four.with_bands("conv1.weight", 5).expect_err("of four").to_string();
        for words in ["conv1.weight", "[2, 4, 1, 2]", "of 4 bands", "reads 5"] {
            assert!(error.contains(words), "{error}");
        }
    }
}
