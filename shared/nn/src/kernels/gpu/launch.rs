//! The launches of the kernels.

use super::layout::{Layout, Way};
use super::walk::{JOINED_CHANNELS, JOINING, NO_ACTIVATION, RELU, RELU6, UNITS};
use super::{gradient as by, statistics as of};
use crate::kernels::Activation;
use burn::tensor::{DType, Shape};
use burn_cubecl::cubecl::ir::{ElemType, FloatKind};
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

/// A BatchNorm's weights, [channels] each.
#[derive(Debug, Clone)]
pub(super) struct Affine {
    pub gamma: CubeTensor,
    pub beta: CubeTensor,
}

/// Each channel's running mean and variance, [channels] each.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub mean: CubeTensor,
    pub variance: CubeTensor,
}

/// The gradients in front of a BatchNorm, its sum and its activation.
#[derive(Debug)]
pub(super) struct Gradients {
    /// By the map; `None` if it was not asked for.
    pub map: Option<CubeTensor>,
    /// By the shortcut, or what would be one.
    pub shortcut: CubeTensor,
    /// By gamma and beta, [channels] each.
    pub weights: Option<Affine>,
}

fn number(activation: Activation) -> u32 {
    match activation {
        Activation::None => NO_ACTIVATION,
        Activation::Relu => RELU,
        Activation::Relu6 => RELU6,
    }
}

fn elem(dtype: DType) -> ElemType {
    match dtype {
        DType::BF16 => ElemType::Float(FloatKind::BF16),
        _ => ElemType::Float(FloatKind::F32),
    }
}

fn addresses(maps: &[&CubeTensor]) -> AddressType {
    maps.iter().map(|map| map.required_address_type()).max().unwrap_or_default()
}

/// Space for f32 values on the device of `like`.
pub(super) fn small(like: &CubeTensor, shape: Shape) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, DType::F32)
}

fn joining_cubes(channels: usize) -> (CubeCount, CubeDim) {
    let cubes = CubeCount::Static(channels.div_ceil(JOINED_CHANNELS) as u32, 1, 1);
    (cubes, CubeDim::new_2d(JOINED_CHANNELS as u32, JOINING as u32))
}

/// Each channel's mean and inverse standard deviation over a map, [2, channels], and the running ones moved towards them.
pub(super) fn statistics(map: &CubeTensor, running: Running, momentum: f64, epsilon: f64) -> (CubeTensor, Running) {
    let layout = Layout::of(map);
    let map = layout.brought(map.clone());
    let way = Way::through(layout, &[&map]);
    let client = map.client.clone();
    let parts = small(&map, Shape::new([2, way.chunks, way.channels]));
    of::statistics::launch(
        &client,
        way.cubes(),
        way.cube(),
        addresses(&[&map, &parts]),
        way.vector,
        map.clone().into_tensor_arg(),
        parts.clone().into_tensor_arg(),
        way.step(&map),
        way.walk(),
        way.channels_last(),
        way.height,
        elem(map.dtype),
    );
    let found = small(&map, Shape::new([2, way.channels]));
    let [mean, variance] = [0, 1].map(|_| small(&map, Shape::new([way.channels])));
    let (cubes, cube) = joining_cubes(way.channels);
    of::conclude_statistics::launch(
        &client,
        cubes,
        cube,
        parts.into_tensor_arg(),
        running.mean.into_tensor_arg(),
        running.variance.into_tensor_arg(),
        found.clone().into_tensor_arg(),
        mean.clone().into_tensor_arg(),
        variance.clone().into_tensor_arg(),
        way.walk(),
        way.chunks,
        way.lanes(),
        epsilon as f32,
        momentum as f32,
    );
    (found, Running { mean, variance })
}

/// The same of the running ones.
pub(super) fn fixed_statistics(running: Running, epsilon: f64) -> CubeTensor {
    let client = running.mean.client.clone();
    let channels = running.mean.meta.shape()[0];
    let found = small(&running.mean, Shape::new([2, channels]));
    of::fixed_statistics::launch(
        &client,
        CubeCount::Static(channels.div_ceil(UNITS) as u32, 1, 1),
        CubeDim::new_1d(UNITS as u32),
        running.mean.into_tensor_arg(),
        running.variance.into_tensor_arg(),
        found.clone().into_tensor_arg(),
        channels,
        epsilon as f32,
    );
    found
}

/// `map` normalised by its [`statistics`], plus `shortcut`, activated.
pub(super) fn normalise(
    map: &CubeTensor,
    shortcut: Option<&CubeTensor>,
    statistics: &CubeTensor,
    affine: &Affine,
    activation: Activation,
) -> CubeTensor {
    let layout = Layout::of(map);
    let map = layout.brought(map.clone());
    let shortcut = shortcut.map(|shortcut| layout.brought(shortcut.clone()));
    let output = layout.empty_like(&map);
    let maps: Vec<&CubeTensor> = [&map, &output].into_iter().chain(&shortcut).collect();
    let way = Way::through(layout, &maps);
    let shortcut_at = way.step(shortcut.as_ref().unwrap_or(&map));
    of::normalise::launch(
        &map.client,
        way.cubes(),
        way.cube(),
        addresses(&maps),
        way.vector,
        map.clone().into_tensor_arg(),
        shortcut.clone().map(CubeTensor::into_tensor_arg).into(),
        output.clone().into_tensor_arg(),
        statistics.clone().into_tensor_arg(),
        affine.gamma.clone().into_tensor_arg(),
        affine.beta.clone().into_tensor_arg(),
        way.step(&map),
        shortcut_at,
        way.step(&output),
        way.walk(),
        way.channels_last(),
        way.height,
        number(activation),
        elem(map.dtype),
    );
    output
}

