//! Metrics against scikit-learn's values in `golden/metrics.json` and `golden/multi_label.json` (see
//! `golden/make_multi_label.py`). Tolerance 1e-12: everything is f64, only the order of additions differs.

use nadir_core::metric::alignment_uniformity::{alignment, uniformity};
use nadir_core::metric::average_precision::mean_average_precision;
use nadir_core::metric::bootstrap::interval;
use nadir_core::metric::calibration::{Reliability, brier_score, expected_calibration_error};
use nadir_core::metric::evaluation::Evaluation;
use nadir_core::metric::f1::f1;
use nadir_core::metric::knn::knn_scores;
use nadir_core::metric::label_ranking::label_ranking;
use nadir_core::metric::per_image::PerImage;
use nadir_core::metric::retrieval::{LabelSets, Retrieval, search};
use nadir_core::metric::roc::out_of_distribution;
use nadir_tests::golden::{bools, close, floats, numbers, reference};
use serde_json::Value;

fn golden() -> Value {
    reference("metrics")
}

fn multi_label() -> Value {
    reference("multi_label")
}

#[test]
fn multi_label_scores_equal_scikit_learn() {
    let golden = &golden()["multi_label"];
    let (scores, targets) = (floats(&golden["scores"]), bools(&golden["targets"]));
    let map = mean_average_precision(&scores, &targets, 6);
    for (class, ap) in map.per_class.iter().enumerate() {
        let expected = golden["average_precision"].get(class.to_string());
        assert_eq!(ap.is_some(), expected.is_some(), "class {class} has a positive");
        if let (Some(ap), Some(expected)) = (ap, expected) {
            close(*ap, expected, &format!("average precision of class {class}"));
        }
    }
    close(map.mean, &golden["mAP_over_classes_with_a_positive"], "mAP");
    assert_eq!(map.classes_with_positive, 5);
    let f1 = f1(&scores, &targets, &[0.0; 6]);
    close(f1.over_decisions, &golden["f1_micro_at_0"], "micro F1");
    close(f1.mean_over_classes, &golden["f1_macro_at_0"], "macro F1");
}

#[test]
fn out_of_distribution_scores_equal_scikit_learn() {
    let golden = &golden()["ood"];
    let computed = out_of_distribution(&floats(&golden["scores"]), &bools(&golden["is_ood"]));
    let computed = computed.expect("both kinds are there");
    close(computed.auroc, &golden["auroc"], "AUROC");
    close(computed.aupr_out, &golden["aupr_out"], "AUPR, out-of-distribution as positives");
    close(computed.aupr_in, &golden["aupr_in"], "AUPR, in-distribution as positives");
    close(computed.fpr_at_95_tpr, &golden["fpr_at_95_tpr"], "FPR at 95 % TPR");
}

#[test]
fn evaluation_of_all_images_and_of_resamples_equals_scikit_learn_with_sample_weights() {
    let golden = multi_label();
    let evaluation = evaluation(&golden);
    let resamples = golden["resamples"].as_array().expect("a list");
    for (at, expected) in std::iter::once(&golden["all"]).chain(resamples).enumerate() {
        let counts: Vec<u32> = numbers(&expected["counts"]).into_iter().map(|count| count as u32).collect();
        for (name, figure) in evaluation.figures(&counts).named() {
            close(figure, &expected[name], &format!("{name} of set {at}"));
        }
        for (label, ap) in evaluation.average_precision(&counts).into_iter().enumerate() {
            let expected = &expected["average_precision"][label];
            assert_eq!(ap.is_none(), expected.is_null(), "label {label} of set {at} has a positive");
            if let Some(ap) = ap {
                close(ap, expected, &format!("average precision of label {label} of set {at}"));
            }
        }
    }
}

#[test]
fn every_image_ranks_its_labels_as_in_scikit_learn() {
    let golden = multi_label();
    let expected = &golden["per_image"];
    let (scores, targets) = (floats(&golden["scores"]), bools(&golden["targets"]));
    let ranking = label_ranking(&scores, &targets, 7);
    close_per_image(&ranking.coverage_error, &expected["coverage_error"], "coverage error");
    close_per_image(&ranking.loss, &expected["ranking_loss"], "ranking loss");
    close_per_image(&ranking.average_precision, &expected["average_precision"], "average precision");
    close(brier_score(&scores, &targets, 7).mean().expect("images"), &golden["all"]["Brier score"], "Brier score");
}

