//! Networks in plain loops that compilers turn into 128-bit SIMD: the CPU's in a browser, in place of burn's own operators
//! (im2col and a matrix product, and a pass over memory for each bias, sum and ReLU).
//!
//! Weights are put into the order of their use once. Channels lie together, so that what a kernel's row sees is one
//! contiguous run; maps keep their padding around them; sums of a block end with the add and the ReLU that follow.

mod conv;
mod four;
mod kernel;
mod map;
mod network;
mod winograd;

pub(super) use conv::{Conv, ConvShape, Tail};
pub(super) use map::Map;
pub(super) use network::{HostBlock, HostEncoder, HostFire, HostResNet, HostSqueezeNet};
