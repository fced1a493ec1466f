//! The head that is taught against scikit-learn's and SciPy's logistic regressions in `golden/active.json` (see
//! `golden/make_active.py`): the same minimum, found by other steps. Both end within 1e-6 of it.

use nadir_core::active::{Logistic, Prior};
use nadir_tests::golden::{bools, floats, numbers, reference};
use serde_json::Value;

const TOLERANCE: f64 = 1e-6;

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn a_taught_class_has_scikit_learns_and_scipys_weights() {
    let golden = reference("active");
    let mean = number(&golden["bias_mean"]);
    let cases = golden["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let len = number(&case["len"]) as usize;
        let (rows, answers) = (floats(&case["rows"]), bools(&case["answers"]));
        let examples: Vec<(&[f32], bool)> = rows.chunks_exact(len).zip(answers.iter().copied()).collect();
        for fit in case["fits"].as_array().expect("fits") {
            for (by, bias_mean) in [("scikit_learn", 0.0), ("scipy", mean)] {
                let prior = Prior {
                    weight_precision: number(&fit["weight_precision"]),
                    bias_precision: number(&fit["bias_precision"]),
                    bias_mean,
                };
                let fitted = Logistic::fit(&examples, len, &prior).expect("finite");
                let expected = numbers(&fit[by]["weights"]);
                let apart = fitted.weights.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let of_bias = (fitted.bias - number(&fit[by]["bias"])).abs();
                println!("{} examples of {len}, {by}: weights within {apart:.1e}, bias {of_bias:.1e}", examples.len());
                assert!(apart < TOLERANCE && of_bias < TOLERANCE, "{by}: {fitted:?} instead of {}", fit[by]);
            }
        }
    }
}
