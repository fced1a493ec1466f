//! Changes of texts that know numbers, lines, columns and elements.

use nadir_core::rng::Rng;
use std::ops::Range;

/// What stands in the place of a number.
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "-1",
    "1",
    "1e308",
    "-1e308",
    "1e309",
    "1e-320",
    "NaN",
    "nan",
    "Infinity",
    "-inf",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "1000000000000",
    "123456789012345678901234567890123456789012345678901234567890",
    "0.00000000000000000000000000000000000000000000000000000000001",
    "",
    "1,5",
    "0x10",
];

/// A way to change a text.
pub type Change = fn(&str, &mut Rng) -> Option<(String, String)>;

/// The text with `range` replaced.
fn replaced(text: &str, range: Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..range.start], &text[range.end..])
}

fn one_of<T>(mut items: Vec<T>, rng: &mut Rng) -> Option<T> {
    let at = (!items.is_empty()).then(|| rng.below(items.len()))?;
    Some(items.swap_remove(at))
}

/// Another number in the place of one.
pub fn number(text: &str, rng: &mut Rng) -> Option<(String, String)> {
    let is_part = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let bytes = text.as_bytes();
    let starts = (0..bytes.len()).filter(|&at| bytes[at].is_ascii_digit() && (at == 0 || !is_part(bytes[at - 1])));
    let start = one_of(starts.collect(), rng)?;
    let len = bytes[start..].iter().take_while(|&&byte| is_part(byte)).count();
    let number = NUMBERS[rng.below(NUMBERS.len())];
    Some((replaced(text, start..start + len, number), format!("the number at {start} is {number:?}")))
}

/// A line again, left out, or in another place.
pub fn line(text: &str, rng: &mut Rng) -> Option<(String, String)> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let (from, to) = (rng.below(lines.len()), rng.below(lines.len()));
    let how = match rng.below(3) {
        0 => {
            lines.insert(to, lines[from]);
            "again in line"
        }
        1 => {
            lines.remove(from);
            "is left out, not from"
        }
        _ => {
            lines.swap(from, to);
            "in the place of line"
        }
    };
    Some((lines.join("\n"), format!("line {} {how} {}", from + 1, to + 1)))
}

/// A column of a table again, left out, or a cell more or less in one line.
pub fn column(text: &str, rng: &mut Rng) -> Option<(String, String)> {
    let separator = [',', ';', '\t', ' '].into_iter().find(|&separator| text.contains(separator))?;
    let mut rows: Vec<Vec<&str>> = text.split('\n').map(|line| line.split(separator).collect()).collect();
    let at = rng.below(rows[0].len());
    let (chosen, how) = (rng.below(rows.len()), rng.below(3));
    for (number, row) in rows.iter_mut().enumerate().filter(|(_, row)| at < row.len()) {
        match how {
            0 => row.insert(at, row[at]),
            1 => drop(row.remove(at)),
            _ if number == chosen => row.insert(at, ""),
            _ => {}
        }
    }
    let rows: Vec<String> = rows.iter().map(|row| row.join(&separator.to_string())).collect();
    Some((rows.join("\n"), format!("column {at}: {}", ["again", "left out", "one cell more"][how])))
}

/// An element of XML again, left out, in itself, or in the place of another.
pub fn element(text: &str, rng: &mut Rng) -> Option<(String, String)> {
    let one = one_of(elements(text), rng)?;
    let element = &text[one.clone()];
    let about = format!("the element at {}", one.start);
    Some(match rng.below(4) {
        0 => (replaced(text, one.clone(), &element.repeat(2)), format!("{about} again")),
        1 => (replaced(text, one, ""), format!("{about} left out")),
        2 => {
            let inside = one.start + element.find('>')? + 1;
            (replaced(text, inside..inside, element), format!("{about} in itself"))
        }
        _ => {
            let other = one_of(elements(text), rng)?;
            let by = text[other.clone()].to_owned();
            (replaced(text, one, &by), format!("that of {} in the place of {about}", other.start))
        }
    })
}

/// Where each element begins and ends, as far as a glance tells.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('<') {
        let name: String = text[start + 1..].chars().take_while(|letter| letter.is_alphanumeric()).collect();
        if name.is_empty() {
            continue;
        }
        let (closed, closing) = (text[start..].find("/>"), text[start..].find(&format!("</{name}>")));
        let end = match (text[start..].find('>'), closed, closing) {
            (Some(end), Some(closed), _) if closed + 1 == end => closed + 2,
            (_, _, Some(closing)) => closing + name.len() + 3,
            _ => continue,
        };
        found.push(start..start + end);
    }
    found
}

/// A value of JSON again, left out, of another kind, or in the place of another.
pub fn value(text: &str, rng: &mut Rng) -> Option<(String, String)> {
    let mut document: serde_json::Value = serde_json::from_str(text).ok()?;
    let pointers = pointers(&document, String::new());
    let (one, other) = (one_of(pointers.clone(), rng)?, one_of(pointers, rng)?);
    let replacement = match rng.below(8) {
        0 => serde_json::Value::Null,
        1 => true.into(),
        2 => "".into(),
        3 => "a\u{0}\n/../\u{1F600}\"<&".into(),
        4 => serde_json::json!([]),
        5 => serde_json::json!({}),
        6 => (0..200).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner])),
        _ => document.pointer(&other)?.clone(),
    };
    let (parent, key) = one.rsplit_once('/')?;
    let how = rng.below(4);
    match document.pointer_mut(parent)? {
        serde_json::Value::Array(items) => {
            let at: usize = key.parse().ok()?;
            match how {
                0 => drop(items.remove(at)),
                1 => items.insert(at, items[at].clone()),
                _ => items[at] = replacement,
            }
        }
        serde_json::Value::Object(entries) => {
            let key = key.replace("~1", "/").replace("~0", "~");
            match how {
                0 => drop(entries.remove(&key)),
                1 => drop(entries.insert(format!("{key}2"), replacement)),
                _ => drop(entries.insert(key, replacement)),
            }
        }
        _ => return None,
    }
    let how = ["left out", "again, or beside it another", "replaced", "replaced"][how];
    Some((document.to_string(), format!("the value of {one} {how}")))
}

/// Every value below a value, as JSON pointers (RFC 6901).
fn pointers(value: &serde_json::Value, here: String) -> Vec<String> {
    let mut found = Vec::new();
    let mut below = |key: String, value: &serde_json::Value| {
        let pointer = format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(pointer.clone());
        found.extend(pointers(value, pointer));
    };
    match value {
        serde_json::Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| below(at.to_string(), item)),
        serde_json::Value::Object(entries) => entries.iter().for_each(|(key, item)| below(key.clone(), item)),
        _ => {}
    }
    found
}
