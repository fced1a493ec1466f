//! What is computed in place of burn's own operators: on a CPU, natively with gradients and in a browser without; on
//! GPUs, BatchNorm, and bfloat16 convolutions on NVIDIA's.

mod activation;
#[cfg(all(not(target_arch = "wasm32"), any(feature = "cuda", test)))]
pub(crate) mod cube;
#[cfg(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "fusion")))]
pub mod gpu;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod native;
mod padding;
pub(crate) mod wasm;

pub use activation::Activation;
pub(crate) use padding::Padding;
