//! Tensors and rows of values: from a device, at unit length.

use anyhow::Result;
use burn::tensor::Tensor;

/// Read back from the device.
pub fn values_of<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.into_data().convert::<f32>();
    data.try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the device does not give its values back: {error:?}"))
}

/// The largest difference over the largest expected value. `None` where there is nothing to compare: not as many values
/// as expected, none, or one that is not finite.
pub fn relative_difference(found: &[f32], expected: &[f32]) -> Option<f64> {
    let is_whole =
        found.len() == expected.len() && !expected.is_empty() && found.iter().chain(expected).all(|v| v.is_finite());
    let largest = expected.iter().fold(1e-12_f32, |most, value| most.max(value.abs()));
    let apart = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
    is_whole.then(|| f64::from(apart / largest))
}

/// Each row of `len` values at length 1.
pub fn to_unit_length(rows: &mut [f32], len: usize) {
    for row in rows.chunks_exact_mut(len) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
        row.iter_mut().for_each(|value| *value /= length);
    }
}
