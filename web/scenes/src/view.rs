//! What the visitor sees.

use crate::camera::round_length;
use crate::listen::{self, Pointers};
use crate::state::{Canvas, FoundLabels, FoundObjects, Job, Opened, Scene, Stage};
use crate::{draw, model, open, search};
use leptos::prelude::*;
use nadir_core::protocol::scene::Search;
use nadir_web_kit::numbers::{decimal, grouped, percent};
use nadir_web_kit::steps::Step;
use nadir_web_kit::text::{self as page_text, scenes as text};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};

/// The seed of the generated scene that is offered.
const EXAMPLE: u64 = 7;
/// Objects that are listed; the files have all.
const LISTED: usize = 200;
/// The scale bar is at most so long, CSS px.
const BAR_PX: f64 = 120.0;

/// The whole page.
#[component]
pub fn ScenePage(
    /// What it shows.
    scene: Scene,
) -> impl IntoView {
    let is_open = move || matches!(scene.stage.get(), Stage::Open(_));
    let busy = move || matches!(scene.stage.get(), Stage::Opening(_)).to_string();
    view! {
        <h2 class="unseen">{text::TITLE}</h2>
        <div class="scene-page" data-open=move || is_open().to_string() aria-busy=busy>
            <Problem scene />
            <div class="scene-choose">
                <FileChooser scene />
                <p class="hint" hidden=is_open>{text::ABOUT}</p>
                <p class="hint" hidden=is_open>{text::LIMITS}" "{text::LOST_ON_RELOAD}</p>
                <p class="scene-opening" role="status">{move || match scene.stage.get() {
                    Stage::Opening(name) => text::opening(&name),
                    _ => String::new(),
                }}</p>
            </div>
            <div class="scene-body" hidden=move || !is_open()>
                <SceneView scene />
                <div class="scene-side">
                    <Find scene />
                    <Labels scene />
                    <Objects scene />
                    <Facts scene />
                </div>
            </div>
            <p class="scene-drop" aria-hidden="true" hidden=move || !scene.is_dragging.get()>{text::DROP_HERE}</p>
        </div>
    }
}

#[component]
fn Problem(scene: Scene) -> impl IntoView {
    view! {
        <div class="scene-problem" role="alert" hidden=move || scene.problem.with(Option::is_none)>
            <p>{move || scene.problem.get().unwrap_or_default()}</p>
            <button type="button" aria-label=page_text::DISMISS title=page_text::DISMISS
                on:click=move |_| scene.problem.set(None)>"×"</button>
        </div>
    }
}

#[component]
fn FileChooser(scene: Scene) -> impl IntoView {
    let choose = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let files = listen::files(input.files());
        // So that choosing the same file once more is a change again.
        input.set_value("");
        if !files.is_empty() {
            open::take(scene, files);
        }
    };
    let name = move || match scene.stage.get() {
        Stage::Open(_) => text::CHOOSE_OTHER,
        _ => text::CHOOSE,
    };
    view! {
        <div class="scene-file">
            <input id="scene-file" type="file" multiple class="unseen" accept="image/*,.tif,.tiff,.tfw,.wld" on:change=choose />
            <label for="scene-file" class="button">{name}</label>
            <span class="hint">{text::DROP}</span>
            <button id="scene-example" type="button" on:click=move |_| open::generate(scene, EXAMPLE)>
                {text::EXAMPLE}</button>
        </div>
    }
}

/// The image, with the buttons and the line below it.
#[component]
fn SceneView(scene: Scene) -> impl IntoView {
    let description =
        move || scene.opened().map(|opened| text::description(&opened.name, opened.info.width, opened.info.height));
    let canvas = move |canvas: Canvas| {
        let down = Pointers::default();
        let (moved, up, lost) = (down.clone(), down.clone(), down.clone());
        view! {
            <canvas id=draw::CANVAS data-drawn-by=canvas.drawn_by tabindex="0" role="img" aria-label=description
                on:pointerdown=move |event| down.down(&event)
                on:pointermove=move |event| moved.moved(scene, &event)
                on:pointerup=move |event| up.up(scene, &event)
                on:pointercancel=move |event| lost.up(scene, &event)
                on:pointerleave=move |_| listen::look(scene, None)
                on:wheel=move |event| listen::wheel(scene, &event)
                on:keydown=move |event| listen::key(scene, &event)
            ></canvas>
        }
    };
    let button = move |sign: &'static str, name: &'static str, step: Step| {
        view! {
            <button type="button" aria-label=name title=name on:click=move |_| listen::take(scene, step)>{sign}</button>
        }
    };
    view! {
        <div class="scene-view">
            <div class="scene-frame" aria-busy=move || scene.is_filling.get().to_string()>
                <For each=move || scene.canvas.get() key=|canvas| canvas.number children=canvas />
                <canvas id=draw::NAMES class="scene-names" aria-hidden="true"></canvas>
                <div class="scene-zoom">
                    {button("+", text::ZOOM_IN, Step::Nearer)}
                    {button("−", text::ZOOM_OUT, Step::Farther)}
                    {button("⤢", text::WHOLE, Step::Whole)}
                </div>
                <ScaleBar scene />
            </div>
            <p id="scene-place" class="scene-place">{move || place(scene)}</p>
        </div>
    }
}

