//! What a reader is shown of reports: which figures, in which order, each with its plot, its explanation and its table.
//!
//! The HTML page of `nadir report` and the page's reports are drawn from [`sections`] alone. Nothing is drawn before it
//! is needed: a [`Figure`] borrows from its reports and makes its picture for a width, and its [`Table`] row by row.

mod audit;
mod comparisons;
mod curves;
mod error_kinds;
mod facts;
mod families;
mod figure;
mod leak;
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
mod two_arms;

pub use error_kinds::error_totals;
pub use facts::{Fact, elapsed, facts, images, labels_without_positive, notes};
pub use families::{Family, families, order};
pub use figure::{Figure, Section, Width};
pub use per_label::{PerLabel, per_label};
pub use published::not_run_here;
pub use scalars::scalar_names;
pub use subject::{Named, Palette, ShownArm, Subject};
pub use table::{Cell, Column, Table};
pub use two_arms::{TWO_ARMS, two_arms};

use std::collections::BTreeSet;

/// All that there is to show of the subject's arms. A section without figures is skipped.
pub fn sections<'a>(subject: &Subject<'a>) -> Vec<Section<'a>> {
    let mut sections: Vec<Section> = Vec::new();
    sections.extend(audit::sections(subject));
    sections.extend(scalars::section(subject));
    sections.extend(leak::section(subject));
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
    let mut free = |id: String| {
        let numbered = (1..).map(|number| if number == 1 { id.clone() } else { format!("{id}-{number}") });
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
