//! Messages to and from the engine's Worker: JavaScript's own JSON, and serde between its objects and the protocol's types.
//! serde_json's parser would be a tenth of the page's download.

use js_sys::JSON;
use nadir_core::protocol::{Request, Response};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;

/// A request as it is posted.
pub fn to_json(request: &Request) -> String {
    let object = request.serialize(&Serializer::json_compatible()).expect("requests hold only what JSON can hold");
    JSON::stringify(&object).map(String::from).expect("an object of texts and numbers")
}

/// An answer as it came; `None` if it is not one.
pub fn from_json(json: &str) -> Option<Response> {
    Response::deserialize(serde_wasm_bindgen::Deserializer::from(JSON::parse(json).ok()?)).ok()
}
