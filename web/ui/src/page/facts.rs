//! What ran, on what, and how long each step was: each number under its name.

use crate::address;
use crate::options::{Choice, Options};
use crate::state::{Command, SendCommand, Shown, State, View};
use leptos::prelude::*;
use nadir_core::protocol::Ready;
use nadir_web_kit::numbers::{bytes, duration};
use nadir_web_kit::text::{self, objects};

/// The panel below image and labels.
#[component]
pub fn Facts(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    view! {
        <h2 id="facts-title">{text::FACTS}</h2>
        <div class="runs-on">
            <div><Device state send /></div>
            <div><Network state send /></div>
        </div>
        <FactList id="times" facts=state.memo(times) />
        <FactList id="figures" facts=state.memo(figures) />
    }
}

#[component]
fn Device(state: State, send: SendCommand) -> impl IntoView {
    let backend = |ready: &Ready| format!("{}, {}", ready.backend, ready.adapter);
    let choose = move |event| send.run(Command::Device(address::device_from_name(&event_target_value(&event))));
    let devices = Memo::new(|_| {
        [("auto", text::DEVICE_AUTO), ("webgpu", text::DEVICE_WEBGPU), ("cpu", text::DEVICE_CPU)]
            .map(|(value, name)| (value.to_owned(), name.to_owned()))
            .to_vec()
    });
    view! {
        <h3>{text::RUNS_ON}</h3>
        <p id="backend">{ready_or(state, text::NOT_YET, backend)}</p>
        <p id="reason" class="hint">{ready_or(state, "", |ready| ready.reason.clone())}</p>
        <label for="device">{text::DEVICE}</label>
        <select id="device" on:change=choose>
            <Options choices=devices chosen=state.memo(|shown| address::device_name(shown.device).to_owned()) />
        </select>
    }
}

#[component]
fn Network(state: State, send: SendCommand) -> impl IntoView {
    let has_no_other = state.memo(|shown| shown.models.len() < 2);
    let has_no_comparison = state.memo(|shown| shown.view != View::Labels || shown.models.len() < 2);
    let compared = |shown: &Shown| shown.compared.as_ref().map(|compared| compared.name.clone()).unwrap_or_default();
    let choose = move |event| send.run(Command::Model(event_target_value(&event)));
    let compare = move |event| {
        send.run(Command::Compare(Some(event_target_value(&event)).filter(|name| !name.is_empty())));
    };
    view! {
        <h3>{text::MODEL}</h3>
        <p id="description">{ready_or(state, text::NOT_YET, |ready| ready.description.clone())}</p>
        <p id="network-note" class="hint">{ready_or(state, "", text::network_note)}</p>
        <select id="model" aria-label=text::MODEL hidden=has_no_other on:change=choose>
            <Options choices=state.memo(networks) chosen=state.memo(|shown| shown.model.clone()) />
        </select>
        <div id="comparison" hidden=has_no_comparison>
            <label for="compare">{text::COMPARE}</label>
            <select id="compare" on:change=compare>
                <Options choices=state.memo(others) chosen=state.memo(compared) />
            </select>
        </div>
    }
}

/// The networks by their titles.
fn networks(shown: &Shown) -> Vec<Choice> {
    shown.models.iter().map(|offer| (offer.name.clone(), offer.title.clone())).collect()
}

/// None, or any of the networks.
fn others(shown: &Shown) -> Vec<Choice> {
    let none = (String::new(), text::COMPARE_NONE.to_owned());
    std::iter::once(none).chain(networks(shown)).collect()
}

/// A text of what runs, once it does.
fn ready_or(state: State, before: &'static str, words: fn(&Ready) -> String) -> Memo<String> {
    Memo::new(move |_| state.get().ready.as_deref().map_or_else(|| before.to_owned(), words))
}

/// A name, a value and what to know about it.
#[derive(Clone, PartialEq)]
struct Fact {
    /// Name of the number.
    name: String,
    /// The number with its unit.
    value: String,
    /// How it is meant; may be empty.
    note: String,
}

#[component]
fn FactList(id: &'static str, facts: Memo<Vec<Fact>>) -> impl IntoView {
    let fact = |Fact { name, value, note }| {
        view! { <div><dt>{name}</dt><dd>{value}</dd><dd class="note">{note}</dd></div> }
    };
    view! { <dl id=id>{move || facts.get().into_iter().map(fact).collect_view()}</dl> }
}

/// The times of the start and of the runs.
fn times(shown: &Shown) -> Vec<Fact> {
    let of_start = |name: &str, value: Option<String>, note: Option<String>| Fact {
        name: name.to_owned(),
        value: value.unwrap_or_else(|| text::NOT_YET.to_owned()),
        note: note.unwrap_or_default(),
    };
    let ready = shown.ready.as_deref();
    let (run, note) = match shown.view {
        View::Labels | View::Neighbours | View::Scenes | View::Teach | View::Reports | View::Learn => {
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
fn figures(shown: &Shown) -> Vec<Fact> {
    let Some(ready) = &shown.ready else { return Vec::new() };
    let fact = |(key, &value): (&String, &f64)| Fact {
        name: text::figure_name(key),
        value: text::figure_value(value),
        note: String::new(),
    };
    let of_objects = ready.objects.as_ref().filter(|_| shown.view == View::Objects);
    of_objects.map_or(&ready.figures, |objects| &objects.figures).iter().map(fact).collect()
}
