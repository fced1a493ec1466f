use super::*;
use proptest::prelude::*;

fn values(text: &str) -> Result<Vec<Node<'_>>> {
    parse::parse(text, &[])
}

fn one(text: &str) -> Node<'_> {
    values(text).expect("JSON").remove(0)
}

/// As serde_json has it, floats to the last digit, which its own reader is not.
fn plain(node: &Node<'_>) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(is) => (*is).into(),
        Value::Number(written) => match written.parse::<i64>() {
            Ok(whole) => whole.into(),
            Err(_) => written.parse::<f64>().expect("a number").into(),
        },
        Value::Text(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().into(),
        Value::Object(entries) => {
            serde_json::Value::Object(entries.iter().map(|(key, node)| (key.to_string(), plain(node))).collect())
        }
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter_map("finite", |number| number.is_finite().then(|| number.into())),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read_as_it_is(value in any_json()) {
        for text in [serde_json::to_string(&value).expect("text"), serde_json::to_string_pretty(&value).expect("text")] {
            prop_assert_eq!(&plain(&one(&text)), &value);
        }
    }

    /// Whatever is in the file: no panic, and what serde_json refuses is refused, but for NaN and several values.
    #[test]
    fn broken_texts_are_refused(value in any_json(), at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut bytes = serde_json::to_vec(&value).expect("text");
        let at = at.index(bytes.len());
        bytes[at] = with & 0x7f;
        if let Ok(text) = String::from_utf8(bytes) {
            let read = values(&text);
            let right = serde_json::from_str::<serde_json::Value>(&text);
            match right {
                Ok(_) => prop_assert_eq!(read.expect("valid").len(), 1),
                // A number beyond f64 is infinite here, and refused where a finite one is expected.
                Err(error) if error.to_string().contains("out of range") => {}
                Err(_) => prop_assert!(read.map_or(true, |read| read.len() != 1), "{text:?}"),
            }
        }
    }
}

#[test]
fn values_know_their_line_and_column() {
    let node = one("{\"a\": [1,\n  {\"score\": NaN}]}");
    let item = &node.list("a").expect("a list")[1];
    let error = item.number("score").expect_err("NaN").to_string();
    assert_eq!(
        error,
        "line 2, column 13, key \"score\": expected a finite number, found NaN, which JSON does not have"
    );
    assert!(item.number_or_nan("score").expect("a number").is_nan());
    assert!(
        item.number("box").expect_err("missing").to_string().contains("line 2, column 3: expected the key \"box\"")
    );
}

#[test]
fn numbers_flags_and_texts_in_every_spelling() {
    let node = one(r#"{"a": "1.5", "b": [1, "2", 3e0, " 4 "], "c": "1", "d": false, "e": "no", "f": Infinity,
                       "g": -Infinity, "h": "nan", "i": null, "a": "2.5", "j": "\ud834\udd1e\u00e4\n"}"#);
    assert_eq!(node.number("a").expect("the last of equal keys"), 2.5);
    assert_eq!(node.numbers::<4>("b").expect("four"), [1.0, 2.0, 3.0, 4.0]);
    assert!(node.numbers::<3>("b").expect_err("four").to_string().contains("expected 3 numbers, found 4"));
    let flags: Vec<bool> = ["c", "d", "e", "i", "z"].map(|key| node.flag(key).expect("a flag")).to_vec();
    assert_eq!(flags, [true, false, false, false, false]);
    assert!(node.flag("f").is_err());
    assert_eq!(node.number_or_nan("f").expect("infinite"), f64::INFINITY);
    assert_eq!(node.number_or_nan("g").expect("infinite"), f64::NEG_INFINITY);
    assert!(node.number_or_nan("h").expect("a word in a text").is_nan());
    assert_eq!(node.optional_number("i").expect("null is nothing"), None);
    assert_eq!(node.text("j").expect("a text"), "𝄞ä\n");
}

#[test]
fn json_lines_are_several_values_and_skipped_keys_are_null() {
    let lines = values("{\"a\": 1}\n{\"a\": 2}\r\n\n{\"a\": 3}\n").expect("lines");
    let numbers: Vec<f64> = lines.iter().map(|line| line.number("a").expect("a number")).collect();
    assert_eq!(numbers, [1.0, 2.0, 3.0]);
    let skipped = parse::parse("{\"a\": [[1, 2], [3]], \"b\": 1}", &["a"]).expect("JSON");
    assert_eq!((skipped[0].get("a"), skipped[0].number("b").ok()), (None, Some(1.0)));
}

#[test]
fn faults_name_line_key_and_what_was_expected() {
    for (text, words) in [
        ("{\"a\": [1, 2\n", &["line 2, column 1, at a[1]", "cut off"][..]),
        ("{\"a\": [1, 2,]}", &["column 13, at a[2]", "a comma stands before it?"]),
        ("{'a': 1}", &["a key in double quotes", "JSON has double quotes"]),
        ("{\"a\": 01}", &["at a", "expected a value", "\"01}\""]),
        ("{\"a\" 1}", &["expected \":\""]),
        ("{\"a\": \"C:\\data\"}", &["a path of Windows"]),
        ("{\"a\": \"b\nc\"}", &["the end of a text"]),
        ("{\"annotations\": [{\"score\": 0.5}, {\"score\": oops}]}", &["at annotations[1].score", "\"oops}]}\""]),
        (&"[".repeat(5000), &["more than 128 lists"]),
    ] {
        let error = values(text).expect_err("refused").to_string();
        words.iter().for_each(|word| assert!(error.contains(word), "{error}"));
    }
}
