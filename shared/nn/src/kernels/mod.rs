//! What a CPU computes in place of burn's own operators: natively with gradients, in a browser without.

mod activation;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod native;
mod padding;
pub(crate) mod wasm;

pub(crate) use activation::Activation;
pub(crate) use padding::Padding;
