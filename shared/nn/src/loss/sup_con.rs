//! The supervised contrastive loss, with two readings of "the same class" for images with several labels.

use super::contrastive_logits::{log_sum_exp, rows_to_one};
use super::{ContrastiveLogits, label_counts, shared_labels};
use burn::tensor::Tensor;

/// Which candidates are an anchor's positives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positives {
    /// Those with exactly its labels. With one label an image, this is SupCon as published.
    AllLabels,
    /// Those that share a label with it.
    AnyLabel,
}

/// Where the sum over an anchor's positives stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupConForm {
    /// `L_out`, outside the logarithm: equation 2 of the paper, the better one in its study.
    Out,
    /// `L_in`, inside the logarithm: equation 3.
    In,
}

/// Khosla et al. 2020, "Supervised contrastive learning". Labels are 0/1, [anchors, labels] and [candidates, labels].
/// Mean over the anchors that have a positive; 0 where none has. Shape \[1\].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::{ContrastiveLogits, Positives, SupConForm, sup_con};
/// let device = Device::flex();
/// let views = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &device);
/// let contrast = ContrastiveLogits::within(views, 0.5);
/// // Both images have the one label, so all three others are positives, with logits 2, 0 and 0.
/// let labels = Tensor::<2>::ones([4, 1], &device);
/// let loss: f32 = sup_con(&contrast, &labels, &labels, Positives::AllLabels, SupConForm::Out).into_scalar();
/// assert!((loss - ((2.0_f32.exp() + 2.0).ln() - 2.0 / 3.0)).abs() < 1e-6);
/// // Inside the logarithm they are the whole softmax: its mean over three positives is a third.
/// let inside: f32 = sup_con(&contrast, &labels, &labels, Positives::AnyLabel, SupConForm::In).into_scalar();
/// assert!((inside - 3.0_f32.ln()).abs() < 1e-6);
/// ```
pub fn sup_con(
    contrast: &ContrastiveLogits,
    anchor_labels: &Tensor<2>,
    candidate_labels: &Tensor<2>,
    positives: Positives,
    sum: SupConForm,
) -> Tensor<1> {
    let shared = shared_labels(anchor_labels, candidate_labels);
    let is_positive = match positives {
        Positives::AnyLabel => shared.greater_elem(0.5),
        // A set that shares all its labels with one of the same size is that set.
        Positives::AllLabels => {
            let (of_anchor, of_candidate) = (label_counts(anchor_labels), label_counts(candidate_labels).transpose());
            (shared.clone() - of_anchor).abs().lower_elem(0.5).bool_and((shared - of_candidate).abs().lower_elem(0.5))
        }
    };
    let positives = contrast.without_itself(is_positive.float());
    match sum {
        SupConForm::Out => contrast.cross_entropy(rows_to_one(positives)),
        SupConForm::In => {
            let count = positives.clone().sum_dim(1);
            let has_positive = count.clone().greater_elem(0.5).float();
            let sum = log_sum_exp(&contrast.log_probability(), &positives);
            let each = (sum - count.clamp_min(1.0).log()) * has_positive.clone();
            each.sum().neg() / has_positive.sum().clamp_min(1.0)
        }
    }
}
