//! Detectors of out-of-distribution examples and the figures beside them against scikit-learn's and scipy's values in
//! `golden/ood.json` (see `golden/make_ood.py`). Figures in f64 are within 1e-12: only the order of additions differs.
//! Scores are f32: 6e-8 of the value, more where a covariance is nearly singular.

use nadir_core::metric::classification::{accuracy, accuracy_by_class, balanced_accuracy, confusion};
use nadir_core::metric::rank_order::{RankOrder, kendall_tau_b, requested_and_learned_tau};
use nadir_core::metric::roc::{RankedByOodScore, out_of_distribution_over, roc_curve};
use nadir_core::ood::class_means::ClassMeans;
use nadir_core::ood::gaussian_mixture::{GaussianMixture, MixtureSettings};
use nadir_core::ood::mahalanobis::Mahalanobis;
use nadir_core::ood::nearest_neighbours::NearestNeighbours;
use nadir_core::ood::{Detectors, Score, Settings, energy, max_softmax};
use nadir_tests::golden::{bools, close, floats, indices, numbers, reference};
use serde_json::Value;

/// Rows of the small training set that has fewer rows a class than dimensions.
const FEW: usize = 12;

fn golden() -> Value {
    reference("ood")
}

/// Within `tolerance` of the value, or of 1 where the value is smaller.
fn scores_close(computed: &[f32], expected: &Value, tolerance: f64, name: &str) {
    let expected = numbers(expected);
    assert_eq!(computed.len(), expected.len(), "{name}");
    let errors = computed.iter().zip(&expected).map(|(&computed, expected)| {
        let error = (f64::from(computed) - expected).abs() / expected.abs().max(1.0);
        assert!(error < tolerance, "{name}: {computed} instead of {expected}");
        error
    });
    println!("{name}: relative error {:.1e}", errors.fold(0.0, f64::max));
}

struct Rows {
    len: usize,
    rows: Vec<f32>,
    classes: Vec<usize>,
    queries: Vec<f32>,
}

impl Rows {
    fn of(golden: &Value) -> Self {
        Self {
            len: golden["len"].as_u64().expect("a length") as usize,
            rows: floats(&golden["rows"]),
            classes: indices(&golden["row_classes"]),
            queries: floats(&golden["queries"]),
        }
    }

    fn few(&self) -> (&[f32], &[usize]) {
        (&self.rows[..FEW * self.len], &self.classes[..FEW])
    }
}

fn mixture_settings(golden: &Value) -> MixtureSettings {
    MixtureSettings {
        regularisation: golden["regularisation"].as_f64().expect("a number"),
        tolerance: golden["tolerance"].as_f64().expect("a number"),
        iterations: golden["max_iterations"].as_u64().expect("a number") as usize,
    }
}

#[test]
fn class_means_and_the_scores_on_them_equal_scipys() {
    let golden = golden();
    let Rows { len, rows, classes, queries } = Rows::of(&golden);
    let means = ClassMeans::new(&rows, len, &classes, 3).expect("rows of every class");
    let cosines = means.cosines(&queries);
    scores_close(&cosines, &golden["cosines"], 3e-7, "cosines");
    assert_eq!(means.nearest(&queries), indices(&golden["nearest_class"]));
    // The means are kept as f32.
    let similarity: Vec<f32> = means.similarity().concat().into_iter().map(|value| value as f32).collect();
    scores_close(&similarity, &golden["class_similarity"], 3e-7, "similarity of the classes");
    let temperature = golden["temperature"].as_f64().expect("a number");
    // Divided by a temperature of 0.1, the rounding of the cosines counts ten times.
    scores_close(&max_softmax::ood_scores(&cosines, 3, temperature), &golden["max_softmax"], 3e-6, "max softmax");
    scores_close(&energy::ood_scores(&cosines, 3, temperature), &golden["energy"], 3e-7, "energy");
}

#[test]
fn mahalanobis_distances_equal_those_with_scikit_learns_ledoit_wolf() {
    let golden = golden();
    let data = Rows::of(&golden);
    let (few, few_classes) = data.few();
    for (rows, classes, expected) in [
        (data.rows.as_slice(), data.classes.as_slice(), &golden["mahalanobis"]),
        (few, few_classes, &golden["mahalanobis_of_few"]),
    ] {
        let fitted = Mahalanobis::fit(rows, data.len, classes, 3).expect("rows of every class");
        close(fitted.shrinkage(), &expected["shrinkage"], "shrinkage");
        scores_close(&fitted.ood_scores(&data.queries), &expected["ood_score"], 1e-7, "Mahalanobis");
    }
}

#[test]
fn distances_to_the_kth_neighbour_equal_scikit_learns() {
    let golden = golden();
    let Rows { len, rows, queries, .. } = Rows::of(&golden);
    for (k, expected) in golden["neighbours"].as_object().expect("by k") {
        let k: usize = k.parse().expect("a number");
        let neighbours = NearestNeighbours::new(&rows, len, k).expect("rows");
        scores_close(&neighbours.ood_scores(&queries), expected, 1e-7, &format!("neighbour {k}"));
    }
}

