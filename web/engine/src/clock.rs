//! Time in a Worker or on a page.

use js_sys::{Function, Reflect, global};
use wasm_bindgen::JsCast;

/// Milliseconds since the Worker started, of `performance.now()`.
pub fn now_ms() -> f64 {
    let performance = Reflect::get(&global(), &"performance".into()).unwrap_or_default();
    let now = Reflect::get(&performance, &"now".into()).ok().and_then(|now| now.dyn_into::<Function>().ok());
    now.and_then(|now| now.call0(&performance).ok()).and_then(|now| now.as_f64()).unwrap_or_default()
}
