//! Kernels of optimizers' steps: all of a parameter's arithmetic in one launch.

use super::walk::UNITS;
use burn_cubecl::cubecl;
use cubecl::prelude::*;

#[cube(launch, address_type = "dynamic")]
pub(super) fn adam<N: Size>(
    parameter: &Tensor<Vector<f32, N>>,
    gradient: &Tensor<Vector<f32, N>>,
    mean: &Tensor<Vector<f32, N>>,
    square: &Tensor<Vector<f32, N>>,
    new_parameter: &mut Tensor<Vector<f32, N>>,
    new_mean: &mut Tensor<Vector<f32, N>>,
    new_square: &mut Tensor<Vector<f32, N>>,
    vectors: usize,
    kept_mean: f32,
    kept_square: f32,
    new_of_mean: f32,
    new_of_square: f32,
    epsilon: f32,
    weight_decay: f32,
    rate: f32,
    root_of_correction: f32,
) {
    let mut at = ABSOLUTE_POS;
    let step = CUBE_COUNT_X as usize * UNITS;
    while at < vectors {
        let old = parameter[at];
        let pulled = gradient[at] + old * Vector::new(weight_decay);
        let mean = mean[at] * Vector::new(kept_mean) + pulled * Vector::new(new_of_mean);
        let square = square[at] * Vector::new(kept_square) + pulled * pulled * Vector::new(new_of_square);
        let root = square.sqrt() / Vector::new(root_of_correction) + Vector::new(epsilon);
        new_parameter[at] = old - mean * Vector::new(rate) / root;
        new_mean[at] = mean;
        new_square[at] = square;
        at += step;
    }
}

#[cube(launch, address_type = "dynamic")]
pub(super) fn sgd<N: Size>(
    parameter: &Tensor<Vector<f32, N>>,
    gradient: &Tensor<Vector<f32, N>>,
    velocity: &Tensor<Vector<f32, N>>,
    squares: ComptimeOption<&Tensor<f32>>,
    new_parameter: &mut Tensor<Vector<f32, N>>,
    new_velocity: &mut Tensor<Vector<f32, N>>,
    vectors: usize,
    parts: usize,
    momentum: f32,
    weight_decay: f32,
    trust: f32,
    within: f32,
    behind: f32,
) {
    let mut scale = within;
    #[comptime]
    match squares {
        ComptimeOption::Some(squares) => {
            let mut of_parameter = 0.0f32;
            let mut of_gradient = 0.0f32;
            let mut part = 0usize;
            while part < parts {
                of_parameter += squares[part];
                of_gradient += squares[parts + part];
                part += 1;
            }
            if of_parameter > 0.0f32 && of_gradient > 0.0f32 {
                scale *= trust * of_parameter.sqrt() / of_gradient.sqrt();
            }
        }
        ComptimeOption::None => {}
    };
    let mut at = ABSOLUTE_POS;
    let step = CUBE_COUNT_X as usize * UNITS;
    while at < vectors {
        let old = parameter[at];
        let pulled = gradient[at] + old * Vector::new(weight_decay);
        let velocity = velocity[at] * Vector::new(momentum) + pulled * Vector::new(scale);
        new_parameter[at] = old - velocity * Vector::new(behind);
        new_velocity[at] = velocity;
        at += step;
    }
}

/// Each cube's sums, of the parameter and of the gradient with the penalty, [2 * cubes].
#[cube(launch, address_type = "dynamic")]
pub(super) fn sums_of_squares<N: Size>(
    parameter: &Tensor<Vector<f32, N>>,
    gradient: &Tensor<Vector<f32, N>>,
    parts: &mut Tensor<f32>,
    vectors: usize,
    weight_decay: f32,
) {
    let mut of_parameter = Vector::<f32, N>::new(0.0);
    let mut of_gradient = Vector::<f32, N>::new(0.0);
    let mut at = ABSOLUTE_POS;
    let step = CUBE_COUNT_X as usize * UNITS;
    while at < vectors {
        let old = parameter[at];
        let pulled = gradient[at] + old * Vector::new(weight_decay);
        of_parameter += old * old;
        of_gradient += pulled * pulled;
        at += step;
    }
    let mut parameters = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    let mut gradients = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    let unit = UNIT_POS as usize;
    parameters[unit] = of_parameter;
    gradients[unit] = of_gradient;
    sync_cube();
    let mut half = (UNITS / 2).runtime();
    while half > 0 {
        if unit < half {
            let parameter = parameters[unit + half];
            let gradient = gradients[unit + half];
            parameters[unit] += parameter;
            gradients[unit] += gradient;
        }
        sync_cube();
        half /= 2;
    }
    if unit == 0 {
        let parameter = parameters[0];
        let gradient = gradients[0];
        let mut of_parameter = 0.0f32;
        let mut of_gradient = 0.0f32;
        #[unroll]
        for lane in 0..N::value() {
            of_parameter += parameter.extract(lane);
            of_gradient += gradient.extract(lane);
        }
        let cube = CUBE_POS_X as usize;
        parts[cube] = of_parameter;
        parts[CUBE_COUNT_X as usize + cube] = of_gradient;
    }
}
