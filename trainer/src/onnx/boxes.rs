//! Boxes as ONNX nodes: [x0, y0, x1, y1] along the last axis.

use super::graph::{Attribute, Graph};
use nadir_core::detection::box_coder::BoxCoder;

/// The last axis.
const LAST: Attribute = Attribute::Int("axis", u64::MAX);

/// The four corners, each with a last axis of 1.
fn corners(graph: &mut Graph, boxes: &str) -> [String; 4] {
    graph.node_of("Split", &[boxes], &[LAST])
}

/// Width and height, each with a last axis of 1.
fn sides(graph: &mut Graph, boxes: &str) -> [String; 2] {
    let [x0, y0, x1, y1] = corners(graph, boxes);
    [(x1, x0), (y1, y0)].map(|(end, start)| graph.node("Sub", &[&end, &start], &[]))
}

/// In px squared, with a last axis of 1.
pub(super) fn area(graph: &mut Graph, boxes: &str) -> String {
    let [width, height] = sides(graph, boxes);
    graph.node("Mul", &[&width, &height], &[])
}

/// Whether both sides are so long, with a last axis of 1.
pub(super) fn is_at_least(graph: &mut Graph, boxes: &str, side: f32) -> String {
    let least = graph.float(side);
    let [wide, high] = sides(graph, boxes).map(|side| graph.node("GreaterOrEqual", &[&side, &least], &[]));
    graph.node("And", &[&wide, &high], &[])
}

/// A column of values in each list as a row.
const ACROSS: Attribute = Attribute::Ints("perm", &[0, 2, 1]);

/// How much each box of a list, [lists, n, 4], overlaps each (IoU), [lists, n, n].
pub(super) fn overlaps(graph: &mut Graph, boxes: &str) -> String {
    let nothing = graph.float(0.0);
    let [x0, y0, x1, y1] = corners(graph, boxes);
    let shared = [(&x0, &x1), (&y0, &y1)].map(|(start, end)| {
        let [starts, ends] = [start, end].map(|of| graph.node("Transpose", &[of], &[ACROSS]));
        let start = graph.node("Max", &[start, &starts], &[]);
        let end = graph.node("Min", &[end, &ends], &[]);
        let side = graph.node("Sub", &[&end, &start], &[]);
        graph.node("Max", &[&side, &nothing], &[])
    });
    let shared = graph.node("Mul", &[&shared[0], &shared[1]], &[]);
    let of_each = area(graph, boxes);
    let of_other = graph.node("Transpose", &[&of_each], &[ACROSS]);
    let both = graph.node("Add", &[&of_each, &of_other], &[]);
    let union = graph.node("Sub", &[&both, &shared], &[]);
    graph.node("Div", &[&shared, &union], &[])
}

/// Within an image; `limits` are width, height, width and height.
pub(super) fn clipped(graph: &mut Graph, boxes: &str, limits: &str) -> String {
    let nothing = graph.float(0.0);
    let inside = graph.node("Max", &[boxes, &nothing], &[]);
    graph.node("Min", &[&inside, limits], &[])
}

/// `BoxCoder::decode`: the boxes that `deltas` make of `from`, whose shapes broadcast.
pub(super) fn decoded(graph: &mut Graph, deltas: &str, from: &str, weights: [f32; 4]) -> String {
    let [x0, y0, ..] = corners(graph, from);
    let lengths = sides(graph, from);
    let deltas = corners(graph, deltas);
    let [half, largest] = [0.5, BoxCoder::LARGEST_LOG_SCALE].map(|value| graph.float(value));
    let weights = weights.map(|weight| graph.float(weight));
    let along = [0, 1].map(|axis| {
        let (start, length) = ([&x0, &y0][axis], &lengths[axis]);
        let middle = graph.node("Mul", &[&half, length], &[]);
        let middle = graph.node("Add", &[start, &middle], &[]);
        let moved = graph.node("Div", &[&deltas[axis], &weights[axis]], &[]);
        let moved = graph.node("Mul", &[&moved, length], &[]);
        let middle = graph.node("Add", &[&moved, &middle], &[]);
        let grown = graph.node("Div", &[&deltas[2 + axis], &weights[2 + axis]], &[]);
        let grown = graph.node("Min", &[&grown, &largest], &[]);
        let grown = graph.node("Exp", &[&grown], &[]);
        let grown = graph.node("Mul", &[&grown, length], &[]);
        let reach = graph.node("Mul", &[&half, &grown], &[]);
        ["Sub", "Add"].map(|to| graph.node(to, &[&middle, &reach], &[]))
    });
    graph.node("Concat", &[&along[0][0], &along[1][0], &along[0][1], &along[1][1]], &[LAST])
}
