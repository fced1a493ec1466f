//! Kernels of the gradients by BatchNorm's map, its weights and the shortcut.

use super::walk::{JOINED_CHANNELS, JOINING, Step, UNITS, Walk, at, behind, of_item, own};
use burn_cubecl::cubecl;
use cubecl::ir::ElemType;
use cubecl::prelude::*;

/// Writes a cube's sums over its rows of threads to `parts`, [2, chunks, channels].
#[cube]
fn write_sums<N: Size>(
    sum: Vector<f32, N>,
    product: Vector<f32, N>,
    parts: &mut Tensor<f32>,
    walk: &Walk,
    item: usize,
    #[comptime] channels_last: bool,
    #[comptime] height: usize,
) {
    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    let mut products = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    let unit = UNIT_POS as usize;
    sums[unit] = sum;
    products[unit] = product;
    sync_cube();
    let mut half = (height / 2).runtime();
    while half > 0 {
        if (UNIT_POS_Y as usize) < half {
            let other = unit + half * CUBE_DIM_X as usize;
            let sum = sums[other];
            let product = products[other];
            sums[unit] += sum;
            products[unit] += product;
        }
        sync_cube();
        half /= 2;
    }
    if UNIT_POS_Y == 0 && item < walk.items {
        let products_from = CUBE_COUNT_Y as usize * walk.channels;
        let from = CUBE_POS_Y as usize * walk.channels;
        let sum = sums[unit];
        let product = products[unit];
        if channels_last {
            #[unroll]
            for lane in 0..N::value() {
                let to = from + item * N::value() + lane;
                parts[to] = sum.extract(lane);
                parts[products_from + to] = product.extract(lane);
            }
        } else {
            let mut of_sum = 0.0f32;
            let mut of_product = 0.0f32;
            #[unroll]
            for lane in 0..N::value() {
                of_sum += sum.extract(lane);
                of_product += product.extract(lane);
            }
            parts[from + item] = of_sum;
            parts[products_from + from + item] = of_product;
        }
    }
}

/// Each chunk's sums of the gradient in front of the activation, and of that times the normalised map, [2, chunks,
/// channels]; the activation's argument is computed anew.
#[cube(launch, address_type = "dynamic")]
pub(super) fn gradient_sums<T: Float, N: Size>(
    map: &Tensor<Vector<T, N>>,
    gradient: &Tensor<Vector<T, N>>,
    parts: &mut Tensor<f32>,
    statistics: &Tensor<f32>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    map_at: &Step,
    gradient_at: &Step,
    walk: &Walk,
    #[comptime] channels_last: bool,
    #[comptime] height: usize,
    #[comptime] activation: u32,
    #[define(T)] _dtype: ElemType,
) {
    let share = own(walk);
    let item = share.item;
    let end = share.end;
    let mut place = share.first;
    let mut sum = Vector::<f32, N>::new(0.0);
    let mut product = Vector::<f32, N>::new(0.0);
    if item < walk.items {
        let mean = of_item::<N>(statistics, 0, item, channels_last);
        let inverse = of_item::<N>(statistics, walk.channels, item, channels_last);
        let gamma = of_item::<N>(gamma, 0, item, channels_last);
        let beta = of_item::<N>(beta, 0, item, channels_last);
        while place < end {
            let value = Vector::<f32, N>::cast_from(map[at(map_at, walk, item, place, channels_last)]);
            let difference = value - mean;
            let pulled = Vector::<f32, N>::cast_from(gradient[at(gradient_at, walk, item, place, channels_last)]);
            let pulled = behind::<N>(pulled, difference * (inverse * gamma) + beta, activation);
            sum += pulled;
            product += pulled * difference * inverse;
            place += height;
        }
    }
    write_sums::<N>(sum, product, parts, walk, item, channels_last, height);
}

