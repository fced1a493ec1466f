//! Anchors, what they are compared with, and how similar they are.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Bool, Int, Tensor, TensorData};

/// Far below any similarity over any temperature in use, and finite, so that no gradient is NaN.
const NEVER: f64 = -1e9;

/// Each row at length 1 (rows of length below 1e-12 stay as they are), as PyTorch's `F.normalize`.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::unit_rows;
/// let rows = unit_rows(Tensor::<2>::from_floats([[3.0, 4.0]], &Device::flex()));
/// let found = rows.into_data().try_to_vec::<f32>().unwrap();
/// assert!((found[0] - 0.6).abs() < 1e-6 && (found[1] - 0.8).abs() < 1e-6);
/// ```
pub fn unit_rows(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
    rows / length
}

/// Cosine similarities of anchors and candidates, over the temperature.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::ContrastiveLogits;
/// let device = Device::flex();
/// let anchors = Tensor::<2>::from_floats([[1.0, 0.0]], &device);
/// let keys = Tensor::<2>::from_floats([[2.0, 0.0], [0.0, 3.0]], &device);
/// // Cosines 1 and 0 over a temperature of 0.5: the length of a key does not count.
/// let log_probability = ContrastiveLogits::with_keys(anchors, keys, 0.5).log_probability();
/// let found = log_probability.into_data().try_to_vec::<f32>().unwrap();
/// let log_sum = (2.0_f32.exp() + 1.0).ln();
/// assert!((found[0] - (2.0 - log_sum)).abs() < 1e-6 && (found[1] + log_sum).abs() < 1e-6);
/// ```
#[derive(Debug, Clone)]
pub struct ContrastiveLogits {
    /// [anchors, candidates]; an anchor's similarity to itself is [`NEVER`].
    pub(super) logits: Tensor<2>,
    /// For each anchor, the candidate that is its other view.
    pub(super) partner: Tensor<2, Int>,
    /// Whether candidate i is anchor i itself.
    within: bool,
}

impl ContrastiveLogits {
    /// Both views of k images against each other: row i of `projections` [2k, d] has its other view in row i + k, and
    /// every row but itself as candidate.
    ///
    /// # Panics
    /// Where the number of rows is odd or zero.
    pub fn within(projections: Tensor<2>, temperature: f64) -> Self {
        let [rows, _] = projections.dims();
        assert!(rows > 0 && rows.is_multiple_of(2), "two views an image, so an even number of rows");
        let device = projections.device();
        let unit = unit_rows(projections);
        let similarity = unit.clone().matmul(unit.transpose()).div_scalar(temperature);
        let itself = Tensor::<2, Bool>::diag_mask([rows, rows], 0, &device).bool_not();
        let partner: Vec<i64> = (0..rows).map(|row| ((row + rows / 2) % rows) as i64).collect();
        Self {
            logits: similarity.mask_fill(itself, NEVER),
            partner: Tensor::from_data(TensorData::new(partner, [rows, 1]), &device),
            within: true,
        }
    }

    /// Anchors [a, d] against keys [c, d] of another encoder, of which the first a are the anchors' other views (He et
    /// al. 2020, MoCo: the batch's keys, then the queue).
    ///
    /// # Panics
    /// Where there are fewer keys than anchors, or no anchor.
    pub fn with_keys(anchors: Tensor<2>, keys: Tensor<2>, temperature: f64) -> Self {
        let ([rows, _], [candidates, _]) = (anchors.dims(), keys.dims());
        assert!(rows > 0 && candidates >= rows, "each anchor's other view stands among the keys");
        let device = anchors.device();
        let partner: Vec<i64> = (0..rows as i64).collect();
        Self {
            logits: unit_rows(anchors).matmul(unit_rows(keys).transpose()).div_scalar(temperature),
            partner: Tensor::from_data(TensorData::new(partner, [rows, 1]), &device),
            within: false,
        }
    }

    /// Whether anchors and candidates are the same rows.
    pub(super) fn is_within(&self) -> bool {
        self.within
    }

    /// Log of the softmax over an anchor's candidates, [anchors, candidates].
    pub fn log_probability(&self) -> Tensor<2> {
        log_softmax(self.logits.clone(), 1)
    }

    /// `weights` [anchors, candidates] with 0 where a candidate is the anchor itself.
    pub(super) fn without_itself(&self, weights: Tensor<2>) -> Tensor<2> {
        if !self.within {
            return weights;
        }
        let rows = weights.dims();
        let itself = Tensor::<2, Bool>::diag_mask(rows, 0, &weights.device()).bool_not();
        weights.mask_fill(itself, 0.0)
    }

    /// `-sum(weights * log p) / sum(weights)`; 0 where all weights are 0. Shape \[1\].
    pub(super) fn cross_entropy(&self, weights: Tensor<2>) -> Tensor<1> {
        let total = weights.clone().sum().clamp_min(1e-12);
        (self.log_probability() * weights).sum().neg() / total
    }
}

/// Log of the sum of exp over the entries of each row that `kept` marks by 1, [rows, 1]; [`NEVER`] or less where it
/// marks none. The largest is taken out of the sum, so that exp neither overflows nor vanishes.
pub(super) fn log_sum_exp(logits: &Tensor<2>, kept: &Tensor<2>) -> Tensor<2> {
    let kept = logits.clone().mask_fill(kept.clone().lower_elem(0.5), NEVER);
    let largest = kept.clone().max_dim(1).detach();
    (kept - largest.clone()).exp().sum_dim(1).log() + largest
}

/// Each row's entries over their sum; a row of zeros stays.
pub(super) fn rows_to_one(weights: Tensor<2>) -> Tensor<2> {
    let sums = weights.clone().sum_dim(1).clamp_min(1e-12);
    weights / sums
}
