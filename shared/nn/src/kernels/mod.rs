//! What a CPU computes in place of burn's own operators: natively with gradients, in a browser without.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod native;
pub(crate) mod wasm;
