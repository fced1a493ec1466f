//! The ranked contrastive loss and its gradient by the logits, in a few walks over each anchor's row; put together from
//! tensors it is some sixty passes over all of them.

use super::OnCpu;
use super::map::{contiguous, values};
use super::steps::{Tracked, finish};
use burn::backend::Flex;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use nadir_core::ranking::Form;
use rayon::prelude::*;

/// Which rank each class has for each other, and the ranks' temperatures.
#[derive(Debug, Clone)]
pub(crate) struct Ranks {
    /// For each class the rank of each, from 1, [classes, classes]; [`Ranks::NONE`] for none.
    pub of: Vec<usize>,
    /// For each rank the temperature of each class's, [ranks][classes].
    pub temperatures: Vec<Vec<f32>>,
}

impl Ranks {
    /// Behind all ranks.
    pub const NONE: usize = usize::MAX;
}

/// The loss of logits [anchors, candidates] of temperature 1, shape \[1\]; `None` if it has to be put together from other
/// operations, as where a row of the labels is not one-hot. `is_within`: candidate i is anchor i itself.
pub(crate) fn ranked(
    logits: &Tensor<2>,
    [anchor_labels, candidate_labels]: [&Tensor<2>; 2],
    is_within: bool,
    ranks: &Ranks,
    form: Form,
) -> Option<Tensor<1>> {
    let (anchors, candidates) = (classes(anchor_labels)?, classes(candidate_labels)?);
    let of = |logits: &FlexTensor| {
        let anchors = Anchors { anchors: &anchors, candidates: &candidates, is_within, ranks, form };
        anchors.loss_and_gradient(&values(logits))
    };
    match OnCpu::of(logits)? {
        OnCpu::Tracked(logits) => {
            let (loss, gradient) = of(logits.primitive());
            let gradient = contiguous(gradient, [anchors.len(), candidates.len()]);
            let loss: Tracked = finish(RankedStep, [logits], gradient, contiguous(vec![loss], [1]));
            Some(Tensor::from_primitive::<Autodiff<Flex>>(loss))
        }
        OnCpu::Plain(logits) => Some(Tensor::from_primitive::<Flex>(contiguous(vec![of(&logits).0], [1]))),
    }
}

/// The class of each row; `None` where one is not one-hot.
fn classes(labels: &Tensor<2>) -> Option<Vec<usize>> {
    let [_, classes] = labels.dims();
    let on_cpu = OnCpu::of(labels)?;
    let class = |row: &[f32]| {
        let class = row.iter().position(|&label| label == 1.0)?;
        row.iter().enumerate().all(|(at, &label)| at == class || label == 0.0).then_some(class)
    };
    values(on_cpu.primitive()).chunks_exact(classes.max(1)).map(class).collect()
}

/// Before all ranks: the anchor, which is no candidate of its own.
const ITSELF: usize = 0;

struct Anchors<'a> {
    /// Their classes.
    anchors: &'a [usize],
    /// Those of what they are compared with.
    candidates: &'a [usize],
    is_within: bool,
    ranks: &'a Ranks,
    form: Form,
}

impl Anchors<'_> {
    fn loss_and_gradient(&self, logits: &[f32]) -> (f32, Vec<f32>) {
        let (depth, width) = (self.ranks.temperatures.len(), self.candidates.len());
        // Each rank's term is the mean over the anchors that have a positive at it.
        let mut with_positive = vec![0_usize; depth];
        let ranks: Vec<Vec<usize>> = (0..self.anchors.len()).map(|anchor| self.ranks_for(anchor)).collect();
        for ranks in &ranks {
            for (at, count) in with_positive.iter_mut().enumerate() {
                *count += usize::from(ranks.contains(&(at + 1)));
            }
        }
        let weights: Vec<f64> = with_positive.iter().map(|&count| 1.0 / count.max(1) as f64).collect();
        let mut gradient = vec![0.0; logits.len()];
        let rows = gradient.par_chunks_exact_mut(width).zip(logits.par_chunks_exact(width)).zip(&ranks).enumerate();
        let losses: Vec<f64> = rows
            .map(|(anchor, ((gradient, logits), ranks))| {
                let mut of_row = vec![0.0; width];
                let loss = (0..depth).map(|at| {
                    let temperature = f64::from(self.ranks.temperatures[at][self.anchors[anchor]]);
                    let row = Row { logits, ranks, rank: at + 1, temperature, weight: weights[at] };
                    match self.form == Form::In || (self.form == Form::OutIn && at > 0) {
                        true => row.sum_inside(&mut of_row),
                        false => row.sum_outside(&mut of_row),
                    }
                });
                let loss = loss.sum();
                gradient.iter_mut().zip(&of_row).for_each(|(to, &value)| *to = value as f32);
                loss
            })
            .collect();
        (losses.iter().sum::<f64>() as f32, gradient)
    }

    /// The rank of each candidate for an anchor.
    fn ranks_for(&self, anchor: usize) -> Vec<usize> {
        let of_class = &self.ranks.of[self.anchors[anchor] * self.classes()..][..self.classes()];
        let mut ranks: Vec<usize> = self.candidates.iter().map(|&class| of_class[class]).collect();
        if self.is_within {
            ranks[anchor] = ITSELF;
        }
        ranks
    }

    fn classes(&self) -> usize {
        self.ranks.temperatures.first().map_or(0, Vec::len)
    }
}

