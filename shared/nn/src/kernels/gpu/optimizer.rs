//! Steps of optimizers on GPUs: all of a parameter's arithmetic in one launch. LARS has one more, for the lengths that its
//! rate follows from.

use super::launch::small;
use super::steps;
use super::walk::UNITS;
use crate::kernels::optimizer_step::{Adam, Sgd};
use burn::backend::Cube;
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

/// Values that a thread reads at once, where a parameter's number allows it.
const VECTOR: usize = 4;
/// Cubes of a launch, at most: enough for a large GPU, and each thread of them takes every so many-th vector.
const MOST_CUBES: usize = 2048;
/// Cubes whose sums of squares are joined, at most.
const MOST_PARTS: usize = 64;

/// The new parameter, mean and mean square; `None` on other devices than GPUs.
pub(in super::super) fn adam(
    settings: &Adam,
    parameter: &Tensor<1>,
    gradient: &Tensor<1>,
    [mean, square]: [&Tensor<1>; 2],
) -> Option<[Tensor<1>; 3]> {
    let [Some(parameter), Some(gradient), Some(mean), Some(square)] = [parameter, gradient, mean, square].map(flat)
    else {
        return None;
    };
    let new = [(); 3].map(|()| small(&parameter, parameter.meta.shape().clone()));
    let way = Way::over(&parameter, MOST_CUBES);
    let factors = settings.factors();
    steps::adam::launch(
        &parameter.client.clone(),
        way.cubes(),
        CubeDim::new_1d(UNITS as u32),
        parameter.required_address_type(),
        way.vector,
        parameter.into_tensor_arg(),
        gradient.into_tensor_arg(),
        mean.into_tensor_arg(),
        square.into_tensor_arg(),
        new[0].clone().into_tensor_arg(),
        new[1].clone().into_tensor_arg(),
        new[2].clone().into_tensor_arg(),
        way.vectors,
        factors.kept[0],
        factors.kept[1],
        factors.new[0],
        factors.new[1],
        factors.epsilon,
        factors.weight_decay,
        factors.rate,
        factors.root,
    );
    Some(new.map(Tensor::from_primitive::<Cube>))
}

/// The new parameter and velocity; `None` on other devices than GPUs.
pub(in super::super) fn sgd(
    settings: &Sgd,
    parameter: &Tensor<1>,
    gradient: &Tensor<1>,
    velocity: &Tensor<1>,
) -> Option<[Tensor<1>; 2]> {
    let [Some(parameter), Some(gradient), Some(velocity)] = [parameter, gradient, velocity].map(flat) else {
        return None;
    };
    let new = [(); 2].map(|()| small(&parameter, parameter.meta.shape().clone()));
    let way = Way::over(&parameter, MOST_CUBES);
    let squares = settings.trust.map(|_| squares(&parameter, &gradient, settings.weight_decay));
    let parts = squares.as_ref().map_or(0, |squares| squares.meta.shape()[0] / 2);
    let [within, behind] = settings.rates();
    steps::sgd::launch(
        &parameter.client.clone(),
        way.cubes(),
        CubeDim::new_1d(UNITS as u32),
        parameter.required_address_type(),
        way.vector,
        parameter.into_tensor_arg(),
        gradient.into_tensor_arg(),
        velocity.into_tensor_arg(),
        squares.map(CubeTensor::into_tensor_arg).into(),
        new[0].clone().into_tensor_arg(),
        new[1].clone().into_tensor_arg(),
        way.vectors,
        parts,
        settings.momentum as f32,
        settings.weight_decay as f32,
        settings.trust.unwrap_or(1.0) as f32,
        within,
        behind,
    );
    Some(new.map(Tensor::from_primitive::<Cube>))
}

/// Sums of squares of the parameter and of its gradient with the penalty, [2 * parts].
fn squares(parameter: &CubeTensor, gradient: &CubeTensor, weight_decay: f64) -> CubeTensor {
    let way = Way::over(parameter, MOST_PARTS);
    let parts = small(parameter, Shape::new([2 * way.count]));
    steps::sums_of_squares::launch(
        &parameter.client,
        way.cubes(),
        CubeDim::new_1d(UNITS as u32),
        parameter.required_address_type(),
        way.vector,
        parameter.clone().into_tensor_arg(),
        gradient.clone().into_tensor_arg(),
        parts.clone().into_tensor_arg(),
        way.vectors,
        weight_decay as f32,
    );
    parts
}

/// A GPU's f32 values beside each other; `None` of others.
fn flat(tensor: &Tensor<1>) -> Option<CubeTensor> {
    let is_known = tensor.dtype() == DType::F32 && tensor.dims()[0] > 0;
    let tensor = is_known.then(|| tensor.clone().try_into_primitive::<Cube>().ok()).flatten()?;
    Some(into_contiguous(tensor))
}

/// How the threads of a launch go through a parameter.
struct Way {
    vector: usize,
    vectors: usize,
    /// Cubes.
    count: usize,
}

impl Way {
    fn over(parameter: &CubeTensor, most: usize) -> Self {
        let values = parameter.meta.shape().num_elements();
        let vector = if values.is_multiple_of(VECTOR) { VECTOR } else { 1 };
        let vectors = values / vector;
        Self { vector, vectors, count: vectors.div_ceil(UNITS).min(most) }
    }

    fn cubes(&self) -> CubeCount {
        CubeCount::Static(self.count as u32, 1, 1)
    }
}
