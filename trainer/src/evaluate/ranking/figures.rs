//! From an arm's trainings to its part of the report.

use super::experiment::{Experiment, NEAREST_CLASS_MEAN};
use crate::evaluate::probe::pretraining_curve;
use crate::evaluate::resampled::{Resampled, Resamples, Sampled};
use nadir_core::metric::classification::{accuracy_by_class, confusion, correct};
use nadir_core::metric::per_image::PerImage;
use nadir_core::metric::roc::{OutOfDistribution, RankedByOodScore, out_of_distribution_over, roc_curve};
use nadir_core::report::names::{CLASS_SIMILARITY, CONFUSION, ROC};
use nadir_core::report::{Arm, Curve, Matrix, Scalar};
use std::collections::BTreeMap;

/// Figures that arms are compared by.
const COMPARED: [&str; 3] = ["accuracy, nearest class mean", "ranking satisfaction", "OOD AUROC, max softmax"];

/// A figure of a score, by its name.
type OodFigure = (&'static str, fn(&OutOfDistribution) -> f64);

const OOD_FIGURES: [OodFigure; 4] = [
    ("AUROC", |found| found.auroc),
    ("AUPR out", |found| found.aupr_out),
    ("AUPR in", |found| found.aupr_in),
    ("FPR@95", |found| found.fpr_at_95_tpr),
];

/// An arm with the figures that it is compared by.
pub type ArmFigures = (Arm, BTreeMap<String, Resampled>);

/// An arm's trainings: on all classes, one a seed, and with classes held out, one a seed and set of classes.
pub struct Trainings {
    /// Trainings on all classes, one a seed.
    pub whole: Vec<Experiment>,
    /// With classes held out, by seed and set.
    pub held_out: Vec<Experiment>,
}

/// The arm for the report, and the figures that arms are compared by.
pub fn arm(name: &str, about: &str, classes: &[String], trainings: &Trainings, resamples: Resamples) -> ArmFigures {
    let whole = &trainings.whole;
    let per_crop = per_crop(whole).into_iter();
    let mut figures: BTreeMap<String, Resampled> =
        per_crop.map(|(name, seeds)| (name, resamples.per_image(&seeds))).collect();
    figures.extend(out_of_distribution(&trainings.held_out, resamples));
    let known: Vec<_> =
        trainings.held_out.iter().map(|one| correct(&one.predicted[NEAREST_CLASS_MEAN], &one.truth)).collect();

    let mut scalars: BTreeMap<String, Scalar> =
        figures.iter().map(|(name, figure)| (name.clone(), figure.scalar.clone())).collect();
    if let Some(accuracies) =
        known.iter().map(PerImage::mean).collect::<Option<Vec<f64>>>().filter(|all| !all.is_empty())
    {
        scalars.insert(format!("accuracy with classes held out, {NEAREST_CLASS_MEAN}"), Scalar::over(accuracies));
    }
    let taus: Vec<f64> = whole.iter().filter_map(|seed| mean(seed.tau.iter().flatten().copied())).collect();
    if !taus.is_empty() {
        scalars.insert("Kendall's tau".to_owned(), Scalar::over(taus));
    }
    let mut curves = BTreeMap::from([("pretraining loss".to_owned(), pretraining_curve(&whole[0].losses))]);
    if let Some(first) = trainings.held_out.first() {
        let is_ood = is_ood(first);
        curves.extend(first.ood_scores.iter().map(|(score, values)| {
            let points = roc_curve(values, &is_ood);
            let (x, y) = ("false positive rate".to_owned(), "true positive rate".to_owned());
            (format!("{ROC}{score}"), Curve { x, y, points, band: Vec::new() })
        }));
    }
    let arm = Arm {
        name: name.to_owned(),
        about: about.to_owned(),
        scalars,
        per_label: per_label(whole, classes.len()),
        curves,
        matrices: matrices(whole, classes),
        maps: whole[0].maps.clone(),
        ..Arm::default()
    };
    figures.retain(|name, _| COMPARED.contains(&name.as_str()));
    (arm, figures)
}

/// The figures that each test crop has for itself, one set of values a seed.
fn per_crop(whole: &[Experiment]) -> Vec<(String, Vec<PerImage>)> {
    let accuracy = |classifier: &String| {
        let seeds = whole.iter().map(|seed| correct(&seed.predicted[classifier], &seed.truth)).collect();
        (format!("accuracy, {classifier}"), seeds)
    };
    let mut figures: Vec<(String, Vec<PerImage>)> = whole[0].predicted.keys().map(accuracy).collect();
    let satisfaction: Vec<PerImage> = whole.iter().map(|seed| PerImage { values: seed.satisfaction.clone() }).collect();
    if satisfaction[0].mean().is_some() {
        figures.push(("ranking satisfaction".to_owned(), satisfaction));
    }
    figures
}

/// How often each test crop counts where those that overlap with training do not.
pub struct CropCounts {
    /// Of the trainings on all classes.
    pub whole: Vec<u32>,
    /// Of each training with classes held out: its test crops, then those of the held-out classes.
    pub held_out: Vec<Vec<u32>>,
}

/// An arm's figures over the test crops that count; without those that are not defined then.
pub fn figures_over(trainings: &Trainings, counts: &CropCounts) -> BTreeMap<String, Scalar> {
    let over_seeds = |(name, seeds): (String, Vec<PerImage>)| {
        let values: Option<Vec<f64>> = seeds.iter().map(|seed| seed.mean_over(&counts.whole)).collect();
        Some((name, Scalar::over(values?)))
    };
    let mut figures: BTreeMap<String, Scalar> = per_crop(&trainings.whole).into_iter().filter_map(over_seeds).collect();
    let Some(first) = trainings.held_out.first() else { return figures };
    for score in first.ood_scores.keys() {
        let found = trainings.held_out.iter().zip(&counts.held_out).map(|(one, counts)| {
            out_of_distribution_over(&RankedByOodScore::new(&one.ood_scores[score], &is_ood(one)), counts)
        });
        let Some(found) = found.collect::<Option<Vec<OutOfDistribution>>>() else { continue };
        for (name, value) in OOD_FIGURES {
            figures.insert(format!("OOD {name}, {score}"), Scalar::over(found.iter().map(value).collect()));
        }
    }
    figures
}

/// Which of an experiment's scores are those of held-out classes.
fn is_ood(experiment: &Experiment) -> Vec<bool> {
    let examples = experiment.ood_scores.values().next().map_or(0, Vec::len);
    (0..examples).map(|example| example >= experiment.truth.len()).collect()
}

fn out_of_distribution(held_out: &[Experiment], resamples: Resamples) -> BTreeMap<String, Resampled> {
    let mut figures = BTreeMap::new();
    let Some(first) = held_out.first() else { return figures };
    for score in first.ood_scores.keys() {
        let ranked: Vec<(usize, RankedByOodScore)> = held_out
            .iter()
            .map(|one| (one.ood_scores[score].len(), RankedByOodScore::new(&one.ood_scores[score], &is_ood(one))))
            .collect();
        let sampled: Vec<Sampled<'_, OutOfDistribution>> = ranked
            .iter()
            .map(|(examples, ranked)| Sampled {
                examples: *examples,
                figures: Box::new(|counts: &[u32]| out_of_distribution_over(ranked, counts)),
            })
            .collect();
        let found = resamples.of_experiments(&sampled, &OOD_FIGURES.map(|(_, value)| value));
        for ((name, _), figure) in OOD_FIGURES.iter().zip(found.into_iter().flatten()) {
            figures.insert(format!("OOD {name}, {score}"), figure);
        }
    }
    figures
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Mean over the seeds that have a value, for each class.
fn over_seeds(seeds: &[Vec<Option<f64>>], classes: usize) -> Vec<Option<f64>> {
    (0..classes).map(|class| mean(seeds.iter().filter_map(|seed| seed[class]))).collect()
}

fn per_label(whole: &[Experiment], classes: usize) -> BTreeMap<String, Vec<Option<f64>>> {
    let over =
        |of: &dyn Fn(&Experiment) -> Vec<Option<f64>>| over_seeds(&whole.iter().map(of).collect::<Vec<_>>(), classes);
    let satisfaction = |seed: &Experiment| {
        let of_class = |class: usize| {
            let own = seed.truth.iter().zip(&seed.satisfaction).filter(|(truth, _)| **truth == class);
            mean(own.filter_map(|(_, value)| *value))
        };
        (0..classes).map(of_class).collect()
    };
    let mut found = BTreeMap::from([
        (
            format!("accuracy, {NEAREST_CLASS_MEAN}"),
            over(&|seed| accuracy_by_class(&seed.predicted[NEAREST_CLASS_MEAN], &seed.truth, classes)),
        ),
        ("ranking satisfaction".to_owned(), over(&satisfaction)),
        ("Kendall's tau".to_owned(), over(&|seed| seed.tau.clone())),
    ]);
    found.retain(|_, values| values.iter().any(Option::is_some));
    found
}

fn matrices(whole: &[Experiment], classes: &[String]) -> BTreeMap<String, Matrix> {
    let number = classes.len();
    let table = |y: &str, x: &str, value: &dyn Fn(usize, usize) -> f64| Matrix {
        y: y.to_owned(),
        x: x.to_owned(),
        rows: classes.to_vec(),
        columns: classes.to_vec(),
        values: (0..number).map(|row| (0..number).map(|column| Some(value(row, column))).collect()).collect(),
    };
    let confusions: Vec<Vec<Vec<u64>>> =
        whole.iter().map(|seed| confusion(&seed.predicted[NEAREST_CLASS_MEAN], &seed.truth, number)).collect();
    let seeds = whole.len() as f64;
    BTreeMap::from([
        (
            CONFUSION.to_owned(),
            table("true class", "nearest class mean", &|row, column| {
                confusions.iter().map(|seed| seed[row][column]).sum::<u64>() as f64
            }),
        ),
        (
            CLASS_SIMILARITY.to_owned(),
            table("class mean", "class mean", &|row, column| {
                whole.iter().map(|seed| seed.class_similarity[row][column]).sum::<f64>() / seeds
            }),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(ood_scores: BTreeMap<String, Vec<f32>>) -> Experiment {
        Experiment {
            truth: vec![0, 1, 0],
            predicted: [(NEAREST_CLASS_MEAN.to_owned(), vec![0, 0, 0])].into(),
            satisfaction: vec![Some(1.0), None, Some(0.5)],
            tau: vec![None, None],
            class_similarity: vec![vec![1.0; 2]; 2],
            ood_scores,
            losses: Vec::new(),
            maps: BTreeMap::new(),
        }
    }

    #[test]
    fn crops_that_do_not_count_change_each_figure() {
        let scores = [("kNN".to_owned(), vec![0.1, 0.9, 0.2, 0.8, 0.7])];
        let trainings =
            Trainings { whole: vec![experiment(BTreeMap::new())], held_out: vec![experiment(scores.into())] };
        let figures = |whole: [u32; 3]| {
            let held_out = vec![whole.into_iter().chain([1, 1]).collect()];
            figures_over(&trainings, &CropCounts { whole: whole.into(), held_out })
        };
        let accuracy = format!("accuracy, {NEAREST_CLASS_MEAN}");
        let (all, some) = (figures([1, 1, 1]), figures([1, 0, 1]));
        // Of two held-out crops against three known ones four of six pairs are in order, and all four of the others.
        for (name, with, without) in [
            (accuracy.as_str(), 2.0 / 3.0, 1.0),
            ("ranking satisfaction", 0.75, 0.75),
            ("OOD AUROC, kNN", 4.0 / 6.0, 1.0),
        ] {
            assert!((all[name].mean - with).abs() < 1e-9, "{name}: {}", all[name]);
            assert!((some[name].mean - without).abs() < 1e-9, "{name}: {}", some[name]);
        }
        let only = figures([0, 1, 0]);
        assert!(only[&accuracy].mean == 0.0 && !only.contains_key("ranking satisfaction"), "of no value, no mean");
    }
}
