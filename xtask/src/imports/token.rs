//! Rust text as words, marks and strings: comments, characters and lifetimes are gone.

/// A piece of Rust text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// An identifier, a keyword or a number.
    Word(&'a str),
    /// A string with its quotes.
    Text(&'a str),
    /// `::`.
    Colons,
    /// Any other character that is no space.
    Mark(char),
}

/// The tokens of `text`, in its order.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = word_len(rest);
        let len = if let Some(len) = comment_len(rest).or_else(|| quote_len(rest)) {
            len
        } else if let Some(len) = string_len(rest) {
            tokens.push(Token::Text(&rest[..len]));
            len
        } else if word > 0 {
            tokens.push(Token::Word(&rest[..word]));
            word
        } else if rest.starts_with("::") {
            tokens.push(Token::Colons);
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            first.len_utf8()
        };
        rest = &rest[len..];
    }
    tokens
}

fn word_len(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The length of the comment that `text` begins with. Block comments nest.
fn comment_len(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(text.len())
}

/// The length of the string that `text` begins with, its prefix (`b`, `c`, `r`, `br`, `cr`) included.
fn string_len(text: &str) -> Option<usize> {
    let prefix = word_len(text);
    let is_raw = match &text[..prefix] {
        "" | "b" | "c" => false,
        "r" | "br" | "cr" => true,
        _ => return None,
    };
    let rest = &text[prefix..];
    if is_raw {
        let hashes = rest.find(|c| c != '#')?;
        // Without a quote it is a raw identifier, as `r#type`.
        let body = rest[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", &rest[..hashes]);
        return Some(body.find(&end).map_or(text.len(), |at| prefix + hashes + 1 + at + end.len()));
    }
    let body = rest.strip_prefix('"')?;
    let mut escaped = false;
    let end = body.char_indices().find(|&(_, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    Some(end.map_or(text.len(), |(at, _)| prefix + 1 + at + 1))
}

/// The length of the character or lifetime that `text` begins with.
fn quote_len(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        // The escaped character may itself be a quote.
        let escaped = escape.chars().next().map_or(0, char::len_utf8);
        return Some(escape[escaped..].find('\'').map_or(text.len(), |at| 2 + escaped + at + 1));
    }
    let first = body.chars().next()?.len_utf8();
    Some(if body[first..].starts_with('\'') { 1 + first + 1 } else { 1 + word_len(body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let word = |token| match token {
            Token::Word(word) => word.to_owned(),
            Token::Text(text) => text.to_owned(),
            Token::Colons => "::".into(),
            Token::Mark(mark) => mark.to_string(),
        };
        tokens(text).into_iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_hold_no_words() {
        assert_eq!(shown("use a::b; // use c::d;\nx"), "use a :: b ; x");
        assert_eq!(shown("a /* b /* c */ d */ e"), "a e");
        assert_eq!(
            shown(r#"f("use \" a", b"x\\", 'y', b'z', '\'', '"', '\u{1F600}')"#),
            r#"f ( "use \" a" , b"x\\" , , b , , , )"#
        );
        assert_eq!(shown("r#\"a \" b\"# c r\"d\" r#type"), "r#\"a \" b\"# c r\"d\" r # type");
        assert_eq!(shown("fn f<'a>(x: &'a str, é: ']') {}"), "fn f < > ( x : & str , é : ) { }");
    }
}
