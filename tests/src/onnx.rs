//! A bundle's ResNet as an ONNX file, for the benchmark that holds the page's engine against onnxruntime-web: the same
//! layers with the same weights. Written as protocol buffers by hand (onnx.proto3, IR version 8, operator set 13), of
//! which a network of convolutions needs little.

use anyhow::{Context, Result, ensure};
use nadir_core::bundle::{Bundle, Stem};
use nadir_nn::model::Weights;

/// The network up to its feature map, from `images` [1, 3, size, size] to `features`.
///
/// # Errors
/// Where the bundle's network is no ResNet of basic blocks, or a weight is missing.
pub fn resnet(bundle: &Bundle, weights: &Weights) -> Result<Vec<u8>> {
    let mut graph = Graph { weights, nodes: Vec::new(), initializers: Vec::new(), count: 0 };
    let (stride, has_pool) = match bundle.architecture.stem {
        Stem::Imagenet => (2, true),
        Stem::Compact => (2, false),
        Stem::Small => (1, false),
    };
    let mut x = graph.conv("images", "conv1", stride)?;
    x = graph.node("Relu", &[&x], &[]);
    if has_pool {
        let sizes = [ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 1])];
        x = graph.node("MaxPool", &[&x], &sizes);
    }
    for layer in 1..=4 {
        for block in 0.. {
            let name = format!("layer{layer}.{block}");
            if graph.shape(&format!("{name}.conv1")).is_none() {
                ensure!(block > 0, "{name} is missing: is it a ResNet?");
                break;
            }
            ensure!(
                graph.shape(&format!("{name}.conv3")).is_none(),
                "{name} is a bottleneck, and only basic blocks are written"
            );
            let stride = if block == 0 && layer > 1 { 2 } else { 1 };
            let hidden = graph.conv(&x, &format!("{name}.conv1"), stride)?;
            let hidden = graph.node("Relu", &[&hidden], &[]);
            let output = graph.conv(&hidden, &format!("{name}.conv2"), 1)?;
            let shortcut = match graph.shape(&format!("{name}.downsample.0")) {
                Some(_) => graph.conv(&x, &format!("{name}.downsample.0"), stride)?,
                None => x,
            };
            let sum = graph.node("Add", &[&output, &shortcut], &[]);
            x = graph.node("Relu", &[&sum], &[]);
        }
    }
    let size = bundle.preprocess.size as u64;
    let name = graph.node("Identity", &[&x], &[]);
    Ok(graph.model(&[1, 3, size, size], &name))
}

struct Graph<'a> {
    weights: &'a Weights,
    nodes: Vec<u8>,
    initializers: Vec<u8>,
    count: usize,
}

impl Graph<'_> {
    fn shape(&self, layer: &str) -> Option<&[usize]> {
        self.weights.0.get(&format!("{layer}.weight")).map(|tensor| tensor.shape.as_slice())
    }

    /// A convolution with bias that keeps the size at stride 1; the name of its output.
    fn conv(&mut self, input: &str, layer: &str, stride: u64) -> Result<String> {
        for part in ["weight", "bias"] {
            let name = format!("{layer}.{part}");
            let tensor = self.weights.0.get(&name).with_context(|| format!("the bundle has no {name}"))?;
            let dims: Vec<u8> = tensor.shape.iter().flat_map(|&side| varint(1, side as u64)).collect();
            let values: Vec<u8> = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
            // TensorProto: dims, data_type (FLOAT), name, raw_data.
            let tensor = [dims, varint(2, 1), bytes(8, name.as_bytes()), bytes(9, &values)].concat();
            self.initializers.extend(bytes(5, &tensor));
        }
        let kernel = self.shape(layer).and_then(|shape| shape.last()).copied().context("a kernel's side")? as u64;
        let pads = ints("pads", &[kernel / 2; 4]);
        let sizes = [ints("kernel_shape", &[kernel; 2]), ints("strides", &[stride; 2]), pads];
        Ok(self.node("Conv", &[input, &format!("{layer}.weight"), &format!("{layer}.bias")], &sizes))
    }

    /// NodeProto: input, output, op_type, attribute. Gives the output's name.
    fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[Vec<u8>]) -> String {
        self.count += 1;
        let output = format!("x{}", self.count);
        let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(1, input.as_bytes())).collect();
        let attributes: Vec<u8> = attributes.iter().flat_map(|attribute| bytes(5, attribute)).collect();
        let node = [inputs, bytes(2, output.as_bytes()), bytes(4, operator.as_bytes()), attributes].concat();
        self.nodes.extend(bytes(1, &node));
        output
    }

    /// ModelProto with its graph.
    fn model(self, input: &[u64], output: &str) -> Vec<u8> {
        let value = |name: &str, dims: &[u64]| {
            let dims: Vec<u8> = dims.iter().flat_map(|&side| bytes(1, &varint(1, side))).collect();
            let tensor = [varint(1, 1), bytes(2, &dims)].concat();
            [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))].concat()
        };
        let output = [bytes(1, output.as_bytes()), bytes(2, &bytes(1, &varint(1, 1)))].concat();
        let graph = [
            self.nodes,
            bytes(2, b"resnet"),
            self.initializers,
            bytes(11, &value("images", input)),
            bytes(12, &output),
        ];
        let operator_set = [bytes(1, b""), varint(2, 13)].concat();
        [varint(1, 8), bytes(7, &graph.concat()), bytes(8, &operator_set)].concat()
    }
}

/// AttributeProto of type INTS.
fn ints(name: &str, values: &[u64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|&value| varint(8, value)).collect();
    [bytes(1, name.as_bytes()), values, varint(20, 7)].concat()
}

/// A field that is a number.
fn varint(field: u64, value: u64) -> Vec<u8> {
    [number(field << 3), number(value)].concat()
}

/// A field that is text, bytes or a message.
fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [&number(field << 3 | 2), &number(value.len() as u64), value].concat()
}

/// Seven bits a byte, the lowest first.
fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_fields_are_those_of_the_specification() {
        // https://protobuf.dev/programming-guides/encoding/
        assert_eq!(number(150), [0x96, 0x01]);
        assert_eq!(varint(1, 150), [0x08, 0x96, 0x01]);
        assert_eq!(bytes(2, b"testing"), [&[0x12, 0x07][..], b"testing"].concat());
    }
}
