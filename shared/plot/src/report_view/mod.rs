//! What a reader is shown of reports: which figures, in which order, each with its plot, its explanation and its table.
//!
//! The HTML page of `nadir report` and the page's reports are drawn from [`sections`] alone. Nothing is drawn before it
//! is asked for: a [`Figure`] borrows from its reports and makes its picture for a width, and its [`Table`] row by row.

mod comparisons;
mod curves;
mod error_kinds;
mod facts;
mod families;
mod maps;
mod matrices;
mod per_label;
mod published;
mod reliability;
mod scalar_group;
mod scalars;
mod square;
mod subject;
mod table;

pub use error_kinds::error_totals;
pub use facts::{Fact, facts, images, labels_without_positive, notes, took};
pub use families::{Family, families, order};
pub use per_label::{PerLabel, per_label};
pub use published::not_run_here;
pub use scalars::scalar_names;
pub use subject::{Named, Palette, ShownArm, Subject};
pub use table::{Cell, Column, Table};

use crate::Plot;
use std::collections::BTreeSet;

/// Figures on one matter, under a heading.
#[derive(Debug)]
pub struct Section<'a> {
    /// For addresses: letters, digits and hyphens; once among all sections.
    pub id: String,
    /// The heading.
    pub title: String,
    /// How to read its figures; may be empty.
    pub about: String,
    /// In the order to be shown, one at least.
    pub figures: Vec<Figure<'a>>,
    /// Marks and names that its plots share and do not explain themselves.
    pub legend: Vec<(usize, &'a str)>,
    /// Papers that its tables refer to by number, from 1 on.
    pub sources: Vec<&'a str>,
}

/// How much of the page's width a figure wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Three stand in a row.
    Third,
    /// Two stand in a row.
    Half,
    /// All of it.
    Whole,
}

/// A plot with its table, or a table alone.
pub struct Figure<'a> {
    /// For addresses: letters, digits and hyphens; once among all sections' figures.
    pub id: String,
    /// A few words.
    pub title: String,
    /// One sentence: what it shows. May be empty where the section says it.
    pub about: String,
    /// A heading inside the section, which it shares with those before and after it; empty for none.
    pub part: String,
    /// Whether its part is opened on demand: detail that few readers want.
    pub is_detail: bool,
    /// See [`Width`].
    pub width: Width,
    /// The numbers that are drawn.
    pub table: Table<'a>,
    drawing: Option<Drawing<'a>>,
}

/// Makes the picture for a width in px.
type Drawing<'a> = Box<dyn Fn(u32) -> String + 'a>;

impl<'a> Figure<'a> {
    /// A figure with a plot, made by `draw` for a width in px.
    fn drawn(title: impl Into<String>, width: Width, table: Table<'a>, draw: impl Fn(u32) -> String + 'a) -> Self {
        Self { drawing: Some(Box::new(draw)), width, ..Self::tabled(title, table) }
    }

    /// A table alone.
    fn tabled(title: impl Into<String>, table: Table<'a>) -> Self {
        Self {
            id: String::new(),
            title: title.into(),
            about: String::new(),
            part: String::new(),
            is_detail: false,
            width: Width::Whole,
            table,
            drawing: None,
        }
    }

    fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    fn in_part(self, part: impl Into<String>, is_detail: bool) -> Self {
        Self { part: part.into(), is_detail, ..self }
    }

    /// Whether there is a plot beside the table.
    pub fn has_plot(&self) -> bool {
        self.drawing.is_some()
    }
}

impl Plot for Figure<'_> {
    /// The plot; nothing for a table alone.
    fn svg(&self, width: u32) -> String {
        self.drawing.as_ref().map_or(String::new(), |draw| draw(width))
    }
}

impl std::fmt::Debug for Figure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figure").field("id", &self.id).field("title", &self.title).finish_non_exhaustive()
    }
}

impl<'a> Section<'a> {
    /// A section of these figures; `None` without any.
    fn of(title: &str, about: impl Into<String>, figures: Vec<Figure<'a>>) -> Option<Self> {
        (!figures.is_empty()).then(|| Self {
            id: String::new(),
            title: title.into(),
            about: about.into(),
            figures,
            legend: Vec::new(),
            sources: Vec::new(),
        })
    }
}

/// All that there is to show of the subject's arms. A section without figures is left out.
pub fn sections<'a>(subject: &Subject<'a>) -> Vec<Section<'a>> {
    let mut sections: Vec<Section> = Vec::new();
    sections.extend(scalars::section(subject));
    sections.extend(comparisons::section(subject));
    sections.extend(curves::section(subject));
    sections.extend(per_label::section(subject));
    sections.extend(square::precision_recall(subject));
    sections.extend(error_kinds::section(subject));
    sections.extend(matrices::sections(subject));
    sections.extend(square::roc(subject));
    sections.extend(reliability::section(subject));
    sections.extend(maps::sections(subject));
    name(&mut sections);
    sections
}

/// Gives every section and every figure an id from its titles, which stays the same as long as they do.
fn name(sections: &mut [Section]) {
    let mut taken = BTreeSet::new();
    let mut free = |wanted: String| {
        let numbered = (1..).map(|number| if number == 1 { wanted.clone() } else { format!("{wanted}-{number}") });
        let id = numbered.into_iter().find(|id| !taken.contains(id)).unwrap_or_default();
        taken.insert(id.clone());
        id
    };
    for section in sections {
        section.id = free(slug(&[&section.title]));
        for figure in &mut section.figures {
            let part = if figure.part == figure.title { "" } else { &figure.part };
            figure.id = free(slug(&[&section.title, part, &figure.title]));
        }
    }
}

/// Letters and digits of the titles in lower case, the rest as single hyphens.
fn slug(titles: &[&str]) -> String {
    let mut slug = String::new();
    for title in titles {
        for letter in title.chars().chain([' ']) {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "figure".into() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests;
