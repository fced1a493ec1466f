//! The visitor's own image, kept in this browser so that a reload of the tab does not lose it.
//!
//! In a cache of the browser, under the tab's name. It is removed when the tab shows another file, or after a day.

use js_sys::{Array, Date, decode_uri_component, encode_uri_component};
use nadir_web_kit::js::{call, field};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Response, Storage};

const CACHE: &str = "nadir-own-image";
/// Where a tab keeps its name, which ends with the tab.
const TAB: &str = "nadir.tab";
/// Entries are `FOLDER/TAB/TIME/NAME`, with the time in milliseconds since 1970.
const FOLDER: &str = "own-image";
const DAY_MS: f64 = 24.0 * 3600.0 * 1000.0;

/// Keeps a file for this tab, in place of the one before. Where the browser allows no cache, a reload loses it.
pub async fn keep(file: &File) {
    let put = async {
        let cache = opened().await?;
        for entry in entries(&cache).await? {
            if entry.tab == tab()? || Date::now() - entry.time > DAY_MS {
                call(&cache, "delete", &[entry.request]).await?;
            }
        }
        let name = String::from(encode_uri_component(&file.name()));
        let address = format!("{FOLDER}/{}/{}/{name}", tab()?, Date::now());
        call(&cache, "put", &[address.into(), Response::new_with_opt_blob(Some(file))?.into()]).await
    };
    let _ = put.await;
}

/// The file that was kept for this tab.
pub async fn kept() -> Option<File> {
    let cache = opened().await.ok()?;
    let own = tab().ok()?;
    let entry = entries(&cache).await.ok()?.into_iter().find(|entry| entry.tab == own)?;
    let response: Response = call(&cache, "match", &[entry.request]).await.ok()?.dyn_into().ok()?;
    let blob = JsFuture::from(response.blob().ok()?).await.ok()?;
    File::new_with_blob_sequence(&Array::of1(&blob), &entry.name).ok()
}

struct Entry {
    request: JsValue,
    tab: String,
    time: f64,
    name: String,
}

async fn entries(cache: &JsValue) -> Result<Vec<Entry>, JsValue> {
    let requests: Array = call(cache, "keys", &[]).await?.dyn_into()?;
    let entry = |request: JsValue| {
        let address = field(&request, "url").as_string()?;
        let mut parts = address.rsplit('/');
        let name = decode_uri_component(parts.next()?).ok()?.into();
        let time = parts.next()?.parse().ok()?;
        Some(Entry { tab: parts.next()?.to_owned(), request, time, name })
    };
    Ok(requests.iter().filter_map(entry).collect())
}

/// By names, as `js::copy`: web-sys' own types for caches are further features.
async fn opened() -> Result<JsValue, JsValue> {
    call(&field(&js_sys::global(), "caches"), "open", &[CACHE.into()]).await
}

/// The name of this tab.
fn tab() -> Result<String, JsValue> {
    let storage: Storage = web_sys::window().ok_or(JsValue::NULL)?.session_storage()?.ok_or(JsValue::NULL)?;
    if let Some(name) = storage.get_item(TAB)? {
        return Ok(name);
    }
    let name = format!("{}-{}", Date::now(), (js_sys::Math::random() * 1e9) as u64);
    storage.set_item(TAB, &name)?;
    Ok(name)
}
