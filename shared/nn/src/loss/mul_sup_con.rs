//! MulSupCon.

use super::{ContrastiveLogits, shared_labels};
use burn::tensor::Tensor;

/// Zhang & Wu 2024, "Multi-label supervised contrastive learning": each anchor counts once for every label that it
/// carries, against all others that carry it. Sum over the (anchor, label) pairs that have a positive of
/// `-mean over its positives of log p`, over the number of those pairs; 0 where there is none. Labels are 0/1,
/// [anchors, labels] and [candidates, labels]. Shape \[1\].
pub fn mul_sup_con(contrast: &ContrastiveLogits, anchor_labels: &Tensor<2>, candidate_labels: &Tensor<2>) -> Tensor<1> {
    // How many candidates other than the anchor carry a label: [1, labels], less the anchor where it is one of them.
    let carriers = candidate_labels.clone().sum_dim(0);
    let others = if contrast.is_within() { carriers.sub_scalar(1.0) } else { carriers };
    // Of each (anchor, label) pair, 1 / positives; 0 where the anchor lacks the label or nobody else has it.
    let share = others.clone().clamp_min(1.0).recip() * others.greater_elem(0.5).float();
    let weights = shared_labels(&(anchor_labels.clone() * share), candidate_labels);
    contrast.cross_entropy(contrast.without_itself(weights))
}
