//! A Worker as a place to ask: each request is answered once, after any number of reports on its progress.

use js_sys::ArrayBuffer;
use nadir_core::protocol::Answer;
use nadir_core::protocol::scene::SceneAnswer;
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;

/// What a Worker answers.
pub trait Reply: DeserializeOwned + 'static {
    /// Another answer to the same request follows.
    fn is_progress(&self) -> bool;
    /// What went wrong, if that is the answer.
    fn failure(&self) -> Option<&str>;
}

impl Reply for Answer {
    fn is_progress(&self) -> bool {
        matches!(self, Self::Progress { .. } | Self::Image { .. })
    }

    fn failure(&self) -> Option<&str> {
        if let Self::Failed { message, .. } = self { Some(message) } else { None }
    }
}

impl Reply for SceneAnswer {
    fn is_progress(&self) -> bool {
        false
    }

    fn failure(&self) -> Option<&str> {
        if let Self::Failed { message } = self { Some(message) } else { None }
    }
}

/// An answer and what came with it, or a sentence on why there is none.
pub type Answered<A> = Result<(A, Option<ArrayBuffer>), String>;

/// A Worker. It ends when the last handle is dropped.
pub struct Port<A: Reply> {
    worker: Worker,
    waiting: Rc<RefCell<Waiting<A>>>,
}

type OnProgress<A> = Box<dyn Fn(&A)>;

struct Waiting<A: Reply> {
    last_id: u64,
    slots: HashMap<u64, Rc<RefCell<Slot<A>>>>,
    /// Told of all progress.
    on_progress: Option<OnProgress<A>>,
    /// Why the Worker has ended.
    ended: Option<String>,
}

struct Slot<A: Reply> {
    answered: Option<Answered<A>>,
    waker: Option<Waker>,
}

/// The answer that will come.
pub struct Awaited<A: Reply>(Rc<RefCell<Slot<A>>>);

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
struct Asked<T> {
    id: u64,
    task: T,
}

#[derive(Deserialize)]
struct Told<A> {
    id: u64,
    answer: A,
}

impl<A: Reply> Port<A> {
    /// Starts a Worker.
    ///
    /// # Errors
    /// Where the browser refuses to.
    pub fn start(role: Role) -> Result<Self, JsValue> {
        let waiting =
            Rc::new(RefCell::new(Waiting { last_id: 0, slots: HashMap::new(), on_progress: None, ended: None }));
        let receiver = waiting.clone();
        let worker = Worker::start(role, move |from| receive(&receiver, from))?;
        Ok(Self { worker, waiting })
    }

    /// Tells of all progress from now on.
    pub fn on_progress(&self, tell: impl Fn(&A) + 'static) {
        self.waiting.borrow_mut().on_progress = Some(Box::new(tell));
    }

    /// Asks at once; the answer can be waited for later.
    pub fn ask(&self, task: &impl Serialize, bytes: Option<&ArrayBuffer>) -> Awaited<A> {
        self.ask_with(task, bytes, &JsValue::UNDEFINED)
    }

    /// As [`Port::ask`], with a file of the visitor.
    pub fn ask_with(&self, task: &impl Serialize, bytes: Option<&ArrayBuffer>, file: &JsValue) -> Awaited<A> {
        let slot = Rc::new(RefCell::new(Slot { answered: None, waker: None }));
        let id = {
            let mut waiting = self.waiting.borrow_mut();
            if let Some(ended) = &waiting.ended {
                slot.borrow_mut().answered = Some(Err(ended.clone()));
                return Awaited(slot);
            }
            waiting.last_id += 1;
            let id = waiting.last_id;
            waiting.slots.insert(id, slot.clone());
            id
        };
        let json = serde_json::to_string(&Asked { id, task }).expect("requests hold only what JSON can hold");
        if let Err(error) = self.worker.post_with(&json, bytes, file) {
            let why = error.as_string().unwrap_or_else(|| "the browser could not hand over the message".to_owned());
            answer(&self.waiting, id, Err(why));
        }
        Awaited(slot)
    }
}

fn receive<A: Reply>(waiting: &Rc<RefCell<Waiting<A>>>, from: FromWorker) {
    match from {
        FromWorker::Message { json, bytes } => match serde_json::from_str::<Told<A>>(&json) {
            Ok(Told { answer: progress, .. }) if progress.is_progress() => {
                if let Some(tell) = &waiting.borrow().on_progress {
                    tell(&progress);
                }
            }
            Ok(Told { id, answer: answered }) => {
                let answered = match answered.failure() {
                    Some(message) => Err(message.to_owned()),
                    None => Ok((answered, bytes)),
                };
                answer(waiting, id, answered);
            }
            Err(error) => end(waiting, format!("A Worker sent what this page does not understand: {error}.")),
        },
        FromWorker::Garbled => end(waiting, "A Worker sent what this page does not understand.".to_owned()),
        FromWorker::Crashed(message) => {
            let why = if message.is_empty() { "its script could not be loaded".to_owned() } else { message };
            end(waiting, format!("A Worker stopped: {why}."));
        }
    }
}

fn answer<A: Reply>(waiting: &Rc<RefCell<Waiting<A>>>, id: u64, answered: Answered<A>) {
    let slot = waiting.borrow_mut().slots.remove(&id);
    if let Some(slot) = slot {
        let waker = {
            let mut slot = slot.borrow_mut();
            slot.answered = Some(answered);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Nobody waits for a Worker that has ended.
fn end<A: Reply>(waiting: &Rc<RefCell<Waiting<A>>>, why: String) {
    let ids: Vec<u64> = {
        let mut waiting = waiting.borrow_mut();
        waiting.ended = Some(why.clone());
        waiting.slots.keys().copied().collect()
    };
    for id in ids {
        answer(waiting, id, Err(why.clone()));
    }
}
