//! The images, most probable first, and what is searched for.

use super::desk::{Desk, PAGE};
use super::picture::SmallPicture;
use leptos::prelude::*;
use nadir_web_kit::numbers::percent;
use nadir_web_kit::text::teach as text;

/// The search, the order in words, and the images.
#[component]
pub fn Grid(
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let found = move || {
        let mut found = desk.found();
        if desk.only_selected.get() {
            desk.selection.with(|selection| found.retain(|image| selection.contains(image)));
        }
        found
    };
    let shown = move || {
        let mut shown = found();
        shown.truncate(desk.most.get());
        shown
    };
    // The images are drawn anew with another source: their numbers begin at 0 again.
    let key = move |image: &usize| (desk.source.get_untracked() == super::kept::Source::Own, *image);
    let order_in_words = move || match desk.like.get() {
        Some(image) => desk.image(image).map(|image| text::like(&image.name)).unwrap_or_default(),
        None if desk.with(|session| session.active.is_some()) == Some(true) => text::BY_SCORE.into(),
        None => text::UNSORTED.into(),
    };
    let back = move |_| {
        desk.like.set(None);
        desk.sort();
    };
    view! {
        <section class="images" aria-labelledby="teach-images-title">
            <div class="above">
                <h3 id="teach-images-title">{move || desk.with(|session| summary(session, found().len()))}</h3>
                <input
                    id="teach-search"
                    type="search"
                    placeholder=text::SEARCH
                    aria-label=text::SEARCH
                    prop:value=move || desk.search.get()
                    on:input=move |event| {
                        desk.most.set(PAGE);
                        desk.search.set(event_target_value(&event));
                    }
                />
            </div>
            <p class="hint order">
                <span id="teach-order">{order_in_words}</span>
                <button type="button" id="teach-sort" class="quiet" hidden=move || !desk.is_stale.get() on:click=move |_| desk.sort()>
                    {text::SORT_AGAIN}
                </button>
                <button type="button" id="teach-back" class="quiet" hidden=move || desk.like.get().is_none() on:click=back>
                    {text::BACK_TO_SCORES}
                </button>
            </p>
            <ul id="teach-grid" class="tiles" on:mouseleave=move |_| desk.sort_if_stale()>
                <For each=shown key=key children=move |image| view! { <Tile desk image /> } />
            </ul>
            <p class="hint" hidden=move || desk.search.with(String::is_empty) || !found().is_empty()>{text::NOTHING_FOUND}</p>
            <button
                type="button"
                id="teach-more"
                hidden=move || { found().len() <= desk.most.get() }
                on:click=move |_| desk.most.update(|most| *most += PAGE)
            >
                {text::MORE}
            </button>
        </section>
    }
}

fn summary(session: &crate::session::Session, found: usize) -> String {
    match session.class() {
        Some(class) => text::present(session.present(), session.images.len(), &class.name),
        None => text::images(found),
    }
}

/// One image: a click answers for the class that is taught.
#[component]
fn Tile(
    /// The page.
    desk: Desk,
    /// Which image.
    image: usize,
) -> impl IntoView {
    let Some(known) = desk.image(image) else { return ().into_any() };
    let (name, is_unlike) = (known.name.clone(), known.is_unlike);
    let score = move || desk.with(|session| session.score(image)).flatten();
    let answer = move || desk.with(|session| session.answer_of(image)).flatten();
    let words = {
        let name = name.clone();
        move || text::tile(&name, score().map(percent).as_deref(), answer(), is_unlike)
    };
    let title = name.clone();
    let like_words = format!("{}: {name}", text::LIKE_THIS);
    let select_words = format!("{}: {name}", text::SELECT);
    let like = move |_| {
        desk.like.set(Some(image));
        desk.sort();
    };
    view! {
        <li class="tile" data-image=image data-name=name data-answer=move || answer_name(answer())>
            <button
                type="button"
                class="pick"
                aria-label=words
                title=title
                data-score=move || score().map(|score| score.to_string())
                on:click=move |_| desk.click(image)
            >
                <SmallPicture desk image />
                <span class="answer" aria-hidden="true">{move || answer_mark(answer())}</span>
                {is_unlike.then(|| view! { <span class="strange" aria-hidden="true">{text::UNLIKE}</span> })}
                <span class="bar" aria-hidden="true" hidden=move || score().is_none()>
                    <i style=("transform", move || format!("scaleX({})", score().unwrap_or_default()))></i>
                    <b>{move || score().map(percent)}</b>
                </span>
            </button>
            <Show when=move || desk.has_map.get()>
                <input
                    type="checkbox"
                    class="select"
                    aria-label=select_words.clone()
                    prop:checked=move || desk.selection.with(|selection| selection.contains(&image))
                    on:change=move |_| desk.toggle_selected(image)
                />
            </Show>
            <button type="button" class="like" aria-label=like_words title=text::LIKE_THIS on:click=like>"≈"</button>
        </li>
    }
    .into_any()
}

/// In `data-answer`.
pub(super) fn answer_name(answer: Option<bool>) -> &'static str {
    match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

fn answer_mark(answer: Option<bool>) -> &'static str {
    match answer {
        Some(true) => "✓",
        Some(false) => "✕",
        None => "",
    }
}
