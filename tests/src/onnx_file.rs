//! An ONNX file read and run, plainly and slowly: what tests hold the product's writer against. It knows the operators
//! that the writer uses, by the text of ONNX's operator set 17, and nothing of how the writer came to them.

use crate::protobuf::{blocks, fields, fixed, numbers, text};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// A file's graph.
#[derive(Debug, Default)]
pub struct OnnxFile {
    /// Text beside the graph.
    pub metadata: BTreeMap<String, String>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    nodes: Vec<Node>,
    constants: BTreeMap<String, Value>,
}

#[derive(Debug, Default)]
struct Node {
    operator: String,
    inputs: Vec<String>,
    output: String,
    ints: BTreeMap<String, Vec<i64>>,
}

/// A tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of floats.
    Floats(Vec<usize>, Vec<f32>),
    /// A list of whole numbers.
    Integers(Vec<i64>),
}

impl OnnxFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it is no ONNX file of operator set 17.
    ///
    /// # Panics
    /// Where it is no message at all.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut file = Self::default();
        let model = fields(bytes);
        for set in blocks(&model, 8) {
            let version = fixed(&fields(set), 2);
            ensure!(version == Some(17), "operator set {version:?}");
        }
        for pair in blocks(&model, 14).map(fields) {
            let (key, value) = text(&pair, 1).zip(text(&pair, 2)).context("metadata without a value")?;
            file.metadata.insert(key, value);
        }
        for graph in blocks(&model, 7).map(fields) {
            file.nodes.extend(blocks(&graph, 1).map(Node::read));
            for tensor in blocks(&graph, 5) {
                let (name, value) = constant(tensor)?;
                ensure!(file.constants.insert(name.clone(), value).is_none(), "two constants are called {name}");
            }
            file.outputs.extend(blocks(&graph, 12).filter_map(|output| text(&fields(output), 1)));
        }
        ensure!(!file.nodes.is_empty(), "there is no graph");
        Ok(file)
    }

    /// All values by name after running the graph on one input.
    ///
    /// # Errors
    /// Names the node that cannot be run.
    pub fn run(&self, input: &str, value: Value) -> Result<BTreeMap<String, Value>> {
        let mut values = self.constants.clone();
        values.insert(input.to_owned(), value);
        for node in &self.nodes {
            let value = node.run(&values).with_context(|| format!("in {} -> {}", node.operator, node.output))?;
            values.insert(node.output.clone(), value);
        }
        values.retain(|name, _| self.outputs.contains(name));
        Ok(values)
    }
}

fn constant(bytes: &[u8]) -> Result<(String, Value)> {
    let tensor = fields(bytes);
    let shape: Vec<usize> = numbers(&tensor, 1).map(|side| side as usize).collect();
    let (kind, name) = (fixed(&tensor, 2).unwrap_or(0), text(&tensor, 8).unwrap_or_default());
    let raw = blocks(&tensor, 9).next().unwrap_or_default();
    let count: usize = shape.iter().product();
    let value = match kind {
        1 => {
            let values = raw.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            Value::Floats(shape, values.collect())
        }
        7 => Value::Integers(
            raw.chunks_exact(8).map(|eight| i64::from_le_bytes(eight.try_into().expect("eight bytes"))).collect(),
        ),
        kind => bail!("{name} is of data type {kind}"),
    };
    let found = match &value {
        Value::Floats(_, values) => values.len(),
        Value::Integers(values) => values.len(),
    };
    ensure!(found == count, "{name} has {found} values, and its shape says {count}");
    Ok((name, value))
}

impl Node {
    fn read(bytes: &[u8]) -> Self {
        let node = fields(bytes);
        let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let ints = |attribute: &[u8]| {
            let attribute = fields(attribute);
            let values = numbers(&attribute, 3).chain(numbers(&attribute, 8)).map(|value| value as i64).collect();
            (text(&attribute, 1).unwrap_or_default(), values)
        };
        Self {
            inputs: blocks(&node, 1).map(utf8).collect(),
            output: text(&node, 2).unwrap_or_default(),
            operator: text(&node, 4).unwrap_or_default(),
            ints: blocks(&node, 5).map(ints).collect(),
        }
    }