/// Likewise, where a shortcut was added: what was given, `output`, tells the activation's bounds, and the gradient in
/// front of it, which is the shortcut's, is written to `masked`.
#[cube(launch, address_type = "dynamic")]
pub(super) fn masked_gradient_sums<T: Float, N: Size>(
    map: &Tensor<Vector<T, N>>,
    gradient: &Tensor<Vector<T, N>>,
    output: &Tensor<Vector<T, N>>,
    masked: &mut Tensor<Vector<T, N>>,
    parts: &mut Tensor<f32>,
    statistics: &Tensor<f32>,
    map_at: &Step,
    gradient_at: &Step,
    output_at: &Step,
    masked_at: &Step,
    walk: &Walk,
    #[comptime] channels_last: bool,
    #[comptime] height: usize,
    #[comptime] activation: u32,
    #[define(T)] _dtype: ElemType,
) {
    let share = own(walk);
    let item = share.item;
    let end = share.end;
    let mut place = share.first;
    let mut sum = Vector::<f32, N>::new(0.0);
    let mut product = Vector::<f32, N>::new(0.0);
    if item < walk.items {
        let mean = of_item::<N>(statistics, 0, item, channels_last);
        let inverse = of_item::<N>(statistics, walk.channels, item, channels_last);
        while place < end {
            let value = Vector::<f32, N>::cast_from(map[at(map_at, walk, item, place, channels_last)]);
            let pulled = Vector::<f32, N>::cast_from(gradient[at(gradient_at, walk, item, place, channels_last)]);
            let given = Vector::<f32, N>::cast_from(output[at(output_at, walk, item, place, channels_last)]);
            let pulled = behind::<N>(pulled, given, activation);
            masked[at(masked_at, walk, item, place, channels_last)] = Vector::cast_from(pulled);
            sum += pulled;
            product += pulled * (value - mean) * inverse;
            place += height;
        }
    }
    write_sums::<N>(sum, product, parts, walk, item, channels_last, height);
}

/// The gradients by beta and gamma: the sums over the chunks of `parts`, [2, chunks, channels].
#[cube(launch)]
pub(super) fn conclude_sums(
    parts: &Tensor<f32>,
    by_beta: &mut Tensor<f32>,
    by_gamma: &mut Tensor<f32>,
    channels: usize,
    chunks: usize,
) {
    let channel = CUBE_POS_X as usize * JOINED_CHANNELS + UNIT_POS_X as usize;
    let mut chunk = UNIT_POS_Y as usize;
    let mut sum = 0.0f32;
    let mut product = 0.0f32;
    if channel < channels {
        while chunk < chunks {
            sum += parts[chunk * channels + channel];
            product += parts[(chunks + chunk) * channels + channel];
            chunk += JOINING;
        }
    }
    let mut sums = Shared::<[f32]>::new_slice(UNITS);
    let mut products = Shared::<[f32]>::new_slice(UNITS);
    let unit = UNIT_POS as usize;
    sums[unit] = sum;
    products[unit] = product;
    sync_cube();
    let mut half = (JOINING / 2).runtime();
    while half > 0 {
        if (UNIT_POS_Y as usize) < half {
            let other = unit + half * JOINED_CHANNELS;
            sums[unit] += sums[other];
            products[unit] += products[other];
        }
        sync_cube();
        half /= 2;
    }
    if UNIT_POS_Y == 0 && channel < channels {
        by_beta[channel] = sums[unit];
        by_gamma[channel] = products[unit];
    }
}

/// The gradient by the map. `per_value`: one over the values of a channel where the statistics are the map's own and change
/// with it, else 0.
#[cube(launch, address_type = "dynamic")]
pub(super) fn map_gradient<T: Float, N: Size>(
    map: &Tensor<Vector<T, N>>,
    gradient: &Tensor<Vector<T, N>>,
    to: &mut Tensor<Vector<T, N>>,
    statistics: &Tensor<f32>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    by_beta: &Tensor<f32>,
    by_gamma: &Tensor<f32>,
    map_at: &Step,
    gradient_at: &Step,
    to_at: &Step,
    walk: &Walk,
    per_value: f32,
    #[comptime] channels_last: bool,
    #[comptime] height: usize,
    #[comptime] activation: u32,
    #[define(T)] _dtype: ElemType,
) {
    let share = own(walk);
    let item = share.item;
    let end = share.end;
    let mut place = share.first;
    if item < walk.items {
        let mean = of_item::<N>(statistics, 0, item, channels_last);
        let inverse = of_item::<N>(statistics, walk.channels, item, channels_last);
        let scale = inverse * of_item::<N>(gamma, 0, item, channels_last);
        let beta = of_item::<N>(beta, 0, item, channels_last);
        let per_value = Vector::<f32, N>::new(per_value);
        let shift = of_item::<N>(by_beta, 0, item, channels_last) * per_value;
        let slope = of_item::<N>(by_gamma, 0, item, channels_last) * per_value * inverse;
        while place < end {
            let value = Vector::<f32, N>::cast_from(map[at(map_at, walk, item, place, channels_last)]);
            let difference = value - mean;
            let pulled = Vector::<f32, N>::cast_from(gradient[at(gradient_at, walk, item, place, channels_last)]);
            let pulled = behind::<N>(pulled, difference * scale + beta, activation);
            to[at(to_at, walk, item, place, channels_last)] =
                Vector::cast_from((pulled - shift - difference * slope) * scale);
            place += height;
        }
    }
}
