//! What a detector's training wrote of itself: losses by step, average precision on validation by epoch.

use crate::artifacts::run_folder::METRICS_FILE;
use nadir_core::report::Curve;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Points of a loss curve at most; each is the mean over as many steps.
const POINTS: usize = 200;

/// A key of metrics.jsonl, and the curve's name.
const LOSSES: [(&str, &str); 5] = [
    ("loss", "training loss"),
    ("rpn_objectness", "training loss, objectness of proposals"),
    ("rpn_box", "training loss, boxes of proposals"),
    ("classifier", "training loss, classes of boxes"),
    ("box", "training loss, boxes of classes"),
];
const VALIDATION: [(&str, &str); 2] = [("validation_ap", "validation AP"), ("validation_ap50", "validation AP50")];

/// The curves of a run; `None` if there is no metrics.jsonl.
pub fn training_curves(run: &Path) -> BTreeMap<String, Curve> {
    let text = std::fs::read_to_string(run.join(METRICS_FILE)).unwrap_or_default();
    // A line that was cut off as the program was killed says nothing.
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let series = |x: &str, y: &str| -> Vec<[f64; 2]> {
        lines.iter().filter_map(|line| Some([line[x].as_f64()?, line[y].as_f64()?])).collect()
    };
    let losses = LOSSES.map(|(key, name)| (name, "step", "loss", thinned(&series("step", key))));
    let validation = VALIDATION.map(|(key, name)| (name, "epoch", "average precision", series("epoch", key)));
    let all = losses.into_iter().chain(validation).filter(|(_, _, _, points)| !points.is_empty());
    all.map(|(name, x, y, points)| {
        (name.to_owned(), Curve { x: x.to_owned(), y: y.to_owned(), points, band: Vec::new() })
    })
    .collect()
}

/// Neighbouring points averaged, at the x of the last one, so that at most [`POINTS`] are left.
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mean = |together: &[[f64; 2]]| {
        let x = together.last().map_or(0.0, |last| last[0]);
        [x, together.iter().map(|point| point[1]).sum::<f64>() / together.len() as f64]
    };
    points.chunks(points.len().div_ceil(POINTS).max(1)).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_by_step_and_validation_by_epoch_and_broken_lines_are_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(training_curves(folder.path()).is_empty());
        let steps =
            (1..=1000).map(|step| format!("{{\"step\": {step}, \"epoch\": 1, \"loss\": {step}, \"box\": 2}}\n"));
        let text: String =
            steps.chain(["{\"epoch\": 1, \"validation_ap50\": 0.25}\n{\"epoch\": 2, \"vali".to_owned()]).collect();
        std::fs::write(folder.path().join(METRICS_FILE), text).expect("written");
        let curves = training_curves(folder.path());
        assert_eq!(
            curves.keys().collect::<Vec<_>>(),
            ["training loss", "training loss, boxes of classes", "validation AP50"]
        );
        let loss = &curves["training loss"].points;
        assert_eq!((loss.len(), loss[0], loss[199]), (200, [5.0, 3.0], [1000.0, 998.0]));
        assert_eq!(curves["validation AP50"].points, [[1.0, 0.25]]);
    }
}
