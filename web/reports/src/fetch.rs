//! Reports from the site and from the visitor's files.

use nadir_core::report::Report;
use nadir_web_kit::fetch;
use nadir_web_kit::text::reports as text;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// A report of the site; else a sentence that says why not.
pub async fn report(name: &str) -> Result<Report, String> {
    let path = format!("reports/{}.json", crate::list::in_address(name));
    let json = fetch::text(&path).await.map_err(|_| text::unreadable(name))?;
    Report::from_json(&json).map_err(|error| text::refused(name, &error))
}

/// A report of the visitor; else a sentence that says why not.
pub async fn own(file: &File) -> Result<Report, String> {
    let name = file.name();
    let json = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    let json = json.ok_or_else(|| text::unreadable(&name))?;
    Report::from_json(&json).map_err(|error| text::refused(&name, &error))
}
