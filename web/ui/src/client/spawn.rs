//! Futures of the page.

use std::pin::Pin;

/// Boxed, so that the code that runs a future is in the download once.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(Box::pin(future) as Pin<Box<dyn Future<Output = ()>>>);
}
