//! What a detector's two stages are trained by (Girshick 2015, "Fast R-CNN", section 2.3; Ren et al. 2015, "Faster
//! R-CNN", equation 1), as torchvision computes it.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

/// Where the smooth L1 loss goes from a parabola to a line; torchvision: 1 / 9.
const BETA: f64 = 1.0 / 9.0;

/// Sum of the smooth L1 loss (Girshick 2015, equation 3) over all differences, with its parabola up to 1 / 9.
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::detection::smooth_l1_sum;
/// let row = |value: f32| Tensor::<2>::from_floats([[value]], &Device::flex());
/// // Beyond 1 / 9 the line |d| - 1 / 18.
/// let loss: f32 = smooth_l1_sum(row(2.0), row(0.0)).into_scalar();
/// assert!((loss - (2.0 - 1.0 / 18.0)).abs() < 1e-6);
/// ```
pub fn smooth_l1_sum(found: Tensor<2>, expected: Tensor<2>) -> Tensor<1> {
    let far = (found - expected).abs();
    let near = far.clone().clamp_max(BETA);
    // Up to BETA d^2 / (2 BETA); beyond it d - BETA / 2.
    (near.clone().square().div_scalar(2.0 * BETA) + (far - near)).sum()
}

/// Mean binary cross-entropy of logits \[n\] with targets of 0 or 1, \[n\].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::detection::objectness;
/// let row = |value: f32| Tensor::<1>::from_floats([value], &Device::flex());
/// let loss: f32 = objectness(row(0.0), row(1.0)).into_scalar();
/// assert!((loss - 2.0_f32.ln()).abs() < 1e-6);
/// ```
pub fn objectness(logits: Tensor<1>, targets: Tensor<1>) -> Tensor<1> {
    // max(x, 0) - x t + ln(1 + e^-|x|), which overflows nowhere.
    let tail = logits.clone().abs().neg().exp().add_scalar(1.0).log();
    (logits.clone().clamp_min(0.0) - logits * targets + tail).mean()
}

/// Mean cross-entropy of logits \[n, classes\] with classes \[n\].
///
/// ```
/// # use burn::tensor::{Device, Int, Tensor};
/// # use nadir_nn::loss::detection::cross_entropy;
/// let device = Device::flex();
/// let logits = Tensor::<2>::from_floats([[0.0, 3.0_f32.ln()]], &device);
/// let loss: f32 = cross_entropy(logits, Tensor::<1, Int>::from_ints([1], &device)).into_scalar();
/// // The softmax is 1/4 and 3/4.
/// assert!((loss + 0.75_f32.ln()).abs() < 1e-6);
/// ```
pub fn cross_entropy(logits: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    let [count, _] = logits.dims();
    log_softmax(logits, 1).gather(1, classes.reshape([count, 1])).mean().neg()
}

/// Mean cross-entropy of logits \[n, classes\] with sets of classes: `allowed` \[n, classes\] is 1 where the class is
/// one of the row's, else 0, and each row has one at least. A row's loss is -ln of the sum of its classes'
/// probabilities: all that is known of it is that it is one of them. With one class a row it is [`cross_entropy`].
///
/// This is how background of an image is learned from in which some classes are not annotated: it is background or one
/// of those (Cermelli et al. 2022, "Modeling missing annotations for incremental learning in object detection",
/// equation 4; Shi et al. 2021, "Marginal loss and exclusion loss for partially supervised multi-organ segmentation").
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use nadir_nn::loss::detection::marginal_cross_entropy;
/// let row = |values: [f32; 3]| Tensor::<2>::from_floats([values], &Device::flex());
/// // One of two of three equally likely classes.
/// let loss: f32 = marginal_cross_entropy(row([0.0; 3]), row([1.0, 1.0, 0.0])).into_scalar();
/// assert!((loss + (2.0_f32 / 3.0).ln()).abs() < 1e-6);
/// ```
pub fn marginal_cross_entropy(logits: Tensor<2>, allowed: Tensor<2>) -> Tensor<1> {
    // Far below any logit, and finite: the difference of two infinities is not a number.
    let kept = logits.clone() + allowed.sub_scalar(1.0).mul_scalar(1e30);
    (log_sum_exp(logits) - log_sum_exp(kept)).mean()
}

