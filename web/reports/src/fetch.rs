//! Reports from the site and from the visitor's files.

use nadir_core::report::Report;
use nadir_web_kit::address::beside;
use nadir_web_kit::text::reports as text;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Response, window};

/// The text at `path` beside the page.
pub async fn text(path: &str) -> Result<String, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let address = beside(path).ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(&address)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_f64(f64::from(response.status())));
    }
    JsFuture::from(response.text()?).await?.as_string().ok_or(JsValue::NULL)
}

/// A report of the site; else a sentence that says why not.
pub async fn report(name: &str) -> Result<Report, String> {
    let path = format!("reports/{}.json", crate::list::in_address(name));
    let json = text(&path).await.map_err(|_| text::unreadable(name))?;
    Report::from_json(&json).map_err(|error| text::refused(name, &error))
}

/// A report of the visitor; else a sentence that says why not.
pub async fn own(file: &File) -> Result<Report, String> {
    let name = file.name();
    let json = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    let json = json.ok_or_else(|| text::unreadable(&name))?;
    Report::from_json(&json).map_err(|error| text::refused(&name, &error))
}
