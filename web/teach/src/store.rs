//! What the visitor has kept in this browser: one record a set of images, in IndexedDB. By JavaScript's own objects:
//! web-sys' types for it are features that would compile all that uses web-sys again.

use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect};
use nadir_web_kit::js::{field, text};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

const DATABASE: &str = "nadir-teach";
const STORE: &str = "sessions";
const VERSION: u32 = 1;

/// A record: JSON, and the rows as bytes.
pub struct Record {
    /// [`crate::session::Kept`].
    pub json: String,
    /// f32, little endian.
    pub rows: ArrayBuffer,
}

/// The record of this key; `None` if there is none.
///
/// # Errors
/// Where the browser has no storage for this page, as in some private windows.
pub async fn read(key: &str) -> Result<Option<Record>, JsValue> {
    let found = in_store("readonly", |store| invoke(store, "get", &[key.into()])).await?;
    let record = text(&found, "json").zip(field(&found, "rows").dyn_into::<ArrayBuffer>().ok());
    Ok(record.map(|(json, rows)| Record { json, rows }))
}

/// Keeps a record, in place of the one of this key.
///
/// # Errors
/// As [`read`], and where there is not enough space.
pub async fn write(key: &str, record: &Record) -> Result<(), JsValue> {
    let value = Object::new();
    Reflect::set(&value, &"json".into(), &record.json.as_str().into())?;
    Reflect::set(&value, &"rows".into(), &record.rows)?;
    in_store("readwrite", |store| invoke(store, "put", &[value.into(), key.into()])).await.map(drop)
}

/// Forgets a record.
///
/// # Errors
/// As [`read`].
pub async fn delete(key: &str) -> Result<(), JsValue> {
    in_store("readwrite", |store| invoke(store, "delete", &[key.into()])).await.map(drop)
}

async fn in_store(mode: &str, act: impl FnOnce(&JsValue) -> Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    let factory = field(&js_sys::global(), "indexedDB");
    let opening = invoke(&factory, "open", &[DATABASE.into(), VERSION.into()])?;
    let made = opening.clone();
    let on_upgrade = Closure::once_into_js(move || {
        // Fails only where the store is there already.
        let _ = invoke(&field(&made, "result"), "createObjectStore", &[STORE.into()]);
    });
    Reflect::set(&opening, &"onupgradeneeded".into(), &on_upgrade)?;
    let database = result_of(&opening).await?;
    let transaction = invoke(&database, "transaction", &[STORE.into(), mode.into()])?;
    let store = invoke(&transaction, "objectStore", &[STORE.into()])?;
    let result = match act(&store) {
        Ok(request) => result_of(&request).await,
        Err(error) => Err(error),
    };
    // Else a deletion of the database would wait for this page.
    let _ = invoke(&database, "close", &[]);
    result
}

/// What an IDBRequest comes to.
async fn result_of(request: &JsValue) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        let _ = Reflect::set(request, &"onsuccess".into(), &resolve);
        let _ = Reflect::set(request, &"onerror".into(), &reject);
    });
    JsFuture::from(promise).await?;
    Ok(field(request, "result"))
}

/// Calls a method by its name.
fn invoke(object: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = field(object, method).dyn_into()?;
    function.apply(object, &arguments.iter().collect::<js_sys::Array>())
}
