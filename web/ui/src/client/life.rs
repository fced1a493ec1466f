//! The engine's life: started, given up, or started again where it was lost.

use super::engine::{Device, Engine, FirstImage};
use super::handle::{Client, Inner};
use super::image_request::Source;
use super::models;
use super::own_image;
use super::second::Second;
use super::spawn::spawn;
use crate::state::{Action, Command, Notice, Phase, State};
use crate::{address, messages};
use leptos::prelude::*;
use nadir_core::bundle::Imagery;
use nadir_core::protocol::{DeviceChoice, Failure, Request, Task};
use nadir_web_kit::text;
use nadir_web_kit::text::examples::PHOTOGRAPHS;
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use std::{cell::RefCell, rc::Rc};

/// Starts without a prediction between them before the page gives up.
const MOST_RESTARTS: u32 = 3;

impl Client {
    /// Reads the address and starts the engine that it names.
    pub fn start(state: State) -> Self {
        let requested = address::get(address::SEED).and_then(|seed| seed.parse().ok());
        let seed = requested.unwrap_or(1);
        state.change(|shown| {
            shown.view = address::view();
            shown.seed = seed;
            shown.device = address::device();
            shown.threshold = address::share(address::THRESHOLD);
            shown.score_from = address::share(address::SCORE);
            shown.overlap = address::share(address::OVERLAP).unwrap_or(shown.overlap);
        });
        let inner = Inner::new(address::photograph(), requested, address::device());
        let client = Self { state, second: Second::follow(state), inner: Rc::new(RefCell::new(inner)) };
        let again = client.clone();
        // For the life of the page.
        let _ = window_event_listener_untyped("online", move |_| {
            if matches!(again.state.peek().notice_kind(), Some("offline" | "network")) {
                again.run(Command::Act(Action::Retry));
            }
        });
        if address::view().needs_engine() {
            client.begin();
        }
        if let Some(name) = address::plain(address::COMPARE) {
            client.second.start(Some(name));
        }
        client
    }

    /// A start that the visitor requested: all counts start over.
    pub(super) fn begin(&self) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.engine = Engine::Stopped;
            inner.restarts = 0;
            inner.device = Device::Chosen(self.state.peek().device);
        }
        self.enter(Phase::Starting, None);
        self.stop();
        let client = self.clone();
        spawn(async move {
            let offers = models::list().await;
            let default = offers.first().map(|offer| offer.name.clone()).or_else(models::last);
            client.state.change(|shown| shown.models = offers);
            let Some(model) = address::model().or_else(|| default.clone()) else {
                return client.give_up(Failure::Network, String::new());
            };
            if let Some(default) = default {
                models::keep(&default);
            }
            client.state.change(|shown| shown.model = model);
            client.return_to_own_image().await;
            client.open_with_its_images();
            client.boot();
        });
    }

    /// After a reload of the tab the visitor's own image is there again.
    async fn return_to_own_image(&self) {
        if self.inner.borrow().first_image == FirstImage::Named || !address::names_own_image() {
            return;
        }
        if let Some(file) = own_image::kept().await {
            let mut inner = self.inner.borrow_mut();
            inner.first_image = FirstImage::Named;
            inner.request(Source::File(file));
        }
    }

    /// Until the visitor chooses an image, the page shows one of those that the network is for.
    fn open_with_its_images(&self) {
        let shown = self.state.peek();
        let imagery = shown.models.iter().find(|offer| offer.name == shown.model).map(|offer| offer.imagery);
        let mut inner = self.inner.borrow_mut();
        if inner.first_image == FirstImage::OfNetwork {
            let source = match imagery {
                Some(Imagery::Photographs) => Source::Photograph(&PHOTOGRAPHS[0]),
                Some(Imagery::Scenes) | None => Source::Scene(shown.seed),
            };
            inner.request(source);
        }
    }

    /// Ends the engine until a view needs it again: another page runs one of its own.
    pub(super) fn rest(&self) {
        self.stop();
        self.inner.borrow_mut().engine = Engine::Resting;
        self.enter(Phase::Starting, None);
    }

    /// Ends the Worker, if there is one, and starts another.
    fn boot(&self) {
        self.stop();
        let client = self.clone();
        let worker = Worker::start(Role::Engine, move |from| match from {
            FromWorker::Message { json, bytes } => match messages::from_json(&json) {
                Some(response) => client.receive(response, bytes),
                None => client.give_up(Failure::Protocol, text::BAD_ANSWER.into()),
            },
            FromWorker::Garbled => client.give_up(Failure::Protocol, text::BAD_ANSWER.into()),
            FromWorker::Crashed(message) => client.lost(message),
        });
        let bundle_url = address::bundle_url(&self.state.peek().model);
        let (Ok(worker), Some(bundle_url)) = (worker, bundle_url) else {
            return self.give_up(Failure::Protocol, text::BAD_ANSWER.into());
        };
        let (id, device) = {
            let mut inner = self.inner.borrow_mut();
            let id = inner.next_id();
            inner.engine = Engine::Starting(worker, id);
            (id, inner.device.choice())
        };
        self.post(Request { id, task: Task::Start { bundle_url, device } }, None);
    }

    /// The Worker is gone: a new one, with the same image, unless that has failed too often.
    pub(super) fn lost(&self, detail: String) {
        self.stop();
        let attempt = {
            let mut inner = self.inner.borrow_mut();
            inner.restarts += 1;
            if inner.restarts == 2 && inner.device.choice() != DeviceChoice::Cpu {
                inner.device = Device::CpuInstead;
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
    pub(super) fn give_up(&self, failure: Failure, message: String) {
        self.stop();
        let (kind, action) = match failure {
            Failure::NoWebGpu => ("no_webgpu", Action::UseCpu),
            Failure::Network if is_offline() => ("offline", Action::Retry),
            Failure::Network => ("network", Action::Retry),
            Failure::BundleVersion => ("bundle_version", Action::Retry),
            Failure::BundleBands => ("bundle_bands", Action::Retry),
            Failure::BundleBroken => ("bundle_broken", Action::Retry),
            Failure::Decode | Failure::EngineLost | Failure::Protocol => ("protocol", Action::Retry),
        };
        let text = if kind == "offline" { text::OFFLINE.into() } else { text::failure(failure, "") };
        self.enter(Phase::Failed, Some(Notice { kind, text, detail: message, action: Some(action) }));
    }
}

fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}