/// Where the pointer is.
fn place(scene: Scene) -> String {
    let Some(at) = scene.pointer.get() else { return text::CANVAS_HELP.to_owned() };
    let pixel = text::pixel(at);
    match scene.place.get() {
        Some(place) => match (place.longitude_latitude, place.on_map) {
            (Some(place), _) => format!("{} · {pixel}", text::longitude_latitude(place)),
            (None, Some(place)) => format!("{} · {pixel}", text::on_map(place)),
            (None, None) => pixel,
        },
        None => pixel,
    }
}

/// A bar of a round length: metres where they are known, else px.
#[component]
fn ScaleBar(scene: Scene) -> impl IntoView {
    let length = move || {
        let css_of_px = scene.camera.get().scale;
        let metres = scene.metres_per_px.get();
        let of_unit = css_of_px / metres.unwrap_or(1.0);
        let round = round_length(BAR_PX / of_unit);
        let name = match metres {
            Some(_) if round >= 1000.0 => format!("{} km", decimal(round / 1e3, 0)),
            Some(_) if round < 1.0 => format!("{} cm", decimal(round * 100.0, 0)),
            Some(_) => format!("{} m", decimal(round, 0)),
            None => format!("{} px", grouped(round.max(1.0))),
        };
        (round * of_unit, name)
    };
    view! {
        <div class="scene-scale">
            <span class="scene-bar" style:width=move || format!("{}px", decimal(length().0, 1))></span>
            <span id="scene-scale">{move || length().1}</span>
        </div>
    }
}

/// Network, buttons, and how far a search is.
#[component]
fn Find(scene: Scene) -> impl IntoView {
    let options = move || {
        let chosen = scene.model.get();
        let option = |offer: crate::state::Offer| {
            let is_chosen = offer.name == chosen;
            view! { <option value=offer.name selected=is_chosen>{offer.title}</option> }
        };
        scene.offers.get().into_iter().map(option).collect_view()
    };
    let choose = move |event: web_sys::Event| {
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
            let name = select.value();
            nadir_web_kit::address::set(nadir_web_kit::networks::MODEL, Some(&name));
            model::choose(scene, name);
        }
    };
    let is_running = move || scene.job.with(|job| job.as_ref().is_some_and(|job| job.is_running));
    let has_network = move || scene.bundle.with(Option::is_some);
    let is_waiting = move || (!has_network() && scene.problem.with(Option::is_none)).to_string();
    let has_detector =
        move || scene.bundle.with(|bundle| bundle.as_ref().is_none_or(|bundle| bundle.objects.is_some()));
    let done = move || scene.job.with(|job| job.as_ref().map_or(0, |job| job.done)).to_string();
    let total = move || scene.job.with(|job| job.as_ref().map_or(1, |job| job.total.max(1))).to_string();
    view! {
        <section class="scene-find" aria-labelledby="scene-find-title" aria-busy=is_waiting>
            <h3 id="scene-find-title">{text::FIND}</h3>
            <label class="scene-network"><span>{text::NETWORK}</span>
                <select id="scene-model" on:change=choose disabled=is_running>{options}</select></label>
            <div class="scene-buttons">
                <button id="scene-labels" type="button" disabled=move || is_running() || !has_network()
                    on:click=move |_| search::begin(scene, Search::Labels)>{text::FIND_LABELS}</button>
                <button id="scene-objects" type="button"
                    disabled=move || is_running() || !has_network() || !has_detector()
                    on:click=move |_| search::begin(scene, Search::Objects)>{text::FIND_OBJECTS}</button>
                <button id="scene-stop" type="button" hidden=move || !is_running()
                    on:click=move |_| scene.stop()>{text::STOP}</button>
            </div>
            <p class="hint" hidden=has_detector>{text::NO_DETECTOR}</p>
            <p class="hint" hidden=move || scene.job.with(Option::is_some)>{text::FIND_HINT}</p>
            <div class="scene-job" hidden=move || scene.job.with(Option::is_none)>
                <progress max=total value=done aria-label=text::FIND hidden=move || !is_running()></progress>
                <p id="scene-job" role="status" data-running=move || is_running().to_string()>
                    {move || scene.job.get().map(|job| told(&job)).unwrap_or_default()}</p>
            </div>
        </section>
    }
}

fn told(job: &Job) -> String {
    if !job.is_running {
        return text::searched(job.done, job.total, job.seconds);
    }
    if !job.note.is_empty() {
        return job.note.clone();
    }
    let so_far = text::so_far(job.done, job.total);
    if job.done == 0 {
        return so_far;
    }
    let left = job.seconds / job.done as f64 * (job.total - job.done) as f64;
    format!("{so_far}, {}", text::time_left(left))
}

