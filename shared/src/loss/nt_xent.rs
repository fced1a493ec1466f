//! NT-Xent, SimCLR's loss.

use super::unit_rows;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Bool, Int, Tensor, TensorData};

/// Normalised temperature-scaled cross-entropy (Chen et al. 2020, equation 1): mean over the 2k anchors of
/// `-log( exp(sim(i, j) / tau) / sum over a != i of exp(sim(i, a) / tau) )`, sim the cosine.
///
/// `projections`: [2k, d]; rows i and i + k are the two views of one image. Gives one value, shape \[1\].
/// The denominator is a log-sum-exp, so any temperature above 0 is safe.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_shared::loss::nt_xent;
/// let views = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &Device::flex());
/// let loss: f32 = nt_xent(views, 0.5).into_scalar();
/// // Positives at cosine 1, two negatives at 0: log(1 + 2 exp(-1 / 0.5)).
/// assert!((loss - (1.0 + 2.0 * (-2.0_f32).exp()).ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// Where the number of rows is odd or zero.
pub fn nt_xent(projections: Tensor<2>, temperature: f64) -> Tensor<1> {
    let [rows, _] = projections.dims();
    assert!(rows > 0 && rows.is_multiple_of(2), "two views an image, so an even number of rows");
    let device = projections.device();
    let pairs = rows / 2;
    let unit = unit_rows(projections);
    let similarity = unit.clone().matmul(unit.transpose()).div_scalar(temperature);
    // An anchor is no candidate for itself; -1e9 is far below any similarity, and finite, so no gradient is NaN.
    let itself = Tensor::<2, Bool>::diag_mask([rows, rows], 0, &device).bool_not();
    let log_probability = log_softmax(similarity.mask_fill(itself, -1e9), 1);
    let partner: Vec<i64> = (0..rows).map(|row| ((row + pairs) % rows) as i64).collect();
    let partner = Tensor::<2, Int>::from_data(TensorData::new(partner, [rows, 1]), &device);
    log_probability.gather(1, partner).mean().neg()
}
