//! A report, and all that is drawn from it.

use nadir::report::html;
use nadir_core::report::Report;
use nadir_plot::Plot;
use nadir_plot::report_view::{Named, Palette, Subject, sections};
use serde_json::Value;

/// Read, checked, drawn as the page and `nadir report` draw it.
pub fn report(bytes: &[u8]) -> Result<(), String> {
    let json = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let report = Report::from_json(json).map_err(|error| error.to_string())?;
    let written = serde_json::to_value(&report).expect("JSON");
    let again = Report::from_json(&written.to_string()).expect("what was just written");
    assert!(nearly(&written, &serde_json::to_value(&again).expect("JSON")), "{written}");
    let palette = Palette::of([&report]);
    let subject = Subject::new(&[Named { name: "a", report: &report }], &palette);
    for figure in sections(&subject).iter().flat_map(|section| &section.figures) {
        let svg = figure.svg(600);
        assert!(!has_no_number(&svg), "{}: {svg}", figure.title);
    }
    html::page(&["a".to_owned()], std::slice::from_ref(&report));
    Ok(())
}

/// Whether both are the same but for the last bit of a number: serde_json reads some of 17 digits otherwise than it wrote
/// them (its feature `float_roundtrip` is slower).
fn nearly(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| nearly(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| nearly(a, b)))
        }
        (Value::Number(a), Value::Number(b)) if a != b => {
            let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
            (a - b).abs() <= f64::EPSILON * a.abs()
        }
        (a, b) => a == b,
    }
}

/// Whether an attribute of a drawing is NaN or infinite, or holds such a number. Texts stand between the tags, where
/// NaN may be a class's name.
fn has_no_number(svg: &str) -> bool {
    let is_number = |attribute: &str| {
        ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d", "points", "viewBox"]
            .iter()
            .any(|name| attribute.strip_suffix('=').is_some_and(|start| start.rsplit([' ', '\n']).next() == Some(name)))
    };
    let parts: Vec<&str> = svg.split('"').collect();
    let values = parts.windows(2).filter(|pair| is_number(pair[0])).map(|pair| pair[1]);
    values.into_iter().any(|value| value.contains("NaN") || value.contains("inf"))
}
