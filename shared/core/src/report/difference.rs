//! Any two arms by the figures that both have: their differences, each with an interval, and what it was taken from.
//!
//! A figure moves with the training's seed and with the images that it was tested on. Where the reports hold what is
//! needed, there is an interval for each: [`Chance::Seeds`] and [`Chance::TestImages`].

use super::{Arm, Report, Scalar};
use crate::metric::difference::{Estimate, of_intervals, paired, unpaired};
use serde::Serialize;
use thiserror::Error;

/// Probability of an interval.
const LEVEL: f64 = 0.95;

/// One of the two that are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side<'a> {
    /// The report that the arm is of.
    pub report: &'a Report,
    /// The arm.
    pub arm: &'a Arm,
}

/// One arm's figure less the other's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureDifference {
    /// Which figure, for example `test mAP`.
    pub figure: String,
    /// The first arm's, mean over its seeds.
    pub a: f64,
    /// The second arm's.
    pub b: f64,
    /// The first less the second.
    pub difference: f64,
    /// What may happen within each, one interval each; empty where the reports hold nothing of it.
    pub intervals: Vec<Interval>,
}

/// Where a difference truly lies, with a probability of 95 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interval {
    /// What would be drawn again.
    pub over: Chance,
    /// Low and high.
    pub ends: [f64; 2],
    /// Whether what is easy or hard for both drops out of the difference.
    pub is_paired: bool,
    /// What pairs, or why nothing does, in a few words.
    pub why: String,
}

/// What moves a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chance {
    /// Another seed of what was trained.
    Seeds,
    /// Other test images of the same kind.
    TestImages,
}

impl Chance {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seeds => "seeds",
            Self::TestImages => "test images",
        }
    }
}

impl Interval {
    /// Whether 0 lies outside, so that the difference is more than chance of this kind.
    pub fn is_clear(&self) -> bool {
        self.ends[0] > 0.0 || self.ends[1] < 0.0
    }

    /// How it was taken, for example `paired: the same 3 seeds`.
    pub fn how(&self) -> String {
        format!("{}: {}", if self.is_paired { "paired" } else { "not paired" }, self.why)
    }
}

/// Why two arms cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotComparable {
    /// Figures over other classes are other figures.
    #[error("the two are of other labels: {0} and {1}")]
    OtherLabels(String, String),
    /// Figures of other images, which are not even another split of the same ones.
    #[error(
        "the two are of other data: their splits have the SHA-256 {a} and {b}, and {why}, so that a difference would say \
         nothing of the arms"
    )]
    OtherData {
        /// The first's split.
        a: String,
        /// The second's split.
        b: String,
        /// What shows that it is not another split of the same images.
        why: String,
    },
    /// They have no figure in common.
    #[error("the two have no figure in common")]
    NothingInCommon,
    /// One arm with itself.
    #[error("both are the same arm of the same report")]
    SameArm,
}

/// How the images of two reports relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Images {
    Same,
    OtherSplit,
}

/// The differences of all figures that both have, in the order of their names: `a`'s less `b`'s.
///
/// Over seeds: Student's interval of the differences where the values are of the same seeds, else Welch's; both need two
/// values of each. Over test images: the report's own paired bootstrap where it compared these two arms, else both arms'
/// bootstrap intervals, combined as those of independent figures ([`of_intervals`]).
///
/// # Errors
/// [`NotComparable`]: the same arm twice, other labels, other data, or no figure in common.
pub fn differences(a: Side, b: Side) -> Result<Vec<FigureDifference>, NotComparable> {
    if is_same_report(a, b) && a.arm.name == b.arm.name {
        return Err(NotComparable::SameArm);
    }
    let images = images_of(a.report, b.report)?;
    let common = a.arm.scalars.iter().filter_map(|(name, of_a)| Some((name, of_a, b.arm.scalars.get(name)?)));
    let all: Vec<FigureDifference> = common
        .map(|(name, of_a, of_b)| FigureDifference {
            figure: name.clone(),
            a: of_a.mean,
            b: of_b.mean,
            difference: of_a.mean - of_b.mean,
            intervals: [over_seeds(a, b, of_a, of_b, images), over_images(a, b, name, images)]
                .into_iter()
                .flatten()
                .collect(),
        })
        .collect();
    if all.is_empty() { Err(NotComparable::NothingInCommon) } else { Ok(all) }
}

/// Why a figure has no interval.
pub const NO_INTERVAL: &str = "none: one value of each, and no bootstrap interval of both";

fn is_same_report(a: Side, b: Side) -> bool {
    is_same(a.report, b.report)
}

fn is_same(a: &Report, b: &Report) -> bool {
    std::ptr::eq(a, b) || a == b
}

