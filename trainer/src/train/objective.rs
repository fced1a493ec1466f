//! From projections and labels to the loss that the config asks for.

use crate::config::Objective;
use burn::tensor::Tensor;
use nadir_shared::loss::{Contrast, Positives, Sum, dcl, jaccard_sup_con, mul_sup_con, nt_xent, sup_con};

/// Keys of another encoder, and their labels: first the batch's, in the anchors' order, then the queue's.
#[derive(Debug, Clone)]
pub struct Keys {
    /// [keys, projection].
    pub projections: Tensor<2>,
    /// 0/1, [keys, labels].
    pub labels: Tensor<2>,
}

/// The loss, shape \[1\]. `outputs` are those of both views, [2 * images, length], or, against `keys`, of the first
/// views alone, [images, length]; `labels` are 0/1, [images, labels].
pub fn loss(
    objective: Objective,
    temperature: f64,
    outputs: Tensor<2>,
    labels: Tensor<2>,
    keys: Option<Keys>,
) -> Tensor<1> {
    let views = outputs.dims()[0] / labels.dims()[0];
    let anchor_labels = labels.repeat(&[views, 1]);
    if objective == Objective::Supervised {
        return binary_cross_entropy_with_logits(outputs, anchor_labels);
    }
    let (contrast, candidate_labels) = match keys {
        Some(keys) => (Contrast::with_keys(outputs, keys.projections, temperature), keys.labels),
        None => (Contrast::within(outputs, temperature), anchor_labels.clone()),
    };
    match objective {
        Objective::NtXent => nt_xent(&contrast),
        Objective::Dcl => dcl(&contrast),
        Objective::SupConAll => {
            sup_con(&contrast, &anchor_labels, &candidate_labels, Positives::AllLabels, Sum::Outside)
        }
        Objective::SupConAny => {
            sup_con(&contrast, &anchor_labels, &candidate_labels, Positives::AnyLabel, Sum::Outside)
        }
        Objective::MulSupCon => mul_sup_con(&contrast, &anchor_labels, &candidate_labels),
        Objective::JaccardSupCon { threshold } => {
            jaccard_sup_con(&contrast, &anchor_labels, &candidate_labels, threshold)
        }
        Objective::Supervised => unreachable!("returned above"),
    }
}

/// Mean over all entries of `max(x, 0) - x y + log(1 + exp(-|x|))`, as PyTorch's function of this name.
pub fn binary_cross_entropy_with_logits(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let positive = logits.clone().clamp_min(0.0);
    let log = logits.clone().abs().neg().exp().log1p();
    (positive - logits * targets + log).mean()
}
