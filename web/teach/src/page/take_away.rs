//! What was taught leaves the page, and comes back: the head's file, and a table.

use super::desk::Desk;
use crate::session::csv;
use leptos::html::Input;
use leptos::prelude::*;
use nadir_core::active::HeadFile;
use nadir_web_kit::download::save;
use nadir_web_kit::text::teach as text;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

/// The buttons.
#[component]
pub fn TakeAway(
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let import = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let file = input.files().and_then(|files| files.item(0));
        input.set_value("");
        if let Some(file) = file {
            spawn_local(import(desk, file));
        }
    };
    let command = move || {
        let bundle = desk.with(|session| session.space().bundle.clone())?;
        Some(format!("nadir predict --bundle {bundle} --head {} IMAGES", file_name(&bundle)))
    };
    view! {
        <section class="take-away" aria-labelledby="teach-take-title">
            <h3 id="teach-take-title">{text::TAKE_AWAY}</h3>
            <button type="button" id="teach-export" on:click=move |_| export(desk)>{text::EXPORT}</button>
            <label class="file">
                <input
                    node_ref=input
                    id="teach-import"
                    class="unseen"
                    type="file"
                    accept=".json,application/json"
                    on:change=import
                />
                <span class="button">{text::IMPORT}</span>
            </label>
            <button type="button" id="teach-csv" on:click=move |_| export_csv(desk)>{text::CSV}</button>
            <p class="hint">{text::EXPORT_HINT} <code>{command}</code></p>
        </section>
    }
}

fn file_name(bundle: &str) -> String {
    format!("{bundle}.head.json")
}

fn export(desk: Desk) {
    match desk.peek(|session| session.head_file()).flatten() {
        Some(head) => give(desk, &file_name(&head.bundle), &head.to_json()),
        None => desk.tell(text::NOTHING_TAUGHT),
    }
}

fn export_csv(desk: Desk) {
    match desk.peek(|session| (!session.classes.is_empty()).then(|| (session.space().bundle.clone(), csv(session)))) {
        Some(Some((bundle, table))) => give(desk, &format!("{bundle}.csv"), &table),
        _ => desk.tell(text::NOTHING_TAUGHT),
    }
}

fn give(desk: Desk, name: &str, content: &str) {
    if save(name, content).is_err() {
        desk.tell(text::NOT_SAVED);
    }
}

async fn import(desk: Desk, file: File) {
    let read = JsFuture::from(file.unchecked_ref::<web_sys::Blob>().text()).await;
    let json = read.ok().and_then(|json| json.as_string()).unwrap_or_default();
    let imported = match HeadFile::from_json(&json) {
        Ok(head) => desk.teach(|session| session.import(&head).map(|()| head.classes.len())),
        Err(error) => Some(Err(error)),
    };
    match imported {
        Some(Ok(classes)) => {
            desk.show_anew();
            desk.tell(text::imported(classes));
        }
        Some(Err(error)) => desk.tell(text::not_imported(&file.name(), &error.to_string())),
        None => {}
    }
}
