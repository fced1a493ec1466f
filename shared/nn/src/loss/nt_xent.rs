//! NT-Xent, SimCLR's loss.

use super::ContrastiveLogits;
use burn::tensor::Tensor;

/// Normalised temperature-scaled cross-entropy (Chen et al. 2020, equation 1): mean over the anchors of
/// `-log( exp(sim(i, j) / tau) / sum over a != i of exp(sim(i, a) / tau) )`, sim the cosine, j the other view of i.
/// Against keys with a queue it is InfoNCE as in MoCo (He et al. 2020, equation 1). Gives one value, shape \[1\].
///
/// The denominator is a log-sum-exp, so any temperature above 0 is safe.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::{ContrastiveLogits, nt_xent};
/// let views = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &Device::flex());
/// let loss: f32 = nt_xent(&ContrastiveLogits::within(views, 0.5)).into_scalar();
/// // Positives at cosine 1, two negatives at 0: log(1 + 2 exp(-1 / 0.5)).
/// assert!((loss - (1.0 + 2.0 * (-2.0_f32).exp()).ln()).abs() < 1e-6);
/// ```
pub fn nt_xent(contrast: &ContrastiveLogits) -> Tensor<1> {
    contrast.log_probability().gather(1, contrast.partner.clone()).mean().neg()
}
