//! An ONNX graph as it is built: nodes, constants, inputs and outputs.

use crate::protobuf::{block, float, number};
use std::collections::HashSet;

/// ONNX's operator set that the nodes are of.
const OPERATOR_SET: u64 = 17;
/// Version of the file format.
const IR_VERSION: u64 = 8;
/// TensorProto.DataType of f32.
pub(super) const FLOAT: u64 = 1;
/// TensorProto.DataType of i64.
pub(super) const INT64: u64 = 7;
/// TensorProto.DataType of f64.
pub(super) const DOUBLE: u64 = 11;

/// A dimension of an input or output.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dim {
    /// So many.
    Fixed(usize),
    /// Any number, under this name.
    Any(&'static str),
}

/// A node's setting.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute<'a> {
    /// A whole number.
    Int(&'a str, u64),
    /// Several.
    Ints(&'a str, &'a [u64]),
    /// A number.
    Float(&'a str, f32),
    /// A word.
    Text(&'a str, &'a str),
}

impl Attribute<'_> {
    /// AttributeProto: name, value, type.
    fn message(self) -> Vec<u8> {
        match self {
            Self::Int(name, value) => [bytes(1, name.as_bytes()), varint(3, value), varint(20, 2)].concat(),
            Self::Ints(name, values) => {
                let values: Vec<u8> = values.iter().flat_map(|&value| varint(8, value)).collect();
                [bytes(1, name.as_bytes()), values, varint(20, 7)].concat()
            }
            Self::Float(name, value) => {
                let mut field = Vec::new();
                float(&mut field, 2, value);
                [bytes(1, name.as_bytes()), field, varint(20, 1)].concat()
            }
            Self::Text(name, text) => [bytes(1, name.as_bytes()), bytes(4, text.as_bytes()), varint(20, 3)].concat(),
        }
    }
}

/// A graph that grows node by node.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<u8>,
    constants: Vec<u8>,
    inputs: Vec<u8>,
    outputs: Vec<u8>,
    count: usize,
    /// Constants that [`Graph::floats_once`] has written.
    named: HashSet<String>,
}

impl Graph {
    /// A new input of floats.
    pub(super) fn input(&mut self, name: &str, dims: &[Dim]) -> String {
        self.inputs.extend(bytes(11, &value_info(name, FLOAT, dims)));
        name.to_owned()
    }

    /// A new input of whole numbers.
    pub(super) fn input_integers(&mut self, name: &str, dims: &[Dim]) -> String {
        self.inputs.extend(bytes(11, &value_info(name, INT64, dims)));
        name.to_owned()
    }

    /// Names a value as an output of floats.
    pub(super) fn output(&mut self, value: &str, name: &str, dims: &[Dim]) {
        self.output_of(value, name, FLOAT, dims);
    }

    /// Names a value as an output of whole numbers.
    pub(super) fn output_integers(&mut self, value: &str, name: &str, dims: &[Dim]) {
        self.output_of(value, name, INT64, dims);
    }

    fn output_of(&mut self, value: &str, name: &str, data_type: u64, dims: &[Dim]) {
        self.node_to("Identity", &[value], &[], &[name]);
        self.outputs.extend(bytes(12, &value_info(name, data_type, dims)));
    }

