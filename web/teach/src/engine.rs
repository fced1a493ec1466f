//! The engine in its Worker, as futures: a request, and what it came to.

use js_sys::{ArrayBuffer, Function, Promise, Uint8Array};
use nadir_core::protocol::{Answer, Request, Response, Task};
use nadir_web_kit::text::teach as text;
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// What a request came to: an answer with its bytes, or a sentence for the visitor.
pub type Answered = Result<(Answer, Vec<u8>), Failed>;

/// A request that was not carried out.
#[derive(Debug, Clone)]
pub struct Failed {
    /// A sentence for the visitor.
    pub message: String,
    /// The engine cannot go on.
    pub is_lost: bool,
}

/// Handles speak of the same engine; it ends with the last.
#[derive(Clone)]
pub struct Engine(Rc<Inner>);

struct Inner {
    worker: RefCell<Option<Worker>>,
    last_id: Cell<u64>,
    waiting: RefCell<HashMap<u64, Waiter>>,
}

struct Waiter {
    result: Rc<RefCell<Option<Answered>>>,
    resolve: Function,
    progress: Rc<dyn Fn(&Answer)>,
}

impl Engine {
    /// Starts a Worker.
    ///
    /// # Errors
    /// Where the browser refuses to.
    pub fn start() -> Result<Self, Failed> {
        let inner = Rc::new(Inner { worker: RefCell::default(), last_id: Cell::new(0), waiting: RefCell::default() });
        let receiver = Rc::downgrade(&inner);
        let worker = Worker::start(Role::Engine, move |from| {
            if let Some(inner) = receiver.upgrade() {
                Self(inner).receive(from);
            }
        });
        *inner.worker.borrow_mut() = Some(worker.map_err(|_| lost(text::STOPPED))?);
        Ok(Self(inner))
    }

    /// Sends a request and waits for its answer; `progress` hears of each step before.
    ///
    /// # Errors
    /// What the engine says of its failure.
    pub async fn ask(&self, task: Task, bytes: Option<&ArrayBuffer>, progress: impl Fn(&Answer) + 'static) -> Answered {
        let id = self.0.last_id.get() + 1;
        self.0.last_id.set(id);
        let result = Rc::new(RefCell::new(None));
        let waiter = result.clone();
        let progress: Rc<dyn Fn(&Answer)> = Rc::new(progress);
        let promise = Promise::new(&mut |resolve, _| {
            let waiter = Waiter { result: waiter.clone(), resolve, progress: progress.clone() };
            self.0.waiting.borrow_mut().insert(id, waiter);
        });
        let json = serde_json::to_string(&Request { id, task }).expect("requests hold only what JSON can hold");
        let posted = self.0.worker.borrow().as_ref().is_some_and(|worker| worker.post(&json, bytes).is_ok());
        if !posted {
            self.0.waiting.borrow_mut().remove(&id);
            return Err(lost(text::STOPPED));
        }
        // Resolved by `settle` alone.
        let _ = JsFuture::from(promise).await;
        result.take().unwrap_or_else(|| Err(lost(text::STOPPED)))
    }

    fn receive(&self, from: FromWorker) {
        let (json, bytes) = match from {
            FromWorker::Message { json, bytes } => (json, bytes),
            FromWorker::Garbled => return self.end(text::STOPPED),
            FromWorker::Crashed(message) => return self.end(&format!("{} {message}", text::STOPPED)),
        };
        let Ok(Response { id, answer }) = serde_json::from_str(&json) else { return self.end(text::STOPPED) };
        match answer {
            Answer::Progress { .. } => {
                let progress = self.0.waiting.borrow().get(&id).map(|waiter| waiter.progress.clone());
                if let Some(progress) = progress {
                    progress(&answer);
                }
            }
            Answer::Failed { failure: nadir_core::protocol::Failure::EngineLost, message } => self.end(&message),
            Answer::Failed { message, .. } => self.settle(id, Err(Failed { message, is_lost: false })),
            answer => {
                let bytes = bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default();
                self.settle(id, Ok((answer, bytes)));
            }
        }
    }

    fn settle(&self, id: u64, result: Answered) {
        let Some(waiter) = self.0.waiting.borrow_mut().remove(&id) else { return };
        *waiter.result.borrow_mut() = Some(result);
        // Fails for no function that a promise gave.
        let _ = waiter.resolve.call0(&JsValue::UNDEFINED);
    }

    /// The Worker goes, and whoever waits hears of it: after a panic it answers nothing more.
    fn end(&self, message: &str) {
        drop(self.0.worker.take());
        let waiting: Vec<u64> = self.0.waiting.borrow().keys().copied().collect();
        for id in waiting {
            self.settle(id, Err(lost(message)));
        }
    }
}

fn lost(message: &str) -> Failed {
    Failed { message: message.to_owned(), is_lost: true }
}
