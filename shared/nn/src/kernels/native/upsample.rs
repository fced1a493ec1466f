//! A map plus a coarser one that is enlarged by repeating its cells, as a feature pyramid is built, with both gradients.

use super::map::{channels_last, into_channels_last, sizes, to_tensor};
use super::pieces::Sizes;
use super::steps::{Tracked, finish};
use burn::backend::Flex;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

/// The sizes of both maps; batch and channels are the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Upsample {
    fine: Sizes,
    coarse: Sizes,
}

impl Upsample {
    /// `None` if they do not fit.
    pub fn of(fine: &FlexTensor, coarse: &FlexTensor) -> Option<Self> {
        let (fine, coarse) = (sizes(fine), sizes(coarse));
        let fits = fine.batch == coarse.batch && fine.channels == coarse.channels && fine.len() > 0 && coarse.len() > 0;
        fits.then_some(Self { fine, coarse })
    }

    /// The coarse row, or column, that a fine one repeats, as torch's `interpolate` to a given size in nearest mode.
    fn source(at: usize, coarse: usize, fine: usize) -> usize {
        at * coarse / fine
    }

    pub fn forward(&self, fine: &FlexTensor, coarse: &FlexTensor) -> FlexTensor {
        let Self { fine: to, coarse: from } = *self;
        let coarse = channels_last(coarse);
        let mut output = channels_last(fine).into_owned();
        output.par_chunks_exact_mut(to.width * to.channels).enumerate().for_each(|(at, row)| {
            let (image, y) = (at / to.height, at % to.height);
            let first = (image * from.height + Self::source(y, from.height, to.height)) * from.width;
            for (x, cell) in row.chunks_exact_mut(to.channels).enumerate() {
                let place = first + Self::source(x, from.width, to.width);
                let added = &coarse[place * to.channels..][..to.channels];
                cell.iter_mut().zip(added).for_each(|(cell, added)| *cell += added);
            }
        });
        to_tensor(output, &to)
    }

    /// The gradient by the coarse map: of each cell, the sum over those that repeat it, row by row.
    fn by_coarse(&self, gradient: &[f32]) -> FlexTensor {
        let Self { fine, coarse } = *self;
        let mut output = vec![0.0; coarse.len()];
        output.par_chunks_exact_mut(coarse.width * coarse.channels).enumerate().for_each(|(at, row)| {
            let (image, y) = (at / coarse.height, at % coarse.height);
            for fine_y in (0..fine.height).filter(|&fine_y| Self::source(fine_y, coarse.height, fine.height) == y) {
                let first = (image * fine.height + fine_y) * fine.width * fine.channels;
                let of_row = &gradient[first..][..fine.width * fine.channels];
                for (x, cell) in of_row.chunks_exact(fine.channels).enumerate() {
                    let place = Self::source(x, coarse.width, fine.width) * coarse.channels;
                    row[place..][..coarse.channels].iter_mut().zip(cell).for_each(|(sum, cell)| *sum += cell);
                }
            }
        });
        to_tensor(output, &coarse)
    }
}

/// The sum, with its gradients.
pub(super) fn upsample(upsample: Upsample, fine: Tracked, coarse: Tracked) -> Tracked {
    let output = upsample.forward(fine.primitive(), coarse.primitive());
    finish(UpsampleStep, [fine, coarse], upsample, output)
}

/// Parents: the fine and the coarse map.
#[derive(Debug)]
struct UpsampleStep;

impl Backward<Flex, 2> for UpsampleStep {
    type State = Upsample;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient = into_channels_last(gradients.consume::<Flex>(&ops.node));
        let [fine, coarse] = ops.parents;
        if let Some(coarse) = coarse {
            gradients.register::<Flex>(coarse.id, ops.state.by_coarse(gradient.values()));
        }
        if let Some(fine) = fine {
            gradients.register::<Flex>(fine.id, gradient.into_tensor());
        }
    }
}
