//! Computes a network's figures in this browser: the engine labels its test scenes, and what follows from the scores is
//! computed by the trainer's code.

use crate::check::{Checked, Described, Network, Stage, content};
use crate::page;
use nadir_core::bundle::DESCRIPTION_FILE;
use nadir_core::metric::label_figures::LabelFigures;
use nadir_core::protocol::{Failure, ImageInput, StartStep, Task};
use nadir_web_kit::dom::{by_id, document, say, set};
use nadir_web_kit::port::{Ended, Port, PortError, Reply};
use nadir_web_kit::text::{self as page_text, reports as text};
use nadir_web_kit::worker::Role;
use nadir_web_kit::{fetch, networks};
use serde::Deserialize;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

/// What a check needs of the engine's answers. Their whole type, with galleries and objects, would be a fifth of this
/// module's download.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Heard {
    /// As [`nadir_core::protocol::Answer::Progress`].
    Progress { step: StartStep, done_bytes: u64, total_bytes: u64 },
    /// The labels of [`nadir_core::protocol::Ready`].
    Ready { labels: Vec<String> },
    /// The truth of [`nadir_core::protocol::Answer::Image`].
    Image { true_labels: Option<Vec<usize>> },
    /// The scores of [`nadir_core::protocol::Prediction`].
    Prediction { scores: Vec<f32> },
    /// As [`nadir_core::protocol::Answer::Failed`].
    Failed { failure: Failure, message: String },
}

impl Reply for Heard {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. } | Self::Image { .. })
    }

    fn failure(&self) -> Option<PortError> {
        let Self::Failed { failure, message } = self else { return None };
        Some(PortError { message: message.clone(), is_lost: *failure == Failure::EngineLost })
    }
}

thread_local! {
    /// The number of the check that runs, or would be next.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// The networks of the site; none where it has no list.
pub async fn networks() -> Vec<Network> {
    let listed = fetch::text(networks::LIST).await.ok();
    listed.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Begins to compute the figures of this network; another check ends.
pub fn start(name: String) {
    let number = next();
    show(&name, Stage::Starting(text::CHECK_BEGINS.to_owned()), true);
    spawn_local(async move {
        let outcome = run(&name, number).await;
        if NUMBER.get() == number {
            show(&name, outcome.map_or_else(Stage::Failed, Stage::Done), true);
        }
    });
}

/// Ends the check that runs; its engine ends with the scene that it is at.
pub fn stop() {
    next();
    let shown = page::with(|page| page.check.clone()).flatten();
    let Some((name, stage)) = shown else { return };
    let (done, all) = if let Stage::Scoring(done, all) = stage { (done, all) } else { (0, 0) };
    show(&name, Stage::Stopped(done, all), true);
}

fn next() -> u64 {
    NUMBER.set(NUMBER.get() + 1);
    NUMBER.get()
}

async fn run(name: &str, number: u64) -> Result<Vec<Checked>, String> {
    let unreadable = || text::unreadable(&format!("models/{name}/{DESCRIPTION_FILE}"));
    let json = fetch::text(&format!("models/{name}/{DESCRIPTION_FILE}")).await.map_err(|_| unreadable())?;
    let described: Described = serde_json::from_str(&json).map_err(|_| unreadable())?;
    let check = described.check.ok_or_else(unreadable)?;
    let bundle_url = networks::bundle_url(name).ok_or_else(unreadable)?;
    let engine: Port<Heard> = Port::start(Role::Engine, ended)?;
    let of = name.to_owned();
    let begun = engine.ask_telling(&Task::Start { bundle_url, device: networks::device() }, None, move |answer| {
        if let (Heard::Progress { step, done_bytes, total_bytes }, true) = (answer, NUMBER.get() == number) {
            let so_far = match step {
                StartStep::Download => page_text::download_so_far(*done_bytes, *total_bytes),
                _ => String::new(),
            };
            show(&of, Stage::Starting(format!("{} {so_far}", page_text::step(*step)).trim_end().to_owned()), false);
        }
    });
    let Heard::Ready { labels } = begun.await?.0 else { return Err(page_text::BAD_ANSWER.to_owned()) };

    let (labels, seeds) = (labels.len(), check.seeds());
    let (mut scores, mut truth) = (Vec::new(), Vec::new());
    for (done, &seed) in seeds.iter().enumerate() {
        if NUMBER.get() != number {
            return Err(String::new());
        }
        show(name, Stage::Scoring(done, seeds.len()), done == 0);
        let found = Rc::new(RefCell::new(None));
        let keep = found.clone();
        let task = Task::Predict { image: ImageInput::Scene { seed, size: check.size } };
        let answered = engine.ask_telling(&task, None, move |answer| {
            if let Heard::Image { true_labels } = answer {
                keep.borrow_mut().clone_from(true_labels);
            }
        });
        let Heard::Prediction { scores: of_scene } = answered.await?.0 else {
            return Err(page_text::BAD_ANSWER.to_owned());
        };
        let true_labels = found.take().ok_or_else(|| page_text::BAD_ANSWER.to_owned())?;
        scores.extend(of_scene);
        truth.extend((0..labels).map(|label| true_labels.contains(&label)));
    }
    if scores.len() != truth.len() || described.thresholds.len() != labels {
        return Err(page_text::BAD_ANSWER.to_owned());
    }
    Ok(Checked::all(&check, &LabelFigures::of(&scores, &truth, &described.thresholds).named()))
}

fn ended(why: &Ended) -> String {
    match why {
        Ended::Crashed(message) if !message.is_empty() => format!("{} {message}", text::CHECK_CRASHED),
        Ended::Refused | Ended::Garbled(_) | Ended::Crashed(_) => text::CHECK_CRASHED.to_owned(),
    }
}

/// Shows where a check is: laid out anew where buttons come or go, so that a button keeps the focus meanwhile.
fn show(name: &str, stage: Stage, is_other: bool) {
    let scenes = page::with(|page| {
        page.check = Some((name.to_owned(), stage.clone()));
        page.networks.iter().find(|network| network.name == name).and_then(|network| network.check_scenes)
    });
    let (Some(host), Some(scenes)) = (by_id(&format!("check-{name}")), scenes.flatten()) else { return };
    if is_other {
        let had_focus = document().active_element().is_some_and(|focused| host.contains(Some(focused.as_ref())));
        host.set_inner_html(&content(name, scenes, Some(&stage)));
        if let (true, Ok(Some(button))) = (had_focus, host.query_selector("button")) {
            let _ = button.unchecked_ref::<HtmlElement>().focus();
        }
        return;
    }
    let what = match &stage {
        Stage::Starting(what) => what.clone(),
        Stage::Scoring(done, all) => {
            if let Some(bar) = by_id(&format!("check-bar-{name}")) {
                set(&bar, "max", &all.to_string());
                set(&bar, "value", &done.to_string());
            }
            text::scored(*done, *all)
        }
        _ => return,
    };
    if let Some(line) = by_id(&format!("check-said-{name}")) {
        say(&line, &what);
    }
}
