//! A file's row: its thumbnail, its labels, and whether it is unlike what was trained on.

use super::table::Table;
use super::thumbnails;
use crate::state::{Command, Files, Outcome, SendCommand};
use leptos::html::Span;
use leptos::prelude::*;
use nadir_core::bundle::OodScore;
use nadir_core::protocol::Ready;
use nadir_web_kit::dom::{bool_name, by_id};
use nadir_web_kit::numbers::percent;
use nadir_web_kit::text::{self, files as words};

/// Labels that a row names; the rest is counted.
const MOST_LABELS: usize = 4;

/// Which file of which set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// The set's number.
    pub number: u64,
    /// The file's row, in the order in which they were given.
    pub row: usize,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Default)]
struct Found {
    name: String,
    /// Its labels, or why it has none.
    labels: String,
    is_labelled: bool,
    has_failed: bool,
    is_unlike: bool,
    /// It is the one that is worked on.
    is_current: bool,
}

/// A row: a click shows the file.
#[component]
pub fn FileRow(
    /// Takes the visitor's commands.
    send: SendCommand,
    /// The table.
    table: Table,
    /// Which file.
    line: Line,
) -> impl IntoView {
    let thumbnail = NodeRef::<Span>::new();
    let found = Memo::new(move |_| table.map(|files, ready| of(files, ready, line.row)));
    let is_labelled = Memo::new(move |_| found.with(|found| found.is_labelled));
    Effect::new(move |_| {
        if let (Some(cell), true) = (thumbnail.get(), is_labelled.get()) {
            thumbnails::show(&cell, line.number, line.row);
        }
    });
    let show = move |_| {
        send.run(Command::ShowFile(line.row));
        if let Some(main) = by_id("main") {
            main.scroll_into_view();
        }
    };
    let flag = move |of: fn(&Found) -> bool| move || bool_name(found.with(of));
    view! {
        <li>
            <button
                class="file-row"
                type="button"
                data-file=line.row.to_string()
                aria-current=flag(|found| found.is_current)
                data-failed=flag(|found| found.has_failed)
                data-unlike=flag(|found| found.is_unlike)
                on:click=show
            >
                <span node_ref=thumbnail class="file-thumbnail"></span>
                <span class="file-name">{move || found.get().name}</span>
                <span class="file-found">{move || found.get().labels}</span>
                <span class="file-unlike">{move || if found.with(|found| found.is_unlike) { words::UNLIKE } else { "" }}</span>
            </button>
        </li>
    }
}

fn of(files: &Files, ready: &Ready, at: usize) -> Found {
    let Some(row) = files.rows.get(at) else { return Found::default() };
    let (labels, is_unlike) = match &row.outcome {
        Outcome::Waiting => (String::new(), false),
        Outcome::Failed(why) => (why.clone(), false),
        Outcome::Labelled { ood, .. } => {
            (in_words(&row.present(&ready.thresholds), ready), ood.as_ref().is_some_and(OodScore::is_unlike))
        }
    };
    Found {
        name: row.name.clone(),
        labels,
        is_labelled: matches!(row.outcome, Outcome::Labelled { .. }),
        has_failed: matches!(row.outcome, Outcome::Failed(_)),
        is_unlike,
        is_current: files.at == Some(at),
    }
}

/// The highest-scoring labels, and how many more there are.
fn in_words(present: &[(usize, f32)], ready: &Ready) -> String {
    if present.is_empty() {
        return words::NOTHING.to_owned();
    }
    let named = present.iter().take(MOST_LABELS);
    let named = named.map(|&(label, score)| format!("{} {}", text::label(&ready.labels[label]), percent(score)));
    let mut found = named.collect::<Vec<_>>().join(", ");
    if present.len() > MOST_LABELS {
        found.push_str(&words::and_more(present.len() - MOST_LABELS));
    }
    found
}