/// What [`gradients`] go by.
#[derive(Debug)]
pub(super) struct Forward<'a> {
    pub map: CubeTensor,
    /// What was given, if a shortcut was added before an activation.
    pub joined_output: Option<CubeTensor>,
    pub statistics: &'a CubeTensor,
    pub affine: &'a Affine,
    pub activation: Activation,
    /// The statistics are those of the map, and change with it.
    pub is_of_map: bool,
}

/// The gradients, given that of the output. `wanted`: by the map, and by gamma or beta.
pub(super) fn gradients(forward: Forward<'_>, gradient: CubeTensor, wanted: [bool; 2]) -> Gradients {
    let Forward { map, joined_output, statistics, affine, activation, is_of_map } = forward;
    let layout = Layout::of(&map);
    let [map, mut gradient] = [map, gradient].map(|map| layout.brought(map));
    let mut activation = activation;
    let [of_map, of_weights] = wanted;
    let needs_sums = of_weights || (of_map && is_of_map) || joined_output.is_some();
    let mut weights = None;
    if needs_sums {
        let client = map.client.clone();
        let (parts, way) = match joined_output {
            Some(output) => {
                let output = layout.brought(output);
                let masked = layout.empty_like(&map);
                let maps = [&map, &gradient, &output, &masked];
                let way = Way::through(layout, &maps);
                let parts = small(&map, Shape::new([2, way.chunks, way.channels]));
                by::masked_gradient_sums::launch(
                    &client,
                    way.cubes(),
                    way.cube(),
                    addresses(&maps),
                    way.vector,
                    map.clone().into_tensor_arg(),
                    gradient.clone().into_tensor_arg(),
                    output.clone().into_tensor_arg(),
                    masked.clone().into_tensor_arg(),
                    parts.clone().into_tensor_arg(),
                    statistics.clone().into_tensor_arg(),
                    way.step(&map),
                    way.step(&gradient),
                    way.step(&output),
                    way.step(&masked),
                    way.walk(),
                    way.channels_last(),
                    way.height,
                    number(activation),
                    elem(map.dtype),
                );
                gradient = masked;
                activation = Activation::None;
                (parts, way)
            }
            None => {
                let maps = [&map, &gradient];
                let way = Way::through(layout, &maps);
                let parts = small(&map, Shape::new([2, way.chunks, way.channels]));
                by::gradient_sums::launch(
                    &client,
                    way.cubes(),
                    way.cube(),
                    addresses(&maps),
                    way.vector,
                    map.clone().into_tensor_arg(),
                    gradient.clone().into_tensor_arg(),
                    parts.clone().into_tensor_arg(),
                    statistics.clone().into_tensor_arg(),
                    affine.gamma.clone().into_tensor_arg(),
                    affine.beta.clone().into_tensor_arg(),
                    way.step(&map),
                    way.step(&gradient),
                    way.walk(),
                    way.channels_last(),
                    way.height,
                    number(activation),
                    elem(map.dtype),
                );
                (parts, way)
            }
        };
        let [gamma, beta] = [0, 1].map(|_| small(&map, Shape::new([way.channels])));
        let (cubes, cube) = joining_cubes(way.channels);
        by::conclude_sums::launch(
            &client,
            cubes,
            cube,
            parts.into_tensor_arg(),
            beta.clone().into_tensor_arg(),
            gamma.clone().into_tensor_arg(),
            way.channels,
            way.chunks,
        );
        weights = Some(Affine { gamma, beta });
    }
    let map = of_map.then(|| {
        // Without sums nothing is multiplied by them.
        let sums = weights.as_ref().unwrap_or(affine);
        by_map(&map, &gradient, statistics, [affine, sums], activation, is_of_map)
    });
    Gradients { map, shortcut: gradient, weights }
}

fn by_map(
    map: &CubeTensor,
    gradient: &CubeTensor,
    statistics: &CubeTensor,
    [affine, sums]: [&Affine; 2],
    activation: Activation,
    is_of_map: bool,
) -> CubeTensor {
    let layout = Layout::of(map);
    let to = layout.empty_like(map);
    let maps = [map, gradient, &to];
    let way = Way::through(layout, &maps);
    let per_value = if is_of_map { 1.0 / way.values as f32 } else { 0.0 };
    by::map_gradient::launch(
        &map.client,
        way.cubes(),
        way.cube(),
        addresses(&maps),
        way.vector,
        map.clone().into_tensor_arg(),
        gradient.clone().into_tensor_arg(),
        to.clone().into_tensor_arg(),
        statistics.clone().into_tensor_arg(),
        affine.gamma.clone().into_tensor_arg(),
        affine.beta.clone().into_tensor_arg(),
        sums.beta.clone().into_tensor_arg(),
        sums.gamma.clone().into_tensor_arg(),
        way.step(map),
        way.step(gradient),
        way.step(&to),
        way.walk(),
        per_value,
        way.channels_last(),
        way.height,
        number(activation),
        elem(map.dtype),
    );
    to
}
