//! The supervised contrastive loss on a few points.

use super::points::{LossAndGradient, log_sum_exp};

/// SupCon with the sum outside the logarithm (Khosla et al. 2020, equation 2), mean over the anchors that have a
/// positive: `-1 / |P(i)| sum over p in P(i) of log( exp(s_ip / tau) / sum over a != i of exp(s_ia / tau) )`.
///
/// `cosines` is [n, n]; a point's positives are the others of its class. 0 where no class has two points.
pub fn sup_con(cosines: &[f64], classes: &[usize], temperature: f64) -> LossAndGradient {
    let count = classes.len();
    let positives = |anchor: usize| (0..count).filter(move |&p| p != anchor && classes[p] == classes[anchor]);
    let anchors = (0..count).filter(|&anchor| positives(anchor).next().is_some()).count().max(1) as f64;
    let mut result = LossAndGradient { loss: 0.0, gradient: vec![0.0; cosines.len()] };
    for anchor in 0..count {
        let share = 1.0 / positives(anchor).count() as f64;
        if share.is_infinite() {
            continue;
        }
        let logit = |other: usize| cosines[anchor * count + other] / temperature;
        let others = (0..count).filter(|&other| other != anchor);
        let total = log_sum_exp(others.clone().map(logit));
        result.loss += positives(anchor).map(|positive| total - logit(positive)).sum::<f64>() * share / anchors;
        for other in others {
            let target = if classes[other] == classes[anchor] { share } else { 0.0 };
            result.gradient[anchor * count + other] = ((logit(other) - total).exp() - target) / temperature / anchors;
        }
    }
    result
}
