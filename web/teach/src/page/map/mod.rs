//! The map of the images beside their grid: points in the classes' colours and shapes, small pictures where it is near,
//! and a selection that leaves as a table.

mod draw;
mod pointers;
mod state;

use self::state::MapState;
use super::desk::Desk;
use crate::map::paint::{self, NO_CLASS};
use crate::map::places::{FITTED, places};
use crate::session::csv_of;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::download::save;
use nadir_web_kit::numbers::percent;
use nadir_web_kit::steps::Step;
use nadir_web_kit::text::teach as text;

/// The panel, closed at first.
#[component]
pub fn MapPanel(
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let map = MapState::new();
    keep_places(desk, map);
    draw::keep_drawn(desk, map);
    let has_map = move || desk.has_map.get();
    view! {
        <section class="image-map" aria-labelledby="teach-map-title">
            <div class="above">
                <h3 id="teach-map-title">{text::MAP}</h3>
                <button
                    type="button"
                    id="teach-map-open"
                    aria-expanded=move || bool_name(has_map())
                    aria-controls="teach-map-body"
                    on:click=move |_| desk.has_map.update(|shown| *shown = !*shown)
                >
                    {move || if has_map() { text::HIDE_MAP } else { text::SHOW_MAP }}
                </button>
            </div>
            <div id="teach-map-body" hidden=move || !has_map()>
                <p class="hint" id="teach-map-about">{move || about(map)}</p>
                <Tools desk map />
                <Plane desk map />
                <Legend desk map />
                <Selection desk map />
            </div>
        </section>
    }
}

/// The places follow the images, while the map is shown.
fn keep_places(desk: Desk, map: MapState) {
    Effect::new(move |before: Option<(bool, bool, usize)>| {
        let values = desk.with(|session| session.values().len()).unwrap_or_default();
        let now = (desk.has_map.get(), desk.source.get() == super::kept::Source::Own, values);
        if before != Some(now) && now.0 {
            let found = desk.peek(|session| places(session.values(), session.space().space.dimensions()));
            map.places.set(found.unwrap_or_default());
            if before.is_some_and(|before| before.1 != now.1) {
                map.window.set(Default::default());
            }
        }
        now
    });
}

fn about(map: MapState) -> String {
    match map.places.with(Vec::len) {
        0..3 => text::NO_MAP.into(),
        count => text::map_about(count, FITTED),
    }
}

/// Zoom, lasso, and what is selected at once.
#[component]
fn Tools(
    /// The page.
    desk: Desk,
    /// The map.
    map: MapState,
) -> impl IntoView {
    let button = move |sign: &'static str, name: &'static str, step: Step| {
        view! {
            <button type="button" aria-label=name title=name on:click=move |_| pointers::take(map, step)>{sign}</button>
        }
    };
    let select_found = move |_| desk.selection.set(desk.found().into_iter().collect());
    let has_search = move || desk.search.with(|search| !search.trim().is_empty());
    view! {
        <div class="map-tools">
            {button("+", text::ZOOM_IN, Step::Nearer)}
            {button("−", text::ZOOM_OUT, Step::Farther)}
            {button(text::WHOLE, text::WHOLE, Step::Whole)}
            <button
                type="button"
                id="teach-lasso"
                title=text::LASSO_HELP
                aria-pressed=move || bool_name(map.is_lasso.get())
                on:click=move |_| map.is_lasso.update(|lasso| *lasso = !*lasso)
            >
                {text::LASSO}
            </button>
            <button type="button" id="teach-select-found" hidden=move || !has_search() on:click=select_found>
                {text::SELECT_FOUND}
            </button>
        </div>
    }
}

