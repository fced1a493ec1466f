//! Where the image comes from: a file (chosen, dropped or pasted), an example photograph, or a generated scene.

use crate::state::{Command, SendCommand, Shown, State};
use js_sys::Function;
use leptos::prelude::Callable;
use nadir_web_kit::dom::{bool_name, say_in, set_in, set_value, show};
use nadir_web_kit::text::examples::{Example, PHOTOGRAPHS, by_name};
use nadir_web_kit::{js, text};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Event, FileList, HtmlInputElement};

/// The largest seed that the field takes.
const LARGEST_SEED: u64 = 4_294_967_295;

/// The buttons below the image.
pub fn html() -> String {
    format!(
        r#"<p id="credit" class="hint" hidden></p><div class="source"><div class="own"><input id="file" type="file" accept="image/*" multiple class="unseen">
<label for="file" class="button">{choose}</label>
<input id="folder" type="file" webkitdirectory multiple class="unseen"><label for="folder" class="folder">{folder}</label>
<input id="photo" type="file" accept="image/*" capture="environment" class="unseen"><label for="photo" class="photo">{photo}</label>
<span class="hint">{drop}</span></div>
<ul class="photographs" aria-label="{examples}">{photographs}</ul>
<div class="scene"><label for="seed" title="{help}">{seed}</label>
<input id="seed" type="number" inputmode="numeric" min="0" max="{LARGEST_SEED}" step="1">
<button id="next-scene" type="button">{next}</button></div>
<ul class="examples" aria-label="{scenes_label}">{scenes}</ul></div>"#,
        choose = text::CHOOSE_IMAGE,
        folder = text::CHOOSE_FOLDER,
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
    if let Some(command) = command(input.files()) {
        send.run(command);
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
            let dropped = drag.data_transfer().and_then(from_transfer);
            send.run(dropped.unwrap_or(Command::NothingDropped));
            false
        }
        _ => {
            let transfer = event.unchecked_ref::<ClipboardEvent>().clipboard_data();
            if let Some(command) = transfer.and_then(from_transfer) {
                event.prevent_default();
                send.run(command);
            }
            false
        }
    };
    if state.peek().is_dragging != is_over {
        state.change(|shown| shown.is_dragging = is_over);
    }
}

fn from_transfer(transfer: DataTransfer) -> Option<Command> {
    command(transfer.files()).map(|command| match (folder_name(&transfer), command) {
        (Some(name), _) => Command::FolderDropped(name),
        (None, command) => command,
    })
}

/// The name of what was dropped first, if it is a folder.
fn folder_name(transfer: &DataTransfer) -> Option<String> {
    // By name, as `js::copy`: web-sys' own types for it are three more features.
    let item = js::field(&js::field(transfer, "items"), "0");
    let entry_of: Function = js::field(&item, "webkitGetAsEntry").dyn_into().ok()?;
    let entry = entry_of.call0(&item).ok()?;
    (js::field(&entry, "isDirectory") == true).then(|| js::text(&entry, "name"))?
}

/// One file is shown, several are labelled one after another.
fn command(files: Option<FileList>) -> Option<Command> {
    let files = files?;
    let mut all: Vec<_> = (0..files.length()).filter_map(|index| files.get(index)).collect();
    if all.len() > 1 { Some(Command::Files(all)) } else { all.pop().map(Command::File) }
}
