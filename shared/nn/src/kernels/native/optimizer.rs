//! Steps of optimizers on the CPU.

use super::map::{contiguous, values};
use super::plain;
use super::simd::{Kernel, run};
use crate::kernels::optimizer_step::{Adam, AdamFactors, Sgd};
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Tensor};
use rayon::prelude::*;

/// Values that a thread takes at once; fewer are done where they are, since waking another thread takes longer.
const AT_ONCE: usize = 1 << 14;

/// Brings the parameter, mean and mean square up to date; `false` on other devices than the CPU.
pub(in super::super) fn adam(settings: &Adam, tensors: [&mut Tensor<1>; 3], gradient: &Tensor<1>) -> bool {
    let factors = &settings.factors();
    update(tensors, gradient, |_, _| {
        move |[parameter, mean, square], gradient| run(AdamStep { factors, parameter, gradient, mean, square })
    })
}

/// Brings the parameter and the velocity up to date; `false` on other devices than the CPU.
pub(in super::super) fn sgd(settings: &Sgd, tensors: [&mut Tensor<1>; 2], gradient: &Tensor<1>) -> bool {
    let [rate_within, behind] = settings.rates();
    let [momentum, weight_decay] = [settings.momentum as f32, settings.weight_decay as f32];
    update(tensors, gradient, |[parameter, _], gradient| {
        let rate = settings.trust.map_or(1.0, |trust| rate_of(parameter, gradient, weight_decay, trust));
        let factors = [momentum, weight_decay, rate_within * rate, behind];
        move |[parameter, velocity], gradient| run(SgdStep { factors, parameter, gradient, velocity })
    })
}

/// Moves the average towards `value`; `false` on other devices than the CPU.
pub(in super::super) fn follow(average: &mut Tensor<1>, value: &Tensor<1>, kept: f64) -> bool {
    let factors = [kept as f32, (1.0 - kept) as f32];
    update([average], value, |_, _| move |[average], value| run(Follow { factors, average, value }))
}

/// Runs the step that `step_of` gives for the whole tensors and gradient on parts of them, on all cores: on the tensors'
/// own memory, or on a copy where someone else has it too.
fn update<const N: usize, Step: Fn([&mut [f32]; N], &[f32]) + Sync>(
    tensors: [&mut Tensor<1>; N],
    gradient: &Tensor<1>,
    step_of: impl FnOnce([&[f32]; N], &[f32]) -> Step,
) -> bool {
    let is_known = |tensor: &Tensor<1>| tensor.dtype() == DType::F32 && tensor.dims() == gradient.dims();
    if !(is_known(gradient) && tensors.iter().all(|tensor| is_known(tensor) && plain(tensor).is_some())) {
        return false;
    }
    let Some(gradient) = plain(gradient) else { return false };
    // Taken, not cloned: only who has the memory alone can write to it.
    let mut taken = tensors.map(|place| {
        let taken = std::mem::replace(place, Tensor::from_primitive::<Flex>(contiguous(Vec::new(), [0])));
        let taken = taken.try_into_primitive::<Flex>().expect("it is on the CPU, as just seen");
        (place, in_its_order(taken))
    });
    let gradient = values(&gradient);
    let step = step_of(taken.each_ref().map(|(_, taken)| taken.storage::<f32>()), &gradient);
    let mut parts = taken.each_mut().map(|(_, taken)| taken.storage_mut::<f32>().chunks_mut(AT_ONCE));
    let parts = gradient.chunks(AT_ONCE).map(|gradient| {
        (parts.each_mut().map(|parts| parts.next().expect("they are as long as the gradient")), gradient)
    });
    let parts: Vec<_> = parts.collect();
    let of_part = |(tensors, gradient): ([&mut [f32]; N], &[f32])| step(tensors, gradient);
    if parts.len() > 1 {
        parts.into_par_iter().for_each(of_part)
    } else {
        parts.into_iter().for_each(of_part)
    }
    for (place, taken) in taken {
        *place = Tensor::from_primitive::<Flex>(taken);
    }
    true
}

/// The tensor, or a copy whose values lie one behind another and are all of its memory.
fn in_its_order(tensor: FlexTensor) -> FlexTensor {
    let len = tensor.layout().num_elements();
    match tensor.layout().contiguous_offsets() == Some((0, len)) && tensor.storage::<f32>().len() == len {
        true => tensor,
        false => contiguous(values(&tensor).into_owned(), [len]),
    }
}

/// LARS' rate of one parameter.
fn rate_of(parameter: &[f32], gradient: &[f32], weight_decay: f32, trust: f64) -> f32 {
    let parts: Vec<[f64; 2]> = parameter
        .par_chunks(AT_ONCE)
        .zip(gradient.par_chunks(AT_ONCE))
        .map(|(parameter, gradient)| {
            parameter.iter().zip(gradient).fold([0.0; 2], |[of_parameter, of_gradient], (&parameter, &gradient)| {
                let [parameter, gradient] = [parameter, gradient + weight_decay * parameter].map(f64::from);
                [of_parameter + parameter * parameter, of_gradient + gradient * gradient]
            })
        })
        .collect();
    let [of_parameter, of_gradient] = [0, 1].map(|which| parts.iter().map(|part| part[which]).sum::<f64>().sqrt());
    if of_parameter > 0.0 && of_gradient > 0.0 { (trust * of_parameter / of_gradient) as f32 } else { 1.0 }
}

struct AdamStep<'a> {
    factors: &'a AdamFactors,
    parameter: &'a mut [f32],
    gradient: &'a [f32],
    mean: &'a mut [f32],
    square: &'a mut [f32],
}

impl Kernel for AdamStep<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let AdamFactors { kept, new, epsilon, weight_decay, rate, root } = *self.factors;
        let moments = self.mean.iter_mut().zip(self.square);
        for ((parameter, gradient), (mean, square)) in self.parameter.iter_mut().zip(self.gradient).zip(moments) {
            let gradient = gradient + weight_decay * *parameter;
            *mean = *mean * kept[0] + gradient * new[0];
            *square = *square * kept[1] + gradient * gradient * new[1];
            *parameter -= *mean * rate / (square.sqrt() / root + epsilon);
        }
    }
}

struct SgdStep<'a> {
    /// Momentum, weight decay, and the rate within the velocity and behind it.
    factors: [f32; 4],
    parameter: &'a mut [f32],
    gradient: &'a [f32],
    velocity: &'a mut [f32],
}

impl Kernel for SgdStep<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let [momentum, weight_decay, within, behind] = self.factors;
        for ((parameter, gradient), velocity) in self.parameter.iter_mut().zip(self.gradient).zip(self.velocity) {
            *velocity = *velocity * momentum + (gradient + weight_decay * *parameter) * within;
            *parameter -= *velocity * behind;
        }
    }
}

struct Follow<'a> {
    /// What the average keeps of itself, and takes of the value.
    factors: [f32; 2],
    average: &'a mut [f32],
    value: &'a [f32],
}

impl Kernel for Follow<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let [kept, new] = self.factors;
        self.average.iter_mut().zip(self.value).for_each(|(average, value)| *average = *average * kept + value * new);
    }
}
