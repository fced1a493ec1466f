//! The operation as burn records it.

use super::launch::{self, Affine, Forward};
use crate::kernels::Activation;
use burn::backend::Cube;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn_cubecl::tensor::CubeTensor;

type Tracked<C> = FloatTensor<Autodiff<Cube, C>>;

/// `map` normalised by `statistics`, [2, channels] of means and inverse standard deviations, which change with it if
/// `is_of_map`; plus `shortcut`, activated. Weights: gamma and beta.
pub(super) fn normalise<C: CheckpointStrategy>(
    map: Tracked<C>,
    [gamma, beta]: [Tracked<C>; 2],
    shortcut: Option<Tracked<C>>,
    statistics: CubeTensor,
    activation: Activation,
    is_of_map: bool,
) -> Tracked<C> {
    let norm = Norm {
        statistics,
        affine: Affine { gamma: gamma.primitive().clone(), beta: beta.primitive().clone() },
        activation,
        is_of_map,
    };
    match shortcut {
        Some(shortcut) => finish::<C, _>([map, gamma, beta, shortcut], norm),
        None => finish::<C, _>([map, gamma, beta], norm),
    }
}

fn finish<C: CheckpointStrategy, const N: usize>(parents: [Tracked<C>; N], norm: Norm) -> Tracked<C> {
    let shortcut = parents.get(SHORTCUT).map(Tracked::<C>::primitive);
    let output = norm.forward(parents[MAP].primitive(), shortcut);
    // The gradient of a sum's activation goes by what was given; others by the map, so that their output can be computed
    // again.
    let is_joined = shortcut.is_some() && norm.activation != Activation::None;
    let nodes = parents.each_ref().map(|parent| parent.node());
    let prepared = Step.prepare::<C>(nodes);
    let prepared = if is_joined {
        prepared.compute_bound()
    } else {
        let again = Again {
            map: parents[MAP].node().id(),
            shortcut: parents.get(SHORTCUT).map(|shortcut| shortcut.node().id()),
            norm: norm.clone(),
        };
        let inputs = parents.iter().enumerate().filter(|(at, _)| matches!(*at, MAP | SHORTCUT));
        prepared.memory_bound().retro_forward(again).parents(inputs.map(|(_, parent)| parent))
    };
    match prepared.stateful() {
        OpsKind::Tracked(mut prepared) => {
            let map = prepared.checkpoint(&parents[MAP]);
            let state = State { map, joined_output: is_joined.then(|| output.clone()), norm };
            prepared.finish(state, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

/// Indices of the parents.
const MAP: usize = 0;
const GAMMA: usize = 1;
const BETA: usize = 2;
const SHORTCUT: usize = 3;

/// A BatchNorm of known statistics, and the activation behind it.
#[derive(Debug, Clone)]
struct Norm {
    statistics: CubeTensor,
    affine: Affine,
    activation: Activation,
    is_of_map: bool,
}

impl Norm {
    fn forward(&self, map: &CubeTensor, shortcut: Option<&CubeTensor>) -> CubeTensor {
        launch::normalise(map, shortcut, &self.statistics, &self.affine, self.activation)
    }
}

/// Computes the output again, for gradient checkpointing.
#[derive(Debug, Clone)]
struct Again {
    map: NodeId,
    shortcut: Option<NodeId>,
    norm: Norm,
}

impl RetroForward for Again {
    fn forward(&self, states: &mut BackwardStates, node: NodeId) {
        let map = states.get_state::<CubeTensor>(&self.map);
        let shortcut = self.shortcut.map(|shortcut| states.get_state::<CubeTensor>(&shortcut));
        let output = self.norm.forward(&map, shortcut.as_ref());
        states.save(node, output);
    }
}

#[derive(Debug, Clone)]
struct State {
    map: NodeId,
    joined_output: Option<CubeTensor>,
    norm: Norm,
}

/// Parents: map, gamma, beta, and the shortcut if there is one.
#[derive(Debug)]
struct Step;

impl<const N: usize> Backward<Cube, N> for Step {
    type State = State;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, kept: &mut Checkpointer) {
        let gradient = gradients.consume::<Cube>(&ops.node);
        let State { map, joined_output, norm } = ops.state;
        let map = kept.retrieve_node_output::<CubeTensor>(map);
        let of = |at: usize| ops.parents.get(at).and_then(Option::as_ref);
        let forward = Forward {
            map,
            joined_output,
            statistics: &norm.statistics,
            affine: &norm.affine,
            activation: norm.activation,
            is_of_map: norm.is_of_map,
        };
        let wanted = [of(MAP).is_some(), of(GAMMA).or(of(BETA)).is_some()];
        let found = launch::gradients(forward, gradient, wanted);
        if let (Some(parent), Some(by_map)) = (of(MAP), found.map) {
            gradients.register::<Cube>(parent.id, by_map);
        }
        if let Some(weights) = found.weights {
            for (parent, by_weight) in [(of(GAMMA), weights.gamma), (of(BETA), weights.beta)] {
                if let Some(parent) = parent {
                    gradients.register::<Cube>(parent.id, by_weight);
                }
            }
        }
        if let Some(parent) = of(SHORTCUT) {
            gradients.register::<Cube>(parent.id, found.shortcut);
        }
    }
}
