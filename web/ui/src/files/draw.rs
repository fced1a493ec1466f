//! The table of several files: drawn row by row, with a thumbnail of each that was shown.

use super::thumbnails;
use crate::state::{Command, Files, Order, Outcome, SendCommand, Shown, State};
use leptos::prelude::Callable;
use nadir_core::bundle::OodScore;
use nadir_core::protocol::Ready;
use nadir_web_kit::dom::{bool_name, by_id, child, draw_list, say, say_in, set, set_in, set_value, show};
use nadir_web_kit::download::save;
use nadir_web_kit::numbers::percent;
use nadir_web_kit::text::{self, files as words};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::Element;

/// Labels that a row names; the rest is counted.
const MOST_LABELS: usize = 4;

/// The section, hidden until there are several files.
pub fn html() -> String {
    format!(
        r#"<div class="files-head"><h2 id="files-title"></h2><p id="files-progress" role="status"></p>
<button id="files-go-on" type="button" hidden>{go_on}</button></div>
<div class="files-tools"><label for="files-order">{order}</label><select id="files-order"></select>
<label for="files-only">{only}</label><select id="files-only"></select>
<button id="files-csv" type="button">CSV</button><button id="files-json" type="button">JSON</button></div>
<ul id="files-rows"></ul>"#,
        go_on = words::GO_ON,
        order = words::ORDER,
        only = words::ONLY,
    )
}

thread_local! {
    /// What was drawn last: the table is long, and most of what changes in the page does not change it.
    static DRAWN: RefCell<Option<(Rc<Files>, Rc<Ready>)>> = const { RefCell::new(None) };
}

/// Draws the table, or hides it.
pub fn draw_files(shown: &Shown) {
    show("files", shown.files.is_some());
    let (Some(files), Some(ready)) = (&shown.files, &shown.ready) else { return };
    let is_drawn = |drawn: &(Rc<Files>, Rc<Ready>)| Rc::ptr_eq(&drawn.0, files) && Rc::ptr_eq(&drawn.1, ready);
    if DRAWN.with_borrow(|drawn| drawn.as_ref().is_some_and(is_drawn)) {
        return;
    }
    DRAWN.replace(Some((files.clone(), ready.clone())));
    say_in("files-title", &words::title(files.rows.len()));
    say_in("files-progress", &words::progress(files.done(), files.rows.len(), files.left_out));
    show("files-go-on", files.at.is_none() && files.done() < files.rows.len());
    draw_choices(&ready.labels, files);
    let rows = files.shown(&ready.thresholds);
    draw_list("files-rows", rows.len(), "li", &mut |index, item| {
        let at = rows[index];
        let row = &files.rows[at];
        let button = child(item, 0, "button", "file-row");
        set(&button, "type", "button");
        set(&button, "data-file", &at.to_string());
        set(&button, "aria-current", bool_name(files.at == Some(at)));
        thumbnails::draw(&child(&button, 0, "span", "file-thumbnail"), files.number, at);
        say(&child(&button, 1, "span", "file-name"), &row.name);
        let present = row.present(&ready.thresholds);
        let named = present.iter().take(MOST_LABELS);
        let mut found: String = named
            .map(|&(label, score)| format!("{} {}", text::label(&ready.labels[label]), percent(score)))
            .collect::<Vec<_>>()
            .join(", ");
        if present.len() > MOST_LABELS {
            found.push_str(&words::and_more(present.len() - MOST_LABELS));
        }
        let (found, is_unlike) = match &row.outcome {
            Outcome::Waiting => (String::new(), false),
            Outcome::Failed(why) => (why.clone(), false),
            Outcome::Labelled { ood, .. } => (
                if found.is_empty() { words::NOTHING.into() } else { found },
                ood.as_ref().is_some_and(OodScore::is_unlike),
            ),
        };
        set(&button, "data-failed", bool_name(matches!(row.outcome, Outcome::Failed(_))));
        set(&button, "data-unlike", bool_name(is_unlike));
        say(&child(&button, 2, "span", "file-found"), &found);
        say(&child(&button, 3, "span", "file-unlike"), if is_unlike { words::UNLIKE } else { "" });
    });
}

/// What there is to sort and to choose by.
fn draw_choices(labels: &[String], files: &Files) {
    let before = [Order::Given, Order::Unlike];
    draw_list("files-order", before.len() + labels.len(), "option", &mut |index, item| {
        let order = before.get(index).copied().unwrap_or_else(|| Order::Label(index - before.len()));
        set(item, "value", &order.name());
        let name = match order {
            Order::Given => words::GIVEN.to_owned(),
            Order::Unlike => words::UNLIKE_FIRST.to_owned(),
            Order::Label(label) => text::label(&labels[label]),
        };
        say(item, &name);
    });
    draw_list("files-only", labels.len() + 1, "option", &mut |index, item| {
        set(item, "value", &index.checked_sub(1).map_or(String::new(), |label| label.to_string()));
        say(item, &index.checked_sub(1).map_or(words::ALL.to_owned(), |label| text::label(&labels[label])));
    });
    set_value("files-order", &files.order.name());
    set_value("files-only", &files.only.map_or(String::new(), |label| label.to_string()));
    set_in("files", "data-busy", bool_name(files.at.is_some()));
}

/// A control of the table has another value.
pub fn sorted(state: State, control: &str, value: &str) {
    state.change(|shown| {
        if let Some(files) = &mut shown.files {
            let files = Rc::make_mut(files);
            match control {
                "files-order" => files.order = Order::from_name(value),
                _ => files.only = value.parse().ok(),
            }
        }
    });
}

/// A row, or a button of the table.
pub fn clicked(state: State, send: SendCommand, target: &Element) {
    let shown = state.peek();
    let (Some(files), Some(ready)) = (&shown.files, &shown.ready) else { return };
    // A browser that refuses a download says so itself.
    match target.id().as_str() {
        "files-go-on" => send.run(Command::GoOn),
        "files-csv" => drop(save("labels.csv", &files.csv(&ready.labels))),
        "files-json" => drop(save("labels.json", &crate::copy::files_json(&shown, files))),
        _ => {
            let row = target.closest("[data-file]").ok().flatten();
            if let Some(row) = row.and_then(|row| row.get_attribute("data-file")?.parse().ok()) {
                send.run(Command::ShowFile(row));
                if let Some(frame) = by_id("main") {
                    frame.scroll_into_view();
                }
            }
        }
    }
}
