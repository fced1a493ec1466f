//! 3x3 convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray 2016, "Fast algorithms for convolutional
//! neural networks", equations 6 to 15): F(4x4, 3x3) takes 36 multiplications for 16 outputs in place of 144,
//! F(2x2, 3x3) 16 for 4 in place of 36. The gradient by the weight takes as many: it goes back through the same
//! transforms.
//!
//! The numbers of channels are multiples of [`WIDE`], the map is padded by one. Each output is the same whatever the
//! batch, the piece that it is computed in and the number of threads.

mod forward;
mod minimal;
mod tiles;
mod weight;

pub(super) use forward::{convolve, pack};
pub(super) use minimal::{Four, Two, WIDE};
pub(super) use weight::weight_gradient;
