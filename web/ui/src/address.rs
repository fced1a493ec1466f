//! The page's address: which view, scene, network and device it names, so that they can be shared.

use crate::state::View;
use nadir_shared::protocol::DeviceChoice;
use wasm_bindgen::JsValue;
use web_sys::{Url, window};

/// Names in the query.
pub const SEED: &str = "seed";
/// See [`SEED`].
pub const MODEL: &str = "model";
/// See [`SEED`].
pub const DEVICE: &str = "device";
/// See [`SEED`].
pub const VIEW: &str = "page";

/// The devices with their names in the address.
pub const DEVICES: [(DeviceChoice, &str); 3] =
    [(DeviceChoice::Auto, "auto"), (DeviceChoice::WebGpu, "webgpu"), (DeviceChoice::Cpu, "cpu")];

/// The value of `name` in the query.
pub fn get(name: &str) -> Option<String> {
    current()?.search_params().get(name)
}

/// Puts `value` into the query without loading anything, or takes `name` out of it.
pub fn set(name: &str, value: Option<&str>) {
    let (Some(url), Some(window)) = (current(), window()) else { return };
    match value {
        Some(value) => url.search_params().set(name, value),
        None => url.search_params().delete(name),
    }
    // An address that cannot be changed (some browsers limit how often) costs only the shareable link.
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url.href()));
    }
}

/// The view that the address asks for; the labels where it asks for none.
pub fn view() -> View {
    let wanted = get(VIEW).unwrap_or_default();
    View::ALL.into_iter().find(|view| view.name() == wanted).unwrap_or(View::Labels)
}

/// This address with another view.
pub fn of_view(view: View) -> Option<String> {
    let url = current()?;
    match view {
        View::Labels => url.search_params().delete(VIEW),
        view => url.search_params().set(VIEW, view.name()),
    }
    Some(url.href())
}

/// Goes to a view without loading anything; the browser's back button returns.
pub fn push_view(view: View) {
    if let (Some(url), Some(Ok(history))) = (of_view(view), window().map(|window| window.history())) {
        // As in `set`.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// The device that the address asks for.
pub fn device() -> DeviceChoice {
    let wanted = get(DEVICE).unwrap_or_default();
    device_from_name(&wanted)
}

/// The device of this name; automatic for an unknown one.
pub fn device_from_name(name: &str) -> DeviceChoice {
    DEVICES.iter().find(|(_, other)| *other == name).map_or(DeviceChoice::Auto, |(device, _)| *device)
}

/// The device's name in the address.
pub fn device_name(device: DeviceChoice) -> &'static str {
    DEVICES.iter().find(|(other, _)| *other == device).map_or("auto", |(_, name)| name)
}

/// The network that the address asks for, if it is a plain folder name.
pub fn model() -> Option<String> {
    let is_plain = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
    };
    get(MODEL).filter(is_plain)
}

/// The absolute address of a bundle's folder beside this page.
pub fn bundle_url(model: &str) -> Option<String> {
    let page = current()?;
    Url::new_with_base(&format!("models/{model}/"), &page.href()).ok().map(|url| url.href())
}

fn current() -> Option<Url> {
    Url::new(&window()?.location().href().ok()?).ok()
}
