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

/// Whether the environment asks for the kernels of our own on GPUs (`NADIR_GPU_KERNELS=1`), in a build that has them.
/// They are off by themselves until a card has run them: on a software driver they compute what the CPU does, and no
/// CUDA compiler has seen them.
pub fn own_gpu_kernels() -> bool {
    static ASKED: std::sync::LazyLock<bool> =
        std::sync::LazyLock::new(|| std::env::var("NADIR_GPU_KERNELS").is_ok_and(|value| value == "1"));
    cfg!(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "fusion"))) && *ASKED
}
