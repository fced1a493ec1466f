//! The engine's Worker as a page sees it: messages out, messages in, each a text in JSON and perhaps bytes
//! ([`nadir_core::protocol`]).

use crate::js::{field, text};
use js_sys::{Array, ArrayBuffer, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, WorkerOptions, WorkerType};

/// What a Worker does all its life; `static/engine/worker.js` reads it from the Worker's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs the engine, which answers [`nadir_core::protocol::Request`]s.
    Engine,
    /// Trains for a lesson, answering [`nadir_core::protocol::lesson::LessonRequest`]s.
    Lesson,
    /// Reads a large image, answering [`nadir_core::protocol::scene::SceneRequest`]s.
    Reader,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Lesson => "lesson",
            Self::Reader => "reader",
        }
    }

    /// The Worker's script, beside the page.
    fn script(self) -> &'static str {
        match self {
            Self::Engine | Self::Lesson => "engine/worker.js",
            Self::Reader => "reader/worker.js",
        }
    }
}

/// What comes from a Worker.
#[derive(Debug)]
pub enum FromWorker {
    /// A message; none of its parts is checked.
    Message {
        /// The answer as JSON.
        json: String,
        /// What goes with it.
        bytes: Option<ArrayBuffer>,
    },
    /// Something else than a message.
    Garbled,
    /// The Worker's script failed.
    Crashed(String),
}

/// A running Worker. It ends when this is dropped.
pub struct Worker {
    worker: web_sys::Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Worker {
    /// Starts a Worker for this role; `receive` gets whatever comes from it.
    ///
    /// # Errors
    /// Where the browser refuses to.
    pub fn start(role: Role, receive: impl Fn(FromWorker) + Clone + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(role.name());
        let worker = web_sys::Worker::new_with_options(role.script(), &options)?;

        let take = receive.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            take(from_message(&event.data()).unwrap_or(FromWorker::Garbled));
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            // A script that cannot be loaded gives a plain Event, without a message.
            receive(FromWorker::Crashed(text(&event, "message").unwrap_or_default()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Posts a message; `bytes` is handed over, not copied.
    ///
    /// # Errors
    /// Where the browser cannot hand it over.
    pub fn post(&self, json: &str, bytes: Option<&ArrayBuffer>) -> Result<(), JsValue> {
        self.post_with(json, bytes, &JsValue::UNDEFINED)
    }

    /// As [`Worker::post`], with a file of the visitor, of which nothing is read here.
    ///
    /// # Errors
    /// As [`Worker::post`].
    pub fn post_with(&self, json: &str, bytes: Option<&ArrayBuffer>, file: &JsValue) -> Result<(), JsValue> {
        let message = Object::new();
        Reflect::set(&message, &"json".into(), &json.into())?;
        if !file.is_undefined() {
            Reflect::set(&message, &"file".into(), file)?;
        }
        let transfer = Array::new();
        if let Some(bytes) = bytes {
            Reflect::set(&message, &"bytes".into(), bytes)?;
            transfer.push(bytes);
        }
        self.worker.post_message_with_transfer(&message, &transfer)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn from_message(message: &JsValue) -> Option<FromWorker> {
    let bytes = field(message, "bytes").dyn_into::<ArrayBuffer>().ok();
    Some(FromWorker::Message { json: text(message, "json")?, bytes })
}
