//! XML files as annotation tools write them: the text of a file in its encoding, and its elements.
//!
//! Source: Extensible Markup Language 1.0, fifth edition, section 4.3.3 and appendix F.1 (encodings).

use crate::data::truth_value::truth_value;
use anyhow::{Context, Result, anyhow, bail, ensure};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use roxmltree::{Document, Error, Node};
use std::path::Path;

/// The declaration stands within so many bytes.
const DECLARATION_BYTES: usize = 256;

/// The text of an XML file: by its byte order mark, the encoding that its first line declares, or else as UTF-8. A
/// document type is blanked out, for it says nothing about what is annotated.
///
/// # Errors
/// Names the file: not there, bytes that its encoding does not have (with the line), an encoding that is not known, a
/// document type that declares entities.
pub fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the annotation {}", path.display()))?;
    let named = || format!("the annotation {}", path.display());
    without_document_type(decoded(&bytes).with_context(named)?).with_context(named)
}

/// The document in a text that [`read_text`] gave.
///
/// # Errors
/// Names the file and the line where it is no XML.
pub fn parse<'text>(path: &Path, text: &'text str) -> Result<Document<'text>> {
    Document::parse(text).map_err(|error| {
        let line = match error {
            // The parser gives these line 1; it noticed at the end.
            Error::UnclosedRootNode | Error::UnexpectedEndOfStream => text.lines().count().max(1),
            _ => error.pos().row as usize,
        };
        let place = format!("the annotation {}, line {line}", path.display());
        match error {
            Error::UnknownEntityReference(entity, _) => {
                anyhow!("{place}, refers to the entity &{entity};, which XML does not have: write the character itself")
            }
            error => anyhow!("{place}, is no whole XML: {error}"),
        }
    })
}

/// The line that a node begins in, from 1.
pub fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

/// The first child element of a name.
pub fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

/// The first child element of a name.
///
/// # Errors
/// Names the line of an element without one.
pub fn required<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Result<Node<'a, 'input>> {
    let missing = || format!("line {}: <{}> has no <{name}>", line(node), node.tag_name().name());
    child(node, name).with_context(missing)
}

/// An element's text as a finite number.
///
/// # Errors
/// Names the line and the text.
pub fn number(node: Node<'_, '_>) -> Result<f32> {
    let text = node.text().unwrap_or_default().trim();
    let number = text.parse().ok().filter(|number: &f32| number.is_finite());
    let wrong = || format!("line {}: <{}> must be a number, and is {text:?}", line(node), node.tag_name().name());
    number.with_context(wrong)
}

/// Whether the child element of a name says yes: a number above 0, `true` or `yes` in any case. One that is not there or
/// is empty says no, as `Unspecified` does, which VOC has for what nobody looked at.
///
/// # Errors
/// Names the line and the text, where it is none of the usual ones.
pub fn flag(node: Node<'_, '_>, name: &str) -> Result<bool> {
    let Some(flag) = child(node, name) else { return Ok(false) };
    let text = flag.text().unwrap_or_default().trim();
    if let Some(value) = truth_value(text) {
        return Ok(value);
    }
    if ["", "unspecified", "none", "null"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(false);
    }
    // DOTA has 2 for what is very difficult, others say by a share how much of an object is cut off.
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    let wrong = || format!("line {}: <{name}> must be 0, 1, true or false, and is {text:?}", line(flag));
    number.map(|_| true).with_context(wrong)
}

fn decoded(bytes: &[u8]) -> Result<String> {
    if bytes.starts_with(&[0, 0, 0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE, 0, 0]) {
        bail!("is UTF-32, which is not read: convert it to UTF-8");
    }
    let (encoding, declared) = encoding_of(bytes)?;
    let (text, _, has_errors) = encoding.decode(bytes);
    if !has_errors {
        return Ok(text.into_owned());
    }
    let before = text.split('\u{FFFD}').next().unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    if declared {
        bail!("line {line}: bytes that {}, its declared encoding, does not have", encoding.name());
    }
    bail!(
        "line {line}: bytes that UTF-8 does not have, and no other encoding is declared: convert the file to UTF-8, or \
         let its first line be <?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>, if it is that"
    );
}

