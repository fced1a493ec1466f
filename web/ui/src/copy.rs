//! What was found in an image, as JSON for another program.

use crate::state::{Files, Outcome, Shown, View};
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::JsValue;

/// The labels or the objects that are shown, with the network and the settings that they come from; pixels are those of
/// the image as it is shown.
pub fn json(shown: &Shown) -> String {
    let found = object(&[
        ("image", shown.image.as_ref().map_or(JsValue::NULL, |image| (&image.description).into())),
        ("network", (&shown.model).into()),
        ("device", shown.ready.as_ref().map_or(JsValue::NULL, |ready| (&ready.adapter).into())),
    ]);
    match shown.view {
        View::Objects => {
            put(&found, "objects", &objects(shown));
            put(&found, "score_from", &f64::from(shown.score_from()).into());
            put(&found, "overlap", &f64::from(shown.overlap).into());
        }
        _ => put(&found, "labels", &labels(shown)),
    }
    JSON::stringify_with_replacer_and_space(&found, &JsValue::NULL, &2.into()).map(String::from).unwrap_or_default()
}

/// What was found in several files, a list with an object for each that has labels, as `nadir predict --out FILE.json`
/// writes it.
pub fn files_json(shown: &Shown, files: &Files) -> String {
    let list = Array::new();
    let Some(ready) = &shown.ready else { return String::new() };
    for row in &files.rows {
        let Outcome::Labelled { scores, ood } = &row.outcome else { continue };
        let labels = Array::new();
        for ((label, &score), &threshold) in ready.labels.iter().zip(scores).zip(&ready.thresholds) {
            labels.push(&object(&[
                ("label", label.into()),
                ("score", f64::from(score).into()),
                ("present", (score >= threshold).into()),
            ]));
        }
        let file = object(&[("image", (&row.name).into()), ("scores", labels.into())]);
        if let Some(ood) = ood {
            let ood = object(&[
                ("unlike_training", ood.is_unlike().into()),
                ("residual", f64::from(ood.residual).into()),
                ("unlike_above", f64::from(ood.unlike_above).into()),
                ("spread", f64::from(ood.spread).into()),
                ("concentrated_below", f64::from(ood.concentrated_below).into()),
            ]);
            put(&file, "ood", &ood);
        }
        list.push(&file);
    }
    JSON::stringify_with_replacer_and_space(&list, &JsValue::NULL, &2.into()).map(String::from).unwrap_or_default()
}

fn labels(shown: &Shown) -> Array {
    let labels = Array::new();
    for row in shown.rows() {
        let label = object(&[
            ("label", (&row.label).into()),
            ("score", f64::from(row.score).into()),
            ("threshold", f64::from(row.threshold).into()),
            ("present", row.present.into()),
        ]);
        if let Some((score, _)) = shown.compared.as_ref().and_then(|compared| compared.score(&row.label)) {
            put(&label, "score_compared", &f64::from(score).into());
        }
        labels.push(&label);
    }
    labels
}

fn objects(shown: &Shown) -> Array {
    let objects = Array::new();
    let Some(found) = shown.objects_here() else { return objects };
    for candidate in shown.visible() {
        let at = &found.objects.candidates[candidate];
        let [left, top, right, bottom] = at.box_in_image.map(f64::from).map(JsValue::from);
        objects.push(&object(&[
            ("class", shown.class_name(at.class).into()),
            ("score", f64::from(at.score).into()),
            ("box", Array::of4(&left, &top, &right, &bottom).into()),
        ]));
    }
    objects
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    fields.iter().for_each(|(name, value)| put(&object, name, value));
    object
}

fn put(object: &Object, name: &str, value: &JsValue) {
    // A plain object takes any field.
    let _ = Reflect::set(object, &name.into(), value);
}
