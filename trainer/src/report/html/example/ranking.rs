//! A report of a ranking study: classification, whether the ranking holds, out-of-distribution detection.

use nadir_core::report::{Arm, Comparison, Curve, Matrix, Published, Report, SCHEMA_VERSION, Scalar};
use nadir_core::rng::Rng;
use std::collections::BTreeMap;

/// The classes of NWPU VHR-10.
const LABELS: [&str; 10] = [
    "airplane",
    "ship",
    "storage tank",
    "baseball diamond",
    "tennis court",
    "basketball court",
    "ground track field",
    "harbor",
    "bridge",
    "vehicle",
];

/// Which classes are alike: a group for each class; groups next to each other are somewhat alike.
const GROUPS: [usize; 10] = [2, 2, 3, 0, 0, 0, 0, 3, 3, 2];

const ARMS: [&str; 6] = ["softmax", "SupCon (r = 1)", "SupCon (r ≤ 3)", "ranking r = 3", "RINCE out-in", "RINCE uni"];

const SCORES: [&str; 5] = ["max softmax", "energy", "Mahalanobis", "kNN", "Gaussian mixture"];

/// The rank that is required of a class among the positives of another.
fn rank(row: usize, column: usize) -> Option<f64> {
    match GROUPS[row].abs_diff(GROUPS[column]) {
        _ if row == column => Some(1.0),
        0 => Some(2.0),
        1 => Some(3.0),
        _ => None,
    }
}

fn scalar(rng: &mut Rng, mean: f64) -> Scalar {
    let values = (0..3).map(|_| (mean + 0.01 * rng.normal()).clamp(-1.0, 1.0)).collect();
    let mut scalar = Scalar::over(values);
    scalar.interval = Some([scalar.mean - rng.range(0.012, 0.03), scalar.mean + rng.range(0.012, 0.025)]);
    scalar
}

fn matrix([y, x]: [&str; 2], mut value: impl FnMut(usize, usize) -> Option<f64>) -> Matrix {
    let names = LABELS.map(str::to_owned).to_vec();
    let values = (0..10).map(|row| (0..10).map(|column| value(row, column)).collect()).collect();
    Matrix { y: y.into(), x: x.into(), rows: names.clone(), columns: names, values }
}

fn scalars(rng: &mut Rng, index: usize) -> BTreeMap<String, Scalar> {
    let quality = [0.86, 0.88, 0.85, 0.91, 0.92, 0.9][index];
    let ranks = [0.58, 0.6, 0.75, 0.91, 0.9, 0.86][index];
    let mut means = vec![
        ("accuracy, nearest class mean".to_owned(), quality),
        ("accuracy, kNN".to_owned(), quality + 0.01),
        ("accuracy, linear probe".to_owned(), quality + 0.02),
        ("ranking satisfaction".to_owned(), ranks),
        ("Kendall's tau".to_owned(), 2.0 * ranks - 1.1),
    ];
    for (index, score) in SCORES.iter().enumerate() {
        let area = quality - 0.08 + 0.012 * index as f64;
        let figures = [("AUROC", area), ("AUPR in", area + 0.05), ("AUPR out", area - 0.12), ("FPR@95", 1.25 - area)];
        means.extend(figures.map(|(figure, mean)| (format!("OOD {figure}, {score}"), mean)));
    }
    means.into_iter().map(|(name, mean)| (name, scalar(rng, mean))).collect()
}

/// The curve x to (1 - (1 - x)^k), which has the area k / (k + 1) below it.
fn roc(area: f64) -> Curve {
    let power = area / (1.0 - area).max(0.01);
    let points = (0..=100).map(|step| f64::from(step) / 100.0).map(|x| [x, 1.0 - (1.0 - x).powf(power)]).collect();
    Curve { x: "false positive rate".into(), y: "true positive rate".into(), points, band: Vec::new() }
}

