use super::*;
use crate::rng::Rng;

#[test]
fn one_component_is_the_normal_distribution() {
    // Four corners of a square of side 2: mean 0, covariance the identity (with the regularisation, 1 + 1e-6).
    let rows = [1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0];
    let mixture = GaussianMixture::fit(&rows, 2, &[0; 4], 1, &MixtureSettings::default()).expect("varies");
    let scores = mixture.ood_scores(&[0.0, 0.0, 3.0, 4.0]);
    assert!((f64::from(scores[0]) - TAU.ln()).abs() < 1e-5);
    assert!((f64::from(scores[1]) - TAU.ln() - 12.5).abs() < 1e-4);
    assert!(mixture.converged() && mixture.iterations() == 2);
}

#[test]
fn likelihood_never_falls() {
    // Labels drawn at random over two groups: the components have to find the groups.
    let mut rng = Rng::new(9);
    let rows: Vec<f32> =
        (0..120).flat_map(|at| [0; 3].map(|_| (rng.normal() + f64::from(at % 2) * 3.0) as f32)).collect();
    let classes: Vec<usize> = (0..120).map(|_| rng.below(2)).collect();
    let mean_after = |iterations| {
        let settings = MixtureSettings { tolerance: 0.0, iterations, ..Default::default() };
        let mixture = GaussianMixture::fit(&rows, 3, &classes, 2, &settings).expect("regularised");
        assert_eq!((mixture.iterations(), mixture.converged()), (iterations, false));
        mixture.ood_scores(&rows).iter().map(|&score| f64::from(score)).sum::<f64>() / 120.0
    };
    let means: Vec<f64> = (0..12).map(mean_after).collect();
    // Scores are f32, and the regularisation is not part of the likelihood.
    assert!(means.windows(2).all(|pair| pair[1] < pair[0] + 1e-5), "{means:?}");
    assert!(means[11] < means[0] - 0.02, "{means:?}");
}

#[test]
fn collapsed_components_and_fewer_rows_than_dimensions_stay_finite() {
    // Class 0 is one row twice, class 1 a single row, in five dimensions.
    let rows = [[1.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]];
    let mixture = GaussianMixture::fit(rows.as_flattened(), 5, &[0, 0, 1], 2, &MixtureSettings::default());
    let scores = mixture.expect("regularised").ood_scores(&[rows[0], rows[2], [0.0; 5]].concat());
    assert!(scores.iter().all(|score| score.is_finite()) && scores[0] < scores[1] && scores[1] < scores[2]);
    let settings = MixtureSettings { regularisation: 0.0, ..Default::default() };
    let refused = GaussianMixture::fit(rows.as_flattened(), 5, &[0, 0, 1], 2, &settings).map(|_| ());
    assert_eq!(refused, Err(OodError::NotPositiveDefinite));
}
