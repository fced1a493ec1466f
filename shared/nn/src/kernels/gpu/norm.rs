//! The kernels: BatchNorm (Ioffe and Szegedy 2015, "Batch normalization", algorithm 1) of a map with the sum and the
//! activation behind it, forward in two passes over the map, and backward in two.
//!
//! An item is a vector of neighbouring channels of a channels-last map, or one channel of another; its places are the
//! map's pixels, or vectors of neighbouring pixels. A cube's columns of threads are items, its rows share the places of a
//! chunk. Maps are f32 or bfloat16; everything is computed in f32.

use burn_cubecl::cubecl;
use cubecl::ir::ElemType;
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

/// Where a map has its vectors.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Step {
    /// Vectors from pixel to pixel with channels last, else from image to image.
    pub outer: usize,
    /// Vectors from item to item.
    pub item: usize,
}

#[cube]
fn at(step: &Step, walk: &Walk, item: usize, place: usize, #[comptime] channels_last: bool) -> usize {
    if channels_last {
        place * step.outer + item * step.item
    } else {
        (place / walk.plane) * step.outer + item * step.item + place % walk.plane
    }
}

/// The item's part of what each channel has.
#[cube]
fn of_item<N: Size>(
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
fn activated<N: Size>(value: Vector<f32, N>, #[comptime] activation: u32) -> Vector<f32, N> {
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
fn behind<N: Size>(gradient: Vector<f32, N>, value: Vector<f32, N>, #[comptime] activation: u32) -> Vector<f32, N> {
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

/// Each chunk's means and sums of squared deviations, [2, chunks, channels]: shifted sums of each thread, joined as Chan
/// et al. 1983, "Algorithms for computing the sample variance", equation 2.1.
#[cube(launch, address_type = "dynamic")]
pub(super) fn statistics<T: Float, N: Size>(
    map: &Tensor<Vector<T, N>>,
    parts: &mut Tensor<f32>,
    map_at: &Step,
    walk: &Walk,
    #[comptime] channels_last: bool,
    #[comptime] height: usize,
    #[define(T)] _dtype: ElemType,
) {
    let item = (CUBE_POS_X * CUBE_DIM_X + UNIT_POS_X) as usize;
    let chunk = CUBE_POS_Y as usize;
    let end = min((chunk + 1) * walk.chunk, walk.places);
    let mut place = chunk * walk.chunk + UNIT_POS_Y as usize;
    let mut shift = Vector::<f32, N>::new(0.0);
    let mut sum = Vector::<f32, N>::new(0.0);
    let mut squares = Vector::<f32, N>::new(0.0);
    let mut count = 0.0f32;
    if item < walk.items {
        if place < end {
            shift = Vector::cast_from(map[at(map_at, walk, item, place, channels_last)]);
        }
        while place < end {
            let value = Vector::<f32, N>::cast_from(map[at(map_at, walk, item, place, channels_last)]) - shift;
            sum += value;
            squares += value * value;
            count += 1.0f32;
            place += height;
        }
    }

    let mut means = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    let mut deviations = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    let mut counts = Shared::<[f32]>::new_slice(UNITS);
    let unit = UNIT_POS as usize;
    let from_shift = sum / Vector::new(max(count, 1.0f32));
    means[unit] = shift + from_shift;
    deviations[unit] = squares - sum * from_shift;
    counts[unit] = count;
    sync_cube();
    let mut half = (height / 2).runtime();
    while half > 0 {
        if (UNIT_POS_Y as usize) < half {
            let other = unit + half * CUBE_DIM_X as usize;
            let whole = counts[unit] + counts[other];
            let share = counts[other] / max(whole, 1.0f32);
            let difference = means[other] - means[unit];
            let spread = difference * difference * Vector::new(counts[unit] * share);
            deviations[unit] = deviations[unit] + deviations[other] + spread;
            means[unit] = means[unit] + difference * Vector::new(share);
            counts[unit] = whole;
        }
        sync_cube();
        half /= 2;
    }

    if UNIT_POS_Y == 0 && item < walk.items {
        let deviations_from = CUBE_COUNT_Y as usize * walk.channels;
        let mean = means[unit];
        let deviation = deviations[unit];
        if channels_last {
            #[unroll]
            for lane in 0..N::value() {
                let to = chunk * walk.channels + item * N::value() + lane;
                parts[to] = mean.extract(lane);
                parts[deviations_from + to] = deviation.extract(lane);
            }
        } else {
            // The lanes are as many places each of one channel.
            let mut of_channel = 0.0f32;
            let mut within = 0.0f32;
            #[unroll]
            for lane in 0..N::value() {
                of_channel += mean.extract(lane);
                within += deviation.extract(lane);
            }
            of_channel = of_channel / N::value() as f32;
            let mut between = 0.0f32;
            #[unroll]
            for lane in 0..N::value() {
                let difference = mean.extract(lane) - of_channel;
                between += difference * difference;
            }
            let to = chunk * walk.channels + item;
            parts[to] = of_channel;
            parts[deviations_from + to] = within + between * counts[unit];
        }
    }
}

/// Each channel's mean and inverse standard deviation, [2, channels], of the chunks' figures, and the running mean and
/// (biased) variance moved towards them by `momentum`. `lanes`: values of a place that are of one channel.
#[cube(launch)]
pub(super) fn conclude_statistics(
    parts: &Tensor<f32>,
    running_mean: &Tensor<f32>,
    running_variance: &Tensor<f32>,
    found: &mut Tensor<f32>,
    new_mean: &mut Tensor<f32>,
    new_variance: &mut Tensor<f32>,
    walk: &Walk,
    chunks: usize,
    lanes: usize,
    epsilon: f32,
    momentum: f32,
) {
    let channel = CUBE_POS_X as usize * JOINED_CHANNELS + UNIT_POS_X as usize;
    let mut chunk = UNIT_POS_Y as usize;
    let mut mean = 0.0f32;
    let mut deviations = 0.0f32;
    let mut count = 0.0f32;
    if channel < walk.channels {
        while chunk < chunks {
            let from = chunk * walk.channels + channel;
            let end = min((chunk + 1) * walk.chunk, walk.places);
            let more = ((end - chunk * walk.chunk) * lanes) as f32;
            let difference = parts[from] - mean;
            let share = more / (count + more);
            deviations += parts[chunks * walk.channels + from] + difference * difference * count * share;
            mean += difference * share;
            count += more;
            chunk += JOINING;
        }
    }

    let mut means = Shared::<[f32]>::new_slice(UNITS);
    let mut spreads = Shared::<[f32]>::new_slice(UNITS);
    let mut counts = Shared::<[f32]>::new_slice(UNITS);
    let unit = UNIT_POS as usize;
    means[unit] = mean;
    spreads[unit] = deviations;
    counts[unit] = count;
    sync_cube();
    let mut half = (JOINING / 2).runtime();
    while half > 0 {
        if (UNIT_POS_Y as usize) < half {
            let other = unit + half * JOINED_CHANNELS;
            let whole = counts[unit] + counts[other];
            let share = counts[other] / max(whole, 1.0f32);
            let difference = means[other] - means[unit];
            spreads[unit] = spreads[unit] + spreads[other] + difference * difference * counts[unit] * share;
            means[unit] = means[unit] + difference * share;
            counts[unit] = whole;
        }
        sync_cube();
        half /= 2;
    }

    if UNIT_POS_Y == 0 && channel < walk.channels {
        let mean = means[unit];
        let variance = spreads[unit] / counts[unit];
        found[channel] = mean;
        found[walk.channels + channel] = 1.0f32 / (variance + epsilon).sqrt();
        new_mean[channel] = running_mean[channel] * (1.0f32 - momentum) + mean * momentum;
        new_variance[channel] = running_variance[channel] * (1.0f32 - momentum) + variance * momentum;
    }
}

/// The same of given means and variances.
#[cube(launch)]
pub(super) fn fixed_statistics(
    mean: &Tensor<f32>,
    variance: &Tensor<f32>,
    found: &mut Tensor<f32>,
    channels: usize,
    epsilon: f32,
) {
    let channel = ABSOLUTE_POS_X as usize;
    if channel < channels {
        found[channel] = mean[channel];
        found[channels + channel] = 1.0f32 / (variance[channel] + epsilon).sqrt();
    }
}

/// The map normalised, plus the shortcut if there is one, activated.
#[cube(launch, address_type = "dynamic")]
pub(super) fn normalise<T: Float, N: Size>(
    map: &Tensor<Vector<T, N>>,
    shortcut: ComptimeOption<&Tensor<Vector<T, N>>>,
    output: &mut Tensor<Vector<T, N>>,
    statistics: &Tensor<f32>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    map_at: &Step,
    shortcut_at: &Step,
    output_at: &Step,
    walk: &Walk,
    #[comptime] channels_last: bool,
    #[comptime] height: usize,
    #[comptime] activation: u32,
    #[define(T)] _dtype: ElemType,
) {
    let item = (CUBE_POS_X * CUBE_DIM_X + UNIT_POS_X) as usize;
    let chunk = CUBE_POS_Y as usize;
    let end = min((chunk + 1) * walk.chunk, walk.places);
    let mut place = chunk * walk.chunk + UNIT_POS_Y as usize;
    if item < walk.items {
        let mean = of_item::<N>(statistics, 0, item, channels_last);
        let scale =
            of_item::<N>(statistics, walk.channels, item, channels_last) * of_item::<N>(gamma, 0, item, channels_last);
        let shift = of_item::<N>(beta, 0, item, channels_last);
        while place < end {
            let value = Vector::<f32, N>::cast_from(map[at(map_at, walk, item, place, channels_last)]);
            let value = (value - mean) * scale + shift;
            #[comptime]
            let value = match shortcut {
                ComptimeOption::Some(shortcut) => {
                    let other = shortcut[at(shortcut_at, walk, item, place, channels_last)];
                    value + Vector::<f32, N>::cast_from(other)
                }
                ComptimeOption::None => value,
            };
            output[at(output_at, walk, item, place, channels_last)] =
                Vector::cast_from(activated::<N>(value, activation));
            place += height;
        }
    }
}

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
            sums[unit] = sums[unit] + sums[other];
            products[unit] = products[unit] + products[other];
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
    let item = (CUBE_POS_X * CUBE_DIM_X + UNIT_POS_X) as usize;
    let chunk = CUBE_POS_Y as usize;
    let end = min((chunk + 1) * walk.chunk, walk.places);
    let mut place = chunk * walk.chunk + UNIT_POS_Y as usize;
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
    let item = (CUBE_POS_X * CUBE_DIM_X + UNIT_POS_X) as usize;
    let chunk = CUBE_POS_Y as usize;
    let end = min((chunk + 1) * walk.chunk, walk.places);
    let mut place = chunk * walk.chunk + UNIT_POS_Y as usize;
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
            sums[unit] = sums[unit] + sums[other];
            products[unit] = products[unit] + products[other];
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
    let item = (CUBE_POS_X * CUBE_DIM_X + UNIT_POS_X) as usize;
    let chunk = CUBE_POS_Y as usize;
    let end = min((chunk + 1) * walk.chunk, walk.places);
    let mut place = chunk * walk.chunk + UNIT_POS_Y as usize;
    if item < walk.items {
        let mean = of_item::<N>(statistics, 0, item, channels_last);
        let inverse = of_item::<N>(statistics, walk.channels, item, channels_last);
        let scale = inverse * of_item::<N>(gamma, 0, item, channels_last);
        let beta = of_item::<N>(beta, 0, item, channels_last);
        let share = Vector::<f32, N>::new(per_value);
        let shift = of_item::<N>(by_beta, 0, item, channels_last) * share;
        let slope = of_item::<N>(by_gamma, 0, item, channels_last) * share * inverse;
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
