//! Losses: contrastive ones, one a file, and [`detection`]'s.
//!
//! Rows of a contrastive loss's inputs are projections, not yet normalised. All but DCL and the ranked loss have one
//! shape: a cross-entropy between the softmax over an anchor's candidates and weights that say how far each candidate
//! is a positive. [`ContrastiveLogits`] holds the softmax; a loss is its weights.

mod contrastive_logits;
mod dcl;
pub mod detection;
mod jaccard_sup_con;
mod mul_sup_con;
mod nt_xent;
mod ranked;
mod sup_con;

pub use contrastive_logits::{ContrastiveLogits, unit_rows};
pub use dcl::dcl;
pub use jaccard_sup_con::jaccard_sup_con;
pub use mul_sup_con::mul_sup_con;
pub use nadir_core::ranking::Form;
pub use nt_xent::nt_xent;
pub use ranked::{RankMasks, ranked};
pub use sup_con::{Positives, SupConForm, sup_con};

use burn::tensor::Tensor;

/// How many labels an anchor and a candidate share: [anchors, candidates], from 0/1 labels [anchors, labels] and
/// [candidates, labels].
fn shared_labels(anchors: &Tensor<2>, candidates: &Tensor<2>) -> Tensor<2> {
    anchors.clone().matmul(candidates.clone().transpose())
}

/// How many labels each row has: [rows, 1].
fn label_counts(labels: &Tensor<2>) -> Tensor<2> {
    labels.clone().sum_dim(1)
}