/// An anchor at one of its ranks.
struct Row<'a> {
    logits: &'a [f32],
    /// The rank of each candidate.
    ranks: &'a [usize],
    rank: usize,
    temperature: f64,
    /// Of its term in the loss.
    weight: f64,
}

impl Row<'_> {
    fn is_positive(&self, at: usize) -> bool {
        self.ranks[at] == self.rank
    }

    /// Of a later rank, or of none.
    fn is_rest(&self, at: usize) -> bool {
        self.ranks[at] > self.rank
    }

    /// Of those that `is_in`: the logits over the temperature, each with its place, and the log of the sum of their exp.
    fn part(&self, is_in: impl Fn(usize) -> bool) -> (Vec<(usize, f64)>, f64) {
        let scaled = |at: usize| f64::from(self.logits[at]) / self.temperature;
        let part: Vec<(usize, f64)> =
            (0..self.logits.len()).filter(|&at| is_in(at)).map(|at| (at, scaled(at))).collect();
        let largest = part.iter().fold(f64::NEG_INFINITY, |largest, &(_, value)| largest.max(value));
        let log_sum = largest + part.iter().map(|(_, value)| (value - largest).exp()).sum::<f64>().ln();
        (part, log_sum)
    }

    /// `log sum over positives and rest - log sum over positives`; its gradient is added to `gradient`.
    fn sum_inside(&self, gradient: &mut [f64]) -> f64 {
        let (positives, log_positives) = self.part(|at| self.is_positive(at));
        if positives.is_empty() {
            return 0.0;
        }
        let (all, log_all) = self.part(|at| self.is_positive(at) || self.is_rest(at));
        let share = self.weight / self.temperature;
        all.iter().for_each(|&(at, value)| gradient[at] += share * (value - log_all).exp());
        positives.iter().for_each(|&(at, value)| gradient[at] -= share * (value - log_positives).exp());
        self.weight * (log_all - log_positives)
    }

    /// The mean over the positives of `log(exp(l) + sum over rest) - l`; its gradient is added to `gradient`.
    fn sum_outside(&self, gradient: &mut [f64]) -> f64 {
        let (positives, _) = self.part(|at| self.is_positive(at));
        let (rest, log_rest) = self.part(|at| self.is_rest(at));
        if positives.is_empty() || rest.is_empty() {
            return 0.0;
        }
        let weight = self.weight / positives.len() as f64;
        let (mut loss, mut pulled) = (0.0, 0.0);
        for &(at, value) in &positives {
            let above = log_rest - value;
            loss += above.max(0.0) + (-above.abs()).exp().ln_1p();
            let sigmoid = 1.0 / (1.0 + (-above).exp());
            gradient[at] -= weight / self.temperature * sigmoid;
            pulled += sigmoid;
        }
        let share = weight / self.temperature * pulled;
        rest.iter().for_each(|&(at, value)| gradient[at] += share * (value - log_rest).exp());
        weight * loss
    }
}

/// Its parent is the logits, its state their gradient.
#[derive(Debug)]
struct RankedStep;

impl Backward<Flex, 1> for RankedStep {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let by_loss = gradients.consume::<Flex>(&ops.node);
        let factor = values(&by_loss)[0];
        if let [Some(parent)] = ops.parents {
            let scaled: Vec<f32> = values(&ops.state).iter().map(|value| value * factor).collect();
            let shape = ops.state.layout().shape().dims::<2>();
            gradients.register::<Flex>(parent.id, contiguous(scaled, shape));
        }
    }
}