/// The encoding, and whether the file declares it.
fn encoding_of(bytes: &[u8]) -> Result<(&'static Encoding, bool)> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok((encoding, true));
    }
    // UTF-16 without a mark shows by the zeros beside the first `<`.
    match bytes {
        [b'<', 0, ..] => return Ok((UTF_16LE, true)),
        [0, b'<', ..] => return Ok((UTF_16BE, true)),
        _ => {}
    }
    let Some(label) = declared_encoding(&bytes[..bytes.len().min(DECLARATION_BYTES)]) else {
        return Ok((UTF_8, false));
    };
    let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
        bail!(
            "its first line declares the encoding {label:?}, which is not known: convert it to UTF-8 and say so there"
        );
    };
    // Its declaration was read byte by byte, so it was converted and the declaration was not.
    let is_left_over = encoding == UTF_16LE || encoding == UTF_16BE;
    Ok(if is_left_over { (UTF_8, false) } else { (encoding, true) })
}

/// `X` of `<?xml version="1.0" encoding="X"?>`.
fn declared_encoding(beginning: &[u8]) -> Option<String> {
    let text: String = beginning.iter().map(|&byte| char::from(byte)).collect();
    let declaration = text.trim_start().strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start().to_owned();
    let quote = after.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    after[1..].split(quote).next().map(str::to_owned)
}

/// The text with spaces for its declaration, which says nothing any more and before which some tools leave blank lines,
/// and for its document type; lines stay where they are. A document type that declares entities is refused: a
/// few lines of them can stand for gigabytes ("billion laughs"), and no annotation tool writes any.
fn without_document_type(mut text: String) -> Result<String> {
    let declaration = text.len() - text.trim_start().len();
    if text[declaration..].starts_with("<?xml ")
        && let Some(end) = text[declaration..].find("?>")
    {
        let end = declaration + end + 2;
        let blank = blank(&text[declaration..end]);
        text.replace_range(declaration..end, &blank);
    }
    let mut at = 0;
    while let Some(begin) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[begin..];
        let skipped = if rest.starts_with("<!--") {
            rest.find("-->").map(|end| end + 3)
        } else if rest.starts_with("<?") {
            rest.find("?>").map(|end| end + 2)
        } else if rest.starts_with("<!DOCTYPE") {
            // What does not end is the parser's to name.
            let Some(end) = document_type_end(rest, &text[..begin])? else { break };
            return Ok(format!("{}{}{}", &text[..begin], blank(&rest[..end]), &rest[end..]));
        } else {
            None
        };
        match skipped {
            Some(length) => at = begin + length,
            None => break,
        }
    }
    Ok(text)
}

/// As many lines without a letter.
fn blank(text: &str) -> String {
    text.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect()
}

