//! What is computed in place of burn's own operators: on a CPU, natively with gradients and in a browser without; and
//! bfloat16 convolutions on NVIDIA GPUs.

mod activation;
#[cfg(all(not(target_arch = "wasm32"), any(feature = "cuda", test)))]
pub(crate) mod cube;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod native;
mod padding;
pub(crate) mod wasm;

pub(crate) use activation::Activation;
pub(crate) use padding::Padding;
