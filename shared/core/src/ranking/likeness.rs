//! What a person's answers say of one class: how much like it each other class is.
//!
//! Each other class j has a likeness θ_j, unknown and real; 0 is where "alike" begins. Of "is it more like i or j?" a
//! person chooses among i, j and "neither", which has the likeness 0, by Luce's rule (Luce 1959, "Individual choice
//! behavior"; for two classes alone it is the model of Bradley & Terry 1952), with Davidson's tie (Davidson 1970, "On
//! extending the Bradley-Terry model to accommodate ties in paired comparison experiments") for "equally":
//!
//! P(i) = e^θ_i / Z,  P(j) = e^θ_j / Z,  P(equal) = ν e^((θ_i + θ_j) / 2) / Z,  P(neither) = 1 / Z,
//!
//! where Z is the sum of the four numerators. Every logarithm of these is concave in θ, so with the prior θ_j ~ N(0, s²)
//! the posterior has one maximum, and the normal distribution about it (Laplace's approximation) serves as posterior.
//!
//! What a question is worth is how much its answer is expected to say of θ (Lindley 1956, "On a measure of the
//! information provided by an experiment"): I(answer; θ) = H(E\[P\]) - E\[H(P)\] over the posterior, in nats.

use super::normal::probability_below;
use super::question::Answer;
use crate::linear_algebra::Cholesky;

/// Standard deviation s of the prior: so far apart that one answer decides a pair with a probability of about 0.8, and
/// a second one that says the same makes it sure.
pub const PRIOR_STD: f64 = 2.5;

/// Davidson's ν: of two classes that are equally alike, and clearly so, a person says it with a probability of
/// ν / (2 + ν), a fifth.
pub const TIES: f64 = 0.5;

/// Newton's steps end where no likeness moves by more.
const STILL: f64 = 1e-9;
/// None needs more: the logarithm is concave, and a step goes no further than [`LONGEST_STEP`].
const STEPS: usize = 200;
const LONGEST_STEP: f64 = 2.0;

/// Expectations over a normal distribution are sums over so many points a direction, evenly from -[`REACH`] to
/// [`REACH`] standard deviations. (The trapezoid rule on a bell is exact up to what is cut off.)
const POINTS: usize = 9;
const REACH: f64 = 3.25;

/// Of a class that was not asked about, how the likeness of two classes weighs in each answer: d logit / d θ.
const SLOPES: [[f64; 2]; 4] = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.0, 0.0]];

/// An answer of the person about two candidates, by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The first and the second candidate.
    pub pair: [usize; 2],
    /// Which of them is more alike.
    pub answer: Answer,
}

/// How probable each answer is, in the order of [`Answer::ALL`], where the likeness of the two candidates is known.
pub fn probabilities([first, second]: [f64; 2]) -> [f64; 4] {
    let logits = [first, second, TIES.ln() + (first + second) / 2.0, 0.0];
    let highest = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let weights = logits.map(|logit| (logit - highest).exp());
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// The posterior of the likeness of all candidates: a normal distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    mean: Vec<f64>,
    /// [candidates, candidates]
    covariance: Vec<f64>,
}

impl Likeness {
    /// Before any answer.
    pub fn prior(candidates: usize) -> Self {
        let variance = |at: usize| if at / candidates == at % candidates { PRIOR_STD * PRIOR_STD } else { 0.0 };
        Self { mean: vec![0.0; candidates], covariance: (0..candidates * candidates).map(variance).collect() }
    }

    /// After all of these answers, whichever came first. The search for the maximum starts at `self`'s mean, which
    /// changes nothing but the time.
    ///
    /// # Panics
    /// If a candidate does not exist, or is compared with itself.
    pub fn after(&self, answers: &[Comparison]) -> Self {
        let mut mean = self.mean.clone();
        let mut covariance = Vec::new();
        for _ in 0..STEPS {
            let (gradient, precision) = slope(&mean, answers);
            covariance = inverse(precision, mean.len());
            let step: Vec<f64> = covariance.chunks_exact(mean.len()).map(|row| dot(row, &gradient)).collect();
            let longest = step.iter().fold(0.0_f64, |most, by| most.max(by.abs()));
            let share = (LONGEST_STEP / longest).min(1.0);
            mean.iter_mut().zip(&step).for_each(|(value, by)| *value += share * by);
            if longest < STILL {
                break;
            }
        }
        Self { mean, covariance }
    }

