//! MulSupCon.

use super::{ContrastiveLogits, shared_labels};
use burn::tensor::Tensor;

/// Zhang & Wu 2024, "Multi-label supervised contrastive learning": each anchor counts once for every label that it
/// carries, against all others that carry it. Sum over the (anchor, label) pairs that have a positive of
/// `-mean over its positives of log p`, over the number of those pairs; 0 where there is none. Labels are 0/1,
/// [anchors, labels] and [candidates, labels]. Shape \[1\].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::{ContrastiveLogits, mul_sup_con};
/// let device = Device::flex();
/// let views = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &device);
/// // A label of both images, and one of the first alone: six pairs of an anchor and a label of it.
/// let labels = Tensor::<2>::from_floats([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 0.0]], &device);
/// let loss: f32 = mul_sup_con(&ContrastiveLogits::within(views, 0.5), &labels, &labels).into_scalar();
/// // Four with positives of logits 2, 0, 0 and two with the other view's 2.
/// let log_sum = (2.0_f32.exp() + 2.0).ln();
/// assert!((loss - (log_sum - (4.0 * 2.0 / 3.0 + 2.0 * 2.0) / 6.0)).abs() < 1e-6);
/// ```
pub fn mul_sup_con(contrast: &ContrastiveLogits, anchor_labels: &Tensor<2>, candidate_labels: &Tensor<2>) -> Tensor<1> {
    // How many candidates other than the anchor carry a label: [1, labels], less the anchor where it is one of them.
    let carriers = candidate_labels.clone().sum_dim(0);
    let others = if contrast.is_within() { carriers.sub_scalar(1.0) } else { carriers };
    // Of each (anchor, label) pair, 1 / positives; 0 where the anchor lacks the label or nobody else has it.
    let share = others.clone().clamp_min(1.0).recip() * others.greater_elem(0.5).float();
    let weights = shared_labels(&(anchor_labels.clone() * share), candidate_labels);
    contrast.cross_entropy(contrast.without_itself(weights))
}