#[test]
fn reliability_curve_equals_numpys() {
    let golden = multi_label();
    let curve = Reliability::new(&floats(&golden["scores"]), &bools(&golden["targets"]), 7, 10).curve();
    let expected = golden["reliability_of_10_bins"].as_array().expect("a list");
    assert_eq!(curve.len(), expected.len());
    for (bin, expected) in curve.iter().zip(expected) {
        close(bin.confidence, &expected[0], "confidence");
        close(bin.frequency, &expected[1], "frequency");
        assert_eq!(Some(bin.count), expected[2].as_u64());
    }
    close(expected_calibration_error(&curve), &golden["ece_of_10_bins"], "ECE of 10 bins");
    assert_eq!(evaluation(&golden).reliability_curve().iter().map(|bin| bin.count).sum::<u64>(), 40 * 7);
}

#[test]
fn percentiles_equal_numpys() {
    let golden = &multi_label()["percentiles"];
    let values: Vec<f64> = floats(&golden["values"]).into_iter().map(f64::from).collect();
    let [low, high] = interval(&values, 0.95);
    close(low, &golden["of_95_percent"][0], "2.5 %");
    close(high, &golden["of_95_percent"][1], "97.5 %");
}

#[test]
fn alignment_and_uniformity_equal_numpys() {
    let golden = &multi_label()["embeddings"];
    let (x, y) = (floats(&golden["x"]), floats(&golden["y"]));
    close(alignment(&x, &y, 11).expect("pairs"), &golden["alignment"], "alignment");
    close(uniformity(&x, 11).expect("pairs"), &golden["uniformity"], "uniformity");
}

#[test]
fn retrieval_equals_numpys() {
    let golden = &multi_label()["neighbours"];
    let (similarities, cutoffs) = (floats(&golden["similarities"]), [1, 5, 10, 60]);
    let sets = LabelSets::new(&bools(&golden["targets"]), 7);
    let found: Vec<_> = similarities
        .chunks(40)
        .enumerate()
        .map(|(query, row)| search(row, |image| sets.share_a_label(query, &sets, image), Some(query), &cutoffs))
        .collect();
    let retrieval = Retrieval::over(&cutoffs, &found);
    for (query, expected) in golden["retrieval"].as_array().expect("a list").iter().enumerate() {
        assert_eq!(retrieval.map_at_r.values[query].is_none(), expected.is_null(), "query {query}");
        let Some(map_at_r) = retrieval.map_at_r.values[query] else { continue };
        close(map_at_r, &expected["average_precision_at_r"], &format!("average precision at R of query {query}"));
        for (at, k) in cutoffs.iter().enumerate() {
            let [recall, precision] =
                [&retrieval.recall, &retrieval.precision].map(|figure| figure[at].values[query].expect("relevant"));
            close(recall, &expected["recall"][at], &format!("recall@{k} of query {query}"));
            close(precision, &expected["precision"][at], &format!("precision@{k} of query {query}"));
        }
    }
}

#[test]
fn scores_of_nearest_neighbours_equal_numpys() {
    let golden = &multi_label()["neighbours"];
    let computed = knn_scores(&floats(&golden["similarities"]), &bools(&golden["targets"]), 7, 9, 0.5);
    let expected = numbers(&golden["knn"]);
    assert_eq!(computed.len(), expected.len());
    for (at, (computed, expected)) in computed.into_iter().zip(expected).enumerate() {
        // The scores are f32.
        assert!((f64::from(computed) - expected).abs() < 1e-7, "score {at}: {computed} instead of {expected}");
    }
}

fn evaluation(golden: &Value) -> Evaluation {
    Evaluation::new(&floats(&golden["scores"]), &bools(&golden["targets"]), &floats(&golden["thresholds"]), 15)
}

fn close_per_image(computed: &PerImage, expected: &Value, name: &str) {
    assert_eq!(computed.values.len(), expected.as_array().expect("a list").len());
    for (image, value) in computed.values.iter().enumerate() {
        close(value.expect("defined for every image"), &expected[image], &format!("{name} of image {image}"));
    }
}