    /// How many candidates there are.
    pub fn candidates(&self) -> usize {
        self.mean.len()
    }

    /// The likeness of a candidate: the most probable value and its standard deviation.
    pub fn of(&self, candidate: usize) -> (f64, f64) {
        (self.mean[candidate], self.variance(candidate, candidate).sqrt())
    }

    /// The probability that a candidate is alike at all: above 0.
    pub fn probability_alike(&self, candidate: usize) -> f64 {
        let (mean, std) = self.of(candidate);
        probability_below(mean / std)
    }

    /// The probability that the first candidate is more alike than the second.
    pub fn probability_before(&self, [first, second]: [usize; 2]) -> f64 {
        let variance = self.variance(first, first) + self.variance(second, second) - 2.0 * self.variance(first, second);
        // Rounding leaves of a variance of 0 something below it.
        probability_below((self.mean[first] - self.mean[second]) / variance.max(1e-12).sqrt())
    }

    /// Candidates, the most alike first; of equal ones the one that stands first.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.mean.len()).collect();
        order.sort_by(|&a, &b| self.mean[b].total_cmp(&self.mean[a]));
        order
    }

    /// How much the answer about these two is expected to say, in nats.
    pub fn information(&self, [first, second]: [usize; 2]) -> f64 {
        let std = self.variance(first, first).sqrt();
        let along = self.variance(first, second) / std;
        let rest = (self.variance(second, second) - along * along).max(0.0).sqrt();
        let (mut mean, mut noise, mut sum) = ([0.0; 4], 0.0, 0.0);
        let point = |at: usize| REACH * (2.0 * at as f64 / (POINTS - 1) as f64 - 1.0);
        for (a, b) in (0..POINTS * POINTS).map(|at| (point(at / POINTS), point(at % POINTS))) {
            let weight = (-(a * a + b * b) / 2.0).exp();
            let answers = probabilities([self.mean[first] + std * a, self.mean[second] + along * a + rest * b]);
            mean.iter_mut().zip(answers).for_each(|(sum, answer)| *sum += weight * answer);
            noise += weight * entropy(answers);
            sum += weight;
        }
        entropy(mean.map(|value| value / sum)) - noise / sum
    }

    fn variance(&self, one: usize, other: usize) -> f64 {
        self.covariance[one * self.mean.len() + other]
    }
}

/// The gradient of the posterior's logarithm, and its second derivatives with the sign turned, [candidates, candidates].
fn slope(mean: &[f64], answers: &[Comparison]) -> (Vec<f64>, Vec<f64>) {
    let len = mean.len();
    let of_prior = PRIOR_STD.powi(-2);
    let mut gradient: Vec<f64> = mean.iter().map(|value| -value * of_prior).collect();
    let mut precision = vec![0.0; len * len];
    (0..len).for_each(|at| precision[at * len + at] = of_prior);
    for &Comparison { pair, answer } in answers {
        assert_ne!(pair[0], pair[1], "a candidate is compared with another one");
        let probable = probabilities(pair.map(|candidate| mean[candidate]));
        let expected: [f64; 2] =
            [0, 1].map(|at| probable.iter().zip(SLOPES).map(|(share, slope)| share * slope[at]).sum());
        let said = SLOPES[answer as usize];
        for (at, &row) in pair.iter().enumerate() {
            gradient[row] += said[at] - expected[at];
            for (other, &column) in pair.iter().enumerate() {
                let product: f64 =
                    probable.iter().zip(SLOPES).map(|(share, slope)| share * slope[at] * slope[other]).sum();
                precision[row * len + column] += product - expected[at] * expected[other];
            }
        }
    }
    (gradient, precision)
}

