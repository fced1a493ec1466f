//! The engine's client: starts the Worker, sends it what the visitor wants, writes its answers into the page's state,
//! and starts it again when it is lost.

mod answers;
mod gallery;
mod requests;
mod second;

use self::second::Second;
use crate::state::{Action, Command, Notice, Phase, State, View};
use crate::{address, messages};
use js_sys::{Array, ArrayBuffer, JSON};
use leptos::prelude::*;
use nadir_core::protocol::{DeviceChoice, Failure, Request, Task};
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use nadir_web_kit::{js, text};
use std::{cell::RefCell, pin::Pin, rc::Rc};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Larger files are refused.
const MOST_FILE_BYTES: f64 = 60e6;
/// Starts without a prediction between them before the page gives up.
const MOST_RESTARTS: u32 = 3;
/// The list of networks, beside the page.
const MODELS: &str = "models/index.json";
/// Where the browser keeps the name of the last default network, for a start without a connection.
const LAST_MODEL: &str = "nadir.model";

/// Where an image comes from.
#[derive(Clone)]
enum Source {
    Scene(u64),
    File(File),
}

/// An image that the visitor wants to see. What is shown of it, labels or objects, bears its number.
#[derive(Clone)]
struct Wish {
    number: u64,
    source: Source,
}

struct Inner {
    worker: Option<Worker>,
    last_id: u64,
    start_id: u64,
    predict_id: u64,
    name_id: u64,
    /// The candidates whose names are asked for.
    naming: Vec<usize>,
    /// A start was asked for; before that the page shows what needs no engine.
    is_begun: bool,
    is_started: bool,
    is_in_flight: bool,
    /// The visitor wanted something else meanwhile.
    is_outdated: bool,
    /// The browser has decoded the file for this request.
    is_browser_decoded: bool,
    restarts: u32,
    device: DeviceChoice,
    fell_back: bool,
    /// What the visitor wants to see.
    wanted: Wish,
    /// What the request in flight is about.
    asked: Wish,
    /// What was labelled, or searched for objects, last.
    shown: Wish,
    last_wish: u64,
    truth: Option<Vec<bool>>,
    gallery: gallery::GalleryRequests,
}

/// The client. Cloned handles speak of the same engine.
#[derive(Clone)]
pub struct Engine {
    state: State,
    second: Second,
    inner: Rc<RefCell<Inner>>,
}

impl Engine {
    /// Reads the address and starts the engine that it names.
    pub fn start(state: State) -> Self {
        let seed = address::get(address::SEED).and_then(|seed| seed.parse().ok()).unwrap_or(1);
        state.change(|shown| {
            shown.view = address::view();
            shown.seed = seed;
            shown.device = address::device();
            shown.threshold = address::share(address::THRESHOLD);
            shown.score_from = address::share(address::SCORE);
            shown.overlap = address::share(address::OVERLAP).unwrap_or(shown.overlap);
        });
        let first = Wish { number: 1, source: Source::Scene(seed) };
        let inner = Inner {
            worker: None,
            last_id: 0,
            start_id: 0,
            predict_id: 0,
            name_id: 0,
            naming: Vec::new(),
            is_begun: false,
            is_started: false,
            is_in_flight: false,
            is_outdated: false,
            is_browser_decoded: false,
            restarts: 0,
            device: address::device(),
            fell_back: false,
            wanted: first.clone(),
            asked: first.clone(),
            shown: first,
            last_wish: 1,
            truth: None,
            gallery: gallery::GalleryRequests::default(),
        };
        let engine = Self { state, second: Second::follow(state), inner: Rc::new(RefCell::new(inner)) };
        let again = engine.clone();
        // For the life of the page.
        let _ = window_event_listener_untyped("online", move |_| {
            if matches!(again.state.peek().notice_kind(), Some("offline" | "network")) {
                again.run(Command::Act(Action::Retry));
            }
        });
        if address::view().needs_engine() {
            engine.begin();
        }
        if let Some(name) = address::plain(address::COMPARE) {
            engine.second.start(Some(name));
        }
        engine
    }

