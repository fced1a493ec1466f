//! Convolutions of bfloat16 maps on NVIDIA GPUs, whose gradients are convolutions too.
//!
//! burn 0.22 tunes a convolution by trial. Some of its candidates multiply a tall matrix (all places by the channels), and
//! one way of doing that asks a GPU of compute capability 9.0 or later for a tensor map with a box of 512 rows, of which the
//! driver takes 256. The refusal marks the matrix as unwritten, and every later kernel that reads it is skipped
//! (`docs/upstream.md`, 1). Here no tall matrix is multiplied:
//!
//! - a 1x1 convolution says that its kernel is dilated, which of one place means nothing, so that the candidate of a matrix
//!   multiply declines;
//! - the gradient by the input is the convolution of the output's gradient, zeros between its places where there was a
//!   stride, with the mirrored kernel;
//! - the gradient by a 1x1 kernel is computed with the fewer channels as rows.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Shape, Slice};

/// What a dilation of the only place of a 1x1 kernel means: nothing.
const WITHOUT_MEANING: [usize; 2] = [2, 2];

/// Whether a convolution is put together here: of one group, not dilated, padded by less than its kernel.
fn is_known(kernel: [usize; 2], options: &ConvOptions<2>) -> bool {
    let is_within = |(&(before, behind), kernel): (&(usize, usize), usize)| before.max(behind) < kernel;
    options.groups == 1 && options.dilation == [1, 1] && options.padding.iter().zip(kernel).all(is_within)
}

/// The same convolution as candidates that multiply matrices do not know it.
fn disguised(kernel: [usize; 2], options: &ConvOptions<2>) -> ConvOptions<2> {
    let mut options = options.clone();
    if kernel == [1, 1] {
        options.dilation = WITHOUT_MEANING;
    }
    options
}

