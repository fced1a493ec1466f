//! Tensors and rows of values: from a device, at unit length.

use anyhow::Result;
use burn::tensor::Tensor;

/// Read back from the device.
pub fn values_of<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.into_data().convert::<f32>();
    data.try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the device does not give its values back: {error:?}"))
}

/// Each row of `len` values at length 1.
pub fn to_unit_length(rows: &mut [f32], len: usize) {
    for row in rows.chunks_exact_mut(len) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
        row.iter_mut().for_each(|value| *value /= length);
    }
}