    /// Does what the visitor wants.
    pub fn run(&self, command: Command) {
        match command {
            Command::Scene(seed) => {
                self.state.change(|shown| shown.seed = seed);
                self.want(Source::Scene(seed));
            }
            Command::File(file) if file.size() > MOST_FILE_BYTES => self.tell("too_large", text::TOO_LARGE),
            Command::File(file) => self.want(Source::File(file)),
            Command::NothingDropped => self.tell("no_image", text::NO_IMAGE_DROPPED),
            Command::Device(device) => {
                address::set(address::DEVICE, Some(address::device_name(device)));
                self.state.change(|shown| shown.device = device);
                self.begin();
            }
            Command::Model(name) => {
                address::set(address::MODEL, Some(&name));
                self.begin();
            }
            Command::Compare(name) => self.second.start(name),
            Command::Copy => self.copy(),
            Command::View(view) => self.look_at(view),
            Command::Name => self.name_visible(),
            Command::Thumbnails => self.fetch_sheet(),
            Command::Act(Action::Retry) => self.begin(),
            Command::Act(Action::UseCpu) => self.run(Command::Device(DeviceChoice::Cpu)),
        }
    }

    /// Shows the labels or the objects. What the address names beside the view stays as it is now, also where the
    /// visitor went back to an older one.
    fn look_at(&self, view: View) {
        self.state.change(|shown| shown.view = view);
        if !self.inner.borrow().is_begun {
            // Nothing was chosen yet that the address should name.
            if view.needs_engine() {
                self.begin();
            }
            return;
        }
        let shown = self.state.peek();
        if address::device() != shown.device {
            address::set(address::DEVICE, Some(address::device_name(shown.device)));
        }
        if address::model().as_ref().or(shown.models.first()) != Some(&shown.model) {
            address::set(address::MODEL, Some(&shown.model));
        }
        if !view.needs_engine() {
            return;
        }
        let wanted = self.inner.borrow().wanted.clone();
        self.write_seed(&wanted.source);
        let answered = match view {
            View::Objects if self.has_detector() => shown.objects.as_ref().map(|objects| objects.wish),
            View::Objects => shown.image.as_ref().map(|image| image.wish),
            _ => shown.prediction.as_ref().map(|prediction| prediction.wish),
        };
        if answered != Some(wanted.number) {
            self.predict();
        }
        self.seek_neighbours();
    }

    fn has_detector(&self) -> bool {
        self.state.peek().ready.as_ref().is_some_and(|ready| ready.objects.is_some())
    }

    fn want(&self, source: Source) {
        self.inner.borrow_mut().wish(source);
        if self.state.peek().phase != Phase::Failed {
            self.state.change(|shown| shown.notice = None);
        }
        self.predict();
    }

