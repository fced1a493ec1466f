//! Where the image comes from: a file (chosen, dropped or pasted) or a generated scene.

use crate::state::{Command, SendCommand, State};
use crate::text;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Event, File, FileList, HtmlInputElement};

/// The largest seed that the field takes.
const LARGEST_SEED: u64 = 4_294_967_295;

/// The buttons below the image.
#[component]
pub fn SourceControls(
    /// What to show.
    state: State,
    /// Takes the visitor's wishes.
    send: SendCommand,
) -> impl IntoView {
    view! {
        <div class="source">
            <div class="own">
                <input
                    id="file"
                    type="file"
                    accept="image/*"
                    class="unseen"
                    on:change=move |event| {
                        let input = event_target::<HtmlInputElement>(&event);
                        if let Some(file) = first(input.files()) {
                            send.run(Command::File(file));
                        }
                        // So that choosing the same file once more is a change again.
                        input.set_value("");
                    }
                />
                <label for="file" class="button">{text::CHOOSE_IMAGE}</label>
                <span class="hint">{text::DROP_HINT}</span>
            </div>
            <div class="scene">
                <label for="seed" title=text::SEED_HELP>{text::SEED}</label>
                <input
                    id="seed"
                    type="number"
                    inputmode="numeric"
                    min="0"
                    max=LARGEST_SEED.to_string()
                    step="1"
                    prop:value=state.text(|shown| shown.seed.to_string())
                    on:input=state.on_value(send, |_, send, value| {
                        if let Ok(seed) = value.parse::<u64>() && seed <= LARGEST_SEED {
                            send.run(Command::Scene(seed));
                        }
                    })
                />
                <button
                    id="next-scene"
                    type="button"
                    on:click=state.on_click(send, |state, send| {
                        let seed = state.peek().seed;
                        send.run(Command::Scene(if seed < LARGEST_SEED { seed + 1 } else { 0 }));
                    })
                >
                    {text::NEXT_SCENE}
                </button>
            </div>
        </div>
    }
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
