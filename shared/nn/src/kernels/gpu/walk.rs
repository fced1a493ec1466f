//! How kernels go through maps, and what they do to a value.
//!
//! An item is a vector of neighbouring channels of a channels-last map, or one channel of another; its places are the
//! map's pixels, or vectors of neighbouring pixels. A cube's columns of threads are items, its rows share the places of a
//! chunk. Maps are f32 or bfloat16; everything is computed in f32.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Threads of a cube.
pub(super) const UNITS: usize = 256;
/// Channels of a cube that joins the chunks' figures; its other axis are chunks.
pub(super) const JOINED_CHANNELS: usize = 8;
/// So many threads share a channel's chunks.
pub(super) const JOINING: usize = UNITS / JOINED_CHANNELS;

/// Values stay as they are.
pub(super) const NO_ACTIVATION: u32 = 0;
/// Negative values become 0.
pub(super) const RELU: u32 = 1;
/// Likewise, and values above 6 become 6.
pub(super) const RELU6: u32 = 2;

/// The way of all maps of one launch.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Walk {
    /// Items of a map.
    pub items: usize,
    /// Places of an item.
    pub places: usize,
    /// Places of a cube.
    pub chunk: usize,
    /// Vectors of a channel's plane, where channels are not last.
    pub plane: usize,
    /// Channels of the map.
    pub channels: usize,
}

/// What a thread of a cube goes through.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Own {
    pub item: usize,
    /// The first place, from which on a thread takes every `height`th.
    pub first: usize,
    /// Behind the last place of the chunk.
    pub end: usize,
}

#[cube]
pub(super) fn own(walk: &Walk) -> Own {
    let chunk = CUBE_POS_Y as usize;
    Own {
        item: (CUBE_POS_X * CUBE_DIM_X + UNIT_POS_X) as usize,
        first: chunk * walk.chunk + UNIT_POS_Y as usize,
        end: min((chunk + 1) * walk.chunk, walk.places),
    }
}

/// Where a map has its vectors.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Step {
    /// Vectors from pixel to pixel with channels last, else from image to image.
    pub outer: usize,
    /// Vectors from item to item.
    pub item: usize,
}

#[cube]
pub(super) fn at(step: &Step, walk: &Walk, item: usize, place: usize, #[comptime] channels_last: bool) -> usize {
    if channels_last {
        place * step.outer + item * step.item
    } else {
        (place / walk.plane) * step.outer + item * step.item + place % walk.plane
    }
}

/// The item's part of what each channel has.
#[cube]
pub(super) fn of_item<N: Size>(
    values: &Tensor<f32>,
    offset: usize,
    item: usize,
    #[comptime] channels_last: bool,
) -> Vector<f32, N> {
    let mut found = Vector::<f32, N>::empty();
    #[unroll]
    for lane in 0..N::value() {
        let channel = if channels_last { item * N::value() + lane } else { item };
        found.insert(lane, values[offset + channel]);
    }
    found
}

#[cube]
pub(super) fn activated<N: Size>(value: Vector<f32, N>, #[comptime] activation: u32) -> Vector<f32, N> {
    let zero = Vector::<f32, N>::new(0.0);
    if activation == NO_ACTIVATION {
        value
    } else if activation == RELU {
        // By comparison, so that NaN stays.
        select_many(value.less_than(&zero), zero, value)
    } else {
        let six = Vector::<f32, N>::new(6.0);
        let value = select_many(value.less_than(&zero), zero, value);
        select_many(value.greater_than(&six), six, value)
    }
}

/// The gradient in front of an activation, whose argument or result is `value`: none at its bounds.
#[cube]
pub(super) fn behind<N: Size>(
    gradient: Vector<f32, N>,
    value: Vector<f32, N>,
    #[comptime] activation: u32,
) -> Vector<f32, N> {
    let zero = Vector::<f32, N>::new(0.0);
    if activation == NO_ACTIVATION {
        gradient
    } else if activation == RELU {
        select_many(value.less_equal(&zero), zero, gradient)
    } else {
        let six = Vector::<f32, N>::new(6.0);
        let gradient = select_many(value.less_equal(&zero), zero, gradient);
        select_many(value.greater_equal(&six), zero, gradient)
    }
}
