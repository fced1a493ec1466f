//! The page's address: its query names what is shown, so that it can be shared.

use wasm_bindgen::JsValue;
use web_sys::{Url, window};

/// The value of `name` in the query.
pub fn get(name: &str) -> Option<String> {
    current()?.search_params().get(name)
}

/// Puts `value` into the query without loading anything, or takes `name` out of it.
pub fn set(name: &str, value: Option<&str>) {
    if let (Some(url), Some(Ok(history))) = (with(name, value), window().map(|window| window.history())) {
        // An address that cannot be changed (some browsers limit how often) costs only the shareable link.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// As [`set`]; the browser's back button returns to the address before. A fragment is of what was shown there, and
/// goes.
pub fn push(name: &str, value: Option<&str>) {
    if let (Some(url), Some(Ok(history))) = (with(name, value), window().map(|window| window.history())) {
        // As in `set`.
        let _ = history.push_state_with_url(&JsValue::NULL, "", url.split('#').next());
    }
}

/// This address with `value` for `name` in the query, or without `name`.
pub fn with(name: &str, value: Option<&str>) -> Option<String> {
    let url = current()?;
    match value {
        Some(value) => url.search_params().set(name, value),
        None => url.search_params().delete(name),
    }
    Some(url.href())
}

/// The absolute address of what lies at `path` beside this page.
pub fn beside(path: &str) -> Option<String> {
    let page = current()?;
    Url::new_with_base(path, &page.href()).ok().map(|url| url.href())
}

fn current() -> Option<Url> {
    Url::new(&window()?.location().href().ok()?).ok()
}
