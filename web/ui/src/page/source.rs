//! Where the image comes from: a file (chosen, dropped or pasted), an example photograph, or a generated scene.

use super::given::{command, listen};
use crate::state::{Command, SendCommand, Shown, State};
use leptos::attr::custom::custom_attribute;
use leptos::ev::Event;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::text;
use nadir_web_kit::text::examples::{Example, PHOTOGRAPHS, by_name};
use web_sys::HtmlInputElement;

/// The largest seed that the field takes.
const LARGEST_SEED: u64 = 4_294_967_295;

/// The buttons below the image.
#[component]
pub fn Source(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    listen(state, send);
    let photographs = PHOTOGRAPHS.iter().map(|example| view! { <Photograph state send example /> }).collect_view();
    view! {
        <p id="credit" class="hint" hidden=state.memo(|shown| shown.photograph.is_none())>{state.memo(credit)}</p>
        <div class="source">
            <OwnImage send />
            <ul class="photographs" aria-label=text::EXAMPLES>{photographs}</ul>
            <Scenes state send />
        </div>
    }
}

fn credit(shown: &Shown) -> String {
    shown.photograph.and_then(by_name).map(text::credit).unwrap_or_default()
}

/// Files, a folder, or a photograph that is taken now.
#[component]
fn OwnImage(send: SendCommand) -> impl IntoView {
    let choose = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(command) = command(input.files()) {
            send.run(command);
        }
        // So that choosing the same file once more is a change again.
        input.set_value("");
    };
    view! {
        <div class="own">
            <input id="file" type="file" accept="image/*" multiple class="unseen" on:change=choose />
            <label for="file" class="button">{text::CHOOSE_IMAGE}</label>
            <input
                id="folder"
                type="file"
                {..custom_attribute("webkitdirectory", "")}
                multiple
                class="unseen"
                on:change=choose
            />
            <label for="folder" class="folder">{text::CHOOSE_FOLDER}</label>
            <input id="photo" type="file" accept="image/*" capture="environment" class="unseen" on:change=choose />
            <label for="photo" class="photo">{text::TAKE_PHOTO}</label>
            <span class="hint">{text::DROP_HINT}</span>
        </div>
    }
}

#[component]
fn Photograph(state: State, send: SendCommand, example: &'static Example) -> impl IntoView {
    let Example { name, title, credit } = example;
    view! {
        <li>
            <button
                type="button"
                id=format!("photograph-{name}")
                data-photograph=*name
                title=format!("{title}. {credit}")
                aria-pressed=move || bool_name(state.get().photograph == Some(*name))
                on:click=move |_| send.run(Command::Photograph(example))
            >
                <img
                    src=format!("examples/thumbnails/{name}.jpg")
                    alt=""
                    width="64"
                    height="64"
                    loading="lazy"
                    decoding="async"
                />
                <span>{*title}</span>
            </button>
        </li>
    }
}

/// Generated scenes by their seeds.
#[component]
fn Scenes(state: State, send: SendCommand) -> impl IntoView {
    let type_seed = move |event| match event_target_value(&event).parse() {
        Ok(seed) if seed <= LARGEST_SEED => send.run(Command::Scene(seed)),
        _ => {}
    };
    let go_on = move |_| {
        let seed = state.peek().seed;
        send.run(Command::Scene(if seed < LARGEST_SEED { seed + 1 } else { 0 }));
    };
    let example = move |(seed, name): (u64, &'static str)| {
        let show = move |_| send.run(Command::Scene(seed));
        view! { <li><button type="button" data-seed=seed.to_string() on:click=show>{name}</button></li> }
    };
    view! {
        <div class="scene">
            <label for="seed" title=text::SEED_HELP>{text::SEED}</label>
            <input
                id="seed"
                type="number"
                inputmode="numeric"
                min="0"
                max=LARGEST_SEED.to_string()
                step="1"
                prop:value=state.memo(|shown| shown.seed.to_string())
                on:input=type_seed
            />
            <button id="next-scene" type="button" on:click=go_on>{text::NEXT_SCENE}</button>
        </div>
        <ul class="examples" aria-label=text::SCENES>{text::EXAMPLE_SCENES.into_iter().map(example).collect_view()}</ul>
    }
}
