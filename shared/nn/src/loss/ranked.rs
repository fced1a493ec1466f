//! The ranked contrastive loss.

use super::ContrastiveLogits;
use super::contrastive_logits::log_sum_exp;
#[cfg(not(target_arch = "wasm32"))]
use crate::kernels::native::{self, Ranks};
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::ranking::{Form, Ranking};

/// A ranking as masks on a device.
#[derive(Debug, Clone)]
pub struct RankMasks {
    /// One for each rank.
    ranks: Vec<RankMask>,
    /// The same as numbers.
    #[cfg(not(target_arch = "wasm32"))]
    on_host: Ranks,
}

#[derive(Debug, Clone)]
struct RankMask {
    /// [classes, classes], 1 where the column's class stands at this rank of the row's.
    positive: Tensor<2>,
    /// [classes, classes], 1 where it stands at a later rank or at none.
    rest: Tensor<2>,
    /// [classes, 1], the temperature of this rank; 1 for a class without it.
    temperature: Tensor<2>,
}

impl RankMasks {
    /// `temperatures` are those of similarity 1 and 0; with `by_rank` the i-th rank has the i-th temperature, and ranks
    /// behind its end the last one.
    pub fn new(ranking: &Ranking, temperatures: [f64; 2], by_rank: &[f64], device: &Device) -> Self {
        let classes = ranking.classes.len();
        let matrix = ranking.matrix();
        let mask = |is_one: &dyn Fn(Option<usize>) -> bool| {
            let ones = matrix.iter().flatten().map(|rank| f32::from(u8::from(is_one(*rank)))).collect::<Vec<_>>();
            Tensor::from_data(TensorData::new(ones, [classes, classes]), device)
        };
        let temperature = |class: usize, rank: usize| match by_rank {
            _ if rank >= ranking.ranks(class).len() => 1.0,
            [] => ranking.temperature(class, rank, temperatures),
            given => given[rank.min(given.len() - 1)],
        };
        let temperatures: Vec<Vec<f32>> = (0..ranking.depth())
            .map(|rank| (0..classes).map(|class| temperature(class, rank) as f32).collect())
            .collect();
        let ranks = temperatures.iter().enumerate().map(|(rank, temperature)| RankMask {
            positive: mask(&|found| found == Some(rank)),
            rest: mask(&|found| found.is_none_or(|found| found > rank)),
            temperature: Tensor::from_data(TensorData::new(temperature.clone(), [classes, 1]), device),
        });
        Self {
            ranks: ranks.collect(),
            #[cfg(not(target_arch = "wasm32"))]
            on_host: Ranks {
                of: matrix.iter().flatten().map(|rank| rank.map_or(Ranks::NONE, |rank| rank + 1)).collect(),
                temperatures,
            },
        }
    }
}

/// The contrastive loss with ranked positives: for each rank i, candidates of the classes at it against those of later
/// ranks and of no rank, without those of earlier ranks: `-log( sum over P_i of exp(h / tau_i) / sum over P_j, j >= i,
/// and N of exp(h / tau_i) )` (Balasubramanian, Dey & Rathore 2022, "Contrastive learning for OOD in object detection",
/// equation 2, with one class a rank; Hoffmann et al. 2022, "Ranking info noise contrastive estimation", equations 3 to
/// 6, with several). With one rank, [`Form::In`] is SupCon's equation 3 but for a constant; [`Form::Out`] is its
/// equation 2 without an anchor's other positives in the denominator. Each rank's term is the mean over the anchors
/// that have a positive at it; one without such an anchor adds nothing. Shape \[1\].
///
/// `contrast` has temperature 1; labels are one-hot, [anchors, classes] and [candidates, classes].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_core::ranking::Ranking;
/// # use nadir_nn::loss::{ContrastiveLogits, Form, RankMasks, ranked};
/// let device = Device::flex();
/// let rows = || Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], &device);
/// // Two classes that rank nothing but themselves, at a temperature of 0.5; the views are one-hot, so their labels too.
/// let classes = ["car", "tree"].map(String::from);
/// let masks = RankMasks::new(&Ranking::of_itself(&classes), [0.5, 0.6], &[], &device);
/// let contrast = ContrastiveLogits::within(rows(), 1.0);
/// let loss: f32 = ranked(&contrast, &rows(), &rows(), &masks, Form::In).into_scalar();
/// // One positive of logit 2 against two of 0.
/// assert!((loss - (1.0 + 2.0 * (-2.0_f32).exp()).ln()).abs() < 1e-6);
/// ```
pub fn ranked(
    contrast: &ContrastiveLogits,
    anchor_labels: &Tensor<2>,
    candidate_labels: &Tensor<2>,
    masks: &RankMasks,
    form: Form,
) -> Tensor<1> {
    #[cfg(not(target_arch = "wasm32"))]
    {
        let labels = [anchor_labels, candidate_labels];
        if let Some(loss) = native::ranked(&contrast.logits, labels, contrast.is_within(), &masks.on_host, form) {
            return loss;
        }
    }
    by_tensors(contrast, anchor_labels, candidate_labels, masks, form)
}

