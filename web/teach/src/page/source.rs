//! Whose images are taught in, and what goes on.

use super::desk::{Desk, Status};
use super::kept::Source;
use super::{loading, own};
use leptos::attr::custom::custom_attribute;
use leptos::html::Input;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::files::picked;
use nadir_web_kit::text::teach as text;

/// The choice between the gallery and the visitor's own images, with what can be done with these.
#[component]
pub fn SourceBar(
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let is = move |source: Source| desk.source.get() == source;
    let status = move || match desk.status.get() {
        Status::Starting(step) => step,
        Status::Ready => desk.network.get(),
        Status::Embedding { done, count } => text::embedding(done, count),
        Status::Failed(why) => why,
    };
    let is_embedding = move || matches!(desk.status.get(), Status::Embedding { .. });
    let has_failed = move || matches!(desk.status.get(), Status::Failed(_));
    let has_session = move || desk.with(|_| ()).is_some();
    let share = move || match desk.status.get() {
        Status::Embedding { done, count } => done as f64 / count.max(1) as f64,
        _ => 0.0,
    };
    view! {
        <section class="source-bar" aria-label=text::IMAGES>
            <div class="choice" role="group" aria-label=text::IMAGES>
                <button
                    type="button"
                    id="teach-gallery"
                    hidden=move || !desk.has_gallery.get()
                    aria-pressed=move || bool_name(is(Source::Gallery))
                    on:click=move |_| desk.turn_to(Source::Gallery)
                >
                    {text::GALLERY}
                </button>
                <button
                    type="button"
                    id="teach-own"
                    aria-pressed=move || bool_name(is(Source::Own))
                    on:click=move |_| own::turn_to_own(desk)
                >
                    {text::OWN}
                </button>
            </div>
            <div class="own-actions" hidden=move || !is(Source::Own)>
                <FilePicker desk id="teach-folder" label=text::CHOOSE_FOLDER is_folder=true />
                <FilePicker desk id="teach-files" label=text::CHOOSE_FILES is_folder=false />
                <button type="button" id="teach-delete" hidden=move || !has_images(desk) on:click=move |_| own::delete_images(desk)>
                    {text::DELETE_OWN}
                </button>
            </div>
            <div class="keeping" hidden=move || !has_session() || is_embedding()>
                <button
                    type="button"
                    id="teach-keep"
                    title=move || if desk.is_kept.get() { text::KEPT_HINT } else { text::KEEP_HINT }
                    aria-pressed=move || bool_name(desk.is_kept.get())
                    hidden=move || is(Source::Own) && !has_images(desk)
                    on:click=move |_| own::keep_or_forget(desk)
                >
                    {move || if desk.is_kept.get() { text::DELETE_KEPT } else { text::KEEP }}
                </button>
            </div>
            <p id="teach-status" role="status" data-failed=move || bool_name(has_failed())>
                <span class="progress" aria-hidden="true" hidden=move || !is_embedding()>
                    <i style=("transform", move || format!("scaleX({})", share()))></i>
                </span>
                <span>{status}</span>
                <button type="button" id="teach-cancel" hidden=move || !is_embedding() on:click=move |_| own::cancel(desk)>
                    {text::CANCEL}
                </button>
                <button type="button" id="teach-restart" hidden=move || !has_failed() on:click=move |_| loading::start(desk)>
                    {text::START_AGAIN}
                </button>
            </p>
            <p class="hint" hidden=move || !is(Source::Own) || has_images(desk)>{text::OWN_HINT}</p>
        </section>
    }
}

fn has_images(desk: Desk) -> bool {
    desk.with(|session| !session.images.is_empty()).unwrap_or_default()
}

/// A button that opens the browser's choice of files or of a folder.
#[component]
fn FilePicker(
    /// The page.
    desk: Desk,
    /// Its `id`.
    id: &'static str,
    /// What it says.
    label: &'static str,
    /// A folder in place of files.
    is_folder: bool,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let images = input.files().map(|files| picked(&files)).unwrap_or_default();
        // The same files may be chosen again.
        input.set_value("");
        own::embed(desk, images);
    };
    view! {
        <label class="file">
            <input
                node_ref=input
                id=id
                class="unseen"
                type="file"
                multiple=true
                accept=(!is_folder).then_some("image/*")
                {..custom_attribute("webkitdirectory", is_folder)}
                on:change=chosen
            />
            <span class="button">{label}</span>
        </label>
    }
}