fn arm(rng: &mut Rng, index: usize) -> Arm {
    let scalars = scalars(rng, index);
    let mean = |name: &str| scalars[name].mean;
    let per_label = [("accuracy, nearest class mean", 0.06), ("ranking satisfaction", 0.09), ("Kendall's tau", 0.15)];
    let per_label = per_label.map(|(name, spread)| {
        // No class is required to be like a bridge more than like another, so there is no ranking to satisfy.
        let has = |label: usize| name.starts_with("accuracy") || LABELS[label] != "bridge";
        let values = (0..10).map(|label| has(label).then(|| (mean(name) + spread * rng.normal()).min(1.0))).collect();
        (name.to_owned(), values)
    });
    let mut curves: BTreeMap<String, Curve> =
        SCORES.iter().map(|score| (format!("ROC, {score}"), roc(mean(&format!("OOD AUROC, {score}"))))).collect();
    let loss = (1..=40).map(|epoch| [f64::from(epoch), 1.2 + 2.5 / f64::from(epoch) + 0.2 * index as f64]).collect();
    curves.insert(
        "pretraining loss".into(),
        Curve { x: "epoch".into(), y: "loss (nats)".into(), points: loss, band: Vec::new() },
    );
    let quality = mean("accuracy, nearest class mean");
    let confusion = matrix(["true class", "predicted class"], |row, column| {
        let most = 40.0 + 25.0 * row as f64;
        let off = if GROUPS[row] == GROUPS[column] { 0.04 } else { 0.008 } * rng.range(0.0, 2.0);
        Some((most * if row == column { quality } else { off }).round())
    });
    let follows = mean("ranking satisfaction") - 0.5;
    let similarity = matrix(["class", "class"], |row, column| match rank(row, column) {
        _ if row == column => Some(1.0),
        Some(rank) => Some((0.15 + follows * (4.0 - rank) * 0.7 + 0.06 * rng.normal()).min(0.98)),
        None => Some(0.05 - 0.5 * follows + 0.06 * rng.normal()),
    });
    Arm {
        name: ARMS[index].into(),
        about: "What was done with it stands here in one sentence.".into(),
        per_label: per_label.into(),
        curves,
        matrices: [("confusion".to_owned(), confusion), ("class similarity".to_owned(), similarity)].into(),
        scalars,
        ..Arm::default()
    }
}

/// A report with 6 arms, 3 seeds, 10 labels, and figures of a paper beside.
pub(crate) fn report() -> Report {
    let mut rng = Rng::from_parts(&[7]);
    let arms: Vec<Arm> = (0..ARMS.len()).map(|index| arm(&mut rng, index)).collect();
    let comparisons = arms[1..].iter().flat_map(|arm| {
        ["accuracy, nearest class mean", "ranking satisfaction"].map(|scalar| {
            let difference = arm.scalars[scalar].mean - arms[0].scalars[scalar].mean;
            Comparison {
                scalar: scalar.into(),
                arm: arm.name.clone(),
                against: arms[0].name.clone(),
                difference,
                interval: [difference - 0.02, difference + 0.02],
                share_above_zero: if difference > 0.02 { 1.0 } else { 0.871 },
            }
        })
    });
    let published = [
        ("softmax", "accuracy, linear probe", 0.894),
        ("SupCon (r = 1)", "accuracy, linear probe", 0.912),
        ("RINCE out-in", "accuracy, linear probe", 0.931),
        ("softmax", "OOD AUROC, max softmax", 0.847),
        ("SupCon (r = 1)", "OOD AUROC, Gaussian mixture", 0.901),
        ("RINCE out-in", "OOD AUROC, Gaussian mixture", 0.933),
        ("triplet loss", "OOD AUROC, Gaussian mixture", 0.82),
        ("RINCE out-in", "retrieval mAP@R", 0.552),
    ];
    let published = published.map(|(arm, scalar, value)| Published {
        arm: arm.into(),
        scalar: scalar.into(),
        value,
        source: "Hoffmann et al. 2022, Ranking Info Noise Contrastive Estimation, table 3".into(),
    });
    Report {
        schema_version: SCHEMA_VERSION,
        study: "ranking".into(),
        title: "Ranked positives on object crops of VHR-10: 6 arms".into(),
        command: "nadir study ranking --config trainer/configs/ranking_vhr10.toml --run runs/ranking".into(),
        config: "seed = 1\n[ranking]\nranks = 3\n".into(),
        version: "0.1.0".into(),
        revision: Some("21f6840".into()),
        device: "cpu (flex, 2 threads)".into(),
        finished: "2026-11-21T13:30:00Z".into(),
        wall_time_s: 5211.0,
        images: [("train", 2100), ("validation", 500), ("test", 1051)].map(|(part, n)| (part.to_owned(), n)).into(),
        split_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        labels: LABELS.map(str::to_owned).to_vec(),
        notes: vec!["Unknown objects are crops of 5 classes of DIOR that VHR-10 does not have.".into()],
        comparisons: comparisons.collect(),
        arms,
        map_images: vec![],
        matrices: [("asked ranking".to_owned(), matrix(["class", "other class"], rank))].into(),
        published: published.to_vec(),
        leak: None,
        audit: None,
    }
}