/// Where a document type ends that `rest` begins with.
fn document_type_end(rest: &str, before: &str) -> Result<Option<usize>> {
    let (mut at, mut depth) = (0, 0usize);
    while at < rest.len() {
        let here = &rest[at..];
        let jump = |end: &str, from: usize| here[from..].find(end).map(|found| at + from + found + end.len());
        let next = match here.as_bytes()[0] {
            b'<' if here.starts_with("<!--") => jump("-->", 4),
            b'<' if here.starts_with("<?") => jump("?>", 2),
            b'<' => {
                let line = before.matches('\n').count() + rest[..at].matches('\n').count() + 1;
                let entity = here.strip_prefix("<!ENTITY").map(|name| name.trim_start().trim_start_matches(['%', ' ']));
                let name = entity.and_then(|entity| entity.split_whitespace().next());
                ensure!(
                    entity.is_none(),
                    "line {line}: its DOCTYPE declares the entity {:?}, and entities are not read, for a few lines of \
                     them can stand for gigabytes: write the text itself and take the DOCTYPE out",
                    name.unwrap_or_default(),
                );
                depth += 1;
                Some(at + 1)
            }
            b'>' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at + 1));
                }
                Some(at + 1)
            }
            b'"' => jump("\"", 1),
            b'\'' => jump("'", 1),
            _ => here.chars().next().map(|letter| at + letter.len_utf8()),
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.xml");
        std::fs::write(&path, bytes).expect("written");
        let text = read_text(&path)?;
        let document = parse(&path, &text)?;
        let name = child(document.root_element(), "name").and_then(|name| name.text()).unwrap_or_default();
        Ok(format!("{name} in line {}", line(document.root_element())))
    }

    fn utf16(text: &str, from_unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(from_unit).collect()
    }

    #[test]
    fn text_is_read_in_the_encoding_that_the_file_has() {
        let of = |encoding: &str| format!("<?xml version='1.0' encoding=\"{encoding}\" ?>\n<a><name>Fähre</name></a>");
        let latin: Vec<u8> = of("ISO-8859-1").chars().map(|letter| letter as u8).collect();
        let windows =
            [b"<?xml version=\"1.0\" encoding='windows-1251'?>\n<a><name>".as_slice(), &[0xCC, 0xEE], b"</name></a>"]
                .concat();
        let marked = |units: Vec<u8>, mark: [u8; 2]| [mark.to_vec(), units].concat();
        for (bytes, expected) in [
            (of("utf-8").into_bytes(), "Fähre"),
            ([b"\xEF\xBB\xBF", of("UTF-8").as_bytes()].concat(), "Fähre"),
            (latin, "Fähre"),
            (windows, "Мо"),
            (marked(utf16(&of("UTF-16"), u16::to_le_bytes), [0xFF, 0xFE]), "Fähre"),
            (marked(utf16(&of("UTF-16"), u16::to_be_bytes), [0xFE, 0xFF]), "Fähre"),
            (utf16(&of("UTF-16LE"), u16::to_le_bytes), "Fähre"),
            (utf16(&of("UTF-16BE"), u16::to_be_bytes), "Fähre"),
            (format!("\u{feff}\n{}", of("UTF-8")).into_bytes(), "Fähre"),
            // Converted by an editor that left the declaration.
            (of("UTF-16").into_bytes(), "Fähre"),
        ] {
            let read = read(&bytes).expect("read");
            assert_eq!(read.split(" in line").next(), Some(expected));
            assert!(read.ends_with(if bytes.get(3) == Some(&b'\n') { "line 3" } else { "line 2" }), "{read}");
        }
    }

    fn refused(bytes: &[u8], words: &[&str]) {
        let message = format!("{:#}", read(bytes).expect_err("bad input"));
        words.iter().for_each(|word| assert!(message.contains(word), "{word:?} is not in: {message}"));
    }

    #[test]
    fn what_an_encoding_does_not_have_is_named_with_its_line() {
        refused(b"<a>\n<name>F\xE4hre</name></a>", &["a.xml", "line 2", "convert the file to UTF-8", "ISO-8859-1"]);
        refused(b"<?xml encoding='Shift_JIS'?>\n<a>\n\x81</a>", &["a.xml", "line 3", "Shift_JIS"]);
        refused(b"<?xml version='1.0' encoding='klingon'?><a/>", &["a.xml", "\"klingon\"", "not known"]);
        refused(&[0xFF, 0xFE, 0, 0, b'<', 0, 0, 0], &["a.xml", "UTF-32"]);
    }

    #[test]
    fn a_document_type_is_harmless_until_it_declares_entities() {
        for harmless in [
            "<!DOCTYPE a>",
            "<!DOCTYPE a SYSTEM \"voc.dtd\">",
            "<!DOCTYPE a PUBLIC '-//VOC//EN' 'a>b'>",
            "<!-- <!ENTITY> --><!DOCTYPE a [<!ELEMENT a (name)> <!-- <!ENTITY x 'y'> > --> <!ATTLIST a b CDATA '>'>]>",
        ] {
            let text = format!("<?xml version=\"1.0\"?>\n{harmless}\n<a><name>x</name></a>");
            assert_eq!(read(text.as_bytes()).expect(harmless), "x in line 3");
        }
        let bomb = "<?xml version='1.0'?>\n<!DOCTYPE a [\n<!ENTITY lol 'lol'>\n<!ENTITY b '&lol;&lol;'>]>\n<a>&b;</a>";
        refused(bomb.as_bytes(), &["a.xml", "line 3", "\"lol\"", "entities are not read"]);
        refused(b"<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'>]><a/>", &["line 1", "\"p\""]);
        refused(b"<a>\n&nbsp;</a>", &["line 2", "&nbsp;", "the character itself"]);
        refused(b"<!DOCTYPE a [", &["line 1", "no whole XML"]);
    }

    #[test]
    fn flags_in_every_spelling() {
        let said = |text: &str| {
            let xml = format!("<o>\n<difficult>{text}</difficult></o>");
            let document = Document::parse(&xml).expect("XML");
            flag(document.root_element(), "difficult").map_err(|error| error.to_string())
        };
        for yes in ["1", "True", "yes", "1.0", " 1 ", "TRUE", "\n2\n", "Y", "t", "1e0"] {
            assert_eq!(said(yes), Ok(true), "{yes}");
        }
        for no in ["0", "False", "no", "0.0", "", " ", "Unspecified", "N", "-0"] {
            assert_eq!(said(no), Ok(false), "{no}");
        }
        for wrong in ["maybe", "-1", "NaN", "1,0", "difficult"] {
            let message = said(wrong).expect_err(wrong);
            assert!(message.contains("line 2") && message.contains(wrong), "{message}");
        }
    }
}