#[component]
fn Downloads(scene: Scene, search: Search) -> impl IntoView {
    let is_running =
        move || scene.job.with(|job| job.as_ref().is_some_and(|job| job.is_running && job.search == search));
    let button = move |ending: &'static str, name: &'static str| {
        view! {
            <button type="button" data-save=ending disabled=is_running
                on:click=move |_| search::save(scene, search, ending)>{name}</button>
        }
    };
    view! {
        <div class="scene-files">{button("geojson", text::AS_GEOJSON)}{button("csv", text::AS_CSV)}</div>
    }
}

#[component]
fn Labels(scene: Scene) -> impl IntoView {
    let row = move |found: &FoundLabels, label: usize, present: usize| {
        let name = page_text::label(&found.labels[label]);
        let count = text::in_tiles(present, found.scored());
        let is_pressed = move || (scene.heat.get() == Some(label)).to_string();
        let press = move |_| scene.heat.update(|heat| *heat = (*heat != Some(label)).then_some(label));
        view! {
            <li><button type="button" data-label=label.to_string() data-count=present.to_string() aria-pressed=is_pressed
                on:click=press><span>{name}</span><span class="hint">{count}</span></button></li>
        }
    };
    let rows = move || {
        scene.labels.get().map(|found: Rc<FoundLabels>| {
            found.counts().into_iter().map(|(label, present)| row(&found, label, present)).collect_view()
        })
    };
    view! {
        <section class="scene-found" aria-labelledby="scene-labels-title" hidden=move || scene.labels.with(Option::is_none)>
            <div class="scene-head"><h3 id="scene-labels-title">{text::LABELS}</h3>
                <Downloads scene search=Search::Labels /></div>
            <p class="hint">{text::LABELS_HINT}</p>
            <ul id="scene-label-list" class="scene-list">{rows}</ul>
        </section>
    }
}

#[component]
fn Objects(scene: Scene) -> impl IntoView {
    let row = move |found: &Rc<FoundObjects>, index: usize| {
        let object = found.objects[index];
        let name = page_text::label(&found.labels[object.class]);
        let corners = object.box_in_image.map(|at| at.to_string()).join(" ");
        let is_pressed = move || (scene.selected.get() == Some(index)).to_string();
        let go = move |_| {
            if let Some(found) = scene.objects.get_untracked() {
                listen::go_to(scene, &found, index);
            }
        };
        view! {
            <li><button type="button" data-box=corners data-score=object.score.to_string() aria-pressed=is_pressed
                on:click=go><span class="scene-swatch" style:background-color=draw::css_colour(object.class)></span>
                <span>{name}</span><span class="hint">{percent(object.score)}</span></button></li>
        }
    };
    let rows = move || {
        scene
            .objects
            .get()
            .map(|found| (0..found.objects.len().min(LISTED)).map(|index| row(&found, index)).collect_view())
    };
    let count = move || scene.objects.with(|found| found.as_ref().map_or(0, |found| found.objects.len()));
    let is_done = move || scene.job.with(|job| job.as_ref().is_none_or(|job| !job.is_running));
    view! {
        <section class="scene-found" aria-labelledby="scene-objects-title" hidden=move || scene.objects.with(Option::is_none)>
            <div class="scene-head"><h3 id="scene-objects-title">{text::OBJECTS}": "
                <span id="scene-object-count">{move || text::objects(count(), count().min(LISTED))}</span></h3>
                <Downloads scene search=Search::Objects /></div>
            <p class="hint">{move || match (count(), is_done()) {
                (0, true) => text::NO_OBJECTS,
                _ => text::OBJECTS_HINT,
            }}</p>
            <ul id="scene-object-list" class="scene-list">{rows}</ul>
        </section>
    }
}

#[component]
fn Facts(scene: Scene) -> impl IntoView {
    let fact = |name: &'static str, id: &'static str, value: String| {
        view! { <div><dt>{name}</dt><dd id=id>{value}</dd></div> }
    };
    let facts = move || {
        scene.opened().map(|opened: Rc<Opened>| {
            let info = &opened.info;
            let overviews = match info.overviews.as_slice() {
                [] => text::NO_OVERVIEWS.to_owned(),
                sizes => text::overviews(sizes),
            };
            view! {
                {fact(text::FILE, "scene-name", opened.name.clone())}
                {fact(text::SIZE, "scene-size", text::size(info.width, info.height, opened.bytes))}
                {fact(text::READ_AS, "scene-reading", info.reading.clone())}
                {fact(text::PLACE, "scene-crs", info.place.clone())}
                {fact(text::OVERVIEWS, "scene-overviews", overviews)}
            }
        })
    };
    view! { <dl class="scene-facts">{facts}</dl> }
}
