//! Kernels of BatchNorm's statistics (Ioffe and Szegedy 2015, "Batch normalization", algorithm 1), and what follows them:
//! normalising, the sum and the activation.

use super::walk::{JOINED_CHANNELS, JOINING, Step, UNITS, Walk, activated, at, of_item, own};
use burn_cubecl::cubecl;
use cubecl::ir::ElemType;
use cubecl::prelude::*;

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
    let share = own(walk);
    let item = share.item;
    let end = share.end;
    let mut place = share.first;
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
            let more = deviations[other] + spread;
            deviations[unit] += more;
            means[unit] += difference * Vector::new(share);
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
                let to = CUBE_POS_Y as usize * walk.channels + item * N::value() + lane;
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
            of_channel /= N::value() as f32;
            let mut between = 0.0f32;
            #[unroll]
            for lane in 0..N::value() {
                let difference = mean.extract(lane) - of_channel;
                between += difference * difference;
            }
            let to = CUBE_POS_Y as usize * walk.channels + item;
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
            spreads[unit] += spreads[other] + difference * difference * counts[unit] * share;
            means[unit] += difference * share;
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
    let share = own(walk);
    let item = share.item;
    let end = share.end;
    let mut place = share.first;
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