    /// A start that the visitor asked for: all counts begin anew.
    fn begin(&self) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.is_begun = true;
            inner.restarts = 0;
            inner.fell_back = false;
            inner.device = self.state.peek().device;
        }
        self.enter(Phase::Starting, None);
        self.stop();
        let engine = self.clone();
        spawn(async move {
            let models = fetch_models().await;
            let default = match models.first() {
                Some(name) => Some(name.clone()),
                None => storage().and_then(|storage| storage.get_item(LAST_MODEL).ok().flatten()),
            };
            engine.state.change(|shown| shown.models = models);
            let Some(model) = address::model().or_else(|| default.clone()) else {
                return engine.give_up(Failure::Network, String::new());
            };
            if let (Some(storage), Some(default)) = (storage(), default) {
                // A full or forbidden storage costs only the start without a connection.
                let _ = storage.set_item(LAST_MODEL, &default);
            }
            engine.state.change(|shown| shown.model = model);
            engine.boot();
        });
    }

    /// Ends the Worker, if there is one; its late answers are of requests that nobody waits for.
    fn stop(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.worker = None;
        inner.is_started = false;
        inner.is_in_flight = false;
        inner.start_id = 0;
        inner.predict_id = 0;
        inner.name_id = 0;
    }

    /// A new Worker.
    fn boot(&self) {
        self.stop();
        let engine = self.clone();
        let worker = Worker::start(Role::Engine, move |from| match from {
            FromWorker::Message { json, bytes } => match messages::response_from_json(&json) {
                Some(response) => engine.receive(response, bytes),
                None => engine.give_up(Failure::Protocol, text::BAD_ANSWER.into()),
            },
            FromWorker::Garbled => engine.give_up(Failure::Protocol, text::BAD_ANSWER.into()),
            FromWorker::Crashed(message) => engine.lost(message),
        });
        let bundle_url = address::bundle_url(&self.state.peek().model);
        let (Ok(worker), Some(bundle_url)) = (worker, bundle_url) else {
            return self.give_up(Failure::Protocol, text::BAD_ANSWER.into());
        };
        let device = {
            let mut inner = self.inner.borrow_mut();
            inner.worker = Some(worker);
            inner.start_id = inner.next_id();
            inner.device
        };
        let id = self.inner.borrow().start_id;
        self.post(Request { id, task: Task::Start { bundle_url, device } }, None);
    }

    fn post(&self, request: Request, bytes: Option<&ArrayBuffer>) {
        let posted = self
            .inner
            .borrow()
            .worker
            .as_ref()
            .map(|worker| worker.post(&messages::json_from_request(&request), bytes));
        if let Some(Err(error)) = posted {
            self.lost(error.as_string().unwrap_or_default());
        }
    }

    /// The Worker is gone: a new one, with the same image, unless that has failed too often.
    fn lost(&self, detail: String) {
        self.stop();
        let attempt = {
            let mut inner = self.inner.borrow_mut();
            inner.restarts += 1;
            if inner.restarts == 2 && inner.device != DeviceChoice::Cpu {
                inner.device = DeviceChoice::Cpu;
                inner.fell_back = true;
            }
            inner.restarts
        };
        if attempt > MOST_RESTARTS {
            let (kind, text) = if is_offline() { ("offline", text::OFFLINE) } else { ("crashed", text::CRASHED) };
            let notice = Notice { kind, text: text.into(), detail, action: Some(Action::Retry) };
            return self.enter(Phase::Failed, Some(notice));
        }
        let text = text::restarting(attempt, MOST_RESTARTS);
        self.enter(Phase::Starting, Some(Notice { kind: "restarting", text, detail, action: None }));
        self.boot();
    }

    /// Nothing goes on until the visitor acts.
    fn give_up(&self, failure: Failure, message: String) {
        self.stop();
        let (kind, action) = match failure {
            Failure::NoWebGpu => ("no_webgpu", Action::UseCpu),
            Failure::Network if is_offline() => ("offline", Action::Retry),
            Failure::Network => ("network", Action::Retry),
            Failure::BundleVersion => ("bundle_version", Action::Retry),
            Failure::BundleBroken => ("bundle_broken", Action::Retry),
            Failure::Decode | Failure::EngineLost | Failure::Protocol => ("protocol", Action::Retry),
        };
        let text = if kind == "offline" { text::OFFLINE.into() } else { text::failure(failure, "") };
        self.enter(Phase::Failed, Some(Notice { kind, text, detail: message, action: Some(action) }));
    }

    /// Copies what is found in the image to the clipboard.
    fn copy(&self) {
        let json = crate::copy::json(&self.state.peek());
        let engine = self.clone();
        spawn(async move {
            let (kind, text) =
                if js::copy(&json).await.is_ok() { ("copied", text::COPIED) } else { ("not_copied", text::NOT_COPIED) };
            engine.tell(kind, text);
        });
    }

    /// A message that changes nothing else.
    fn tell(&self, kind: &'static str, text: &str) {
        let notice = Notice { kind, text: text.into(), detail: String::new(), action: None };
        self.state.change(|shown| shown.notice = Some(notice));
    }

    /// A phase that begins with this message, or none.
    fn enter(&self, phase: Phase, notice: Option<Notice>) {
        self.state.change(|shown| {
            shown.phase = phase;
            shown.notice = notice;
            shown.progress = None;
        });
    }
}

impl Inner {
    fn wish(&mut self, source: Source) {
        self.last_wish += 1;
        self.wanted = Wish { number: self.last_wish, source };
    }

    /// The number of the next request; each has its own.
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn next_predict_id(&mut self) -> u64 {
        self.predict_id = self.next_id();
        self.predict_id
    }
}

fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Boxed, so that the code that runs a future is in the download once.
fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(Box::pin(future) as Pin<Box<dyn Future<Output = ()>>>);
}

/// The names of the networks to choose from; none where the list cannot be fetched.
async fn fetch_models() -> Vec<String> {
    let fetch = async {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let response = JsFuture::from(window.fetch_with_str(MODELS)).await?.unchecked_into::<web_sys::Response>();
        let json = JsFuture::from(response.text()?).await?;
        JSON::parse(&json.as_string().unwrap_or_default())?.dyn_into::<Array>()
    };
    let models = fetch.await.unwrap_or_default();
    models.iter().filter_map(|model| js::text(&model, "name")).collect()
}
