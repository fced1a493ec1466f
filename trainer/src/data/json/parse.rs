//! A parser of JSON (RFC 8259) that keeps where each value stands, reads Python's NaN and Infinity, and several values
//! one after the other (JSON lines).

use super::node::{Node, Value};
use super::number;
use anyhow::{Result, bail};
use std::borrow::Cow;

/// Lists in lists: deeper ones are no data, and the parser calls itself.
const MOST_DEPTH: usize = 128;

/// Every value of a text, in order. Values under a key of `skip` are checked and not kept (they are null): polygons
/// would take most of a large file's memory.
///
/// # Errors
/// Names line, column, the key that the fault stands under, and what was expected.
pub fn parse<'a>(text: &'a str, skip: &[&str]) -> Result<Vec<Node<'a>>> {
    let mut parser = Parser { text, at: 0, line: 1, line_start: 0, skip, keys: Vec::new() };
    let mut values = Vec::new();
    parser.blanks();
    while parser.at < text.len() {
        values.push(parser.value(0, true)?);
        let line = parser.line;
        parser.blanks();
        if parser.at < text.len() && parser.line == line {
            bail!(parser.unexpected("the end of the file, or of the line"));
        }
    }
    Ok(values)
}

struct Parser<'a, 's> {
    text: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
    skip: &'s [&'s str],
    /// The keys and list indices that lead to where the parser is.
    keys: Vec<Step<'a>>,
}

enum Step<'a> {
    Key(Cow<'a, str>),
    Index(usize),
}

impl<'a> Parser<'a, '_> {
    fn value(&mut self, depth: usize, keep: bool) -> Result<Node<'a>> {
        let (line, column) = (self.line, self.column());
        let value = match self.peek() {
            Some('{') => self.object(depth, keep)?,
            Some('[') => self.list(depth, keep)?,
            Some('"') => Value::Text(self.string()?),
            _ => self.word()?,
        };
        Ok(Node { value: if keep { value } else { Value::Null }, line, column })
    }

    fn word(&mut self) -> Result<Value<'a>> {
        let rest = &self.text[self.at..];
        for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let Some(length) = number::length(rest) else { bail!(self.unexpected("a value")) };
        self.at += length;
        Ok(Value::Number(&rest[..length]))
    }

    fn list(&mut self, depth: usize, keep: bool) -> Result<Value<'a>> {
        self.open(depth)?;
        let mut items = Vec::new();
        self.blanks();
        if self.accept(']') {
            return Ok(Value::List(items));
        }
        for index in 0.. {
            self.keys.push(Step::Index(index));
            let item = self.value(depth + 1, keep)?;
            if keep {
                items.push(item);
            }
            self.blanks();
            if self.accept(']') {
                break;
            }
            if !self.accept(',') {
                bail!(self.unexpected("\",\" or \"]\""));
            }
            self.keys.pop();
            self.blanks();
        }
        self.keys.pop();
        Ok(Value::List(items))
    }

    fn object(&mut self, depth: usize, keep: bool) -> Result<Value<'a>> {
        self.open(depth)?;
        let mut entries = Vec::new();
        self.blanks();
        if self.accept('}') {
            return Ok(Value::Object(entries));
        }
        loop {
            if self.peek() != Some('"') {
                bail!(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            let kept = keep && !self.skip.contains(&key.as_ref());
            self.keys.push(Step::Key(key));
            self.blanks();
            if !self.accept(':') {
                bail!(self.unexpected("\":\""));
            }
            self.blanks();
            let value = self.value(depth + 1, kept)?;
            self.blanks();
            let is_last = self.accept('}');
            if !is_last && !self.accept(',') {
                bail!(self.unexpected("\",\" or \"}\""));
            }
            if let Some(Step::Key(key)) = self.keys.pop()
                && kept
            {
                entries.push((key, value));
            }
            if is_last {
                return Ok(Value::Object(entries));
            }
            self.blanks();
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>> {
        self.at += 1;
        let rest = &self.text[self.at..];
        let plain = rest.bytes().take_while(|&byte| byte != b'"' && byte != b'\\' && byte >= 0x20).count();
        if rest[plain..].starts_with('"') {
            self.at += plain + 1;
            return Ok(Cow::Borrowed(&rest[..plain]));
        }
        let mut text = rest[..plain].to_owned();
        self.at += plain;
        loop {
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some('\\') => {
                    self.at += 1;
                    text.push(self.escaped()?);
                }
                Some(letter) if letter >= ' ' => {
                    self.at += letter.len_utf8();
                    text.push(letter);
                }
                _ => bail!(self.unexpected("the end of a text, \"\\\"\"")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char> {
        let Some(letter) = self.peek() else { bail!(self.unexpected("a letter behind \"\\\"")) };
        let meant = match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.at += 1;
                let first = self.hex()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                if !self.text[self.at..].starts_with("\\u") {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                self.at += 2;
                let second = self.hex()?;
                let both = 0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00);
                let is_pair = (0xdc00..0xe000).contains(&second);
                return Ok(char::from_u32(both).filter(|_| is_pair).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => bail!(self.unexpected("one of \"\\/bfnrtu behind \"\\\" (a path of Windows needs \"\\\\\")")),
        };
        self.at += 1;
        Ok(meant)
    }

    fn hex(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(number) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            bail!(self.unexpected("four hexadecimal digits behind \"\\u\""));
        };
        self.at += 4;
        Ok(number)
    }

    fn open(&mut self, depth: usize) -> Result<()> {
        if depth >= MOST_DEPTH {
            bail!("{}: more than {MOST_DEPTH} lists or objects in each other", self.place());
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn accept(&mut self, letter: char) -> bool {
        let is_there = self.text[self.at..].starts_with(letter);
        self.at += if is_there { letter.len_utf8() } else { 0 };
        is_there
    }

    fn blanks(&mut self) {
        for byte in self.text.as_bytes()[self.at..].iter() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => break,
            }
        }
    }

    fn column(&self) -> u32 {
        // Counted from the last newline: in a file of one long line this is done for each value, so bytes are taken.
        (self.at - self.line_start + 1) as u32
    }

    fn place(&self) -> String {
        let mut path = String::new();
        for step in &self.keys {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path.extend([".", key]),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        let key = if path.is_empty() { String::new() } else { format!(", at {path}") };
        format!("line {}, column {}{key}", self.line, self.column())
    }

    fn unexpected(&self, expected: &str) -> String {
        let found = match self.peek() {
            None => "the end of the file: it is cut off".to_owned(),
            Some('\'') => "\"'\": JSON has double quotes".to_owned(),
            Some(letter @ (']' | '}')) => format!("{:?}; a comma stands before it?", letter.to_string()),
            Some(_) => {
                let rest: String = self.text[self.at..].chars().take_while(|letter| !letter.is_control()).collect();
                format!("{:?}", rest.chars().take(12).collect::<String>())
            }
        };
        format!("{}: expected {expected}, found {found}", self.place())
    }
}
