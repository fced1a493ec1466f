//! The sum over the CUDA devices of this process by burn's own collective, which is NCCL there.

use burn::tensor::distributed::{ReduceOperation, all_reduce};
use burn::tensor::{Device, Tensor};

/// Each device's thread calls this with its own values; all get the sum.
pub(super) fn sum(own: Tensor<1>, devices: &[Device]) -> Tensor<1> {
    all_reduce(own, ReduceOperation::Sum, devices.to_vec()).resolve()
}
