//! Metrics against scikit-learn's values in `golden/metrics.json`. Tolerance 1e-9: counts are whole numbers, so
//! only the order of a few f64 additions differs.

use nadir_shared::metric::average_precision::mean_average_precision;
use nadir_shared::metric::f1::f1;
use nadir_shared::metric::roc::out_of_distribution;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/metrics.json")).expect("the reference is JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        _ => vec![value.as_f64().expect("a number")],
    }
}

fn scores(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|score| score as f32).collect()
}

fn targets(value: &Value) -> Vec<bool> {
    numbers(value).into_iter().map(|target| target == 1.0).collect()
}

fn close(computed: f64, expected: &Value, name: &str) {
    let error = (computed - expected.as_f64().expect("a number")).abs();
    println!("{name}: error {error:.1e}");
    assert!(error < 1e-9, "{name}: {computed} instead of {expected}");
}

#[test]
fn multi_label_scores_equal_scikit_learn() {
    let golden = &golden()["multi_label"];
    let (scores, targets) = (scores(&golden["scores"]), targets(&golden["targets"]));
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
    let computed = out_of_distribution(&scores(&golden["scores"]), &targets(&golden["is_ood"]));
    let computed = computed.expect("both kinds are there");
    close(computed.auroc, &golden["auroc"], "AUROC");
    close(computed.aupr_out, &golden["aupr_out"], "AUPR, foreign as positives");
    close(computed.aupr_in, &golden["aupr_in"], "AUPR, familiar as positives");
    close(computed.fpr_at_95_tpr, &golden["fpr_at_95_tpr"], "FPR at 95 % TPR");
}
