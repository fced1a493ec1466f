//! The protocol's types to and from JSON, with JavaScript's own JSON. serde's code for the same types would be a third
//! of the page's download; the browser tests hold the two against each other.

use crate::address::device_name;
use js_sys::{Array, Float32Array, JSON, Object, Reflect};
use nadir_core::bundle::{CropPrediction, OodScore};
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::neighbours::Neighbour;
use nadir_core::protocol::{
    Answer, DeviceChoice, Failure, GalleryHere, GalleryOffer, ImageInput, NamesOffer, Neighbours, Objects,
    ObjectsOffer, Prediction, Ready, Request, Response, StartStep, Task, TrueObject,
};
use nadir_web_kit::js::{field, text};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};

/// A request as JSON.
pub fn json_from_request(request: &Request) -> String {
    let task = Object::new();
    match &request.task {
        Task::Start { bundle_url, device } => {
            put(&task, "kind", "start");
            put(&task, "bundle_url", bundle_url);
            let name = if *device == DeviceChoice::WebGpu { "web_gpu" } else { device_name(*device) };
            put(&task, "device", name);
        }
        Task::Predict { image } => {
            put(&task, "kind", "predict");
            put(&task, "image", input(image));
        }
        Task::FindObjects { image } => {
            put(&task, "kind", "find_objects");
            put(&task, "image", input(image));
        }
        Task::NameObjects { boxes } => {
            put(&task, "kind", "name_objects");
            let list = Array::new();
            for &sides in boxes {
                list.push(&Array::of4(&sides[0].into(), &sides[1].into(), &sides[2].into(), &sides[3].into()));
            }
            put(&task, "boxes", list);
        }
        // Of large images, whose page (web/scenes) has serde.
        Task::LabelTile { .. } | Task::FindInTile { .. } | Task::NameInSheet { .. } => {}
        Task::LoadGallery => put(&task, "kind", "load_gallery"),
        Task::FindNeighbours { count } => {
            put(&task, "kind", "find_neighbours");
            put(&task, "count", *count as f64);
        }
        Task::GallerySheet { sheet } => {
            put(&task, "kind", "gallery_sheet");
            put(&task, "sheet", *sheet as f64);
        }
        // Asked by `web/teach` alone, with serde.
        Task::HeadSpace | Task::Embed { .. } => {}
    }
    let message = Object::new();
    put(&message, "id", request.id as f64);
    put(&message, "task", task);
    JSON::stringify(&message).map(String::from).unwrap_or_default()
}

fn input(image: &ImageInput) -> Object {
    let input = Object::new();
    // JavaScript's numbers are exact to 2^53; seeds and sizes here stay below 2^32.
    match image {
        ImageInput::File { name } => {
            put(&input, "kind", "file");
            put(&input, "name", name);
        }
        ImageInput::Pixels { width, height } => {
            put(&input, "kind", "pixels");
            put(&input, "width", *width as f64);
            put(&input, "height", *height as f64);
        }
        ImageInput::Scene { seed, size } => {
            put(&input, "kind", "scene");
            put(&input, "seed", *seed as f64);
            put(&input, "size", *size as f64);
        }
    }
    input
}