/// What `options` convolve `input` to, with both gradients; of parents that may have none.
fn convolve_tracked<B: Backend, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    options: ConvOptions<2>,
) -> FloatTensor<Autodiff<B, C>> {
    let output = convolve_plain::<B>(input.primitive().clone(), weight.primitive().clone(), &options);
    let step = Backward::<B, 2>::prepare::<C>(Step, [input.node(), weight.node()]);
    match step.compute_bound().stateful() {
        OpsKind::Tracked(mut prepared) => {
            let kept = [prepared.checkpoint(&input), prepared.checkpoint(&weight)];
            prepared.finish((kept, options), output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

fn convolve_plain<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    options: &ConvOptions<2>,
) -> FloatTensor<B> {
    let [_, _, kernel @ ..] = weight.shape().dims::<4>();
    B::conv2d(input, weight, None, disguised(kernel, options))
}

/// Parents: input and weight.
#[derive(Debug)]
struct Step;

impl<B: Backend> Backward<B, 2> for Step {
    /// Where the input and the weight are kept.
    type State = ([NodeId; 2], ConvOptions<2>);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, kept: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let ([input, weight], options) = ops.state;
        let input = kept.retrieve_node_output::<FloatTensor<B>>(input);
        let weight = kept.retrieve_node_output::<FloatTensor<B>>(weight);
        let [of_input, of_weight] = ops.parents;
        if let Some(parent) = of_input {
            let sides = input.shape().dims::<4>();
            let by_input = input_gradient::<B>(gradient.clone(), weight.clone(), [sides[2], sides[3]], &options);
            gradients.register::<B>(parent.id, by_input);
        }
        if let Some(parent) = of_weight {
            gradients.register::<B>(parent.id, weight_gradient::<B>(input, weight, gradient, &options));
        }
    }
}

/// The gradient by an input of `sides`, [batch, in, height, width], of an output's, [batch, out, ...].
fn input_gradient<B: Backend>(
    gradient: FloatTensor<B>,
    weight: FloatTensor<B>,
    sides: [usize; 2],
    options: &ConvOptions<2>,
) -> FloatTensor<B> {
    let [_, _, kernel @ ..] = weight.shape().dims::<4>();
    let of_channels = B::float_swap_dims(weight, 0, 1);
    if kernel == [1, 1] {
        // The zeros come last, so that nothing is multiplied by them.
        let dense = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
        return spread::<B>(convolve_plain::<B>(gradient, of_channels, &dense), options.stride, sides);
    }
    let [_, _, places @ ..] = gradient.shape().dims::<4>();
    let between = [0, 1].map(|axis| (places[axis] - 1) * options.stride[axis] + 1);
    let padding = [0, 1].map(|axis| {
        let before = options.padding[axis].0;
        (kernel[axis] - 1 - before, sides[axis] + before - between[axis])
    });
    let mirrored = B::float_flip(of_channels, &[2, 3]);
    let dense = ConvOptions::new_with_padding([1, 1], padding, [1, 1], 1);
    convolve_plain::<B>(spread::<B>(gradient, options.stride, between), mirrored, &dense)
}

/// `map` at every `stride`th place of a map of zeros of `sides`.
fn spread<B: Backend>(map: FloatTensor<B>, stride: [usize; 2], sides: [usize; 2]) -> FloatTensor<B> {
    let [batch, channels, places @ ..] = map.shape().dims::<4>();
    if places == sides {
        return map;
    }
    let zeros = B::float_zeros(Shape::new([batch, channels, sides[0], sides[1]]), &map.device(), map.dtype().into());
    let at = |axis: usize| every(stride[axis], (places[axis] - 1) * stride[axis] + 1);
    B::float_slice_assign(zeros, &[Slice::full(), Slice::full(), at(0), at(1)], map)
}

/// Every `step`th place of so many.
fn every(step: usize, places: usize) -> Slice {
    Slice::new(0, Some(places as isize), step as isize)
}

/// The gradient by the weight, [out, in, height, width] of the kernel.
fn weight_gradient<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    gradient: FloatTensor<B>,
    options: &ConvOptions<2>,
) -> FloatTensor<B> {
    let [out, channels, kernel @ ..] = weight.shape().dims::<4>();
    if kernel != [1, 1] {
        return B::conv2d_weight_backward(input, weight, gradient, options.clone());
    }
    let [_, _, sides @ ..] = input.shape().dims::<4>();
    let input = match options.stride {
        [1, 1] => input,
        [down, across] => {
            B::float_slice(input, &[Slice::full(), Slice::full(), every(down, sides[0]), every(across, sides[1])])
        }
    };
    // Without a stride, input and gradient are alike: exchanged, they give the transposed gradient.
    let is_tall = out > channels;
    let (input, gradient) = if is_tall { (gradient, input) } else { (input, gradient) };
    let weight = if is_tall { B::float_swap_dims(weight, 0, 1) } else { weight };
    let [batch, columns, places @ ..] = input.shape().dims::<4>();
    let found = if places == [1, 1] {
        let rows = gradient.shape().dims::<4>()[1];
        let input = B::float_reshape(input, Shape::new([batch, columns]));
        let gradient = B::float_swap_dims(B::float_reshape(gradient, Shape::new([batch, rows])), 0, 1);
        B::float_reshape(B::float_matmul(gradient, input), Shape::new([rows, columns, 1, 1]))
    } else {
        B::conv2d_weight_backward(input, weight, gradient, ConvOptions::new([1, 1], [0, 0], [1, 1], 1))
    };
    if is_tall { B::float_swap_dims(found, 0, 1) } else { found }
}

#[cfg(feature = "cuda")]
mod on_device {
    use super::*;
    use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, NoCheckpointing};
    use burn::backend::{Cube, DispatchKindConversion, DispatchTensor};
    use burn::tensor::Tensor;

    /// What `weight` convolves `input` to on a GPU, both of bfloat16; `None` on the CPU, and for convolutions of a kind
    /// that burn has to compute.
    pub(crate) fn convolve(input: &Tensor<4>, weight: &Tensor<4>, options: &ConvOptions<2>) -> Option<Tensor<4>> {
        let [_, _, kernel @ ..] = weight.dims();
        if !is_known(kernel, options) {
            return None;
        }
        if let Ok(input) = input.clone().try_into_primitive::<Cube>() {
            let weight = weight.clone().try_into_primitive::<Cube>().ok()?;
            return Some(Tensor::from_primitive::<Cube>(convolve_plain::<Cube>(input, weight, options)));
        }
        recorded::<NoCheckpointing>(input, weight, options)
            .or_else(|| recorded::<BalancedCheckpointing>(input, weight, options))
    }

    fn recorded<C: CheckpointStrategy>(
        input: &Tensor<4>,
        weight: &Tensor<4>,
        options: &ConvOptions<2>,
    ) -> Option<Tensor<4>>
    where
        DispatchTensor: DispatchKindConversion<Autodiff<Cube, C>>,
    {
        let input = input.clone().try_into_primitive::<Autodiff<Cube, C>>().ok()?;
        let weight = weight.clone().try_into_primitive::<Autodiff<Cube, C>>().ok()?;
        let output = convolve_tracked::<Cube, C>(input, weight, options.clone());
        Some(Tensor::from_primitive::<Autodiff<Cube, C>>(output))
    }
}

