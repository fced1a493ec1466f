//! The report of `nadir detect eval`.

use super::curves::precision_recall_curves;
use super::resampled::resampled;
use super::training_curves::training_curves;
use crate::config::DetectConfig;
use crate::data::detection::DetectData;
use crate::data::objects::Part;
use crate::detect::figures::DetectionFigures;
use crate::detect::figures::figures;
use crate::detect::images::Detected;
use crate::device::ChosenDevice;
use crate::evaluate::leak::leaked_images;
use crate::evaluate::report::{DataFacts, begin_over};
use crate::evaluate::resampled::{Resampled, Resamples};
use nadir_core::report::names::{ERROR_KINDS, RIGHT};
use nadir_core::report::{Arm, Comparison, Matrix, Report, Scalar};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// The arm of the detector itself.
pub const BOX_HEAD: &str = "box head";

/// Detections of one kind, to be measured.
#[derive(Debug, Clone)]
pub struct ArmResult {
    /// The arm's name in the report.
    pub name: String,
    /// One sentence: what was done.
    pub about: String,
    /// Detections and ground truth of the measured images.
    pub found: Detected,
    /// Detections from this score on are counted in the kinds of errors.
    pub score_threshold: f64,
}

impl ArmResult {
    /// The detector's own detections.
    pub fn of_box_head(found: Detected, score_threshold: f32) -> Self {
        Self {
            name: BOX_HEAD.to_owned(),
            about: "The detector's own boxes, classes and scores.".to_owned(),
            found,
            score_threshold: f64::from(score_threshold),
        }
    }
}

/// What was run on what.
#[derive(Debug)]
pub struct RunContext<'a> {
    /// Path of the run folder.
    pub run: &'a Path,
    /// The config in force.
    pub config: &'a DetectConfig,
    /// The annotated images of all three parts.
    pub data: &'a DetectData,
    /// Which of them were seen.
    pub part: Part,
    /// When the command started.
    pub started: Instant,
    /// The device that the detector ran on.
    pub chosen: &'a ChosenDevice,
    /// How many resamples intervals are from; 0 for none.
    pub resamples: usize,
}

/// The report; the first arm is the detector's own, with the curves of its training.
pub fn report(context: &RunContext, measured: &[ArmResult], notes: Vec<String>) -> Report {
    let (classes, images) = (&context.data.classes, context.data.part(context.part));
    let resamples = Resamples { seed: context.config.seed, number: context.resamples };
    let mut arms: Vec<(Arm, BTreeMap<String, Resampled>)> =
        measured.iter().map(|one| arm(one, classes, images.len(), resamples)).collect();
    if let Some((first, _)) = arms.first_mut() {
        first.curves.extend(training_curves(context.run));
    }
    let data = DataFacts {
        images: context.data.parts().map(|(name, images)| (name.to_owned(), images.len())).into(),
        split_sha256: context.data.split_hash(),
        labels: classes.clone(),
        notes: self::notes(context, measured).into_iter().chain(notes).collect(),
    };
    let title = format!("Detector on {} {} images of {} classes", images.len(), context.part.name(), classes.len());
    let mut report = begin_over("detection", &title, context.config.to_toml(), data, context.started, context.chosen);
    if context.part == Part::Test {
        let leaked = leaked_images(context.data);
        let without = leaked.counts().map_or(BTreeMap::new(), |counts| {
            measured.iter().map(|one| (one.name.clone(), without(one, classes.len(), &counts))).collect()
        });
        report.leak = leaked.for_report(without);
    }
    report.comparisons = comparisons(&arms);
    report.arms = arms.into_iter().map(|(arm, _)| arm).collect();
    report
}

