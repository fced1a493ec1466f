//! What the readers and writers of XML share.

pub(super) use crate::data::xml::{child, flag, line};
use crate::data::xml::{parse, read_text};
use anyhow::{Context, Result, ensure};
use roxmltree::Node;
use std::path::Path;

/// Reads a file and hands its root element on, which must have this name.
///
/// # Errors
/// Names the file and its line.
pub(super) fn read<T>(path: &Path, root: &str, from_xml: impl FnOnce(Node<'_, '_>) -> Result<T>) -> Result<T> {
    let text = read_text(path)?;
    let document = parse(path, &text)?;
    let found = document.root_element();
    ensure!(
        found.has_tag_name(root),
        "{}, line {}: expected <{root}>, and found <{}>",
        path.display(),
        line(found),
        found.tag_name().name()
    );
    from_xml(found).with_context(|| format!("in {}", path.display()))
}

/// The text of a child, without blanks around it.
pub(super) fn child_text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name).and_then(|child| child.text()).map(str::trim).filter(|text| !text.is_empty())
}

pub(super) fn required_text<'a>(node: Node<'a, '_>, name: &str) -> Result<&'a str> {
    let place = || format!("line {}: <{}> has no <{name}>, or an empty one", line(node), node.tag_name().name());
    child_text(node, name).with_context(place)
}

pub(super) fn child_number(node: Node<'_, '_>, name: &str) -> Result<f64> {
    let text = required_text(node, name)?;
    let child = child(node, name).unwrap_or(node);
    super::number::parse(text, &format!("<{name}>")).with_context(|| format!("line {}", line(child)))
}

pub(super) fn required_attribute<'a>(node: Node<'a, '_>, name: &str) -> Result<&'a str> {
    let place = || format!("line {}: <{}> has no attribute {name:?}", line(node), node.tag_name().name());
    node.attribute(name).with_context(place)
}

pub(super) fn number_attribute(node: Node<'_, '_>, name: &str) -> Result<f64> {
    let text = required_attribute(node, name)?;
    super::number::parse(text, &format!("attribute {name:?}")).with_context(|| format!("line {}", line(node)))
}

/// Text as it can stand between tags and in attributes. What XML cannot hold (XML 1.0, production 2: control characters but
/// the blank ones) is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // As they are, a reader makes blanks of them in attributes.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(letter))),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_can_hold_comes_back() {
        let name = "a<b>&\"c'\u{7f}\u{85}\u{a0}\td\ne\u{1F600}";
        let xml = format!("<a b=\"{0}\">{0}</a>", escaped(name));
        let document = roxmltree::Document::parse(&xml).expect("XML");
        assert_eq!((document.root_element().attribute("b"), document.root_element().text()), (Some(name), Some(name)));
        assert_eq!(escaped("\0a\u{1b}b\u{ffff}"), "ab");
    }
}