#[cfg(feature = "cuda")]
pub(crate) use on_device::convolve;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Padding;
    use burn::backend::Flex;
    use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
    use burn::tensor::module::conv2d;
    use burn::tensor::{Device, Tensor, TensorData};
    use nadir_core::rng::Rng;

    type OnCpu = Autodiff<Flex, NoCheckpointing>;

    fn drawn(rng: &mut Rng, dims: [usize; 4]) -> TensorData {
        let count = dims.iter().product::<usize>();
        TensorData::new((0..count).map(|_| rng.uniform() as f32 - 0.5).collect::<Vec<_>>(), dims)
    }

    /// Output and gradients, by burn or put together here.
    fn step(data: &[TensorData; 3], options: &ConvOptions<2>, ours: bool) -> [Tensor<4>; 3] {
        let device = Device::flex().autodiff();
        let [input, weight, pull] = data.clone().map(|data| Tensor::<4>::from_data(data, &device));
        let [input, weight] = [input, weight].map(Tensor::require_grad);
        let output = if ours {
            let [input, weight] =
                [&input, &weight].map(|tensor| tensor.clone().try_into_primitive::<OnCpu>().expect("it is on the CPU"));
            let output = convolve_tracked::<Flex, NoCheckpointing>(input, weight, options.clone());
            Tensor::from_primitive::<OnCpu>(output)
        } else {
            conv2d(input.clone(), weight.clone(), None, options.clone())
        };
        let gradients = (output.clone() * pull).sum().backward();
        let [input, weight] = [input, weight].map(|tensor| tensor.grad(&gradients).expect("it has a gradient"));
        [output.inner(), input, weight]
    }

    #[test]
    fn outputs_and_gradients_are_those_of_burn() {
        let kinds = [(1, 1, 0), (1, 2, 0), (3, 1, 1), (3, 2, 1), (3, 2, 0), (5, 3, 2), (7, 2, 3)];
        let kinds = kinds.map(|(kernel, stride, padding)| (kernel, stride, Padding::Each(padding)));
        let same = [(3, 1, Padding::Same), (3, 2, Padding::Same)];
        let mut rng = Rng::new(11);
        for (kernel, stride, padding) in kinds.into_iter().chain(same) {
            for channels in [[3, 8], [8, 3], [4, 4]] {
                for sides in [[8, 7], [9, 12], [1, 1]] {
                    let around = sides.map(|side| padding.around(side, kernel, stride));
                    if sides.iter().zip(around).any(|(side, (before, behind))| side + before + behind < kernel) {
                        continue;
                    }
                    let options = ConvOptions::new_with_padding([stride; 2], around, [1, 1], 1);
                    assert!(is_known([kernel; 2], &options), "{options:?}");
                    let output = sides.map(|side| padding.output(side, kernel, stride));
                    let data = [
                        drawn(&mut rng, [2, channels[0], sides[0], sides[1]]),
                        drawn(&mut rng, [channels[1], channels[0], kernel, kernel]),
                        drawn(&mut rng, [2, channels[1], output[0], output[1]]),
                    ];
                    let [ours, burns] = [true, false].map(|ours| step(&data, &options, ours));
                    for ((ours, burns), what) in ours.into_iter().zip(burns).zip(["output", "input", "weight"]) {
                        assert_eq!(ours.dims(), burns.dims(), "{what} of {options:?}");
                        let worst = (ours - burns).abs().max().into_scalar::<f32>();
                        assert!(worst < 2e-5, "{what} of {channels:?} by {kernel}, {options:?}, {sides:?}: {worst}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_has_groups_or_a_dilation_is_left_to_burn() {
        let of = |padding, dilation, groups| ConvOptions::<2>::new([1, 1], [padding; 2], [dilation; 2], groups);
        assert!(is_known([3, 3], &of(1, 1, 1)));
        assert!(!is_known([3, 3], &of(1, 1, 4)) && !is_known([3, 3], &of(1, 2, 1)));
        assert!(!is_known([1, 1], &of(1, 1, 1)), "more zeros than the kernel covers");
    }
}
