//! The section of the table, hidden until there are several files.

use super::row::{FileRow, Line};
use super::table::Table;
use crate::copy;
use crate::options::{Choice, Options};
use crate::state::{Command, Files, Order, SendCommand, State};
use leptos::prelude::*;
use nadir_core::protocol::Ready;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::download::save;
use nadir_web_kit::text::{self, files as words};
use std::rc::Rc;

/// The table of several files.
#[component]
pub fn FilesSection(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let table = Table::follow(state);
    let lines = table.memo(lines);
    let row = move |line| view! { <FileRow send table line /> };
    view! {
        <section
            id="files"
            class="files"
            aria-labelledby="files-title"
            hidden=state.memo(|shown| shown.files.is_none())
            data-busy=table.memo(|files, _| bool_name(files.at.is_some()))
        >
            <div class="files-head">
                <h2 id="files-title">{table.memo(|files, _| words::title(files.rows.len()))}</h2>
                <p id="files-progress" role="status">{table.memo(progress)}</p>
                <button
                    id="files-go-on"
                    type="button"
                    hidden=table.memo(|files, _| files.at.is_some() || files.done() == files.rows.len())
                    on:click=move |_| send.run(Command::GoOn)
                >
                    {words::GO_ON}
                </button>
            </div>
            <Tools state table />
            <ul id="files-rows">
                <For each=move || lines.get() key=|line: &Line| *line children=row />
            </ul>
        </section>
    }
}

fn progress(files: &Files, _: &Ready) -> String {
    words::progress(files.done(), files.rows.len(), files.left_out)
}

/// The files that are shown, in their order.
fn lines(files: &Files, ready: &Ready) -> Vec<Line> {
    let rows = files.shown(&ready.thresholds);
    rows.into_iter().map(|row| Line { number: files.number, row }).collect()
}

/// What there is to sort and to choose by, and the table as a file.
#[component]
fn Tools(state: State, table: Table) -> impl IntoView {
    let change = move |change: &dyn Fn(&mut Files)| {
        state.change(|shown| {
            if let Some(files) = &mut shown.files {
                change(Rc::make_mut(files));
            }
        });
    };
    let sort = move |event| change(&|files| files.order = Order::from_name(&event_target_value(&event)));
    let choose = move |event| change(&|files| files.only = event_target_value(&event).parse().ok());
    // A browser that refuses a download says so itself.
    let save_csv = move |_| {
        let shown = state.peek();
        if let (Some(files), Some(ready)) = (&shown.files, &shown.ready) {
            let _ = save("labels.csv", &files.csv(&ready.labels));
        }
    };
    let save_json = move |_| {
        let shown = state.peek();
        if let Some(files) = &shown.files {
            let _ = save("labels.json", &copy::files_json(&shown, files));
        }
    };
    let only = |files: &Files, _: &Ready| files.only.map(|label| label.to_string()).unwrap_or_default();
    view! {
        <div class="files-tools">
            <label for="files-order">{words::ORDER}</label>
            <select id="files-order" on:change=sort>
                <Options choices=table.memo(orders) chosen=table.memo(|files, _| files.order.name()) />
            </select>
            <label for="files-only">{words::ONLY}</label>
            <select id="files-only" on:change=choose>
                <Options choices=table.memo(labels) chosen=table.memo(only) />
            </select>
            <button id="files-csv" type="button" on:click=save_csv>"CSV"</button>
            <button id="files-json" type="button" on:click=save_json>"JSON"</button>
        </div>
    }
}

/// What the files are sorted by.
fn orders(_: &Files, ready: &Ready) -> Vec<Choice> {
    let before = [(Order::Given, words::GIVEN.to_owned()), (Order::Unlike, words::UNLIKE_FIRST.to_owned())];
    let by_label = ready.labels.iter().enumerate().map(|(label, name)| (Order::Label(label), text::label(name)));
    before.into_iter().chain(by_label).map(|(order, name)| (order.name(), name)).collect()
}

/// All of them, or those with a label.
fn labels(_: &Files, ready: &Ready) -> Vec<Choice> {
    let all = (String::new(), words::ALL.to_owned());
    let labels = ready.labels.iter().enumerate().map(|(label, name)| (label.to_string(), text::label(name)));
    std::iter::once(all).chain(labels).collect()
}
