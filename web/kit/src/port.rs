//! A Worker as a place to ask: each request is answered once, after any number of reports on its progress.

use crate::worker::{FromWorker, Role, Worker};
use js_sys::ArrayBuffer;
use nadir_core::protocol::scene::SceneAnswer;
use nadir_core::protocol::{Answer, Failure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;

/// What a Worker answers.
pub trait Reply: DeserializeOwned + 'static {
    /// Another answer to the same request follows.
    fn is_progress(&self) -> bool;
    /// What went wrong, if that is the answer.
    fn failure(&self) -> Option<PortError>;
}

impl Reply for Answer {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. } | Self::Image { .. })
    }

    fn failure(&self) -> Option<PortError> {
        let Self::Failed { failure, message } = self else { return None };
        Some(PortError { message: message.clone(), is_lost: *failure == Failure::EngineLost })
    }
}

impl Reply for SceneAnswer {
    fn is_progress(&self) -> bool {
        false
    }

    fn failure(&self) -> Option<PortError> {
        let Self::Failed { message } = self else { return None };
        Some(PortError { message: message.clone(), is_lost: false })
    }
}

/// A request that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortError {
    /// A sentence for the visitor.
    pub message: String,
    /// The Worker is gone and answers nothing more.
    pub is_lost: bool,
}

impl From<PortError> for String {
    fn from(error: PortError) -> Self {
        error.message
    }
}

/// Why a Worker ended, for the page to say in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The browser did not start it.
    Refused,
    /// It sent something else than an answer; what, as far as that is known.
    Garbled(String),
    /// Its script failed, or could not be loaded: then there is no message.
    Crashed(String),
}

/// An answer and what came with it, or why there is none.
pub type Answered<A> = Result<(A, Option<ArrayBuffer>), PortError>;

/// A Worker that is asked. Handles speak of the same one; it ends with the last.
pub struct Port<A: Reply>(Rc<Inner<A>>);

impl<A: Reply> Clone for Port<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

type Tell<A> = Rc<dyn Fn(&A)>;

struct Inner<A: Reply> {
    /// `None` once it has ended.
    worker: RefCell<Option<Worker>>,
    waiting: RefCell<Waiting<A>>,
    /// The page's words.
    words: fn(&Ended) -> String,
}

struct Waiting<A: Reply> {
    last_id: u64,
    slots: HashMap<u64, (Slot<A>, Option<Tell<A>>)>,
    /// Told of all progress that no request hears of by itself.
    on_progress: Option<Tell<A>>,
    /// Why the Worker has ended.
    ended: Option<PortError>,
}

type Slot<A> = Rc<RefCell<Awaiting<A>>>;

struct Awaiting<A: Reply> {
    answered: Option<Answered<A>>,
    waker: Option<Waker>,
}

/// The answer that will come.
pub struct Awaited<A: Reply>(Slot<A>);

impl<A: Reply> Future for Awaited<A> {
    type Output = Answered<A>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.borrow_mut();
        match slot.answered.take() {
            Some(answered) => Poll::Ready(answered),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[derive(Serialize)]
struct Asked<'a, T> {
    id: u64,
    task: &'a T,
}

#[derive(Deserialize)]
struct Told<A> {
    id: u64,
    answer: A,
}

impl<A: Reply> Port<A> {
    /// Starts a Worker; `words` say to the visitor why it ended.
    ///
    /// # Errors
    /// Where the browser refuses to.
    pub fn start(role: Role, words: fn(&Ended) -> String) -> Result<Self, PortError> {
        let waiting = Waiting { last_id: 0, slots: HashMap::new(), on_progress: None, ended: None };
        let inner = Rc::new(Inner { worker: RefCell::default(), waiting: RefCell::new(waiting), words });
        let receiver: Weak<Inner<A>> = Rc::downgrade(&inner);
        let worker = Worker::start(role, move |from| {
            if let Some(inner) = receiver.upgrade() {
                Self(inner).receive(from);
            }
        });
        let refused = |_| PortError { message: words(&Ended::Refused), is_lost: true };
        *inner.worker.borrow_mut() = Some(worker.map_err(refused)?);
        Ok(Self(inner))
    }

