use proptest::prelude::*;

use super::super::average_precision::average_precision;
use super::*;

#[test]
fn a_perfect_a_useless_and_a_reversed_score() {
    let targets = [true, true, false, false];
    assert_eq!(auroc(&[4.0, 3.0, 2.0, 1.0], &targets), Some(1.0));
    assert_eq!(auroc(&[1.0; 4], &targets), Some(0.5));
    assert_eq!(auroc(&[1.0, 2.0, 3.0, 4.0], &targets), Some(0.0));
    assert_eq!(fpr_at_tpr(&[4.0, 3.0, 2.0, 1.0], &targets, 0.95), Some(0.0));
    assert_eq!(fpr_at_tpr(&[4.0, 2.0, 3.0, 1.0], &targets, 0.95), Some(0.5));
}

#[test]
fn one_kind_alone_has_no_score() {
    assert_eq!(auroc(&[1.0], &[true]), None);
    assert_eq!(fpr_at_tpr(&[1.0], &[false], 0.95), None);
    assert_eq!(out_of_distribution(&[0.0; 0], &[]), None);
    assert_eq!(auroc(&[f32::NAN, f32::NAN], &[true, false]), Some(0.5));
}

#[test]
fn corners_of_a_curve_drawn_by_hand() {
    // From the top: two out-of-distribution, one in-distribution, a tie of one each (a diagonal step), one
    // in-distribution.
    let (scores, is_ood) = ([6.0, 5.0, 4.0, 3.0, 3.0, 1.0], [true, true, false, true, false, false]);
    let third = 1.0 / 3.0;
    let expected = [[0.0, 0.0], [0.0, 2.0 * third], [third, 2.0 * third], [2.0 * third, 1.0], [1.0, 1.0]];
    assert_eq!(roc_curve(&scores, &is_ood), expected);
    assert_eq!(roc_curve(&[1.0; 4], &[true, false, false, true]), [[0.0, 0.0], [1.0, 1.0]]);
    assert_eq!(roc_curve(&[1.0, 2.0], &[true, true]), Vec::<[f64; 2]>::new());
}

#[test]
fn a_long_curve_is_thinned_and_keeps_its_ends() {
    // Out-of-distribution and in-distribution in turn: 2,000 corners.
    let scores: Vec<f32> = (0..2_000).map(|at| at as f32).collect();
    let is_ood: Vec<bool> = (0..2_000).map(|at| at % 2 == 0).collect();
    let curve = roc_curve(&scores, &is_ood);
    assert_eq!((curve.len(), curve[0], curve[CURVE_POINTS - 1]), (CURVE_POINTS, [0.0, 0.0], [1.0, 1.0]));
    assert!(curve.windows(2).all(|pair| pair[0] != pair[1] && pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1]));
}

/// Scores in few steps, so that there are ties, one of them not a number.
fn examples() -> impl Strategy<Value = Vec<(f32, bool, u32)>> {
    let score = prop_oneof![9 => (0u8..8).prop_map(f32::from), 1 => Just(f32::NAN)];
    prop::collection::vec((score, any::<bool>(), 0u32..4), 0..40)
}

proptest! {
    #[test]
    fn a_resample_is_exactly_the_plain_figures_on_repeated_images(examples in examples()) {
        let scores: Vec<f32> = examples.iter().map(|example| example.0).collect();
        let is_ood: Vec<bool> = examples.iter().map(|example| example.1).collect();
        let counts: Vec<u32> = examples.iter().map(|example| example.2).collect();
        let repeated = examples.iter().flat_map(|example| std::iter::repeat_n(example, example.2 as usize));
        let (repeated_scores, repeated_ood): (Vec<f32>, Vec<bool>) = repeated.map(|e| (e.0, e.1)).unzip();
        let ranked = RankedByOodScore::new(&scores, &is_ood);
        prop_assert_eq!(out_of_distribution_over(&ranked, &counts), plain(&repeated_scores, &repeated_ood));
        let once = out_of_distribution_over(&ranked, &vec![1; scores.len()]);
        prop_assert_eq!(once, out_of_distribution(&scores, &is_ood));
        prop_assert_eq!(once, plain(&scores, &is_ood));
    }

    #[test]
    fn area_under_the_curve_is_auroc(examples in examples()) {
        let scores: Vec<f32> = examples.iter().map(|example| example.0).collect();
        let is_ood: Vec<bool> = examples.iter().map(|example| example.1).collect();
        let steps = roc_curve(&scores, &is_ood);
        let area: f64 = steps.windows(2).map(|pair| (pair[1][0] - pair[0][0]) * (pair[1][1] + pair[0][1]) / 2.0).sum();
        // Rounding of at most 40 sums of f64.
        prop_assert!((area - auroc(&scores, &is_ood).unwrap_or(0.0)).abs() < 1e-12);
    }
}

/// Every figure by its own function.
fn plain(scores: &[f32], is_ood: &[bool]) -> Option<OutOfDistribution> {
    let negated: Vec<f32> = scores.iter().map(|score| -score).collect();
    let is_in_distribution: Vec<bool> = is_ood.iter().map(|out_of_distribution| !out_of_distribution).collect();
    Some(OutOfDistribution {
        auroc: auroc(scores, is_ood)?,
        aupr_out: average_precision(scores, is_ood)?,
        aupr_in: average_precision(&negated, &is_in_distribution)?,
        fpr_at_95_tpr: fpr_at_tpr(scores, is_ood, 0.95)?,
    })
}