/// ln of the sum of e^value over each row, \[n, 1\].
fn log_sum_exp(values: Tensor<2>) -> Tensor<2> {
    let highest = values.clone().detach().max_dim(1);
    (values - highest.clone()).exp().sum_dim(1).log() + highest
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn value(tensor: Tensor<1>) -> f32 {
        tensor.into_scalar::<f32>()
    }

    #[test]
    fn losses_by_hand() {
        let device = Device::flex();
        let matrix = |values: Vec<f32>, columns: usize| {
            let rows = values.len() / columns;
            Tensor::<2>::from_data(TensorData::new(values, [rows, columns]), &device)
        };
        // 0.05 is below 1 / 9: 4.5 * 0.0025; 2 is above: 2 - 1 / 18.
        let sum = value(smooth_l1_sum(matrix(vec![0.05, -2.0], 2), matrix(vec![0.0, 0.0], 2)));
        assert!((sum - (4.5 * 0.0025 + 2.0 - 1.0 / 18.0)).abs() < 1e-6, "{sum}");
        let row = |values: Vec<f32>| matrix(values.clone(), values.len()).flatten::<1>(0, 1);
        let mean = value(objectness(row(vec![0.0, 100.0, -100.0]), row(vec![1.0, 0.0, 0.0])));
        assert!((mean - (2.0_f32.ln() + 100.0) / 3.0).abs() < 1e-4, "{mean}");
        let classes = Tensor::<1, Int>::from_data(TensorData::new(vec![1_i64, 0], [2]), &device);
        let mean = value(cross_entropy(matrix(vec![0.0, 0.0, 3.0_f32.ln(), 0.0], 2), classes));
        assert!((mean - (2.0_f32.ln() - 0.75_f32.ln()) / 2.0).abs() < 1e-6, "{mean}");
    }

    #[test]
    fn a_row_that_may_be_several_classes_loses_nothing_between_them() {
        let device = Device::flex().autodiff();
        let matrix = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [2, 3]), &device);
        // Shares 1 : 2 : 5 and 3 : 3 : 2, the second also with logits that overflow.
        let logits = [1.0_f32, 2.0, 5.0].into_iter().chain([3.0, 3.0, 2.0]).map(f32::ln);
        let logits: Vec<f32> =
            logits.enumerate().map(|(at, logit)| if at < 3 { logit } else { logit + 500.0 }).collect();
        let input = matrix(logits.clone()).require_grad();
        let loss = marginal_cross_entropy(input.clone(), matrix(vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0]));
        let gradient = input.grad(&loss.clone().backward()).expect("a gradient").into_data();
        let expected = -((6.0_f32 / 8.0).ln() + (3.0_f32 / 8.0).ln()) / 2.0;
        assert!((value(loss) - expected).abs() < 1e-4, "{expected}");
        // Probability less the share among the row's classes, over two rows.
        let expected = [1.0 / 8.0 - 1.0 / 6.0, 2.0 / 8.0, 5.0 / 8.0 - 5.0 / 6.0, 3.0 / 8.0, 3.0 / 8.0 - 1.0, 2.0 / 8.0];
        for (found, expected) in gradient.try_to_vec::<f32>().expect("f32").into_iter().zip(expected) {
            assert!((found - expected / 2.0_f32).abs() < 1e-4, "{found}, {expected}");
        }
        let classes = Tensor::<1, Int>::from_data(TensorData::new(vec![1_i64, 2], [2]), &device);
        let one = value(cross_entropy(matrix(logits.clone()), classes));
        let same = value(marginal_cross_entropy(matrix(logits), matrix(vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0])));
        assert!((one - same).abs() < 1e-4, "{one}, {same}");
    }
}