fn put(object: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes any field.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

/// The answer in `json`; `None` if it is not one.
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
            true_labels: list(&answer, "true_labels").map(|labels| indices(&labels)),
        },
        "prediction" => Answer::Prediction(Box::new(prediction(&answer)?)),
        "objects" => Answer::Objects(Box::new(objects(&answer)?)),
        "names" => Answer::Names { names: all(&list(&answer, "names")?, name)? },
        "gallery" => Answer::Gallery(Box::new(gallery(&answer)?)),
        "neighbours" => Answer::Neighbours(neighbours(&answer)?),
        "gallery_sheet" => Answer::GallerySheet { sheet: number(&answer, "sheet")? as usize },
        "failed" => Answer::Failed {
            failure: match text(&answer, "failure")?.as_str() {
                "decode" => Failure::Decode,
                "bundle_version" => Failure::BundleVersion,
                "bundle_bands" => Failure::BundleBands,
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

fn figures(of: &JsValue) -> Option<BTreeMap<String, f64>> {
    let mut figures = BTreeMap::new();
    // One by one: collecting would bring a sort into the download.
    for entry in Object::entries(&field(of, "figures").dyn_into().ok()?).iter() {
        let entry = entry.unchecked_into::<Array>();
        figures.insert(entry.get(0).as_string()?, entry.get(1).as_f64()?);
    }
    Some(figures)
}

fn ready(answer: &JsValue) -> Option<Ready> {
    let objects = field(answer, "objects");
    let objects = if objects.is_object() { Some(offer(&objects)?) } else { None };
    Some(Ready {
        backend: text(answer, "backend")?,
        adapter: text(answer, "adapter")?,
        reason: text(answer, "reason")?,
        bundle: text(answer, "bundle")?,
        description: text(answer, "description")?,
        labels: texts(answer, "labels")?,
        thresholds: numbers(answer, "thresholds")?,
        input_size: number(answer, "input_size")? as usize,
        weights_bytes: number(answer, "weights_bytes")? as u64,
        from_cache: field(answer, "from_cache").as_bool()?,
        download_ms: number(answer, "download_ms")?,
        load_ms: number(answer, "load_ms")?,
        first_run_ms: number(answer, "first_run_ms")?,
        figures: figures(answer)?,
        objects,
        gallery: gallery_offer(&field(answer, "gallery")),
    })
}

fn gallery_offer(gallery: &JsValue) -> Option<GalleryOffer> {
    Some(GalleryOffer { count: number(gallery, "count")? as usize, bytes: number(gallery, "bytes")? as u64 })
}

fn gallery(answer: &JsValue) -> Option<GalleryHere> {
    Some(GalleryHere {
        description: text(answer, "description")?,
        count: number(answer, "count")? as usize,
        labels: texts(answer, "labels")?,
        dimensions: number(answer, "dimensions")? as usize,
        map_method: text(answer, "map_method")?,
        columns: number(answer, "columns")? as usize,
        rows: number(answer, "rows")? as usize,
    })
}

fn neighbours(answer: &JsValue) -> Option<Neighbours> {
    let neighbour = |found: &JsValue| {
        Some(Neighbour { index: number(found, "index")? as usize, cosine: number(found, "cosine")? as f32 })
    };
    Some(Neighbours {
        found: all(&list(answer, "found")?, neighbour)?,
        search_ms: number(answer, "search_ms")?,
        median_ms: number(answer, "median_ms")?,
        runs: number(answer, "runs")? as usize,
    })
}

fn offer(objects: &JsValue) -> Option<ObjectsOffer> {
    let names = field(objects, "names");
    let names = if names.is_object() {
        let similar = all(&list(&names, "similar")?, |labels| Some(indices(labels.unchecked_ref())))?;
        Some(NamesOffer { labels: texts(&names, "labels")?, similar })
    } else {
        None
    };
    Some(ObjectsOffer {
        labels: texts(objects, "labels")?,
        score_threshold: number(objects, "score_threshold")? as f32,
        stacked_above: number(objects, "stacked_above")?,
        weights_bytes: number(objects, "weights_bytes")? as u64,
        figures: figures(objects)?,
        names,
    })
}

fn objects(answer: &JsValue) -> Option<Objects> {
    let candidate = |object: &JsValue| {
        Some(DetectedObject {
            box_in_image: sides(object)?,
            class: number(object, "class")? as usize,
            score: number(object, "score")? as f32,
        })
    };
    let true_object =
        |object: &JsValue| Some(TrueObject { label: number(object, "label")? as usize, box_in_image: sides(object)? });
    let truth = match list(answer, "truth") {
        Some(truth) => Some(all(&truth, true_object)?),
        None => None,
    };
    Some(Objects {
        candidates: all(&list(answer, "candidates")?, candidate)?,
        truth,
        run_ms: number(answer, "run_ms")?,
        median_ms: number(answer, "median_ms")?,
        runs: number(answer, "runs")? as usize,
    })
}

/// The classification of a crop; `None` inside if it has none.
fn name(answer: &JsValue) -> Option<Option<CropPrediction>> {
    if !answer.is_object() {
        return Some(None);
    }
    Some(Some(CropPrediction {
        label: number(answer, "label")? as usize,
        probabilities: numbers(answer, "probabilities")?,
        ood_score: number(answer, "ood_score")? as f32,
        unknown: field(answer, "unknown").as_bool()?,
    }))
}

fn prediction(answer: &JsValue) -> Option<Prediction> {
    let ood = field(answer, "ood");
    let score = |ood: &JsValue| {
        let number = |name: &str| Some(number(ood, name)? as f32);
        Some(OodScore {
            residual: number("residual")?,
            unlike_above: number("unlike_above")?,
            spread: number("spread")?,
            concentrated_below: number("concentrated_below")?,
        })
    };
    Some(Prediction {
        ood: if ood.is_object() { Some(score(&ood)?) } else { None },
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

fn number(object: &JsValue, name: &str) -> Option<f64> {
    field(object, name).as_f64()
}

fn list(object: &JsValue, name: &str) -> Option<Array> {
    field(object, name).dyn_into().ok()
}

fn sides(object: &JsValue) -> Option<[f32; 4]> {
    numbers(object, "box_in_image")?.try_into().ok()
}

/// Every item of a list, if each is what it should be.
fn all<T>(list: &Array, read: impl Fn(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    list.iter().map(|item| read(&item)).collect()
}

fn indices(list: &Array) -> Vec<usize> {
    list.iter().filter_map(|index| index.as_f64()).map(|index| index as usize).collect()
}

fn texts(object: &JsValue, name: &str) -> Option<Vec<String>> {
    Some(list(object, name)?.iter().filter_map(|text| text.as_string()).collect())
}

fn numbers(object: &JsValue, name: &str) -> Option<Vec<f32>> {
    list(object, name).map(|list| Float32Array::new(&list).to_vec())
}