/// The canvas, with the name of what is pointed at.
#[component]
fn Plane(
    /// The page.
    desk: Desk,
    /// The map.
    map: MapState,
) -> impl IntoView {
    let pointed = move || {
        let Some(image) = map.pointed.get() else { return text::MAP_HELP.to_owned() };
        let name = desk.image(image).map(|image| image.name).unwrap_or_default();
        match desk.with(|session| session.score(image)).flatten() {
            Some(score) => format!("{name}, {}", percent(score)),
            None => name,
        }
    };
    view! {
        <canvas
            node_ref=map.canvas
            id="teach-map"
            tabindex="0"
            role="application"
            aria-label=text::MAP_LABEL
            aria-describedby="teach-map-help"
            data-lasso=move || bool_name(map.is_lasso.get())
            data-points=move || map.places.with(Vec::len)
            data-zoom=move || map.window.get().zoom()
            on:pointerdown=move |event| pointers::down(map, &event)
            on:pointermove=move |event| pointers::moved(map, &event)
            on:pointerup=move |event| pointers::up(desk, map, &event)
            on:pointercancel=move |event| pointers::cancelled(map, &event)
            on:pointerleave=move |_| map.pointed.set(None)
            on:wheel=move |event| pointers::wheel(map, &event)
            on:keydown=move |event| pointers::key(map, &event)
        ></canvas>
        <p class="hint" id="teach-map-help">{pointed}</p>
    }
}

/// The classes with their colours and shapes; each can be taken off the map.
#[component]
fn Legend(
    /// The page.
    desk: Desk,
    /// The map.
    map: MapState,
) -> impl IntoView {
    let classes = move || -> Vec<(usize, String)> {
        desk.with(|session| session.classes.iter().map(|class| class.name.clone()).enumerate().collect())
            .unwrap_or_default()
    };
    let [red, green, blue] = NO_CLASS;
    view! {
        <ul class="map-legend" id="teach-map-legend">
            <For
                each=classes
                key=Clone::clone
                children=move |(class, name)| view! { <LegendRow desk map class name /> }
            />
            <li>
                <span aria-hidden="true" style:color=format!("rgb({red} {green} {blue})")>"●"</span>
                " "
                {text::NO_CLASS}
            </li>
        </ul>
    }
}

#[component]
fn LegendRow(
    /// The page.
    desk: Desk,
    /// The map.
    map: MapState,
    /// Index of the class.
    class: usize,
    /// Its name.
    name: String,
) -> impl IntoView {
    let ([red, green, blue], _, sign) = paint::of_class(class);
    let own_name = name.clone();
    let count = move || {
        let of = |session: &crate::session::Session| {
            (0..session.images.len()).filter(|&image| session.class_of(image) == Some(class)).count()
        };
        desk.with(of).unwrap_or_default()
    };
    let is_shown = move || !map.hidden.with(|hidden| hidden.contains(&class));
    let toggle = move |_| {
        map.hidden.update(|hidden| {
            if !hidden.remove(&class) {
                hidden.insert(class);
            }
        });
    };
    view! {
        <li>
            <button type="button" class="quiet" data-map-class=own_name aria-pressed=move || bool_name(is_shown()) on:click=toggle>
                <span aria-hidden="true" style:color=format!("rgb({red} {green} {blue})")>{sign}</span>
                " "
                {move || text::of_class(&name, count())}
            </button>
        </li>
    }
}

/// What is selected, and where it goes.
#[component]
fn Selection(
    /// The page.
    desk: Desk,
    /// The map.
    map: MapState,
) -> impl IntoView {
    let count = move || desk.selection.with(|selection| selection.len());
    let give = move |_| {
        let table = desk.peek(|session| {
            let (images, places) = (desk.selection.get_untracked(), map.places.get_untracked());
            csv_of(session, &images, &places)
        });
        if let Some(table) = table
            && save("selection.csv", &table).is_err()
        {
            desk.tell(text::NOT_SAVED);
        }
    };
    view! {
        <div class="map-selection">
            <p id="teach-selected" role="status" data-count=count>{move || text::selected(count())}</p>
            <button type="button" id="teach-selection-csv" disabled=move || count() == 0 on:click=give>
                {text::SELECTION_CSV}
            </button>
            <button
                type="button"
                id="teach-only-selected"
                disabled=move || count() == 0 && !desk.only_selected.get()
                aria-pressed=move || bool_name(desk.only_selected.get())
                on:click=move |_| desk.only_selected.update(|only| *only = !*only)
            >
                {text::ONLY_SELECTED}
            </button>
            <button type="button" id="teach-select-nothing" disabled=move || count() == 0 on:click=move |_| desk.select_nothing()>
                {text::CLEAR}
            </button>
        </div>
    }
}