/// As [`ranked`], on any device.
fn by_tensors(
    contrast: &ContrastiveLogits,
    anchor_labels: &Tensor<2>,
    candidate_labels: &Tensor<2>,
    masks: &RankMasks,
    form: Form,
) -> Tensor<1> {
    let between = |mask: &Tensor<2>| {
        contrast.without_itself(anchor_labels.clone().matmul(mask.clone()).matmul(candidate_labels.clone().transpose()))
    };
    let mut total: Option<Tensor<1>> = None;
    for (rank, mask) in masks.ranks.iter().enumerate() {
        let (positive, rest) = (between(&mask.positive), between(&mask.rest));
        let logits = contrast.logits.clone() / anchor_labels.clone().matmul(mask.temperature.clone());
        let positives = positive.clone().sum_dim(1);
        let each = if form == Form::In || (form == Form::OutIn && rank > 0) {
            log_sum_exp(&logits, &(positive.clone() + rest)) - log_sum_exp(&logits, &positive)
        } else {
            // log(exp(l) + exp(R)) - l = log(1 + exp(R - l)), for each positive by itself.
            let above = log_sum_exp(&logits, &rest) - logits;
            let softplus = above.clone().clamp_min(0.0) + above.abs().neg().exp().log1p();
            (softplus * positive).sum_dim(1) / positives.clone().clamp_min(1.0)
        };
        let has_positive = positives.greater_elem(0.5).float();
        let term = (each * has_positive.clone()).sum() / has_positive.sum().clamp_min(1.0);
        total = Some(match total {
            Some(total) => total + term,
            None => term,
        });
    }
    total.expect("every class has itself as rank 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_hot(classes: &[usize], of: usize, device: &Device) -> Tensor<2> {
        let values = classes.iter().flat_map(|&class| (0..of).map(move |at| f32::from(u8::from(at == class))));
        Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), [classes.len(), of]), device)
    }

    fn loss_and_gradient(labels: &[usize], form: Form) -> (f32, Vec<f32>) {
        let device = Device::flex().autodiff();
        let classes: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let masks = RankMasks::new(&Ranking::of_itself(&classes), [0.1, 0.6], &[], &device);
        let rows = Tensor::<2>::from_floats([[1.0, 0.2], [0.1, 1.0], [0.9, -0.3], [0.5, 0.5]], &device).require_grad();
        let labels = one_hot(labels, 3, &device);
        let loss = ranked(&ContrastiveLogits::within(rows.clone(), 1.0), &labels, &labels, &masks, form);
        let gradient = rows.grad(&loss.backward()).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
        (loss.into_scalar::<f32>(), gradient)
    }

    /// Loss and gradient by the projections, on the CPU and put together from tensors, within a batch and against keys.
    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn the_cpus_own_loss_is_that_of_the_tensors() {
        use nadir_core::ranking::Similar;
        let device = Device::flex().autodiff();
        let mut rng = nadir_core::rng::Rng::new(3);
        let names = ["a", "b", "c", "d", "e"].map(String::from);
        // Of other depths, with a class that nothing resembles.
        let entries = [("a", "bcd"), ("b", "ae"), ("c", ""), ("d", "eab"), ("e", "d")].map(|(class, similar)| {
            let similar = similar.chars().map(|class| Similar { class: class.to_string(), similarity: None });
            (class.to_owned(), similar.collect())
        });
        let ranking = Ranking::new(&names, &[], &entries).expect("a ranking");
        let mut rows = |count: usize| {
            let values: Vec<f32> = (0..count * 6).map(|_| rng.normal() as f32).collect();
            Tensor::<2>::from_data(TensorData::new(values, [count, 6]), &device)
        };
        let (anchors, keys) = (rows(8).require_grad(), rows(20));
        let anchor_labels = one_hot(&[0, 1, 3, 4, 0, 1, 3, 4], 5, &device);
        // No key of class 4, so that some anchors have no positive at some rank.
        let key_labels = one_hot(&(0..20).map(|at| at % 4).collect::<Vec<_>>(), 5, &device);
        let clustered = RankMasks::new(&ranking.clone().clustered(), [0.1, 0.6], &[], &device);
        let masks = RankMasks::new(&ranking, [0.1, 0.6], &[], &device);
        let forms = [Form::In, Form::Out, Form::OutIn];
        for (masks, form) in [&masks, &clustered].into_iter().flat_map(|masks| forms.map(|form| (masks, form))) {
            for within in [true, false] {
                // A graph for each: it is gone after its backward pass.
                let contrast = || match within {
                    true => ContrastiveLogits::within(anchors.clone(), 1.0),
                    false => ContrastiveLogits::with_keys(anchors.clone(), keys.clone(), 1.0),
                };
                let candidates = if within { &anchor_labels } else { &key_labels };
                let labels = [&anchor_labels, candidates];
                let own = native::ranked(&contrast().logits, labels, within, &masks.on_host, form);
                let own = own.expect("on the CPU, one-hot");
                let other = by_tensors(&contrast(), &anchor_labels, candidates, masks, form);
                let [(loss, gradient), (expected, expected_gradient)] = [own, other].map(|loss| {
                    // Not by 1: what comes behind the loss counts.
                    let gradient = anchors.grad(&(loss.clone() * 3.0).backward()).expect("a gradient").into_data();
                    (loss.into_scalar::<f32>(), gradient.try_to_vec::<f32>().expect("f32"))
                });
                assert!((loss - expected).abs() < 2e-6 * expected.abs(), "{form:?} {within}: {loss}, not {expected}");
                for (found, expected) in gradient.iter().zip(&expected_gradient) {
                    assert!((found - expected).abs() < 5e-6, "{form:?} {within}: {found}, not {expected}");
                }
            }
        }
        // Two labels in a row are no class.
        let both = Tensor::<2>::ones([8, 5], &device);
        let logits = ContrastiveLogits::within(anchors, 1.0).logits;
        assert!(native::ranked(&logits, [&both, &both], true, &masks.on_host, Form::In).is_none());
    }

    #[test]
    fn a_batch_without_any_positive_adds_nothing_and_is_a_number() {
        for form in [Form::In, Form::Out, Form::OutIn] {
            // One anchor of each class but one, and no second image of any.
            let (loss, gradient) = loss_and_gradient(&[0, 1, 2, 2], form);
            assert!(
                loss.is_finite() && gradient.iter().all(|value| value.is_finite()),
                "{form:?}: {loss} {gradient:?}"
            );
            assert!(gradient.iter().any(|&value| value != 0.0), "the class with two images learns");
        }
        let device = Device::flex();
        let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let masks = RankMasks::new(&Ranking::of_itself(&classes), [0.1, 0.6], &[], &device);
        let rows = Tensor::<2>::from_floats([[1.0, 0.2], [0.1, 1.0]], &device);
        let labels = one_hot(&[0, 1], 2, &device);
        let loss =
            ranked(&ContrastiveLogits::within(rows, 1.0), &labels, &labels, &masks, Form::In).into_scalar::<f32>();
        assert_eq!(loss, 0.0);
    }
}
