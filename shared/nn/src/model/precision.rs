//! What a network's layers compute in.

use serde::{Deserialize, Serialize};

/// The numbers of activations and of the weights that meet them. Parameters, their gradients, BatchNorm's statistics
/// and losses are f32 in every case, as mixed precision wants it (Micikevicius et al. 2018, "Mixed precision
/// training").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats; on NVIDIA GPUs, matrix units may round the factors of a GEMM to TF32 where burn's tuning finds
    /// that fastest.
    #[default]
    F32,
    /// bfloat16: the range of f32, eight bits of precision, half the memory. It needs no scaling of the loss.
    Bf16,
}