/// COCO's figures on the images that count.
fn without(measured: &ArmResult, classes: usize, counts: &[u32]) -> BTreeMap<String, Scalar> {
    let counted = |image: usize| counts[image] > 0;
    let Detected { truths, detections, .. } = &measured.found;
    let found = Detected {
        truths: truths.iter().filter(|truth| counted(truth.image)).copied().collect(),
        detections: detections.iter().filter(|detection| counted(detection.image)).copied().collect(),
        skipped: Vec::new(),
    };
    let named = figures(&found, classes, measured.score_threshold).coco.named();
    let scalar = |(name, value): (&'static str, Option<f64>)| Some((name.to_owned(), Scalar::over(vec![value?])));
    named.into_iter().filter_map(scalar).collect()
}

fn arm(
    measured: &ArmResult,
    classes: &[String],
    images: usize,
    resamples: Resamples,
) -> (Arm, BTreeMap<String, Resampled>) {
    let figures = figures(&measured.found, classes.len(), measured.score_threshold);
    let resampled = resampled(&measured.found, images, classes.len(), resamples);
    let mut scalars: BTreeMap<String, Scalar> = BTreeMap::new();
    let voc = [("VOC AP, 11-point", figures.voc.mean_eleven_point()), ("VOC AP, area", figures.voc.mean_area())];
    for (name, value) in figures.coco.named().into_iter().chain(voc) {
        scalars.extend(value.map(|value| (name.to_owned(), Scalar::over(vec![value]))));
    }
    scalars.extend(resampled.iter().map(|(name, figure)| (name.clone(), figure.scalar.clone())));
    let of_classes = |figure: fn(&nadir_core::metric::detection::coco::CocoClass) -> Option<f64>| {
        figures.coco.per_class.iter().map(figure).collect::<Vec<_>>()
    };
    let mut per_label = BTreeMap::from([("AP50".to_owned(), of_classes(|class| class.ap50))]);
    per_label.retain(|_, values| values.iter().any(Option::is_some));
    let arm = Arm {
        name: measured.name.clone(),
        about: measured.about.clone(),
        scalars,
        test_average_precision: of_classes(|class| class.ap),
        per_label,
        curves: precision_recall_curves(&measured.found, classes),
        matrices: BTreeMap::from([(ERROR_KINDS.to_owned(), error_kinds(&figures, classes))]),
        ..Arm::default()
    };
    (arm, resampled)
}

fn error_kinds(figures: &DetectionFigures, classes: &[String]) -> Matrix {
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for errors in &figures.errors {
        let named: Vec<_> = [(RIGHT, errors.right)].into_iter().chain(errors.named()).collect();
        columns = named.iter().map(|(name, _)| (*name).to_owned()).collect();
        values.push(named.iter().map(|(_, count)| Some(*count as f64)).collect());
    }
    Matrix { y: "class".into(), x: "kind of error".into(), rows: classes.to_vec(), columns, values }
}

/// Every arm against the first.
fn comparisons(arms: &[(Arm, BTreeMap<String, Resampled>)]) -> Vec<Comparison> {
    let Some(((first, reference), others)) = arms.split_first() else { return Vec::new() };
    let of_arm = |(arm, figures): &(Arm, BTreeMap<String, Resampled>)| -> Vec<Comparison> {
        let compare =
            |(name, figure): (&String, &Resampled)| figure.compare(name, &arm.name, reference.get(name)?, &first.name);
        figures.iter().filter_map(compare).collect()
    };
    others.iter().flat_map(of_arm).collect()
}

fn notes(context: &RunContext, measured: &[ArmResult]) -> Vec<String> {
    let images = context.data.part(context.part);
    let objects: usize = images.iter().map(|image| image.objects.len()).sum();
    let (found, first) = (&measured[0].found, &measured[0].name);
    let mut notes = vec![
        format!(
            "Measured on {} {} images with {objects} objects; {} detections of the {first}. AP is COCO's: the mean \
             over overlaps (IoU) of 0.5, 0.55, ... 0.95. Sizes are by the box's area: small to 32² px, large from 96² \
             px.",
            images.len() - found.skipped.len(),
            context.part.name(),
            found.detections.len(),
        ),
        format!(
            "Kinds of errors (Bolya et al. 2020) are at an overlap of 0.5, of detections that score at least: {}.",
            measured
                .iter()
                .map(|one| format!("{} {:.2}", one.name, one.score_threshold))
                .collect::<Vec<_>>()
                .join("; ")
        ),
    ];
    let partly = images.iter().filter(|image| !image.unlabelled.is_empty()).count();
    if partly > 0 {
        let unlabelled = |class: usize| images.iter().any(|image| image.unlabelled.contains(&class));
        let classes = context.data.classes.iter().enumerate().filter(|(class, _)| unlabelled(*class));
        notes.push(format!(
            "{partly} images are not annotated for every class (of {}): detections of such classes are not counted \
             there.",
            classes.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
        ));
    }
    let special = |is: fn(&&crate::data::objects::Object) -> bool| {
        images.iter().flat_map(|image| &image.objects).filter(is).count()
    };
    let (difficult, crowds) = (special(|object| object.difficult), special(|object| object.crowd));
    if difficult + crowds > 0 {
        notes.push(format!("{difficult} difficult objects and {crowds} crowds are neither found nor missed."));
    }
    if !found.skipped.is_empty() {
        notes.push(format!("{} images were missing or broken and were skipped.", found.skipped.len()));
    }
    notes
}
