//! Two reports number by number.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Numbers that differ by less than this share of them (or of 1, where they are smaller) are the same: JSON's readers and
/// writers round the last digit.
const SAME: f64 = 1e-12;

/// The fields of a report that are figures, or say what they are of. The others say how and when it was made, which is
/// another each time, or are prose.
const COMPARED: [&str; 10] =
    ["images", "split_sha256", "labels", "arms", "comparisons", "map_images", "matrices", "leak", "audit", "figures"];

/// Fields below those that are no figures: sentences, pictures, and maps, in whose drawing the last digit of a distance
/// moves every point.
const IGNORED: [&str; 3] = ["about", "thumbnail", "maps"];

/// Names of groups that say nothing where they stand before a figure.
const UNNAMED: [&str; 6] = ["arms", "scalars", "figures", "matrices", "curves", "per_label"];

/// How much of the reported was computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything: what one of the two lacks is a difference.
    Whole,
    /// Some figures, of a list its first entries: what else is reported stays unknown.
    Some,
}

/// A field that is not the same in both.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Which, with its arm.
    pub figure: String,
    /// As it is reported; empty if it is not.
    pub reported: String,
    /// As it was computed; empty if it was not.
    pub computed: String,
    /// Computed less reported, where both are numbers.
    pub by: Option<f64>,
}

/// What came out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// How many numbers were compared.
    pub numbers: usize,
    /// The largest difference among those that count as the same.
    pub largest_within: f64,
    /// The largest differences first; what is no number in front.
    pub differences: Vec<Difference>,
    /// Figures that are reported and were not computed, each named once.
    pub not_computed: BTreeSet<String>,
}

/// Compares two reports. Numbers count as the same up to `tolerance`, 0 for digit by digit.
pub fn compare(reported: &Value, computed: &Value, extent: Extent, tolerance: f64) -> Compared {
    let mut compared = Compared::default();
    let walk = Walk { extent, tolerance };
    for field in COMPARED {
        let of = |report: &Value| report.get(field).filter(|value| !is_nothing(value)).cloned();
        walk.entries(field, &mut vec![field.to_owned()], of(reported), of(computed), &mut compared);
    }
    let size = |difference: &Difference| difference.by.map_or(f64::INFINITY, f64::abs);
    compared.differences.sort_by(|a, b| size(b).total_cmp(&size(a)));
    compared
}

/// Whether a field that is left out where it is empty could have been left out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

struct Walk {
    extent: Extent,
    tolerance: f64,
}

impl Walk {
    fn entries(
        &self,
        field: &str,
        path: &mut Vec<String>,
        reported: Option<Value>,
        computed: Option<Value>,
        compared: &mut Compared,
    ) {
        if IGNORED.contains(&field) {
            return;
        }
        match (reported, computed) {
            (None, None) => {}
            (Some(reported), Some(computed)) => self.values(path, &reported, &computed, compared),
            (Some(_), None) if self.extent == Extent::Some => {
                compared.not_computed.insert(named(path));
            }
            (reported, computed) => {
                let shown = |value: Option<Value>| value.map_or(String::new(), |value| shown(&value));
                compared.differences.push(Difference {
                    figure: named(path),
                    reported: shown(reported),
                    computed: shown(computed),
                    by: None,
                });
            }
        }
    }

    fn values(&self, path: &mut Vec<String>, reported: &Value, computed: &Value, compared: &mut Compared) {
        match (reported, computed) {
            (Value::Object(reported), Value::Object(computed)) => self.maps(path, reported, computed, compared),
            (Value::Array(reported), Value::Array(computed)) => {
                if let (Some(reported), Some(computed)) = (by_name(reported), by_name(computed)) {
                    return self.maps(path, &reported, &computed, compared);
                }
                if reported.len() > computed.len() && self.extent == Extent::Some {
                    compared.not_computed.insert(format!("{} from [{}] on", named(path), computed.len()));
                } else if reported.len() != computed.len() {
                    let entries = |list: &[Value]| format!("{} entries", list.len());
                    compared.differences.push(Difference {
                        figure: named(path),
                        reported: entries(reported),
                        computed: entries(computed),
                        by: Some(computed.len() as f64 - reported.len() as f64),
                    });
                }
                for (at, (reported, computed)) in reported.iter().zip(computed).enumerate() {
                    path.push(format!("[{at}]"));
                    self.values(path, reported, computed, compared);
                    path.pop();
                }
            }
            _ => self.leaves(path, reported, computed, compared),
        }
    }

    fn maps(
        &self,
        path: &mut Vec<String>,
        reported: &Map<String, Value>,
        computed: &Map<String, Value>,
        compared: &mut Compared,
    ) {
        let fields: BTreeSet<&String> = reported.keys().chain(computed.keys()).collect();
        for field in fields {
            let of = |map: &Map<String, Value>| map.get(field).filter(|value| !is_nothing(value)).cloned();
            path.push(field.clone());
            self.entries(field, path, of(reported), of(computed), compared);
            path.pop();
        }
    }

