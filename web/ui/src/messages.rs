//! The protocol's types to and from JSON, with JavaScript's own JSON. serde's code for the same types would be a third
//! of the page's download; the browser tests hold the two against each other.

use crate::address::device_name;
use js_sys::{Array, Float32Array, JSON, Object, Reflect};
use nadir_shared::protocol::{Answer, DeviceChoice, Failure, Prediction, Ready, Request, Response, StartStep, Task};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};

/// A request as JSON.
pub fn json_from_request(request: &Request) -> String {
    let task = Object::new();
    let put = |name: &str, value: JsValue| {
        // A plain object takes any field.
        let _ = Reflect::set(&task, &name.into(), &value);
    };
    // Numbers beyond 2^53 have no place in JavaScript; seeds and sizes here stay below 2^32.
    match &request.task {
        Task::Start { bundle_url, device } => {
            put("kind", "start".into());
            put("bundle_url", bundle_url.into());
            let name = if *device == DeviceChoice::WebGpu { "web_gpu" } else { device_name(*device) };
            put("device", name.into());
        }
        Task::PredictFile { name } => {
            put("kind", "predict_file".into());
            put("name", name.into());
        }
        Task::PredictPixels { width, height } => {
            put("kind", "predict_pixels".into());
            put("width", (*width as f64).into());
            put("height", (*height as f64).into());
        }
        Task::PredictScene { seed, size } => {
            put("kind", "predict_scene".into());
            put("seed", (*seed as f64).into());
            put("size", (*size as f64).into());
        }
    }
    let message = Object::new();
    let _ = Reflect::set(&message, &"id".into(), &(request.id as f64).into());
    let _ = Reflect::set(&message, &"task".into(), &task);
    JSON::stringify(&message).map(String::from).unwrap_or_default()
}

/// The answer in `json`; `None` where it is not one.
pub fn response_from_json(json: &str) -> Option<Response> {
    let response = JSON::parse(json).ok()?;
    let answer = field(&response, "answer");
    let answer = match text(&answer, "kind")?.as_str() {
        "progress" => Answer::Progress {
            step: match text(&answer, "step")?.as_str() {
                "adapter" => StartStep::Adapter,
                "download" => StartStep::Download,
                "load" => StartStep::Load,
                "warm_up" => StartStep::WarmUp,
                _ => return None,
            },
            done_bytes: number(&answer, "done_bytes")? as u64,
            total_bytes: number(&answer, "total_bytes")? as u64,
        },
        "ready" => Answer::Ready(Box::new(ready(&answer)?)),
        "image" => Answer::Image {
            width: number(&answer, "width")? as usize,
            height: number(&answer, "height")? as usize,
            true_labels: list(&answer, "true_labels")
                .map(|labels| labels.iter().filter_map(|label| label.as_f64()).map(|label| label as usize).collect()),
        },
        "prediction" => Answer::Prediction(Box::new(prediction(&answer)?)),
        "failed" => Answer::Failed {
            failure: match text(&answer, "failure")?.as_str() {
                "decode" => Failure::Decode,
                "bundle_version" => Failure::BundleVersion,
                "bundle_broken" => Failure::BundleBroken,
                "network" => Failure::Network,
                "no_web_gpu" => Failure::NoWebGpu,
                "engine_lost" => Failure::EngineLost,
                "protocol" => Failure::Protocol,
                _ => return None,
            },
            message: text(&answer, "message")?,
        },
        _ => return None,
    };
    Some(Response { id: number(&response, "id")? as u64, answer })
}

fn ready(answer: &JsValue) -> Option<Ready> {
    let mut figures = BTreeMap::new();
    // One by one: collecting would bring a sort into the download.
    for entry in Object::entries(&field(answer, "figures").dyn_into().ok()?).iter() {
        let entry = entry.unchecked_into::<Array>();
        figures.insert(entry.get(0).as_string()?, entry.get(1).as_f64()?);
    }
    Some(Ready {
        backend: text(answer, "backend")?,
        adapter: text(answer, "adapter")?,
        reason: text(answer, "reason")?,
        bundle: text(answer, "bundle")?,
        description: text(answer, "description")?,
        labels: list(answer, "labels")?.iter().filter_map(|label| label.as_string()).collect(),
        thresholds: numbers(answer, "thresholds")?,
        input_size: number(answer, "input_size")? as usize,
        weights_bytes: number(answer, "weights_bytes")? as u64,
        from_cache: field(answer, "from_cache").as_bool()?,
        download_ms: number(answer, "download_ms")?,
        load_ms: number(answer, "load_ms")?,
        first_run_ms: number(answer, "first_run_ms")?,
        figures,
    })
}

fn prediction(answer: &JsValue) -> Option<Prediction> {
    Some(Prediction {
        scores: numbers(answer, "scores")?,
        activation: numbers(answer, "activation")?,
        activation_height: number(answer, "activation_height")? as usize,
        activation_width: number(answer, "activation_width")? as usize,
        crop_in_image: numbers(answer, "crop_in_image")?.try_into().ok()?,
        run_ms: number(answer, "run_ms")?,
        median_ms: number(answer, "median_ms")?,
        runs: number(answer, "runs")? as usize,
    })
}

/// A field of an object; `undefined` where there is none.
pub fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A field that is text.
pub fn text(object: &JsValue, name: &str) -> Option<String> {
    field(object, name).as_string()
}

fn number(object: &JsValue, name: &str) -> Option<f64> {
    field(object, name).as_f64()
}

fn list(object: &JsValue, name: &str) -> Option<Array> {
    field(object, name).dyn_into().ok()
}

fn numbers(object: &JsValue, name: &str) -> Option<Vec<f32>> {
    list(object, name).map(|list| Float32Array::new(&list).to_vec())
}