    fn int(&self, name: &str) -> i64 {
        self.ints.get(name).and_then(|values| values.first()).copied().unwrap_or(0)
    }

    fn run(&self, values: &BTreeMap<String, Value>) -> Result<Value> {
        let value = |at: usize| -> Result<&Value> {
            let name = self.inputs.get(at).with_context(|| format!("input {at} is missing"))?;
            values.get(name).with_context(|| format!("nothing is called {name:?}"))
        };
        let floats = |at| match value(at)? {
            Value::Floats(shape, values) => Ok((shape.as_slice(), values.as_slice())),
            Value::Integers(_) => bail!("input {at} is of whole numbers"),
        };
        let integers = |at| match value(at)? {
            Value::Integers(values) => Ok(values.as_slice()),
            Value::Floats(..) => bail!("input {at} is of floats"),
        };
        let map = |change: &dyn Fn(f32) -> f32| -> Result<Value> {
            let (shape, values) = floats(0)?;
            Ok(Value::Floats(shape.to_vec(), values.iter().map(|&value| change(value)).collect()))
        };
        let pairs = |change: &dyn Fn(i64, i64) -> i64| -> Result<Value> {
            let (a, b) = (integers(0)?, integers(1)?);
            Ok(Value::Integers((0..a.len().max(b.len())).map(|at| change(a[at % a.len()], b[at % b.len()])).collect()))
        };
        let is_integer = matches!(value(0)?, Value::Integers(_));
        Ok(match self.operator.as_str() {
            "Identity" => value(0)?.clone(),
            "Relu" => map(&|value| value.max(0.0))?,
            "Sigmoid" => map(&|value| 1.0 / (1.0 + (-value).exp()))?,
            "Round" => map(&f32::round_ties_even)?,
            "Clip" => {
                let (low, high) = (floats(1)?.1[0], floats(2)?.1[0]);
                map(&|value| value.clamp(low, high))?
            }
            "Cast" if is_integer => {
                let values: Vec<f32> = integers(0)?.iter().map(|&value| value as f32).collect();
                Value::Floats(vec![values.len()], values)
            }
            "Cast" => Value::Integers(floats(0)?.1.iter().map(|&value| value as i64).collect()),
            "Shape" => Value::Integers(floats(0)?.0.iter().map(|&side| side as i64).collect()),
            "Gather" => Value::Integers(vec![integers(0)?[integers(1)?[0] as usize]]),
            "Range" => Value::Integers((integers(0)?[0]..integers(1)?[0]).step_by(integers(2)?[0] as usize).collect()),
            "Abs" => map(&f32::abs)?,
            "Sub" if is_integer => pairs(&|a, b| a - b)?,
            "Min" if is_integer => pairs(&i64::min)?,
            "Max" if is_integer => pairs(&i64::max)?,
            "Div" if is_integer => pairs(&|a, b| a / b)?,
            "Mul" if is_integer => pairs(&|a, b| a * b)?,
            "Add" => broadcast(floats(0)?, floats(1)?, |a, b| a + b)?,
            "Sub" => broadcast(floats(0)?, floats(1)?, |a, b| a - b)?,
            "Mul" => broadcast(floats(0)?, floats(1)?, |a, b| a * b)?,
            "Div" => broadcast(floats(0)?, floats(1)?, |a, b| a / b)?,
            "Max" => broadcast(floats(0)?, floats(1)?, f32::max)?,
            "ReduceSum" => {
                let ((shape, values), axes) = (floats(0)?, integers(1)?);
                ensure!(axes == [1] && shape.len() == 2 && self.int("keepdims") == 1, "a sum along {axes:?}");
                Value::Floats(vec![shape[0], 1], values.chunks_exact(shape[1]).map(|row| row.iter().sum()).collect())
            }
            "Transpose" => {
                let (shape, values) = floats(0)?;
                ensure!(self.ints["perm"] == [1, 0] && shape.len() == 2, "a transposition of {shape:?}");
                let columns = (0..shape[1]).flat_map(|column| values.iter().skip(column).step_by(shape[1]).copied());
                Value::Floats(vec![shape[1], shape[0]], columns.collect())
            }
            "MatMul" => matmul(floats(0)?, floats(1)?)?,
            "Concat" => channels_of_both(floats(0)?, floats(1)?)?,
            "Conv" => self.conv(floats(0)?, floats(1)?, floats(2)?.1)?,
            "MaxPool" => self.max_pool(floats(0)?),
            "GlobalAveragePool" => {
                let (shape, values) = floats(0)?;
                let places = shape[2] * shape[3];
                let means = values.chunks_exact(places).map(|map| map.iter().sum::<f32>() / places as f32);
                Value::Floats(vec![shape[0], shape[1], 1, 1], means.collect())
            }
            "Flatten" => {
                let (shape, values) = floats(0)?;
                Value::Floats(vec![shape[0], values.len() / shape[0]], values.to_vec())
            }
            "Gemm" => {
                ensure!(self.int("transB") == 1, "a matrix that is not transposed");
                let ((shape, rows), (weight_shape, weights), bias) = (floats(0)?, floats(1)?, floats(2)?.1);
                let product = rows.chunks_exact(shape[1]).flat_map(|row| {
                    let dot = |weights: &[f32]| row.iter().zip(weights).map(|(a, b)| a * b).sum::<f32>();
                    weights.chunks_exact(shape[1]).zip(bias).map(move |(weights, bias)| dot(weights) + bias)
                });
                Value::Floats(vec![shape[0], weight_shape[0]], product.collect())
            }
            other => bail!("{other} is not among the operators known here"),
        })
    }

