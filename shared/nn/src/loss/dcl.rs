//! The decoupled contrastive loss.

use super::ContrastiveLogits;
use super::contrastive_logits::log_sum_exp;
use burn::tensor::Tensor;

/// NT-Xent without the positive in the denominator (Yeh et al. 2022, equation 6, "Decoupled contrastive
/// learning"): mean over the anchors of `-sim(i, j) / tau + log( sum over a != i, j of exp(sim(i, a) / tau) )`. It
/// learns at small batches where NT-Xent's gradient vanishes. Shape \[1\].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::{ContrastiveLogits, dcl};
/// let views = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &Device::flex());
/// let loss: f32 = dcl(&ContrastiveLogits::within(views, 0.5)).into_scalar();
/// // The positive at cosine 1 alone, over two negatives at 0: log 2 - 1 / 0.5.
/// assert!((loss - (2.0_f32.ln() - 2.0)).abs() < 1e-6);
/// ```
///
/// # Panics
/// Where an anchor has its positive as only candidate.
pub fn dcl(contrast: &ContrastiveLogits) -> Tensor<1> {
    let [anchors, candidates] = contrast.logits.dims();
    assert!(candidates > 2 || (candidates == 2 && anchors == 1), "an anchor needs a negative");
    let positive = contrast.logits.clone().gather(1, contrast.partner.clone());
    let device = contrast.logits.device();
    let partner = contrast.partner.clone();
    let candidate = Tensor::<1, burn::tensor::Int>::arange(0..candidates as i64, &device).reshape([1, candidates]);
    let is_positive = candidate.expand([anchors, candidates]).equal(partner.expand([anchors, candidates]));
    let log_sum = log_sum_exp(&contrast.logits, &is_positive.bool_not().float());
    (log_sum - positive).mean()
}
