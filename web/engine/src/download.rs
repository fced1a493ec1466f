//! The bundle's files: from the browser's cache where they are there and right, else from the server, with progress.

use js_sys::{Reflect, Uint8Array};
use nadir_core::bundle::{Bundle, BundleFile, DESCRIPTION_FILE};
use nadir_core::protocol::Failure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, ReadableStreamDefaultReader, Response, WorkerGlobalScope};

const CACHE: &str = "nadir-weights-1";

/// A failure to tell the page.
pub type Failed = (Failure, String);

/// Fetches and checks `bundle.json`.
///
/// # Errors
/// Network, another version, or not a bundle.
pub async fn description(bundle_url: &str) -> Result<Bundle, Failed> {
    let url = format!("{bundle_url}{DESCRIPTION_FILE}");
    // From the cache only where the server cannot be reached: a new export under the same name must be seen.
    let response = match fetch(&url).await {
        Ok(response) => {
            keep(&url, &response).await;
            response
        }
        Err(failed) => match cached(&url).await {
            Some(response) => response,
            None => return Err(failed),
        },
    };
    let bytes = body(&response, |_| {}).await.map_err(|error| network(&url, &error))?;
    let json = String::from_utf8(bytes).map_err(|_| broken(&url))?;
    Bundle::from_json(&json).map_err(|error| {
        let failure = match error {
            nadir_core::bundle::BundleError::Version { .. } => Failure::BundleVersion,
            _ => Failure::BundleBroken,
        };
        (failure, format!("The model at {bundle_url} cannot be used: {error}."))
    })
}

/// Fetches a bundle's file and checks size and SHA-256; `progress` hears the bytes so far. Gives the bytes and whether
/// they came from the cache.
///
/// # Errors
/// Network, or bytes that do not match.
pub async fn file(
    bundle_url: &str,
    file: &BundleFile,
    mut progress: impl FnMut(u64),
) -> Result<(Vec<u8>, bool), Failed> {
    let url = file.address(bundle_url);
    if let Some(response) = cached(&url).await {
        if let Ok(bytes) = body(&response, &mut progress).await
            && file.verify(&bytes).is_ok()
        {
            return Ok((bytes, true));
        }
        forget(&url).await;
    }
    let response = fetch(&url).await?;
    let copy = response.clone().ok();
    let bytes = body(&response, &mut progress).await.map_err(|error| network(&url, &error))?;
    file.verify(&bytes).map_err(|error| {
        (Failure::BundleBroken, format!("The model cannot be used: {error}. Reload the page to fetch it again."))
    })?;
    if let Some(copy) = copy {
        put(&url, &copy).await;
    }
    Ok((bytes, false))
}

fn scope() -> Option<WorkerGlobalScope> {
    js_sys::global().dyn_into::<WorkerGlobalScope>().ok()
}

async fn fetch(url: &str) -> Result<Response, Failed> {
    // Through `globalThis`, so that the tests' page, which is no Worker, can fetch too.
    let global = js_sys::global();
    let function = Reflect::get(&global, &"fetch".into()).ok().and_then(|f| f.dyn_into::<js_sys::Function>().ok());
    let promise = function
        .and_then(|function| function.call1(&global, &url.into()).ok())
        .and_then(|promise| promise.dyn_into::<js_sys::Promise>().ok())
        .ok_or_else(|| network(url, &JsValue::NULL))?;
    let response: Response = JsFuture::from(promise)
        .await
        .map_err(|error| network(url, &error))?
        .dyn_into()
        .map_err(|error| network(url, &error))?;
    if !response.ok() {
        return Err((Failure::Network, format!("{url} cannot be fetched: the server answered {}.", response.status())));
    }
    Ok(response)
}

fn network(url: &str, error: &JsValue) -> Failed {
    let detail = Reflect::get(error, &"message".into()).ok().and_then(|text| text.as_string()).unwrap_or_default();
    (
        Failure::Network,
        format!(
            "{url} cannot be fetched{}{detail}. Is this machine offline?",
            if detail.is_empty() { "" } else { ": " }
        ),
    )
}

fn broken(url: &str) -> Failed {
    (Failure::BundleBroken, format!("{url} is no description of a model."))
}

/// Reads a response's body piece by piece.
async fn body(response: &Response, mut progress: impl FnMut(u64)) -> Result<Vec<u8>, JsValue> {
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into()?;
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await?;
        if Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(bytes);
        }
        let values: Uint8Array = Reflect::get(&piece, &"value".into())?.dyn_into()?;
        let at = bytes.len();
        bytes.resize(at + values.length() as usize, 0);
        values.copy_to(&mut bytes[at..]);
        progress(bytes.len() as u64);
    }
}

/// The browser's cache; `None` in a private window, on an insecure page, or outside a Worker.
async fn cache() -> Option<Cache> {
    let storage = scope()?.caches().ok()?;
    JsFuture::from(storage.open(CACHE)).await.ok()?.dyn_into().ok()
}

async fn cached(url: &str) -> Option<Response> {
    JsFuture::from(cache().await?.match_with_str(url)).await.ok()?.dyn_into().ok()
}

async fn keep(url: &str, response: &Response) {
    if let Ok(copy) = response.clone() {
        put(url, &copy).await;
    }
}

/// A cache that is full or forbidden only costs the next visit a download.
async fn put(url: &str, response: &Response) {
    if let Some(cache) = cache().await {
        let _ = JsFuture::from(cache.put_with_str(url, response)).await;
    }
}

async fn forget(url: &str) {
    if let Some(cache) = cache().await {
        let _ = JsFuture::from(cache.delete_with_str(url)).await;
    }
}