    fn conv(
        &self,
        (shape, input): (&[usize], &[f32]),
        (kernel, weights): (&[usize], &[f32]),
        bias: &[f32],
    ) -> Result<Value> {
        let [batch, channels, height, width] = *shape else { bail!("no images") };
        let [out, per_group, rows, columns] = *kernel else { bail!("no kernel") };
        let (groups, stride) = (self.int("group") as usize, self.int("strides") as usize);
        ensure!(per_group * groups == channels && self.ints["kernel_shape"] == [rows as i64, columns as i64], "sizes");
        let pads: Vec<usize> = self.ints["pads"].iter().map(|&pad| pad as usize).collect();
        let side =
            |length: usize, before: usize, after: usize, kernel: usize| (length + before + after - kernel) / stride + 1;
        let (out_height, out_width) = (side(height, pads[0], pads[2], rows), side(width, pads[1], pads[3], columns));
        let mut output = Vec::with_capacity(batch * out * out_height * out_width);
        for image in input.chunks_exact(channels * height * width) {
            for channel in 0..out {
                let group = channel / (out / groups);
                let mut map = vec![bias[channel]; out_height * out_width];
                for inner in 0..per_group {
                    let from = &image[(group * per_group + inner) * height * width..][..height * width];
                    let weights = &weights[(channel * per_group + inner) * rows * columns..][..rows * columns];
                    for (at, &weight) in weights.iter().enumerate() {
                        for y in 0..out_height {
                            let Some(row) =
                                (y * stride + at / columns).checked_sub(pads[0]).filter(|&row| row < height)
                            else {
                                continue;
                            };
                            for x in 0..out_width {
                                let column = (x * stride + at % columns).checked_sub(pads[1]);
                                if let Some(column) = column.filter(|&column| column < width) {
                                    map[y * out_width + x] += weight * from[row * width + column];
                                }
                            }
                        }
                    }
                }
                output.extend(map);
            }
        }
        Ok(Value::Floats(vec![batch, out, out_height, out_width], output))
    }

