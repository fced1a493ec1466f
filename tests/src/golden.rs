//! Golden values: how the tests read them, and how the reference script fills tensors and networks.

use nadir_core::rng::Rng;
use nadir_nn::model::weights::{WeightTensor, Weights};
use serde_json::Value;
use std::path::Path;

/// The reference values `tests/golden/NAME.json`.
///
/// # Panics
/// If there is no such file, or it is no JSON.
pub fn reference(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name).with_extension("json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Both sum in f64, in orders of their own: they must agree to 1e-12.
///
/// # Panics
/// If they do not.
#[track_caller]
pub fn close(computed: f64, expected: &Value, name: &str) {
    let error = (computed - expected.as_f64().expect("a number")).abs();
    println!("{name}: error {error:.1e}");
    assert!(error < 1e-12, "{name}: {computed} instead of {expected}");
}

/// All numbers of nested lists, in their order.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        _ => vec![value.as_f64().expect("a number")],
    }
}

/// The numbers of nested lists as f32, in their order; see [`numbers`].
pub fn floats(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|value| value as f32).collect()
}

/// The numbers of nested lists as indices, truncated to whole numbers; see [`numbers`].
pub fn indices(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|value| value as usize).collect()
}

/// [`numbers`], of which 1 is true.
pub fn bools(value: &Value) -> Vec<bool> {
    numbers(value).into_iter().map(|value| value == 1.0).collect()
}

/// `fill` of the reference script: uniform in [-1, 1).
pub fn fill(name: &str, count: usize) -> Vec<f64> {
    let mut rng = Rng::from_name(name);
    (0..count).map(|_| 2.0 * rng.uniform() - 1.0).collect()
}

/// `fill_model` of the reference script, by torchvision's names.
pub fn fill_model(template: &Weights) -> Weights {
    let norms: Vec<&str> = template.0.keys().filter_map(|name| name.strip_suffix(".running_var")).collect();
    let tensors = template.0.iter().map(|(name, tensor)| {
        let (owner, leaf) = name.rsplit_once('.').expect("a layer and a leaf");
        let fan_in: usize = tensor.shape[1..].iter().product();
        let is_last = ["cls_logits", "cls_score", "bbox_pred"].iter().any(|part| name.contains(part));
        let scale = |v: f64| match (norms.contains(&owner), leaf) {
            (true, "weight") if owner.ends_with("bn3") => (1.0 + v / 10.0) / 5.0,
            (true, "weight") => 1.0 + v / 10.0,
            (true, "running_var") => 1.0 + v / 4.0,
            (true, _) | (false, "bias") => v / 10.0,
            (false, _) => v * (6.0 / fan_in as f64).sqrt() / if is_last { 10.0 } else { 1.0 },
        };
        let values = fill(name, tensor.values.len()).into_iter().map(|v| scale(v) as f32).collect();
        (name.clone(), WeightTensor { shape: tensor.shape.clone(), values })
    });
    Weights(tensors.collect())
}
