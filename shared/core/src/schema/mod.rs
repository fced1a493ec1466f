//! The published schemas of report.json, bundle.json and a taught head: what the types say, and what the committed files are.

mod validate;

use self::validate::faults;
use crate::active::HeadFile;
use crate::bundle::Bundle;
use crate::report::Report;
use schemars::{JsonSchema, schema_for};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// The committed schema, which must be that of the type. `NADIR_APPROVE=1` writes it anew.
fn published<T: JsonSchema>(name: &str) -> Value {
    let path = root().join("docs/schema").join(name);
    let made = schema_for!(T).to_value();
    if std::env::var_os("NADIR_APPROVE").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("written");
    }
    let published = read(&path);
    assert!(published == made, "{} is not the type's schema; NADIR_APPROVE=1 writes it anew", path.display());
    published
}

#[test]
fn every_committed_report_is_as_the_published_schema_says() {
    let schema = published::<Report>("report.schema.json");
    let mut reports = 0;
    for entry in std::fs::read_dir(root().join("static/reports")).expect("reports") {
        let path = entry.expect("an entry").path();
        assert_eq!(faults(&schema, &read(&path)), Vec::<String>::new(), "{}", path.display());
        reports += 1;
    }
    assert!(reports >= 10);
    // It says more than that it is JSON.
    let mut broken = read(&root().join("static/reports/labels_aerial.json"));
    broken["arms"][0]["scalars"]["test mAP"]["mean"] = "0.93".into();
    broken.as_object_mut().expect("a report").remove("labels");
    assert_eq!(faults(&schema, &broken).len(), 2, "{:?}", faults(&schema, &broken));
}

#[test]
fn a_taught_head_is_as_the_published_schema_says() {
    let schema = published::<HeadFile>("head.schema.json");
    let json = r#"{"head_version": 1, "bundle": "b", "weights_sha256": "0", "space": {"kind": "unit_embedding", "dimensions": 1},
        "classes": [{"name": "c", "weights": [0.5], "bias": 0, "threshold": 0.5, "yes": ["a"], "no": []}]}"#;
    let mut head: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(faults(&schema, &head), Vec::<String>::new());
    head["classes"][0]["bias"] = "0".into();
    assert_eq!(faults(&schema, &head).len(), 1, "{:?}", faults(&schema, &head));
}

#[test]
fn every_committed_bundle_is_as_the_published_schema_says() {
    let schema = published::<Bundle>("bundle.schema.json");
    for name in ["aerial", "scenes", "scenes-random"] {
        let path = root().join("static/models").join(name).join("bundle.json");
        assert_eq!(faults(&schema, &read(&path)), Vec::<String>::new(), "{}", path.display());
    }
    let mut broken = read(&root().join("static/models/scenes/bundle.json"));
    broken["weights"]["size"] = (-1).into();
    broken["architecture"]["encoder"] = "vgg".into();
    assert_eq!(faults(&schema, &broken).len(), 2, "{:?}", faults(&schema, &broken));
}