#[test]
fn mixtures_take_the_same_iterations_to_the_same_likelihoods_as_scikit_learns() {
    let golden = golden();
    let data = Rows::of(&golden);
    let (few, few_classes) = data.few();
    let of_all = golden["mixture"].as_array().expect("a list").iter();
    let of_all = of_all.map(|expected| (data.rows.as_slice(), data.classes.as_slice(), expected));
    for (rows, classes, expected) in of_all.chain([(few, few_classes, &golden["mixture_of_few"])]) {
        let settings = mixture_settings(expected);
        let fitted = GaussianMixture::fit(rows, data.len, classes, 3, &settings).expect("regularised");
        assert_eq!(Some(fitted.iterations() as u64), expected["iterations"].as_u64());
        assert_eq!(Some(fitted.converged()), expected["converged"].as_bool());
        // Covariances down to the regularisation, 1e-6: their condition number multiplies rounding.
        scores_close(&fitted.ood_scores(&data.queries), &expected["ood_score"], 1e-6, "Gaussian mixture");
    }
}

#[test]
fn all_scores_at_once_are_those_of_each() {
    let golden = golden();
    let Rows { len, rows, classes, queries } = Rows::of(&golden);
    let mixture = &golden["mixture"][0];
    let temperature = golden["temperature"].as_f64().expect("a number");
    let settings = Settings { temperature, k: 5, mixture: mixture_settings(mixture) };
    let detectors = Detectors::fit(&rows, len, &classes, 3, &settings).expect("rows of every class");
    for (score, values) in detectors.scores(&queries).expect("unit rows") {
        let expected = match score {
            Score::MaxSoftmax => &golden["max_softmax"],
            Score::Energy => &golden["energy"],
            Score::Mahalanobis => &golden["mahalanobis"]["ood_score"],
            Score::NearestNeighbours => &golden["neighbours"]["5"],
            Score::GaussianMixture => &mixture["ood_score"],
        };
        scores_close(&values, expected, 3e-6, &score.to_string());
    }
}

#[test]
fn roc_curves_and_figures_of_a_resample_equal_scikit_learns() {
    let golden = &golden()["roc"];
    for prefix in ["", "long_"] {
        let of = |name: &str| &golden[format!("{prefix}{name}")];
        let curve = roc_curve(&floats(of("scores")), &bools(of("is_ood")));
        let expected = of("curve").as_array().expect("a list");
        assert_eq!(curve.len(), expected.len());
        for (point, expected) in curve.iter().zip(expected) {
            close(point[0], &expected[0], "false positive rate");
            close(point[1], &expected[1], "true positive rate");
        }
    }
    let ranked = RankedByOodScore::new(&floats(&golden["scores"]), &bools(&golden["is_ood"]));
    let counts: Vec<u32> = indices(&golden["over"]["counts"]).into_iter().map(|count| count as u32).collect();
    let computed = out_of_distribution_over(&ranked, &counts).expect("both kinds occur");
    close(computed.auroc, &golden["over"]["auroc"], "AUROC");
    close(computed.aupr_out, &golden["over"]["aupr_out"], "AUPR, out-of-distribution as positives");
    close(computed.aupr_in, &golden["over"]["aupr_in"], "AUPR, in-distribution as positives");
    close(computed.fpr_at_95_tpr, &golden["over"]["fpr_at_95_tpr"], "FPR at 95 % TPR");
}

#[test]
fn classification_equals_scikit_learns() {
    let golden = &golden()["classification"];
    let (truth, predicted) = (indices(&golden["truth"]), indices(&golden["predicted"]));
    close(accuracy(&predicted, &truth).expect("examples"), &golden["accuracy"], "accuracy");
    let balanced = balanced_accuracy(&predicted, &truth, 5).expect("examples");
    close(balanced, &golden["balanced_accuracy"], "balanced accuracy");
    let by_class = accuracy_by_class(&predicted, &truth, 5);
    let present = indices(&golden["present"]);
    assert_eq!(by_class.iter().flatten().count(), present.len());
    for (at, class) in present.into_iter().enumerate() {
        close(by_class[class].expect("has examples"), &golden["recall_of_present"][at], &format!("class {class}"));
    }
    let counts: Vec<usize> =
        confusion(&predicted, &truth, 5).concat().into_iter().map(|count| count as usize).collect();
    assert_eq!(counts, indices(&golden["confusion"]));
}

#[test]
fn rank_correlations_equal_scipys() {
    let golden = golden();
    for case in golden["kendall"].as_array().expect("a list") {
        close(kendall_tau_b(&numbers(&case["a"]), &numbers(&case["b"])).expect("not all tied"), &case["tau"], "tau-b");
    }
    let golden = &golden["asked_and_learned"];
    let lists = |value: &Value| value.as_array().expect("a list").clone();
    let ranking: Vec<Vec<usize>> = lists(&golden["ranking"]).iter().map(indices).collect();
    let similarity: Vec<Vec<f64>> = lists(&golden["similarity"]).iter().map(numbers).collect();
    let order = RankOrder::new(&ranking, 6).expect("a valid ranking");
    for (class, tau) in requested_and_learned_tau(&similarity, &order).into_iter().enumerate() {
        let expected = &golden["tau"][class];
        assert_eq!(tau.is_none(), expected.is_null(), "class {class} ranks others");
        if let Some(tau) = tau {
            close(tau, expected, &format!("tau-b of class {class}"));
        }
    }
}
