//! Where the image comes from: a file (chosen, dropped or pasted), an example photograph, or a generated scene.

use crate::state::{Command, SendCommand, Shown, State};
use leptos::prelude::Callable;
use nadir_web_kit::dom::{bool_name, say_in, set_in, set_value, show};
use nadir_web_kit::text;
use nadir_web_kit::text::examples::{Example, PHOTOGRAPHS, by_name};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Event, File, FileList, HtmlInputElement};

/// The largest seed that the field takes.
const LARGEST_SEED: u64 = 4_294_967_295;

/// The buttons below the image.
pub fn html() -> String {
    format!(
        r#"<p id="credit" class="hint" hidden></p><div class="source"><div class="own"><input id="file" type="file" accept="image/*" class="unseen">
<label for="file" class="button">{choose}</label>
<input id="photo" type="file" accept="image/*" capture="environment" class="unseen"><label for="photo" class="photo">{photo}</label>
<span class="hint">{drop}</span></div>
<ul class="photographs" aria-label="{examples}">{photographs}</ul>
<div class="scene"><label for="seed" title="{help}">{seed}</label>
<input id="seed" type="number" inputmode="numeric" min="0" max="{LARGEST_SEED}" step="1">
<button id="next-scene" type="button">{next}</button></div>
<ul class="examples" aria-label="{scenes_label}">{scenes}</ul></div>"#,
        choose = text::CHOOSE_IMAGE,
        photo = text::TAKE_PHOTO,
        drop = text::DROP_HINT,
        help = text::SEED_HELP,
        seed = text::SEED,
        next = text::NEXT_SCENE,
        examples = text::EXAMPLES,
        photographs = PHOTOGRAPHS.iter().map(photograph).collect::<String>(),
        scenes_label = text::SCENES,
        scenes = text::EXAMPLE_SCENES
            .map(|(seed, name)| format!(r#"<li><button type="button" data-seed="{seed}">{name}</button></li>"#))
            .concat(),
    )
}

fn photograph(&Example { name, title, credit }: &Example) -> String {
    format!(
        r#"<li><button type="button" id="photograph-{name}" data-photograph="{name}" title="{title}. {credit}">
<img src="examples/thumbnails/{name}.jpg" alt="" width="64" height="64" loading="lazy" decoding="async"><span>{title}</span></button></li>"#
    )
}

/// Draws the seed into its field, and which example is shown.
pub fn draw(shown: &Shown) {
    set_value("seed", &shown.seed.to_string());
    let shown_example = shown.photograph.and_then(by_name);
    show("credit", shown_example.is_some());
    say_in("credit", &shown_example.map(text::credit).unwrap_or_default());
    for example in &PHOTOGRAPHS {
        let is_shown = shown.photograph == Some(example.name);
        set_in(&format!("photograph-{}", example.name), "aria-pressed", bool_name(is_shown));
    }
}

/// An example was chosen.
pub fn pressed(send: SendCommand, name: &str) {
    if let Some(example) = by_name(name) {
        send.run(Command::Photograph(example));
    }
}

/// A file was chosen.
pub fn chosen(send: SendCommand, input: &HtmlInputElement) {
    if let Some(file) = first(input.files()) {
        send.run(Command::File(file));
    }
    // So that choosing the same file once more is a change again.
    input.set_value("");
}

/// A seed was typed.
pub fn typed(send: SendCommand, seed: &str) {
    if let Ok(seed) = seed.parse::<u64>()
        && seed <= LARGEST_SEED
    {
        send.run(Command::Scene(seed));
    }
}

/// The scene after this one.
pub fn next(state: State, send: SendCommand) {
    let seed = state.peek().seed;
    send.run(Command::Scene(if seed < LARGEST_SEED { seed + 1 } else { 0 }));
}

/// Takes a file that is dropped or pasted.
pub fn take(state: State, send: SendCommand, event: &Event) {
    let drag = event.unchecked_ref::<DragEvent>();
    let is_over = match event.type_().as_str() {
        "dragover" => {
            event.prevent_default();
            true
        }
        // With a related target the pointer has only gone from one element to another.
        "dragleave" => drag.related_target().is_some(),
        "drop" => {
            event.prevent_default();
            let file = drag.data_transfer().and_then(image_from_transfer);
            send.run(file.map_or(Command::NothingDropped, Command::File));
            false
        }
        _ => {
            let transfer = event.unchecked_ref::<ClipboardEvent>().clipboard_data();
            if let Some(file) = transfer.and_then(image_from_transfer) {
                event.prevent_default();
                send.run(Command::File(file));
            }
            false
        }
    };
    if state.peek().is_dragging != is_over {
        state.change(|shown| shown.is_dragging = is_over);
    }
}

fn image_from_transfer(transfer: DataTransfer) -> Option<File> {
    first(transfer.files())
}

fn first(files: Option<FileList>) -> Option<File> {
    files.and_then(|files| files.get(0))
}