    /// A constant tensor of floats; gives its name.
    pub(super) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, FLOAT, shape, &raw)
    }

    /// As [`Graph::floats`], of one that may be there.
    pub(super) fn floats_once(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        if self.named.insert(name.to_owned()) { self.floats(name, shape, values) } else { name.to_owned() }
    }

    /// As [`Graph::floats`], with a name of its own.
    pub(super) fn floats_unnamed(&mut self, shape: &[usize], values: &[f32]) -> String {
        let name = self.next_name();
        self.floats(&name, shape, values)
    }

    /// One float.
    pub(super) fn float(&mut self, value: f32) -> String {
        self.floats_unnamed(&[], &[value])
    }

    /// One float of 64 bits.
    pub(super) fn double(&mut self, value: f64) -> String {
        let name = self.next_name();
        self.constant(&name, DOUBLE, &[], &value.to_le_bytes())
    }

    /// A constant list of whole numbers; gives its name.
    pub(super) fn integers(&mut self, values: &[i64]) -> String {
        let name = self.next_name();
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(&name, INT64, &[values.len()], &raw)
    }

    /// One whole number.
    pub(super) fn integer(&mut self, value: i64) -> String {
        let name = self.next_name();
        self.constant(&name, INT64, &[], &value.to_le_bytes())
    }

    fn next_name(&mut self) -> String {
        self.count += 1;
        format!("c{}", self.count)
    }

    /// TensorProto: dims, data_type, name, raw_data.
    fn constant(&mut self, name: &str, data_type: u64, shape: &[usize], raw: &[u8]) -> String {
        let dims: Vec<u8> = shape.iter().flat_map(|&side| varint(1, side as u64)).collect();
        let tensor = [dims, varint(2, data_type), bytes(8, name.as_bytes()), bytes(9, raw)].concat();
        self.constants.extend(bytes(5, &tensor));
        name.to_owned()
    }

    /// A node with one output, whose name it gives.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute]) -> String {
        let [output] = self.node_of(operator, inputs, attributes);
        output
    }

    /// A node with several outputs, whose names it gives.
    pub(super) fn node_of<const N: usize>(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute],
    ) -> [String; N] {
        let outputs = std::array::from_fn(|_| {
            self.count += 1;
            format!("x{}", self.count)
        });
        self.node_to(operator, inputs, attributes, &outputs.each_ref().map(String::as_str));
        outputs
    }

    /// A value as another type.
    pub(super) fn cast(&mut self, value: &str, data_type: u64) -> String {
        self.node("Cast", &[value], &[Attribute::Int("to", data_type)])
    }

    /// NodeProto: input, output, op_type, attribute.
    fn node_to(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute], outputs: &[&str]) {
        let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(1, input.as_bytes())).collect();
        let outputs: Vec<u8> = outputs.iter().flat_map(|output| bytes(2, output.as_bytes())).collect();
        let attributes: Vec<u8> = attributes.iter().flat_map(|attribute| bytes(5, &attribute.message())).collect();
        let node = [inputs, outputs, bytes(4, operator.as_bytes()), attributes].concat();
        self.nodes.extend(bytes(1, &node));
    }

    /// ModelProto with this graph; `metadata` are pairs of key and text.
    pub(super) fn model(self, name: &str, about: &str, metadata: &[(&str, String)]) -> Vec<u8> {
        let Self { nodes, constants, inputs, outputs, .. } = self;
        let graph = [nodes, bytes(2, name.as_bytes()), constants, inputs, outputs].concat();
        let operator_set = [bytes(1, b""), varint(2, OPERATOR_SET)].concat();
        let metadata: Vec<u8> = metadata
            .iter()
            .flat_map(|(key, text)| bytes(14, &[bytes(1, key.as_bytes()), bytes(2, text.as_bytes())].concat()))
            .collect();
        [
            varint(1, IR_VERSION),
            bytes(2, b"nadir"),
            bytes(3, env!("CARGO_PKG_VERSION").as_bytes()),
            bytes(6, about.as_bytes()),
            bytes(7, &graph),
            bytes(8, &operator_set),
            metadata,
        ]
        .concat()
    }
}

/// ValueInfoProto: name, type (a tensor of a data type with its shape).
fn value_info(name: &str, data_type: u64, dims: &[Dim]) -> Vec<u8> {
    let dim = |dim: &Dim| {
        bytes(
            1,
            &match dim {
                Dim::Fixed(side) => varint(1, *side as u64),
                Dim::Any(name) => bytes(2, name.as_bytes()),
            },
        )
    };
    let shape: Vec<u8> = dims.iter().flat_map(dim).collect();
    let tensor = [varint(1, data_type), bytes(2, &shape)].concat();
    [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))].concat()
}

/// A message of one field that is a whole number.
fn varint(field: u32, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    number(&mut bytes, field, value);
    bytes
}

/// A message of one field that is text, bytes or a message.
fn bytes(field: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    block(&mut bytes, field, value);
    bytes
}
