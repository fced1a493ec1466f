//! What ran, on what, and how long each step was: each number under its name.

use crate::address;
use crate::state::{Shown, View};
use nadir_core::protocol::Ready;
use nadir_web_kit::dom::{child, draw_list, say, say_in, set, set_value, show};
use nadir_web_kit::numbers::{bytes, duration};
use nadir_web_kit::text::{self, objects};

/// The panel below image and labels.
pub fn html() -> String {
    format!(
        r#"<h2 id="facts-title">{facts}</h2><div class="runs-on">
<div><h3>{runs_on}</h3><p id="backend"></p><p id="reason" class="hint"></p>
<label for="device">{device}</label><select id="device"><option value="auto">{auto}</option>
<option value="webgpu">{webgpu}</option><option value="cpu">{cpu}</option></select></div>
<div><h3>{model}</h3><p id="description"></p><p id="network-note" class="hint"></p>
<select id="model" aria-label="{model}" hidden></select>
<div id="comparison" hidden><label for="compare">{compare}</label><select id="compare"></select></div></div></div>
<dl id="times"></dl><dl id="figures"></dl>"#,
        facts = text::FACTS,
        runs_on = text::RUNS_ON,
        device = text::DEVICE,
        auto = text::DEVICE_AUTO,
        webgpu = text::DEVICE_WEBGPU,
        cpu = text::DEVICE_CPU,
        model = text::MODEL,
        compare = text::COMPARE,
    )
}

/// Draws device, network, times and figures.
pub fn draw(shown: &Shown) {
    say_in("backend", &ready_or(shown, text::NOT_YET, |ready| format!("{}, {}", ready.backend, ready.adapter)));
    say_in("reason", &ready_or(shown, "", |ready| ready.reason.clone()));
    set_value("device", address::device_name(shown.device));
    say_in("description", &ready_or(shown, text::NOT_YET, |ready| ready.description.clone()));
    say_in("network-note", &ready_or(shown, "", text::network_note));
    show("model", shown.models.len() > 1);
    draw_models(shown);
    show("comparison", shown.view == View::Labels && shown.models.len() > 1);
    draw_compared(shown);
    draw_facts("times", &times(shown));
    draw_facts("figures", &figures(shown));
}

fn draw_facts(id: &str, facts: &[Fact]) {
    draw_list(id, facts.len(), "div", &mut |index, item| {
        let fact = &facts[index];
        say(&child(item, 0, "dt", ""), &fact.name);
        say(&child(item, 1, "dd", ""), &fact.value);
        say(&child(item, 2, "dd", "note"), &fact.note);
    });
}

fn draw_models(shown: &Shown) {
    draw_list("model", shown.models.len(), "option", &mut |index, item| {
        let offer = &shown.models[index];
        set(item, "value", &offer.name);
        say(item, &offer.title);
        if offer.name == shown.model {
            set(item, "selected", "");
        }
    });
}

fn draw_compared(shown: &Shown) {
    let compared = shown.compared.as_ref().map_or("", |compared| &compared.name);
    draw_list("compare", shown.models.len() + 1, "option", &mut |index, item| {
        let offer = index.checked_sub(1).map(|index| &shown.models[index]);
        set(item, "value", offer.map_or("", |offer| &offer.name));
        say(item, offer.map_or(text::COMPARE_NONE, |offer| &offer.title));
    });
    // A choice takes only what is in its list, which comes later than the address.
    if compared.is_empty() || shown.models.iter().any(|offer| offer.name == *compared) {
        set_value("compare", compared);
    }
}

/// A name, a value and what to know about it.
struct Fact {
    /// Name of the number.
    name: String,
    /// The number with its unit.
    value: String,
    /// How it is meant; may be empty.
    note: String,
}

/// A text of what runs, once it does.
fn ready_or(shown: &Shown, before: &str, text: fn(&Ready) -> String) -> String {
    shown.ready.as_deref().map_or_else(|| before.to_owned(), text)
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
