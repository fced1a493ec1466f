//! Ids of images, annotations and categories, which tools write in more than one way.

use std::cmp::Ordering;
use std::fmt;

/// An id. `1`, `1.0`, `"1"` and `"1.0"` are one id: pandas makes floats of whole numbers, Detectron2 texts.
#[derive(Debug, Clone)]
pub struct Id {
    key: Key,
    is_text: bool,
    written: String,
}

/// What tells ids apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Whole(i128),
    Other(String),
}

impl Id {
    /// Of a JSON number; `None` if it is NaN, infinite or has a fraction that is not 0.
    pub fn of_number(written: &str) -> Option<Self> {
        let key = Key::Whole(whole(written)?);
        Some(Self { key, is_text: false, written: written.to_owned() })
    }

    /// Of a JSON text; `None` if it is empty. Digits with zeros in front are a text: `007` is not 7.
    pub fn of_text(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
        let has_zeros_in_front = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !has_zeros_in_front;
        let key = whole(trimmed).filter(|_| is_plain).map_or_else(|| Key::Other(trimmed.to_owned()), Key::Whole);
        (!trimmed.is_empty()).then(|| Self { key, is_text: true, written: text.to_owned() })
    }

    /// Whether the id is 0, which pycocotools takes for "no object" in an annotation.
    pub fn is_zero(&self) -> bool {
        self.key == Key::Whole(0)
    }

    /// The same id without zeros in front: `000000000139` is 139.
    pub fn without_zeros(&self) -> Self {
        let Key::Other(text) = &self.key else { return self.clone() };
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let key = text.parse().ok().filter(|_| is_digits).map_or_else(|| self.key.clone(), Key::Whole);
        Self { key, ..self.clone() }
    }

    /// The order in which pycocotools takes images and categories (numpy's `unique`): numbers by value, texts by their
    /// letters, and numbers first where there are both.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self.is_text, other.is_text) {
            (false, false) => self.key.cmp(&other.key),
            (true, true) => self.written.cmp(&other.written),
            (is_text, _) => is_text.cmp(&!is_text),
        }
    }
}

/// By value, whether written as a number or as a text: [`Id::order`] is pycocotools' own.
impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Id {}

impl std::hash::Hash for Id {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// As the file writes it.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

/// A number without a fraction: digit by digit where it is written so (ids have up to 64 bits, of which f64 holds 53),
/// else by its value, as `1e3`.
fn whole(written: &str) -> Option<i128> {
    let (digits, fraction) = written.split_once('.').unwrap_or((written, ""));
    if fraction.bytes().all(|byte| byte == b'0')
        && let Ok(whole) = digits.parse()
    {
        return Some(whole);
    }
    let value = super::number::parse(written)?;
    (value.fract() == 0.0 && value.abs() < 1e36).then_some(value as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(written: &str) -> Id {
        Id::of_number(written).expect("an id")
    }

    fn text(written: &str) -> Id {
        Id::of_text(written).expect("an id")
    }

    #[test]
    fn one_number_is_one_id_however_it_is_written() {
        for same in [number("1.0"), number("1e0"), number("10E-1"), text("1"), text("1.0"), text(" 1 ")] {
            assert_eq!(same, number("1"), "{same}");
        }
        assert_eq!(number("2.021000000000168e15"), number("2021000000000168"));
        // Beyond f64's whole numbers.
        assert_ne!(number("9007199254740993.0"), number("9007199254740992"));
        assert_ne!(text("007"), number("7"));
        assert_ne!(text("1e3"), number("1000"));
        assert_eq!(text("a.jpg"), text("a.jpg"));
        for none in ["1.5", "NaN", "-Infinity"] {
            assert!(Id::of_number(none).is_none(), "{none}");
        }
        assert!(Id::of_text(" ").is_none());
    }

    #[test]
    fn numbers_go_by_value_and_texts_by_letters() {
        let mut ids = [text("9"), number("10"), text("10"), number("9.0"), number("-1")];
        ids.sort_by(Id::order);
        let shown: Vec<String> = ids.iter().map(Id::to_string).collect();
        assert_eq!(shown, ["-1", "9.0", "10", "10", "9"]);
    }
}
