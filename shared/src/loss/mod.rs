//! Contrastive losses, one a file. Rows of their inputs are projections, not yet normalised.

mod nt_xent;

pub use nt_xent::nt_xent;

use burn::tensor::Tensor;

/// Each row at length 1 (rows of length below 1e-12 stay as they are), as PyTorch's `F.normalize`.
pub fn unit_rows(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
    rows / length
}
