//! What several of the graphs have.

use super::graph::{FLOAT, Graph};
use anyhow::{Context, Result};
use nadir_nn::model::Weights;

/// A layer's weight and bias as constants under their own names; each is written once, however often it is asked for.
pub(super) fn weight_and_bias(graph: &mut Graph, weights: &Weights, layer: &str) -> Result<[String; 2]> {
    let mut constant = |part: &str| {
        let name = format!("{layer}.{part}");
        let tensor = weights.0.get(&name).with_context(|| format!("the weights have no {name}"))?;
        anyhow::Ok(graph.floats_once(&name, &tensor.shape, &tensor.values))
    };
    Ok([constant("weight")?, constant("bias")?])
}

/// (byte / 255 - mean) / std as one product and one sum.
pub(super) fn normalised(graph: &mut Graph, mean: &[f32], std: &[f32], image: &str) -> String {
    let scale: Vec<f32> = std.iter().map(|std| 1.0 / (255.0 * std)).collect();
    let shift: Vec<f32> = mean.iter().zip(std).map(|(mean, std)| -mean / std).collect();
    let scale = graph.floats("scale", &[1, mean.len(), 1, 1], &scale);
    let shift = graph.floats("shift", &[1, mean.len(), 1, 1], &shift);
    let scaled = graph.node("Mul", &[image, &scale], &[]);
    graph.node("Add", &[&scaled, &shift], &[])
}

/// 0, 1, 2 and so on as floats, so many.
pub(super) fn counting(graph: &mut Graph, count: &str) -> String {
    let [zero, one] = [0, 1].map(|value| graph.integer(value));
    let whole = graph.node("Range", &[&zero, count, &one], &[]);
    graph.cast(&whole, FLOAT)
}

/// The weight of what is so far apart, bilinear: 1 at 0, falling to 0 at 1.
pub(super) fn triangle(graph: &mut Graph, apart: &str) -> String {
    let [nothing, whole] = [0.0, 1.0].map(|value| graph.float(value));
    let apart = graph.node("Abs", &[apart], &[]);
    let weight = graph.node("Sub", &[&whole, &apart], &[]);
    graph.node("Max", &[&weight, &nothing], &[])
}
