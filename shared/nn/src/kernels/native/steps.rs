//! The operations as burn records them: each with its own backward pass.

use super::epilogue::Epilogue;
use super::layer::Layer;
use super::map::{channels_last, contiguous, into_channels_last, to_tensor, values};
use super::norm::{Statistics, channel_sums};
use super::pool::MaxPool;
use crate::kernels::Activation;
use burn::backend::Flex;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use std::sync::Arc;

/// A tensor that may have a gradient.
pub(super) type Tracked = FloatTensor<Autodiff<Flex>>;

/// A convolution, with bias if there is one.
pub(super) fn convolve(convolution: Layer, input: Tracked, weight: Tracked, bias: Option<Tracked>) -> Tracked {
    let state = ConvolutionState { convolution, input: input.primitive().clone(), weight: weight.primitive().clone() };
    let output = state.forward(bias.as_ref().map(Tracked::primitive));
    match bias {
        Some(bias) => finish(ConvolutionStep, [input, weight, bias], state, output),
        None => finish(ConvolutionStep, [input, weight], state, output),
    }
}

/// A convolution, the BatchNorm of fixed statistics or else of its own, and what follows that: also those statistics.
pub(super) fn convolve_and_normalise(
    convolution: Layer,
    [input, weight, gamma, beta]: [Tracked; 4],
    shortcut: Option<Tracked>,
    activation: Activation,
    epsilon: f64,
    fixed: Option<Statistics>,
) -> (Tracked, Statistics) {
    let convolved =
        ConvolutionState { convolution, input: input.primitive().clone(), weight: weight.primitive().clone() };
    let sizes = convolution.output();
    let sums = convolved.values(Epilogue::default());
    let is_of_sums = fixed.is_none();
    let statistics = fixed.unwrap_or_else(|| Statistics::of(&sums, sizes.channels));
    let affine = statistics.affine(&values(gamma.primitive()), &values(beta.primitive()), epsilon);
    let shortcut_values = shortcut.as_ref().map(|shortcut| channels_last(shortcut.primitive()));
    let output = to_tensor(affine.apply(&sums, shortcut_values.as_deref(), activation), &sizes);
    drop(shortcut_values);
    let state = NormState {
        convolved,
        sums: Arc::new(sums),
        gamma: gamma.primitive().clone(),
        statistics: statistics.clone(),
        is_of_sums,
        epsilon,
        activation,
        output: (activation != Activation::None).then(|| output.clone()),
    };
    let tracked = match shortcut {
        Some(shortcut) => finish(NormStep, [input, weight, gamma, beta, shortcut], state, output),
        None => finish(NormStep, [input, weight, gamma, beta], state, output),
    };
    (tracked, statistics)
}

/// Max pooling with its gradient.
pub(super) fn max_pool(pool: MaxPool, input: Tracked) -> Tracked {
    let (output, indices) = pool.forward(&channels_last(input.primitive()));
    let output = to_tensor(output, &pool.output());
    finish(PoolStep, [input], (pool, Arc::new(indices)), output)
}