    fn max_pool(&self, (shape, input): (&[usize], &[f32])) -> Value {
        let (height, width) = (shape[2], shape[3]);
        let (kernel, stride, pad) = (3, self.int("strides") as usize, self.int("pads") as usize);
        let side = |length: usize| {
            let span = length + 2 * pad - kernel;
            (if self.int("ceil_mode") == 1 { span.div_ceil(stride) } else { span / stride }) + 1
        };
        let mut output = Vec::new();
        for map in input.chunks_exact(height * width) {
            for y in 0..side(height) {
                for x in 0..side(width) {
                    let window = |at: usize, length: usize| {
                        (at * stride).saturating_sub(pad)..(at * stride + kernel).saturating_sub(pad).min(length)
                    };
                    let values =
                        window(y, height).flat_map(|row| window(x, width).map(move |column| map[row * width + column]));
                    output.push(values.fold(f32::NEG_INFINITY, f32::max));
                }
            }
        }
        Value::Floats(vec![shape[0], shape[1], side(height), side(width)], output)
    }
}

/// By numpy's rules: shapes are aligned at their ends, and a side of 1 stands for any.
fn broadcast(
    (shape, a): (&[usize], &[f32]),
    (other, b): (&[usize], &[f32]),
    with: fn(f32, f32) -> f32,
) -> Result<Value> {
    let rank = shape.len().max(other.len());
    let padded = |shape: &[usize]| [vec![1; rank - shape.len()], shape.to_vec()].concat();
    let (first, second) = (padded(shape), padded(other));
    let fits = first.iter().zip(&second).all(|(a, b)| a == b || *a == 1 || *b == 1);
    ensure!(fits, "{other:?} beside {shape:?}");
    let result: Vec<usize> = first.iter().zip(&second).map(|(a, b)| *a.max(b)).collect();
    let count: usize = result.iter().product();
    let place = |of: &[usize], mut at: usize| {
        let (mut place, mut stride) = (0, 1);
        for (axis, side) in of.iter().enumerate().rev() {
            let along = at % result[axis];
            at /= result[axis];
            place += if *side == 1 { 0 } else { along * stride };
            stride *= side;
        }
        place
    };
    let values = (0..count).map(|at| with(a[place(&first, at)], b[place(&second, at)]));
    Ok(Value::Floats(result.clone(), values.collect()))
}

/// Of a matrix with matrices, or of matrices with a matrix.
fn matmul((shape, a): (&[usize], &[f32]), (other, b): (&[usize], &[f32])) -> Result<Value> {
    let ([.., rows, inner], [.., inner_too, columns]) = (shape, other) else { bail!("no matrices") };
    ensure!(inner == inner_too && (shape.len() == 2 || other.len() == 2), "{other:?} beside {shape:?}");
    let (first, second) = (a.chunks_exact(rows * inner), b.chunks_exact(inner * columns));
    let count = first.len().max(second.len());
    let mut values = Vec::with_capacity(count * rows * columns);
    for (left, right) in first.cycle().zip(second.cycle()).take(count) {
        for row in left.chunks_exact(*inner) {
            let mut sums = vec![0.0; *columns];
            for (value, line) in row.iter().zip(right.chunks_exact(*columns)).filter(|(value, _)| **value != 0.0) {
                sums.iter_mut().zip(line).for_each(|(sum, other)| *sum += value * other);
            }
            values.extend(sums);
        }
    }
    let batch = if shape.len() > 2 { &shape[..shape.len() - 2] } else { &other[..other.len() - 2] };
    Ok(Value::Floats([batch, &[*rows, *columns]].concat(), values))
}

fn channels_of_both((shape, a): (&[usize], &[f32]), (other, b): (&[usize], &[f32])) -> Result<Value> {
    ensure!(shape[2..] == other[2..], "{other:?} beside {shape:?}");
    let (len, other_len) = (a.len() / shape[0], b.len() / shape[0]);
    let both = a.chunks_exact(len).zip(b.chunks_exact(other_len)).flat_map(|(a, b)| a.iter().chain(b).copied());
    Ok(Value::Floats(vec![shape[0], shape[1] + other[1], shape[2], shape[3]], both.collect()))
}
