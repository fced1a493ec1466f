//! How the engine answers: a message through its Worker's script, or the sentence on why not.

use crate::download::Failed;
use js_sys::{ArrayBuffer, Function};
use nadir_core::protocol::{Answer, Failure, Response};
use wasm_bindgen::JsValue;

/// Sends an answer to the request `id` with `post(json, bytes | undefined)`.
pub fn answer(post: &Function, id: u64, answer: Answer, bytes: Option<ArrayBuffer>) {
    let json = serde_json::to_string(&Response { id, answer }).expect("answers hold only what JSON can hold");
    let bytes = bytes.map_or(JsValue::UNDEFINED, JsValue::from);
    // Fails only where the Worker is being ended.
    let _ = post.call2(&JsValue::NULL, &json.into(), &bytes);
}

/// A request came before `Start` was done.
pub fn not_started() -> Failed {
    (Failure::Protocol, "The engine is not started yet.".to_owned())
}

/// Objects were requested of a bundle without a detector.
pub fn no_detector() -> Failed {
    (Failure::Protocol, "The model has no detector.".to_owned())
}

/// Neighbours were requested of a bundle without a gallery, or without this file of it.
pub fn no_gallery() -> Failed {
    (Failure::Protocol, "The model has no such gallery.".to_owned())
}

/// The engine cannot go on.
pub fn lost(why: &str) -> Failed {
    (Failure::EngineLost, format!("The engine stopped: {why}."))
}
