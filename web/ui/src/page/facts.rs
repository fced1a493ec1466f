//! What ran, on what, and how long each part took: each number named for what it is.

use crate::address;
use crate::numbers::{bytes, duration};
use crate::state::{Command, SendCommand, Shown, State, View};
use crate::text::{self, objects};
use leptos::prelude::*;
use nadir_shared::protocol::Ready;

/// A name, a value and what to know about it.
pub struct Fact {
    /// What it is.
    pub name: String,
    /// How much.
    pub value: String,
    /// How it is meant; may be empty.
    pub note: String,
}

/// The panel below image and labels.
#[component]
pub fn Facts(
    /// What to show.
    state: State,
    /// Takes the visitor's wishes.
    send: SendCommand,
) -> impl IntoView {
    view! {
        <section class="facts" aria-labelledby="facts-title">
            <h2 id="facts-title">{text::FACTS}</h2>
            <div class="runs-on">
                <div>
                    <h3>{text::RUNS_ON}</h3>
                    <p id="backend">{state.text(|shown| ready_or(shown, text::NOT_YET, |ready| format!("{}, {}", ready.backend, ready.adapter)))}</p>
                    <p class="hint">{state.text(|shown| ready_or(shown, "", |ready| ready.reason.clone()))}</p>
                    <label for="device">{text::DEVICE}</label>
                    <select
                        id="device"
                        prop:value=state.text(|shown| address::device_name(shown.device).to_owned())
                        on:change=state.on_value(send, |_, send, value| {
                            send.run(Command::Device(address::device_from_name(&value)));
                        })
                    >
                        <option value="auto">{text::DEVICE_AUTO}</option>
                        <option value="webgpu">{text::DEVICE_WEBGPU}</option>
                        <option value="cpu">{text::DEVICE_CPU}</option>
                    </select>
                </div>
                <div>
                    <h3>{text::MODEL}</h3>
                    <p id="description">{state.text(|shown| ready_or(shown, text::NOT_YET, |ready| ready.description.clone()))}</p>
                    <p class="hint">{state.text(|shown| ready_or(shown, "", text::network_note))}</p>
                    <select
                        id="model"
                        aria-label=text::MODEL
                        hidden=state.flag(|shown| shown.models.len() < 2)
                        on:change=state.on_value(send, |_, send, value| send.run(Command::Model(value)))
                    >
                    </select>
                </div>
            </div>
            <dl id="times"></dl>
            <dl id="figures"></dl>
        </section>
    }
}

/// A text of what runs, once it does.
fn ready_or(shown: &Shown, before: &str, text: fn(&Ready) -> String) -> String {
    shown.ready.as_deref().map_or_else(|| before.to_owned(), text)
}

/// The times of the start and of the runs.
pub fn times(shown: &Shown) -> Vec<Fact> {
    let of_start = |name: &str, value: Option<String>, note: Option<String>| Fact {
        name: name.to_owned(),
        value: value.unwrap_or_else(|| text::NOT_YET.to_owned()),
        note: note.unwrap_or_default(),
    };
    let ready = shown.ready.as_deref();
    let (run, note) = match shown.view {
        View::Labels => {
            let run = shown.prediction.as_ref().map(|shown| &shown.prediction);
            (run.map(|run| (run.run_ms, run.median_ms, run.runs)), text::THIS_RUN_NOTE)
        }
        View::Objects => {
            let run = shown.objects.as_ref().map(|shown| &shown.objects);
            (run.map(|run| (run.run_ms, run.median_ms, run.runs)), objects::THIS_RUN_NOTE)
        }
    };
    vec![
        of_start(text::DOWNLOAD, ready.map(|ready| bytes(ready.weights_bytes)), ready.map(text::download_time)),
        of_start(text::LOAD, ready.map(|ready| duration(ready.load_ms)), Some(text::LOAD_NOTE.into())),
        of_start(text::FIRST_RUN, ready.map(|ready| duration(ready.first_run_ms)), Some(text::FIRST_RUN_NOTE.into())),
        of_start(text::THIS_RUN, run.map(|run| duration(run.0)), Some(note.into())),
        of_start(text::MEDIAN, run.map(|run| duration(run.1)), run.map(|run| text::median_note(run.2))),
    ]
}

/// The figures of the training run, of the network that the view is about.
pub fn figures(shown: &Shown) -> Vec<Fact> {
    let Some(ready) = &shown.ready else { return Vec::new() };
    let fact = |(key, &value): (&String, &f64)| Fact {
        name: text::figure_name(key),
        value: text::figure_value(value),
        note: String::new(),
    };
    let of_objects = ready.objects.as_ref().filter(|_| shown.view == View::Objects);
    of_objects.map_or(&ready.figures, |objects| &objects.figures).iter().map(fact).collect()
}
