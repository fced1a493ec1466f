//! Values of a JSON text that know where they stand, and what a reader expects of them.

use super::id::Id;
use super::number;
use crate::data::truth_value::truth_value;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::borrow::Cow;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// What it is.
    pub value: Value<'a>,
    /// Line of its first character, from 1.
    pub line: u32,
    /// Column of it, in bytes from 1.
    pub column: u32,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`, or a value under a key that the reader skips.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written: ids have up to 64 bits. `NaN` and `Infinity`, which Python writes, are among them.
    Number(&'a str),
    /// A string, its escapes replaced.
    Text(Cow<'a, str>),
    /// `[...]`
    List(Vec<Node<'a>>),
    /// `{...}` in the order of the file. Of equal keys the last one counts, as everywhere.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// `line 3, column 20`.
    pub fn place(&self) -> String {
        format!("line {}, column {}", self.line, self.column)
    }

    /// An error about this value: where it stands, the key that it stands under, and what is wrong.
    pub fn fault(&self, key: &str, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, key {key:?}: {what}", self.place())
    }

    /// The value as a message shows it: `the number 3`, `"ship"`, `a list`.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(is) => is.to_string(),
            Value::Number(written) => format!("the number {written}"),
            Value::Text(text) if text.chars().count() > 40 => {
                format!("{:?}...", text.chars().take(40).collect::<String>())
            }
            Value::Text(text) => format!("{text:?}"),
            Value::List(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        }
    }

    /// The value under a key; `None` if this is no object, has no such key, or has null there.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Value::Object(entries) = &self.value else { return None };
        let found = entries.iter().rev().find(|(name, _)| name == key).map(|(_, node)| node);
        found.filter(|node| node.value != Value::Null)
    }

    /// The keys of an object.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let entries: &[(Cow<'a, str>, Node<'a>)] = if let Value::Object(entries) = &self.value { entries } else { &[] };
        entries.iter().map(|(key, _)| key.as_ref())
    }

    /// The value under a key that must be there.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn required(&self, key: &str) -> Result<&Node<'a>> {
        ensure!(self.is_object(), "{}: expected an object with {key:?}, found {}", self.place(), self.shown());
        self.get(key).with_context(|| format!("{}: expected the key {key:?}, which is missing or null", self.place()))
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// The items of a list under a key.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn list(&self, key: &str) -> Result<&[Node<'a>]> {
        let node = self.required(key)?;
        node.items().ok_or_else(|| node.fault(key, format!("expected a list, found {}", node.shown())))
    }

    /// The items, where it is a list.
    pub fn items(&self) -> Option<&[Node<'a>]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The text under a key; a number as it is written.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn text(&self, key: &str) -> Result<&str> {
        let node = self.required(key)?;
        match &node.value {
            Value::Text(text) => Ok(text),
            Value::Number(written) => Ok(written),
            _ => Err(node.fault(key, format!("expected a text, found {}", node.shown()))),
        }
    }

    /// The id under a key: a whole number, `1.0` or a text.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn id(&self, key: &str) -> Result<Id> {
        let node = self.required(key)?;
        let id = match &node.value {
            Value::Text(text) => Id::of_text(text),
            Value::Number(written) => Id::of_number(written),
            _ => None,
        };
        id.ok_or_else(|| node.fault(key, format!("expected an id, a whole number or a text, found {}", node.shown())))
    }

    /// The id under a key, where there is one.
    ///
    /// # Errors
    /// As [`Self::id`].
    pub fn optional_id(&self, key: &str) -> Result<Option<Id>> {
        self.get(key).map(|_| self.id(key)).transpose()
    }

    /// The finite number under a key, which may be written as a text.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn number(&self, key: &str) -> Result<f64> {
        self.required(key)?.as_number(key)
    }

    /// The finite number under a key, where there is one.
    ///
    /// # Errors
    /// As [`Self::number`].
    pub fn optional_number(&self, key: &str) -> Result<Option<f64>> {
        self.get(key).map(|node| node.as_number(key)).transpose()
    }

    /// The number under a key, which may be NaN or infinite.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn number_or_nan(&self, key: &str) -> Result<f64> {
        let node = self.required(key)?;
        node.any_number().ok_or_else(|| node.fault(key, format!("expected a number, found {}", node.shown())))
    }

    /// So many finite numbers in a list under a key.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn numbers<const N: usize>(&self, key: &str) -> Result<[f64; N]> {
        let node = self.required(key)?;
        let Some(items) = node.items() else {
            bail!(node.fault(key, format!("expected a list of {N} numbers, found {}", node.shown())));
        };
        let Ok(items) = <&[Node<'a>; N]>::try_from(items) else {
            bail!(node.fault(key, format!("expected {N} numbers, found {}", items.len())));
        };
        let mut numbers = [0.0; N];
        for (number, item) in numbers.iter_mut().zip(items) {
            *number = item.as_number(key)?;
        }
        Ok(numbers)
    }

    /// Whether the mark under a key is set: 1, true, "1", "yes" and the like; not if the key is missing, null or "".
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn flag(&self, key: &str) -> Result<bool> {
        let Some(node) = self.get(key) else { return Ok(false) };
        let flag = match &node.value {
            Value::Bool(is) => Some(*is),
            Value::Number(written) => truth_value(written),
            Value::Text(text) if text.trim().is_empty() => Some(false),
            Value::Text(text) => truth_value(text),
            _ => None,
        };
        flag.ok_or_else(|| node.fault(key, format!("expected 0, 1, true or false, found {}", node.shown())))
    }

    /// This value as a finite number, which may be written as a text; `key` is what it stands under, for the message.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn as_number(&self, key: &str) -> Result<f64> {
        let number = self.any_number();
        let number = number.ok_or_else(|| self.fault(key, format!("expected a number, found {}", self.shown())))?;
        if !number.is_finite() {
            let name = if number.is_nan() { "NaN" } else { "infinity" };
            let what = format!("expected a finite number, found {name}, which JSON does not have");
            return Err(self.fault(key, what));
        }
        Ok(number)
    }

    fn any_number(&self) -> Option<f64> {
        match &self.value {
            Value::Number(written) => number::parse(written),
            Value::Text(text) => number::parse(text.trim()),
            _ => None,
        }
    }
}