/// Whether the two are of the same test images or of another split of the same data.
fn images_of(a: &Report, b: &Report) -> Result<Images, NotComparable> {
    if is_same(a, b) {
        return Ok(Images::Same);
    }
    if a.labels != b.labels {
        return Err(NotComparable::OtherLabels(labels(a), labels(b)));
    }
    if a.split_sha256 == b.split_sha256 && !a.split_sha256.is_empty() {
        return Ok(Images::Same);
    }
    let total = |report: &Report| report.images.values().sum::<usize>();
    let why = if total(a) != total(b) {
        format!("there are {} images in all and {}", total(a), total(b))
    } else if data_of(a) != data_of(b) {
        "their configs name other data".to_owned()
    } else {
        return Ok(Images::OtherSplit);
    };
    let split = |report: &Report| match report.split_sha256.get(..12) {
        Some(begin) => format!("{begin}..."),
        None => "of none".to_owned(),
    };
    Err(NotComparable::OtherData { a: split(a), b: split(b), why })
}

fn labels(report: &Report) -> String {
    match report.labels.as_slice() {
        [] => "none".to_owned(),
        [first, rest @ ..] => format!("{} ({first}{})", rest.len() + 1, if rest.is_empty() { "" } else { ", ..." }),
    }
}

/// The lines of the config that say where the images are, without how they are divided.
fn data_of(report: &Report) -> Vec<&str> {
    let mut is_data = false;
    let mut lines = Vec::new();
    for line in report.config.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            let table = line.trim_matches(['[', ']']);
            is_data = (table == "data" || table.starts_with("data.")) && table != "data.split";
        }
        let is_share = line.starts_with("validation_share") || line.starts_with("test_share");
        if is_data && !is_share {
            lines.push(line);
        }
    }
    lines
}

fn over_seeds(a: Side, b: Side, of_a: &Scalar, of_b: &Scalar, images: Images) -> Option<Interval> {
    let (values_a, values_b) = (&of_a.values, &of_b.values);
    let pairs = if images == Images::OtherSplit {
        Err("another split of the images".to_owned())
    } else if values_a.len() != values_b.len() {
        Err(format!("{} seeds and {}", values_a.len(), values_b.len()))
    } else if is_same_report(a, b) || seeds_of(a.report).is_some_and(|seeds| Some(seeds) == seeds_of(b.report)) {
        Ok(format!("the same {} seeds", values_a.len()))
    } else {
        Err("other seeds".to_owned())
    };
    let (is_paired, why) = match pairs {
        Ok(why) => (true, why),
        Err(why) => (false, why),
    };
    let ends = if is_paired { paired(values_a, values_b, LEVEL) } else { unpaired(values_a, values_b, LEVEL) };
    Some(Interval { over: Chance::Seeds, ends: ends?, is_paired, why })
}

/// What decides the seeds of a report's values: the study, the config's first seed and how many follow it.
fn seeds_of(report: &Report) -> Option<(&str, Vec<&str>)> {
    let settings = ["seed = ", "seeds = ", "probe_seeds = "];
    let lines = report.config.lines().map(str::trim);
    let of: Vec<&str> = lines.filter(|line| settings.iter().any(|setting| line.starts_with(setting))).collect();
    of.iter().any(|line| line.starts_with(settings[0])).then_some((report.study.as_str(), of))
}

fn over_images(a: Side, b: Side, name: &str, images: Images) -> Option<Interval> {
    let over = Chance::TestImages;
    if is_same_report(a, b) {
        let of = |arm: &str, against: &str| {
            let mut all = a.report.comparisons.iter();
            all.find(|other| other.scalar == name && other.arm == arm && other.against == against)
        };
        let ends = match (of(&a.arm.name, &b.arm.name), of(&b.arm.name, &a.arm.name)) {
            (Some(found), _) => Some(found.interval),
            (None, Some(found)) => Some([-found.interval[1], -found.interval[0]]),
            (None, None) => None,
        };
        if let Some(ends) = ends {
            return Some(Interval { over, ends, is_paired: true, why: "the report's paired bootstrap".to_owned() });
        }
    }
    let estimate = |side: Side| {
        let scalar = side.arm.scalars.get(name)?;
        Some(Estimate { value: scalar.mean, interval: scalar.interval? })
    };
    let why = match images {
        Images::OtherSplit => "other test images".to_owned(),
        Images::Same => "the same test images, but their resamples are not kept".to_owned(),
    };
    Some(Interval { over, ends: of_intervals(estimate(a)?, estimate(b)?), is_paired: false, why })
}

#[cfg(test)]
mod tests;