/// Records an operation where one of its parents has a gradient.
pub(super) fn finish<S, const N: usize>(step: S, parents: [Tracked; N], state: S::State, output: FlexTensor) -> Tracked
where
    S: Backward<Flex, N>,
{
    let parents = parents.map(|parent| parent.into_parts().1);
    match step.prepare::<NoCheckpointing>(parents).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(state, output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

#[derive(Debug, Clone)]
struct ConvolutionState {
    convolution: Layer,
    input: FlexTensor,
    weight: FlexTensor,
}

impl ConvolutionState {
    fn forward(&self, bias: Option<&FlexTensor>) -> FlexTensor {
        let bias = bias.map(values);
        let epilogue = Epilogue { shift: bias.as_deref().unwrap_or(&[]), ..Epilogue::default() };
        to_tensor(self.values(epilogue), &self.convolution.output())
    }

    fn values(&self, epilogue: Epilogue<'_>) -> Vec<f32> {
        let weights = self.convolution.pack(&values(&self.weight), &[]);
        self.convolution.forward(&channels_last(&self.input), &weights, epilogue)
    }

    fn input_gradient(&self, gradient: &[f32]) -> FlexTensor {
        to_tensor(self.convolution.input_gradient(gradient, &values(&self.weight)), &self.convolution.input())
    }

    fn weight_gradient(&self, gradient: &[f32]) -> FlexTensor {
        let dims = self.weight.layout().shape().dims::<4>();
        contiguous(self.convolution.weight_gradient(&channels_last(&self.input), gradient), dims)
    }
}

/// Parents: input, weight, and bias if there is one.
#[derive(Debug)]
struct ConvolutionStep;

impl<const N: usize> Backward<Flex, N> for ConvolutionStep {
    type State = ConvolutionState;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let tensor = gradients.consume::<Flex>(&ops.node);
        let gradient = channels_last(&tensor);
        for (at, parent) in ops.parents.into_iter().enumerate() {
            let Some(parent) = parent else { continue };
            let of_parent = match at {
                0 => ops.state.input_gradient(&gradient),
                1 => ops.state.weight_gradient(&gradient),
                _ => {
                    let channels = ops.state.convolution.output().channels;
                    contiguous(channel_sums(&gradient, channels), [channels])
                }
            };
            gradients.register::<Flex>(parent.id, of_parent);
        }
    }
}

#[derive(Debug, Clone)]
struct NormState {
    convolved: ConvolutionState,
    /// What the convolution gave, channels last.
    sums: Arc<Vec<f32>>,
    gamma: FlexTensor,
    statistics: Statistics,
    /// The statistics are those of `sums`.
    is_of_sums: bool,
    epsilon: f64,
    activation: Activation,
    /// With an activation, what it gave.
    output: Option<FlexTensor>,
}

/// Parents: input, weight, gamma, beta, and the shortcut if there is one.
#[derive(Debug)]
struct NormStep;

impl<const N: usize> Backward<Flex, N> for NormStep {
    type State = NormState;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let NormState { convolved, sums, gamma, statistics, is_of_sums, epsilon, activation, output } = ops.state;
        let mut gradient = into_channels_last(gradients.consume::<Flex>(&ops.node));
        let given = output.as_ref().map(channels_last);
        let activated = given.as_deref().map(|given| (activation, given));
        let (by_sums, by_weights) =
            statistics.backward(&sums, gradient.values(), activated, &values(&gamma), epsilon, is_of_sums);
        drop(sums);
        let channels = convolved.convolution.output().channels;
        let mut shortcut = Some(gradient.into_tensor());
        let (mut scale, mut shift) = (Some(by_weights.scale), Some(by_weights.shift));
        for (at, parent) in ops.parents.into_iter().enumerate() {
            let Some(parent) = parent else { continue };
            let of_parent = match at {
                0 => Some(convolved.input_gradient(&by_sums)),
                1 => Some(convolved.weight_gradient(&by_sums)),
                2 => scale.take().map(|scale| contiguous(scale, [channels])),
                3 => shift.take().map(|shift| contiguous(shift, [channels])),
                _ => shortcut.take(),
            };
            if let Some(of_parent) = of_parent {
                gradients.register::<Flex>(parent.id, of_parent);
            }
        }
    }
}

/// Gradient of max pooling; its parent is the input.
#[derive(Debug)]
struct PoolStep;

impl Backward<Flex, 1> for PoolStep {
    type State = (MaxPool, Arc<Vec<u8>>);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        let (pool, indices) = ops.state;
        if let [Some(parent)] = ops.parents {
            let gradient = pool.backward(&channels_last(&gradient), &indices);
            gradients.register::<Flex>(parent.id, to_tensor(gradient, &pool.input));
        }
    }
}