    /// Tells of all progress from now on, but of requests that are told of theirs.
    pub fn on_progress(&self, tell: impl Fn(&A) + 'static) {
        self.0.waiting.borrow_mut().on_progress = Some(Rc::new(tell));
    }

    /// Asks at once; the answer can be waited for later.
    pub fn ask(&self, task: &impl Serialize, bytes: Option<&ArrayBuffer>) -> Awaited<A> {
        self.send(task, bytes, &JsValue::UNDEFINED, None)
    }

    /// As [`Port::ask`], with a file of the visitor.
    pub fn ask_with(&self, task: &impl Serialize, bytes: Option<&ArrayBuffer>, file: &JsValue) -> Awaited<A> {
        self.send(task, bytes, file, None)
    }

    /// As [`Port::ask`]; `tell` hears of this request's progress.
    pub fn ask_telling(
        &self,
        task: &impl Serialize,
        bytes: Option<&ArrayBuffer>,
        tell: impl Fn(&A) + 'static,
    ) -> Awaited<A> {
        self.send(task, bytes, &JsValue::UNDEFINED, Some(Rc::new(tell)))
    }

    fn send(
        &self,
        task: &impl Serialize,
        bytes: Option<&ArrayBuffer>,
        file: &JsValue,
        tell: Option<Tell<A>>,
    ) -> Awaited<A> {
        let slot = Rc::new(RefCell::new(Awaiting { answered: None, waker: None }));
        let id = {
            let mut waiting = self.0.waiting.borrow_mut();
            if let Some(ended) = &waiting.ended {
                slot.borrow_mut().answered = Some(Err(ended.clone()));
                return Awaited(slot);
            }
            waiting.last_id += 1;
            let id = waiting.last_id;
            waiting.slots.insert(id, (slot.clone(), tell));
            id
        };
        let json = serde_json::to_string(&Asked { id, task }).expect("requests hold only what JSON can hold");
        let posted = self.0.worker.borrow().as_ref().map(|worker| worker.post_with(&json, bytes, file));
        if let Some(Err(error)) = posted {
            let message = error.as_string().unwrap_or_else(|| "the browser could not hand over the message".to_owned());
            self.settle(id, Err(PortError { message, is_lost: false }));
        }
        Awaited(slot)
    }

    fn receive(&self, from: FromWorker) {
        let (json, bytes) = match from {
            FromWorker::Message { json, bytes } => (json, bytes),
            FromWorker::Garbled => return self.end_as(&Ended::Garbled(String::new())),
            FromWorker::Crashed(message) => return self.end_as(&Ended::Crashed(message)),
        };
        let Told { id, answer } = match serde_json::from_str::<Told<A>>(&json) {
            Ok(told) => told,
            Err(error) => return self.end_as(&Ended::Garbled(error.to_string())),
        };
        if answer.is_progress() {
            let tell = {
                let waiting = self.0.waiting.borrow();
                let own = waiting.slots.get(&id).and_then(|(_, tell)| tell.clone());
                own.or_else(|| waiting.on_progress.clone())
            };
            return tell.into_iter().for_each(|tell| tell(&answer));
        }
        match answer.failure() {
            Some(failure) if failure.is_lost => self.end(&failure),
            Some(failure) => self.settle(id, Err(failure)),
            None => self.settle(id, Ok((answer, bytes))),
        }
    }

    fn settle(&self, id: u64, answered: Answered<A>) {
        let Some((slot, _)) = self.0.waiting.borrow_mut().slots.remove(&id) else { return };
        let waker = {
            let mut slot = slot.borrow_mut();
            slot.answered = Some(answered);
            slot.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn end_as(&self, why: &Ended) {
        self.end(&PortError { message: (self.0.words)(why), is_lost: true });
    }

    /// The Worker goes, and whoever waits hears of it: after a panic it answers nothing more.
    fn end(&self, why: &PortError) {
        drop(self.0.worker.take());
        let ids: Vec<u64> = {
            let mut waiting = self.0.waiting.borrow_mut();
            waiting.ended = Some(why.clone());
            waiting.slots.keys().copied().collect()
        };
        ids.into_iter().for_each(|id| self.settle(id, Err(why.clone())));
    }
}
