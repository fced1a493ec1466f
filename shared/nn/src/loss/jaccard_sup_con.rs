//! SupCon with positives weighted by how much their labels overlap.

use super::contrastive_logits::rows_to_one;
use super::{ContrastiveLogits, label_counts, shared_labels};
use burn::tensor::Tensor;

/// Zaigrajew & Zieba 2022, "Contrastive learning for multi-label classification": positives are the candidates whose
/// labels overlap an anchor's by a Jaccard index of at least `threshold`, each weighted by that index. Mean over the
/// anchors with a positive; 0 where none has. Labels are 0/1, [anchors, labels] and [candidates, labels]. Shape \[1\].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::{ContrastiveLogits, jaccard_sup_con};
/// let device = Device::flex();
/// let views = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &device);
/// let contrast = ContrastiveLogits::within(views, 0.5);
/// // The images share one of two labels: a Jaccard index of 1/2, and 1 with the own other view.
/// let labels = Tensor::<2>::from_floats([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 0.0]], &device);
/// let loss = |threshold| -> f32 { jaccard_sup_con(&contrast, &labels, &labels, threshold).into_scalar() };
/// let log_sum = (2.0_f32.exp() + 2.0).ln();
/// // Weights 1/2, 1/4, 1/4 on logits 2, 0, 0; above 1/2 only the own other view is left.
/// assert!((loss(0.5) - (log_sum - 1.0)).abs() < 1e-6);
/// assert!((loss(0.6) - (log_sum - 2.0)).abs() < 1e-6);
/// ```
pub fn jaccard_sup_con(
    contrast: &ContrastiveLogits,
    anchor_labels: &Tensor<2>,
    candidate_labels: &Tensor<2>,
    threshold: f64,
) -> Tensor<1> {
    let shared = shared_labels(anchor_labels, candidate_labels);
    let union = label_counts(anchor_labels) + label_counts(candidate_labels).transpose() - shared.clone();
    // Two images without any label overlap by nothing.
    let overlap = shared / union.clamp_min(1.0);
    // Half a float's step below, so that an overlap of exactly the threshold counts on every backend.
    let below = overlap.clone().lower_elem(threshold - 1e-6);
    let weights = contrast.without_itself(overlap.mask_fill(below, 0.0));
    contrast.cross_entropy(rows_to_one(weights))
}