/// Of a positive definite matrix, [len, len].
fn inverse(matrix: Vec<f64>, len: usize) -> Vec<f64> {
    let cholesky = Cholesky::of(matrix, len).expect("the prior alone makes it positive definite");
    let identity: Vec<f64> = (0..len * len).map(|at| f64::from(u8::from(at / len == at % len))).collect();
    // Row k is L^-1 e_k, so that their products are (L L^T)^-1.
    let rows = cholesky.whitened(&identity);
    let rows: Vec<&[f64]> = rows.chunks_exact(len).collect();
    rows.iter().flat_map(|row| rows.iter().map(move |other| dot(row, other))).collect()
}

/// In order: which of two questions with the same information is asked hangs on the last digit, and so do reports.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// In nats.
fn entropy(probabilities: [f64; 4]) -> f64 {
    -probabilities.into_iter().filter(|&share| share > 0.0).map(|share| share * share.ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(first: usize, second: usize, answer: Answer) -> Comparison {
        Comparison { pair: [first, second], answer }
    }

    #[test]
    fn probabilities_by_hand() {
        // Both at the cut: 1 : 1 : 0.5 : 1.
        let even = probabilities([0.0, 0.0]);
        let expected = [2.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0, 2.0 / 7.0];
        assert!(even.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15), "{even:?}");
        let far = probabilities([800.0, -800.0]);
        assert!((far[0] - 1.0).abs() < 1e-12 && far.iter().all(|share| share.is_finite()), "{far:?}");
        // Clearly alike and equally: a fifth says so.
        assert!((probabilities([30.0, 30.0])[2] - 0.2).abs() < 1e-9);
    }

    #[test]
    fn an_answer_moves_what_it_is_about() {
        let prior = Likeness::prior(4);
        assert_eq!((prior.candidates(), prior.of(2)), (4, (0.0, PRIOR_STD)));
        assert!((prior.probability_before([0, 1]) - 0.5).abs() < 1e-6);
        let first = prior.after(&[said(0, 1, Answer::First)]);
        assert!(first.of(0).0 > 0.0 && first.of(1).0 < 0.0 && first.of(2) == (0.0, PRIOR_STD), "{first:?}");
        let twice = prior.after(&[said(0, 1, Answer::First), said(1, 0, Answer::Second)]);
        assert!(twice.probability_before([0, 1]) > first.probability_before([0, 1]));
        assert!(first.probability_before([0, 1]) > 0.75);
        let neither = prior.after(&[said(0, 1, Answer::Neither)]);
        assert!(neither.probability_alike(0) < 0.25 && (neither.of(0).0 - neither.of(1).0).abs() < 1e-9);
        assert_eq!(twice.order(), [0, 2, 3, 1]);
    }

    #[test]
    fn a_question_whose_answer_is_known_is_worth_less() {
        let prior = Likeness::prior(4);
        let both_out = prior.after(&[said(0, 1, Answer::Neither), said(0, 1, Answer::Neither)]);
        assert!(both_out.information([0, 1]) < 0.9 * both_out.information([2, 3]));
        let most = 4.0_f64.ln();
        assert!((0.0..most).contains(&prior.information([2, 3])));
    }

    proptest! {
        #[test]
        fn the_mean_is_where_the_posterior_is_highest_whatever_was_said(
            answers in prop::collection::vec((0usize..5, 1usize..5, 0usize..4), 0..40),
        ) {
            let answers: Vec<Comparison> =
                answers.into_iter().map(|(a, by, answer)| said(a, (a + by) % 5, Answer::ALL[answer])).collect();
            let found = Likeness::prior(5).after(&answers);
            let (gradient, _) = slope(&found.mean, &answers);
            prop_assert!(gradient.iter().all(|value| value.abs() < 1e-6), "{gradient:?}");
            for candidate in 0..5 {
                let (_, std) = found.of(candidate);
                prop_assert!(std > 0.0 && std <= PRIOR_STD + 1e-9, "an answer says something: {std}");
            }
        }
    }
}
