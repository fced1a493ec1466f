//! Weighted sums of a map's places, channel by channel: what RoIAlign does, with the gradient by the map.

use super::map::{channels_last, contiguous, sizes, to_tensor, values};
use super::pieces::Sizes;
use super::simd::{Kernel, plus_product, run};
use super::steps::{Tracked, finish};
use burn::backend::Flex;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::flex::FlexTensor;
use rayon::prelude::*;
use std::sync::Arc;

/// Which places of a map [batch, height, width, channels] each sum reads, and with which weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct WeightedPlaces {
    /// Where each sum's places end in `places`.
    pub ends: Vec<usize>,
    /// Indices into the places of all images, and weights.
    pub places: Vec<(usize, f32)>,
}

/// The sums of a map, in groups of so many (a region's bins): [groups, channels, sums of a group].
#[derive(Debug, Clone)]
pub(super) struct Gather {
    pub places: Arc<WeightedPlaces>,
    pub group: usize,
    pub map: Sizes,
}

impl Gather {
    pub fn of(map: &FlexTensor, places: WeightedPlaces, group: usize) -> Self {
        Self { places: Arc::new(places), group, map: sizes(map) }
    }

    fn groups(&self) -> usize {
        self.places.ends.len() / self.group
    }

    /// The places of a sum.
    fn of_sum(&self, at: usize) -> &[(usize, f32)] {
        let first = if at == 0 { 0 } else { self.places.ends[at - 1] };
        &self.places.places[first..self.places.ends[at]]
    }

    pub fn forward(&self, map: &FlexTensor) -> FlexTensor {
        let (channels, group) = (self.map.channels, self.group);
        let map = channels_last(map);
        let mut output = vec![0.0; self.groups() * channels * group];
        output.par_chunks_exact_mut((channels * group).max(1)).enumerate().for_each_init(
            || vec![0.0; channels],
            |sum, (at, output)| {
                for of_group in 0..group {
                    sum.fill(0.0);
                    for &(place, weight) in self.of_sum(at * group + of_group) {
                        run(Add { to: sum, from: &map[place * channels..][..channels], weight });
                    }
                    output[of_group..].iter_mut().step_by(group).zip(&*sum).for_each(|(to, from)| *to = *from);
                }
            },
        );
        contiguous(output, [self.groups(), channels, group])
    }

    /// The gradient by the map. One core: sums that read the same place are added in their order.
    fn backward(&self, gradient: &[f32]) -> FlexTensor {
        let (channels, group) = (self.map.channels, self.group);
        let mut by_map = vec![0.0; self.map.len()];
        let mut row = vec![0.0; channels];
        for (at, of_group) in gradient.chunks_exact((channels * group).max(1)).enumerate() {
            for sum in 0..group {
                row.iter_mut().zip(of_group[sum..].iter().step_by(group)).for_each(|(to, from)| *to = *from);
                for &(place, weight) in self.of_sum(at * group + sum) {
                    run(Add { to: &mut by_map[place * channels..][..channels], from: &row, weight });
                }
            }
        }
        to_tensor(by_map, &self.map)
    }
}

/// `to` plus `weight` times `from`.
struct Add<'a> {
    to: &'a mut [f32],
    from: &'a [f32],
    weight: f32,
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.to.iter_mut().zip(self.from).for_each(|(to, &from)| *to = plus_product::<FUSED>(*to, from, self.weight));
    }
}

/// The sums, with their gradient.
pub(super) fn gather(gather: Gather, map: Tracked) -> Tracked {
    let output = gather.forward(map.primitive());
    finish(GatherStep, [map], gather, output)
}

/// Its parent is the map.
#[derive(Debug)]
struct GatherStep;

impl Backward<Flex, 1> for GatherStep {
    type State = Gather;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        if let [Some(parent)] = ops.parents {
            gradients.register::<Flex>(parent.id, ops.state.backward(&values(&gradient)));
        }
    }
}
