//! The engine's Worker as this page sees it: requests out, answers in.

use crate::messages;
use js_sys::{Array, ArrayBuffer, Object, Reflect};
use nadir_shared::protocol::{Request, Response};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, WorkerOptions, WorkerType};

/// What comes from a Worker.
#[derive(Debug)]
pub enum FromWorker {
    /// An answer, with its bytes.
    Answer(Box<Response>, Option<ArrayBuffer>),
    /// A message that is not an answer.
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
    /// Starts the script; `receive` gets whatever comes from it.
    pub fn start(script: &str, receive: impl Fn(FromWorker) + Clone + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = web_sys::Worker::new_with_options(script, &options)?;

        let take = receive.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            take(from_message(&event.data()).unwrap_or(FromWorker::Garbled));
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            // A script that cannot be loaded gives a plain Event, without a message.
            receive(FromWorker::Crashed(messages::text(&event, "message").unwrap_or_default()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Posts a request; `bytes` is handed over, not copied.
    pub fn post(&self, request: &Request, bytes: Option<&ArrayBuffer>) -> Result<(), JsValue> {
        let message = Object::new();
        Reflect::set(&message, &"json".into(), &messages::json_from_request(request).into())?;
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
    let response = messages::response_from_json(&messages::text(message, "json")?)?;
    let bytes = messages::field(message, "bytes").dyn_into::<ArrayBuffer>().ok();
    Some(FromWorker::Answer(Box::new(response), bytes))
}
