//! The network that the first is compared with: a Worker of its own, which labels whatever image the page shows.

use super::spawn::spawn;
use crate::state::{Compared, OtherEngine, OtherScores, State, View};
use crate::{address, messages};
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use nadir_core::protocol::{Answer, DeviceChoice, ImageInput, Request, Task};
use nadir_web_kit::text;
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Default)]
struct Inner {
    /// `None` if nothing is compared.
    worker: Option<Worker>,
    /// Answers bear it; those of a Worker before have another.
    start_id: u64,
    last_id: u64,
    /// The image request that is worked on.
    sent: Option<u64>,
}

impl Inner {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

/// The second network's client. Cloned handles speak of the same.
#[derive(Clone)]
pub(super) struct Second {
    state: State,
    inner: Rc<RefCell<Inner>>,
}

impl Second {
    /// Follows what the page shows.
    pub fn follow(state: State) -> Self {
        let second = Self { state, inner: Rc::default() };
        let follower = second.clone();
        Effect::new(move |_| {
            // Registers what is followed.
            let _ = state.get();
            let follower = follower.clone();
            // Not within the effect, which its own changes would call again.
            spawn(async move { follower.ask() });
        });
        second
    }

    /// Compares with this network from now on; `None` ends the comparison.
    pub fn start(&self, name: Option<String>) {
        address::set(address::COMPARE, name.as_deref());
        self.inner.borrow_mut().worker = None;
        let Some(name) = name else { return self.state.change(|shown| shown.compared = None) };
        self.state.change(|shown| shown.compared = Some(Rc::new(Compared::starting(name.clone()))));
        let second = self.clone();
        let id = {
            let mut inner = self.inner.borrow_mut();
            inner.sent = None;
            inner.start_id = inner.next_id();
            inner.start_id
        };
        let worker = Worker::start(Role::Engine, move |from| {
            if second.inner.borrow().start_id != id {
                return;
            }
            match from {
                FromWorker::Message { json, .. } => match messages::from_json(&json) {
                    Some(response) => second.receive(response.answer),
                    None => second.fail(text::BAD_ANSWER.into()),
                },
                FromWorker::Garbled => second.fail(text::BAD_ANSWER.into()),
                FromWorker::Crashed(message) => second.fail(message),
            }
        });
        let (Ok(worker), Some(bundle_url)) = (worker, address::bundle_url(&name)) else {
            return self.fail(text::BAD_ANSWER.into());
        };
        self.inner.borrow_mut().worker = Some(worker);
        // The CPU: two engines on one GPU would slow the one that is looked at.
        self.post(Request { id, task: Task::Start { bundle_url, device: DeviceChoice::Cpu } }, None);
    }

    fn receive(&self, answer: Answer) {
        match answer {
            Answer::Ready(ready) => self.change(|compared| {
                compared.engine =
                    OtherEngine::Running { labels: ready.labels.clone(), thresholds: ready.thresholds.clone() };
            }),
            Answer::Prediction(prediction) => {
                let Some(request) = self.inner.borrow_mut().sent.take() else { return };
                self.change(|compared| {
                    compared.scores = Some(OtherScores { request, scores: prediction.scores.clone() });
                });
            }
            Answer::Failed { message, .. } => self.fail(message),
            _ => {}
        }
    }

    /// Asks for the labels of the image that is shown, unless they are known or another image is being worked on.
    fn ask(&self) {
        let shown = self.state.peek();
        let (Some(compared), Some(image)) = (&shown.compared, &shown.image) else { return };
        // The first network's answer is what the visitor waits for.
        let is_answered = shown.prediction.as_ref().is_some_and(|prediction| prediction.request == image.request);
        let is_running = matches!(compared.engine, OtherEngine::Running { .. });
        let is_known = compared.request() == Some(image.request);
        if shown.view != View::Labels || !is_answered || !is_running || is_known {
            return;
        }
        let id = {
            let mut inner = self.inner.borrow_mut();
            if inner.sent.is_some() {
                return;
            }
            inner.sent = Some(image.request);
            inner.next_id()
        };
        // A copy, since what is posted is handed over.
        let pixels = Uint8Array::new(&image.pixels).slice(0, image.pixels.byte_length()).buffer();
        let input = ImageInput::Pixels { width: image.width, height: image.height };
        self.post(Request { id, task: Task::Predict { image: input } }, Some(&pixels));
    }

    fn post(&self, request: Request, bytes: Option<&ArrayBuffer>) {
        let json = messages::to_json(&request);
        let posted = self.inner.borrow().worker.as_ref().map(|worker| worker.post(&json, bytes));
        if let Some(Err(error)) = posted {
            self.fail(error.as_string().unwrap_or_default());
        }
    }

    /// The second network is gone; the first goes on.
    fn fail(&self, message: String) {
        self.inner.borrow_mut().worker = None;
        self.change(|compared| compared.engine = OtherEngine::Failed(message.clone()));
    }

    fn change(&self, change: impl Fn(&mut Compared)) {
        self.state.change(|shown| {
            if let Some(compared) = &mut shown.compared {
                change(Rc::make_mut(compared));
            }
        });
    }
}