    fn leaves(&self, path: &[String], reported: &Value, computed: &Value, compared: &mut Compared) {
        let numbers = reported.as_f64().zip(computed.as_f64());
        compared.numbers += usize::from(numbers.is_some());
        let by = numbers.map(|(reported, computed)| computed - reported);
        let is_same = match numbers {
            Some((reported, computed)) => {
                (computed - reported).abs() <= self.tolerance.max(SAME * reported.abs().max(1.0))
            }
            None => reported == computed,
        };
        if is_same {
            compared.largest_within = compared.largest_within.max(by.unwrap_or(0.0).abs());
            return;
        }
        compared.differences.push(Difference {
            figure: named(path),
            reported: shown(reported),
            computed: shown(computed),
            by,
        });
    }
}

/// A list of things that each have a name of its own, as arms, or a comparison's two arms and figure.
fn by_name(list: &[Value]) -> Option<Map<String, Value>> {
    let text = |entry: &Value, field: &str| Some(entry.get(field)?.as_str()?.to_owned());
    let name = |entry: &Value| match (text(entry, "arm"), text(entry, "against"), text(entry, "scalar")) {
        (Some(arm), Some(against), Some(scalar)) => Some(format!("{arm} less {against}: {scalar}")),
        _ => text(entry, "name").filter(|_| entry.get("scalars").is_some()),
    };
    let names: Option<Map<String, Value>> = list.iter().map(|entry| Some((name(entry)?, entry.clone()))).collect();
    names.filter(|names| names.len() == list.len())
}

fn named(path: &[String]) -> String {
    let mut name = String::new();
    let last = path.len().saturating_sub(1);
    for (_, part) in path.iter().enumerate().filter(|(at, part)| *at == last || !UNNAMED.contains(&part.as_str())) {
        if !name.is_empty() && !part.starts_with('[') {
            name.push_str(": ");
        }
        name.push_str(part);
    }
    name
}

/// A value on one line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("{} entries", list.len()),
        Value::Object(map) => format!("{} fields", map.len()),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(map: f64, split: &str) -> Value {
        json!({
            "title": "never compared", "wall_time_s": map, "split_sha256": split, "labels": ["a", "b"],
            "arms": [{"name": "frozen", "about": format!("{map}"), "scalars": {
                "test mAP": {"mean": map, "std": null, "values": [map]}, "uniformity": {"mean": -1.5, "values": [-1.5]},
            }, "maps": {"PCA": [[map, 0.0]]}}],
            "comparisons": [{"scalar": "test mAP", "arm": "a", "against": "b", "difference": 0.25}],
        })
    }

    #[test]
    fn the_same_figures_are_the_same_to_the_last_digit_that_json_has() {
        let compared = compare(&report(0.5, "x"), &report(0.5 + 1e-13, "x"), Extent::Whole, 0.0);
        assert_eq!(compared.differences, []);
        assert_eq!(compared.numbers, 5, "two values of two scalars and a comparison");
        assert!((compared.largest_within - 1e-13).abs() < 1e-15);
    }

    #[test]
    fn what_differs_is_named_with_both_values_and_the_largest_difference_in_front() {
        let mut other = report(0.5 + 2e-9, "y");
        other["comparisons"][0]["difference"] = json!(0.3);
        let found = compare(&report(0.5, "x"), &other, Extent::Whole, 0.0).differences;
        let named: Vec<&str> = found.iter().map(|one| one.figure.as_str()).collect();
        assert_eq!(
            named,
            [
                "split_sha256",
                "comparisons: a less b: test mAP: difference",
                "frozen: test mAP: mean",
                "frozen: test mAP: values[0]"
            ]
        );
        assert_eq!((found[0].reported.as_str(), found[0].computed.as_str(), found[0].by), ("x", "y", None));
        assert_eq!(found[1].by.map(|by| (by * 100.0).round()), Some(5.0));
        // Up to a tolerance only the text differs and the comparison.
        assert_eq!(compare(&report(0.5, "x"), &other, Extent::Whole, 1e-8).differences.len(), 2);
    }

    #[test]
    fn what_was_not_computed_is_a_difference_or_unknown() {
        let mut some = report(0.5, "x");
        some["arms"][0]["scalars"].as_object_mut().expect("scalars").remove("uniformity");
        let whole = compare(&report(0.5, "x"), &some, Extent::Whole, 0.0);
        assert_eq!(whole.differences.len(), 1);
        assert_eq!(whole.differences[0].figure, "frozen: uniformity");
        let part = compare(&report(0.5, "x"), &some, Extent::Some, 0.0);
        assert_eq!(part.differences, []);
        assert_eq!(part.not_computed.into_iter().collect::<Vec<_>>(), ["frozen: uniformity"]);
        some["labels"] = json!(["a"]);
        let part = compare(&report(0.5, "x"), &some, Extent::Some, 0.0);
        assert!(part.differences.is_empty() && part.not_computed.contains("labels from [1] on"), "{part:?}");
        some["labels"] = json!(["a", "b"]);
        // What was computed and is not reported was taken away.
        assert_eq!(compare(&some, &report(0.5, "x"), Extent::Some, 0.0).differences.len(), 1);
    }
}
