//! A figure and the section that it stands in.

use super::table::Table;

use crate::Plot;

/// Makes the picture for a width in px.
type Drawing<'a> = Box<dyn Fn(u32) -> String + 'a>;

/// Figures on one matter, under a heading.
#[derive(Debug)]
pub struct Section<'a> {
    /// For addresses: letters, digits and hyphens; once among all sections.
    pub id: String,
    /// The heading above the figures.
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

/// How much of the page's width a figure takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Three stand in a row.
    Third,
    /// Two stand in a row.
    Half,
    /// One fills the row.
    Whole,
}

/// A plot with its table, or a table alone.
pub struct Figure<'a> {
    /// For addresses: letters, digits and hyphens; once among all sections' figures.
    pub id: String,
    /// What is drawn, in a few words.
    pub title: String,
    /// One sentence: what it shows. May be empty where the section says it.
    pub about: String,
    /// A heading inside the section, which it shares with those before and after it; empty for none.
    pub part: String,
    /// Whether its part is opened on demand: detail for few readers.
    pub is_detail: bool,
    /// How much of the page's width it takes.
    pub width: Width,
    /// The numbers that are drawn.
    pub table: Table<'a>,
    pub(super) drawing: Option<Drawing<'a>>,
}

impl<'a> Figure<'a> {
    /// A figure with a plot, made by `draw` for a width in px.
    pub(super) fn drawn(
        title: impl Into<String>,
        width: Width,
        table: Table<'a>,
        draw: impl Fn(u32) -> String + 'a,
    ) -> Self {
        Self { drawing: Some(Box::new(draw)), width, ..Self::tabled(title, table) }
    }

    /// A figure of a table alone.
    pub(super) fn tabled(title: impl Into<String>, table: Table<'a>) -> Self {
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

    pub(super) fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    pub(super) fn in_part(self, part: impl Into<String>, is_detail: bool) -> Self {
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
    pub(super) fn of(title: &str, about: impl Into<String>, figures: Vec<Figure<'a>>) -> Option<Self> {
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
