//! What is computed in place of burn's own operators: on a CPU, natively with gradients and in a browser without; on
//! GPUs, BatchNorm, and bfloat16 convolutions on NVIDIA's.

mod activation;
#[cfg(all(not(target_arch = "wasm32"), any(feature = "cuda", test)))]
pub(crate) mod cube;
#[cfg(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "fusion")))]
pub mod gpu;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod native;
#[cfg(not(target_arch = "wasm32"))]
pub mod optimizer;
#[cfg(not(target_arch = "wasm32"))]
mod optimizer_step;
mod padding;
pub(crate) mod wasm;

pub use activation::Activation;
#[cfg(not(target_arch = "wasm32"))]
pub use native::simd;
pub(crate) use padding::Padding;
pub use wasm::{ThreadPool, set_thread_pool};

/// Whether kernels of our own are used on GPUs: in a build that has them, unless the environment forbids it
/// (`NADIR_GPU_KERNELS=0`, to tell a fault of theirs from one of burn's). A device proves them before it trains
/// ([`crate::proof`]).
pub fn own_gpu_kernels() -> bool {
    static FORBIDDEN: std::sync::LazyLock<bool> =
        std::sync::LazyLock::new(|| std::env::var("NADIR_GPU_KERNELS").is_ok_and(|value| value == "0"));
    cfg!(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "fusion"))) && !*FORBIDDEN
}
