//! Weights by name: in and out of a module, in and out of safetensors.
//!
//! Names and layouts are PyTorch's (`Linear` weights are [out, in]), so a file from torchvision comes in as it is and
//! a pretrained encoder goes out to any PyTorch user.

use super::conv_norm::EFFICIENTNET_EPSILON;
use super::efficientnet::convolution_before;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use half::f16;
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
        let (dtype, bytes): (_, Vec<Vec<u8>>) = match dtype {
            Dtype::F32 => (
                tensor::Dtype::F32,
                self.0.values().map(|t| t.values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect(),
            ),
            Dtype::F16 => (
                tensor::Dtype::F16,
                self.0
                    .values()
                    .map(|t| t.values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect())
                    .collect(),
            ),
        };
        let views = self.0.iter().zip(&bytes).map(|((name, tensor), bytes)| {
            let view = TensorView::new(dtype, tensor.shape.clone(), bytes).expect("as many values as the shape says");
            (name.as_str(), view)
        });
        safetensors::serialize(views, Some(metadata.into_iter().collect()))
            .expect("names, shapes and bytes fit each other")
    }

    /// Reads f64, f32, f16 and bf16 tensors; integer tensors (PyTorch's `num_batches_tracked`) are skipped.
    ///
    /// # Errors
    /// Where the bytes are cut off or are no safetensors file; the first tensor of floats of another type; a file whose
    /// tensors all are integers.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightsError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| WeightsError::File(error.to_string()))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let data = view.data();
            let values = match view.dtype() {
                tensor::Dtype::F32 => {
                    data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
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
}
