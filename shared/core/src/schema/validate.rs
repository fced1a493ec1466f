//! Holds a JSON value against a schema of JSON Schema 2020-12, as far as `schemars` writes it. A keyword that it does not
//! know is an error, so that nothing counts as checked that was not.

use serde_json::{Map, Value};

/// Keywords that say nothing of which values are right, and `format`, which 2020-12 takes as a remark.
const REMARKS: [&str; 6] = ["$schema", "$defs", "title", "description", "default", "format"];

/// What of `value` is not as `schema` says, a sentence each with its place.
pub(super) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, schema, value, "$", &mut faults);
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = match schema {
        Value::Bool(true) => return,
        Value::Object(schema) => schema,
        other => return faults.push(format!("{at}: the schema {other} allows nothing")),
    };
    let is = |schema: &Value, value: &Value| {
        let mut found = Vec::new();
        check(root, schema, value, at, &mut found);
        found.is_empty()
    };
    for (keyword, expected) in schema {
        let is_right = match keyword.as_str() {
            remark if REMARKS.contains(&remark) => true,
            "$ref" => {
                let pointer = expected.as_str().and_then(|path| path.strip_prefix('#')).unwrap_or("nowhere");
                match root.pointer(pointer) {
                    Some(schema) => check(root, schema, value, at, faults),
                    None => faults.push(format!("{at}: {expected} leads nowhere")),
                }
                true
            }
            "type" => match expected {
                Value::Array(types) => types.iter().any(|one| is_of_type(one, value)),
                one => is_of_type(one, value),
            },
            "enum" => list(expected).contains(value),
            "const" => expected == value,
            "minimum" => bound(expected, value, |limit, value| value >= limit),
            "maximum" => bound(expected, value, |limit, value| value <= limit),
            "minItems" => {
                value.as_array().is_none_or(|items| items.len() as u64 >= expected.as_u64().unwrap_or(u64::MAX))
            }
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= expected.as_u64().unwrap_or(0)),
            "anyOf" => list(expected).iter().any(|schema| is(schema, value)),
            "oneOf" => list(expected).iter().filter(|schema| is(schema, value)).count() == 1,
            "items" => {
                for (index, item) in list(value).iter().enumerate() {
                    check(root, expected, item, &format!("{at}[{index}]"), faults);
                }
                true
            }
            "required" => {
                let lacks = |name: &&Value| name.as_str().is_none_or(|name| value.get(name).is_none());
                let missing = list(expected).iter().find(|name| value.is_object() && lacks(name));
                faults.extend(missing.map(|name| format!("{at} lacks {name}")));
                true
            }
            "properties" => {
                for (name, schema) in entries(expected) {
                    if let Some(value) = value.get(name) {
                        check(root, schema, value, &format!("{at}.{name}"), faults);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").map(entries).unwrap_or_default();
                for (name, value) in
                    entries(value).into_iter().filter(|(name, _)| !known.iter().any(|(own, _)| own == name))
                {
                    check(root, expected, value, &format!("{at}.{name}"), faults);
                }
                true
            }
            unknown => return faults.push(format!("{at}: the keyword {unknown:?} is not known here")),
        };
        if !is_right {
            faults.push(format!("{at}: {value} does not have {keyword} {expected}"));
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn entries(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().map(|map: &Map<String, Value>| map.iter().collect()).unwrap_or_default()
}

fn bound(limit: &Value, value: &Value, holds: fn(f64, f64) -> bool) -> bool {
    value.as_f64().is_none_or(|value| limit.as_f64().is_some_and(|limit| holds(limit, value)))
}

fn is_of_type(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        // As JSON Schema has it, 1.0 is one too.
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn right_values_pass_and_each_wrong_one_is_named_by_its_place() {
        let schema = json!({
            "$defs": {"part": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}},
                "required": ["n"], "additionalProperties": false}},
            "type": "object",
            "properties": {
                "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}, "minItems": 1, "maxItems": 2},
                "kind": {"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}]},
                "mean": {"type": ["number", "null"]},
                "named": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        });
        let right = json!({"parts": [{"n": 0}], "kind": "b", "mean": null, "named": {"x": "y"}});
        assert_eq!(faults(&schema, &right), Vec::<String>::new());
        for (wrong, place) in [
            (json!({"parts": [{"n": -1}]}), "$.parts[0].n: -1 does not have minimum"),
            (json!({"parts": [{"n": 0.5}]}), "$.parts[0].n"),
            (json!({"parts": [{}]}), "$.parts[0] lacks \"n\""),
            (json!({"parts": [{"n": 1, "m": 1}]}), "$.parts[0].m"),
            (json!({"parts": []}), "$.parts"),
            (json!({"kind": "d"}), "$.kind"),
            (json!({"mean": "1"}), "$.mean"),
            (json!({"named": {"x": 1}}), "$.named.x"),
            (json!([]), "$: []"),
        ] {
            let found = faults(&schema, &wrong);
            assert!(found.len() == 1 && found[0].starts_with(place), "{place}: {found:?}");
        }
        assert_eq!(faults(&json!({"pattern": "x"}), &json!("x")).len(), 1, "an unknown keyword is no pass");
    }
}
