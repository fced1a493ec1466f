//! `nadir score`: figures of anybody's predictions against anybody's ground truth.

pub mod boxes;
mod numbered;
mod results;
mod score_table;

pub mod tables;
pub mod voc_files;

use nadir_core::metric::detection::coco::{CocoFigures, MAX_DETECTIONS, coco_figures_with_areas};
use nadir_core::metric::detection::errors::{ErrorCounts, error_counts};
use nadir_core::metric::detection::voc::{VOC_OVERLAP, voc_average_precision};
use serde::Serialize;
use std::collections::BTreeMap;

/// The measured figures, for the terminal and as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Scored {
    /// What was read, and what of it was skipped, a sentence each.
    pub notes: Vec<String>,
    /// Figures in the order of a table; `None` if there is nothing to measure.
    pub figures: Vec<(String, Option<f64>)>,
    /// Figures of each class: class, and its figures by name.
    pub per_class: Vec<(String, BTreeMap<&'static str, Option<f64>>)>,
    /// Kinds of errors (Bolya et al. 2020) with how often each occurs; empty where there are no boxes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<(&'static str, usize)>,
}

/// COCO's twelve figures, and the kinds of errors. Of an image and class `max_detections` count; where these are not
/// COCO's own, the names of the figures say so.
pub fn coco(input: &boxes::Boxes, max_detections: [u32; 3]) -> Scored {
    let (classes, areas) = (input.classes.len(), input.areas.clone());
    let found: CocoFigures = coco_figures_with_areas(&input.truths, &input.detections, areas, max_detections, classes);
    let figures = found.named().into_iter().map(|(name, value)| (figure_name(name, max_detections), value)).collect();
    let class = |(name, class): (&String, &nadir_core::metric::detection::coco::CocoClass)| {
        (name.clone(), BTreeMap::from([("AP", class.ap), ("AP50", class.ap50)]))
    };
    let per_class = input.classes.iter().zip(&found.per_class).map(class).collect();
    Scored { notes: input.notes.clone(), figures, per_class, errors: errors(input) }
}

/// COCO's name of a figure: `AR 100` says how many detections count, and another limit is said by every name.
fn figure_name(name: &str, max_detections: [u32; 3]) -> String {
    let own = MAX_DETECTIONS.iter().position(|limit| name == format!("AR {limit}"));
    match own {
        Some(at) => format!("AR {}", max_detections[at]),
        None if max_detections[2] == MAX_DETECTIONS[2] => name.to_owned(),
        None => format!("{name} (maxDets {})", max_detections[2]),
    }
}

/// VOC's average precision by both of its rules, and the kinds of errors.
pub fn voc(input: &boxes::Boxes) -> Scored {
    let found = voc_average_precision(&input.truths, &input.detections, input.classes.len(), VOC_OVERLAP);
    let figures = vec![
        ("mAP, 11-point (VOC 2007)".to_owned(), found.mean_eleven_point()),
        ("mAP, area (VOC 2010 on)".to_owned(), found.mean_area()),
    ];
    let per_class = input.classes.iter().enumerate().map(|(class, name)| {
        (name.clone(), BTreeMap::from([("11-point", found.eleven_point[class]), ("area", found.area[class])]))
    });
    Scored { notes: input.notes.clone(), figures, per_class: per_class.collect(), errors: errors(input) }
}

fn errors(input: &boxes::Boxes) -> Vec<(&'static str, usize)> {
    let (mut truths, mut detections) = (input.truths.clone(), input.detections.clone());
    if input.corners_are_inside {
        let boxes = truths.iter_mut().map(|truth| &mut truth.box_in_image);
        for [x0, y0, ..] in boxes.chain(detections.iter_mut().map(|found| &mut found.box_in_image)) {
            (*x0, *y0) = (*x0 - 1.0, *y0 - 1.0);
        }
    }
    let total = ErrorCounts::total(&error_counts(&truths, &detections, input.classes.len()));
    [("right", total.right)].into_iter().chain(total.named()).collect()
}

impl std::fmt::Display for Scored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = |value: &Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        let widest = self.figures.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in &self.figures {
            writeln!(f, "  {name:widest$}  {}", number(value))?;
        }
        if let Some((_, first)) = self.per_class.first() {
            let widest = self.per_class.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(5);
            write!(f, "  {:widest$}", "class")?;
            first.keys().try_for_each(|name| write!(f, "  {name:>8}"))?;
            writeln!(f)?;
            for (class, figures) in &self.per_class {
                write!(f, "  {class:widest$}")?;
                figures.values().try_for_each(|value| write!(f, "  {:>8}", number(value)))?;
                writeln!(f)?;
            }
        }
        if !self.errors.is_empty() {
            let named: Vec<String> = self.errors.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(f, "  at an overlap of 0.5: {}", named.join(", "))?;
        }
        Ok(())
    }
}
