//! Networks in plain loops that compilers turn into 128-bit SIMD: the CPU's in a browser, in place of burn's own
//! operators (im2col and a GEMM, and a pass over memory for each bias, sum and ReLU).
//!
//! Weights are put into the order of their use once. Channels lie together, so that what a kernel's row sees is one
//! contiguous run; maps keep their padding around them; sums of a block end with the add and the ReLU that follow.
//!
//! What changes gave, in ms for one image of 192 px through a ResNet-18 of width 24 with random weights (node 20,
//! fastest of 60 runs, on one hyperthread of a shared AMD EPYC, 22 November 2026): six pixels at once with the loop
//! unrolled by one, two and four values 21.4, 18.7 and 16.9; four pixels at once, not unrolled, which needs no more
//! registers than there are, 15.8; few channels copied without calls 14.9; transforms without tests of bounds 14.4; one
//! call for a row of tiles 14.0. Fused multiply-add (relaxed SIMD) changed nothing: 17.5 against 17.5.

mod conv;
mod depthwise;
mod epilogue;
mod four;
mod kernel;
mod map;
mod network;
mod regions;
mod threads;
mod winograd;

pub(crate) use conv::{Conv, ConvShape};
pub(crate) use depthwise::{Depthwise, DepthwiseShape};
pub(crate) use epilogue::Epilogue;
pub(crate) use map::Map;
pub(crate) use network::{WasmBlock, WasmEfficientnet, WasmEncoder, WasmFire, WasmMbConv, WasmResNet, WasmSqueezeNet};
pub(crate) use regions::read_regions;
#[cfg(test)]
pub(crate) use threads::tests::same_on_all_pools;
pub use threads::{ThreadPool, set_thread_pool};
