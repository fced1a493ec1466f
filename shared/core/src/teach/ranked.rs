//! The ranked contrastive loss on a few points.

use super::points::{LossAndGradient, log_sum_exp};
use crate::ranking::{Form, Ranking};

/// The contrastive loss with ranked positives, as `nadir_nn::loss::ranked` defines it: for each rank i of an anchor's
/// class, the candidates at it against those of later ranks and of none, at the rank's own temperature (Hoffmann et al.
/// 2022, equations 3 to 6; Balasubramanian et al. 2022, equation 2). Each rank's term is the mean over the anchors that
/// have a positive at it.
///
/// `cosines` is [n, n]; `temperatures` are those of similarity 1 and 0.
///
/// # Panics
/// Where a class is none of the ranking's.
pub fn ranked(
    cosines: &[f64],
    classes: &[usize],
    ranking: &Ranking,
    temperatures: [f64; 2],
    form: Form,
) -> LossAndGradient {
    let matrix = ranking.matrix();
    let rank_of = |anchor: usize, other: usize| matrix[classes[anchor]][classes[other]];
    let count = classes.len();
    let mut result = LossAndGradient { loss: 0.0, gradient: vec![0.0; cosines.len()] };
    for rank in 0..ranking.depth() {
        let at_rank = |anchor: usize| (0..count).filter(move |&o| o != anchor && rank_of(anchor, o) == Some(rank));
        let anchors: Vec<usize> = (0..count).filter(|&anchor| at_rank(anchor).next().is_some()).collect();
        for &anchor in &anchors {
            let positives: Vec<usize> = at_rank(anchor).collect();
            let behind = |&other: &usize| rank_of(anchor, other).is_none_or(|found| found > rank);
            let rest: Vec<usize> = (0..count).filter(|&other| other != anchor).filter(behind).collect();
            let temperature = ranking.temperature(classes[anchor], rank, temperatures);
            let term = Term { logits: &cosines[anchor * count..(anchor + 1) * count], temperature };
            let weight = 1.0 / anchors.len() as f64;
            let by_cosine = &mut result.gradient[anchor * count..(anchor + 1) * count];
            result.loss += weight
                * if form == Form::In || (form == Form::OutIn && rank > 0) {
                    term.inside(&positives, &rest, weight, by_cosine)
                } else {
                    term.outside(&positives, &rest, weight, by_cosine)
                };
        }
    }
    result
}

/// One anchor's term of one rank.
struct Term<'a> {
    /// Cosines to all points, to be divided by the temperature.
    logits: &'a [f64],
    temperature: f64,
}

impl Term<'_> {
    fn logit(&self, other: usize) -> f64 {
        self.logits[other] / self.temperature
    }

    fn log_sum_exp(&self, points: &[usize]) -> f64 {
        log_sum_exp(points.iter().map(|&point| self.logit(point)))
    }

    /// `-log( sum over P / sum over P and R )`; adds `weight` times its gradient by the cosines.
    fn inside(&self, positives: &[usize], rest: &[usize], weight: f64, by_cosine: &mut [f64]) -> f64 {
        let all: Vec<usize> = positives.iter().chain(rest).copied().collect();
        let (of_all, of_positives) = (self.log_sum_exp(&all), self.log_sum_exp(positives));
        for &point in &all {
            by_cosine[point] += weight * (self.logit(point) - of_all).exp() / self.temperature;
        }
        for &point in positives {
            by_cosine[point] -= weight * (self.logit(point) - of_positives).exp() / self.temperature;
        }
        of_all - of_positives
    }

    /// Mean over P of `-log( p / (p + sum over R) )`; adds `weight` times its gradient by the cosines.
    fn outside(&self, positives: &[usize], rest: &[usize], weight: f64, by_cosine: &mut [f64]) -> f64 {
        if rest.is_empty() {
            return 0.0;
        }
        let (of_rest, share) = (self.log_sum_exp(rest), 1.0 / positives.len() as f64);
        let mut loss = 0.0;
        for &positive in positives {
            // log(exp(l) + exp(R)) - l = log(1 + exp(R - l)).
            let above = of_rest - self.logit(positive);
            loss += share * (above.max(0.0) + (-above.abs()).exp().ln_1p());
            let slope = weight * share / (1.0 + (-above).exp()) / self.temperature;
            by_cosine[positive] -= slope;
            for &point in rest {
                by_cosine[point] += slope * (self.logit(point) - of_rest).exp();
            }
        }
        loss
    }
}
