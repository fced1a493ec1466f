//! Whose figures are shown: the arms of one report, or of several in the same plots.

use crate::{MARKS, Series};
use nadir_core::report::{Arm, Report, Side};

/// A report and the name that it goes by, for example its file's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Named<'a> {
    /// Name of the report on the page.
    pub name: &'a str,
    /// The report, as it was read.
    pub report: &'a Report,
}

/// The colours and shapes of arms: those of one name look the same in all plots of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette<'a> {
    names: Vec<&'a str>,
}

impl<'a> Palette<'a> {
    /// For all arms of some reports, in the order in which they first stand there.
    pub fn of(reports: impl IntoIterator<Item = &'a Report>) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for arm in reports.into_iter().flat_map(|report| &report.arms) {
            if !names.contains(&arm.name.as_str()) {
                names.push(&arm.name);
            }
        }
        Self { names }
    }

    /// The names of all arms, each once.
    pub fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// The index of an arm in a plot's colours and shapes (see [`Series::index`]).
    pub fn index(&self, arm: &str) -> usize {
        self.names.iter().position(|other| *other == arm).unwrap_or(self.names.len())
    }
}

/// An arm as plots know it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownArm<'a> {
    /// The report that it is of.
    pub of: Named<'a>,
    /// The arm in its report.
    pub arm: &'a Arm,
    /// Its name, with the report's where there are several.
    pub name: String,
    /// Its index among colours, shapes and dashes.
    pub index: usize,
}

impl ShownArm<'_> {
    /// The arm for a comparison with another.
    pub fn side(&self) -> Side<'_> {
        Side { report: self.of.report, arm: self.arm }
    }

    /// What names it in an address: its report's name and its own.
    pub fn key(&self) -> String {
        format!("{}/{}", self.of.name, self.arm.name)
    }

    /// The arm in a plot.
    pub fn series(&self) -> Series<'_> {
        Series { name: &self.name, index: self.index }
    }
}

/// The reports and arms that are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject<'a> {
    /// All reports, in the order of the page.
    pub reports: Vec<Named<'a>>,
    /// Their arms, less those that are hidden.
    pub arms: Vec<ShownArm<'a>>,
}

impl<'a> Subject<'a> {
    /// All arms of the reports. In several reports, arms of one name have one colour and shape, and the second report's
    /// lines are dashed.
    pub fn new(reports: &[Named<'a>], palette: &Palette) -> Self {
        let is_alone = reports.len() == 1;
        let mut arms = Vec::new();
        for (report, of) in reports.iter().enumerate() {
            for arm in &of.report.arms {
                let index = palette.index(&arm.name);
                let (name, index) = match is_alone {
                    true => (arm.name.clone(), index),
                    false => (format!("{} · {}", arm.name, of.name), index % MARKS + report * MARKS),
                };
                arms.push(ShownArm { of: *of, arm, name, index });
            }
        }
        Self { reports: reports.to_vec(), arms }
    }

    /// Without the arms that `is_hidden` knows by their index.
    pub fn without(mut self, is_hidden: impl Fn(usize) -> bool) -> Self {
        self.arms.retain(|arm| !is_hidden(arm.index));
        self
    }

    /// Whether there are several reports.
    pub fn is_comparison(&self) -> bool {
        self.reports.len() > 1
    }

    /// The labels of all reports, each once, in the order in which they first stand there.
    pub fn labels(&self) -> Vec<&'a str> {
        let mut labels: Vec<&str> = Vec::new();
        for label in self.reports.iter().flat_map(|of| &of.report.labels) {
            if !labels.contains(&label.as_str()) {
                labels.push(label);
            }
        }
        labels
    }

    /// The shown arm of this name in a report.
    pub fn arm(&self, of: Named, name: &str) -> Option<&ShownArm<'a>> {
        self.arms.iter().find(|arm| std::ptr::eq(arm.of.report, of.report) && arm.arm.name == name)
    }

    /// What names a thing of one report among several.
    pub fn qualified(&self, name: &str, of: Named) -> String {
        if self.is_comparison() { format!("{name} · {}", of.name) } else { name.to_owned() }
    }
}
