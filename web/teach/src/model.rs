//! Which bundle is taught on: the one that the address names, or the page's first.

use nadir_core::protocol::DeviceChoice;
use nadir_web_kit::{address, js};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::window;

/// The list of bundles, beside the page.
const MODELS: &str = "models/index.json";

/// The absolute address of the bundle's folder; `None` where no list says which.
pub async fn bundle_url() -> Option<String> {
    let is_plain = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
    };
    let name = match address::get("model").filter(is_plain) {
        Some(name) => name,
        None => first().await.ok()?,
    };
    address::beside(&format!("models/{name}/"))
}

async fn first() -> Result<String, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let response = JsFuture::from(window.fetch_with_str(MODELS)).await?.unchecked_into::<web_sys::Response>();
    let json = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    let models = js_sys::JSON::parse(&json)?;
    js::text(&js_sys::Array::from(&models).get(0), "name").ok_or(JsValue::NULL)
}

/// The device that the address requests.
pub fn device() -> DeviceChoice {
    match address::get("device").as_deref() {
        Some("cpu") => DeviceChoice::Cpu,
        Some("webgpu") => DeviceChoice::WebGpu,
        _ => DeviceChoice::Auto,
    }
}
