//! What one file of Rust says about modules: which it declares, what it imports, which paths its code names.

use super::token::{Token, tokens};
use std::collections::BTreeSet;

/// A name that a `use` brings in.
#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    /// The path, groups and aliases resolved.
    pub path: Vec<String>,
    /// The name that the file then has for it; `*` of a glob.
    pub name: String,
    /// Whether it is `pub use`, of any visibility.
    pub is_exported: bool,
}

/// A file without its test code.
#[derive(Debug, Default)]
pub struct Source {
    /// Modules in files of their own, declared as `mod x;`, and the file that a `#[path = "…"]` before it names.
    pub children: Vec<(String, Option<String>)>,
    /// Imports by `use`, outside of test code.
    pub imports: Vec<Import>,
    /// Paths of two and more names outside of `use`.
    pub paths: Vec<Vec<String>>,
    /// Names that code outside of `use` may use: each one that is no field, no method and not declared there.
    pub names: BTreeSet<String>,
    /// Items that it declares.
    pub items: BTreeSet<String>,
}

/// Keywords before the name of an item.
const ITEMS: [&str; 9] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules"];

impl Source {
    /// Reads a file's text. What stands under `#[cfg(test)]` is not read.
    pub fn from_text(text: &str) -> Self {
        let mut reader =
            Reader { tokens: tokens(text), at: 0, depth: 0, inline: Vec::new(), path: None, source: Self::default() };
        while reader.at < reader.tokens.len() {
            reader.step();
        }
        reader.source
    }
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    /// Number of open braces.
    depth: usize,
    /// The modules with a body here that this place is in, and the depth at which each ends.
    inline: Vec<(String, usize)>,
    /// What a `#[path = "…"]` says about the next module.
    path: Option<String>,
    source: Source,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        self.peek(ahead) == Some(Token::Mark(mark))
    }

    fn before(&self, back: usize) -> Option<Token<'a>> {
        self.at.checked_sub(back).map(|at| self.tokens[at])
    }

    fn step(&mut self) {
        match self.tokens[self.at] {
            Token::Mark('#') if self.is_test_attribute() => {
                self.at += 7;
                self.skip_item();
            }
            Token::Mark('#') if self.path_attribute().is_some() => {
                self.path = self.path_attribute();
                self.at += 6;
            }
            Token::Mark('{') => {
                self.depth += 1;
                self.at += 1;
            }
            Token::Mark('}') => {
                self.depth = self.depth.saturating_sub(1);
                self.inline.pop_if(|(_, depth)| *depth == self.depth);
                self.at += 1;
            }
            // `use<'a>` says what a type captures.
            Token::Word("use") if !self.is_mark(1, '<') => self.read_use(),
            Token::Word("mod") => self.read_mod(),
            Token::Word(word) => self.read_path(word),
            Token::Text(_) | Token::Mark(_) | Token::Colons => self.at += 1,
        }
    }

    /// Whether `#[cfg(test)]` stands here.
    fn is_test_attribute(&self) -> bool {
        let expected = [Token::Mark('#'), Token::Mark('['), Token::Word("cfg"), Token::Mark('('), Token::Word("test")];
        self.tokens[self.at..].starts_with(&expected) && self.is_mark(5, ')') && self.is_mark(6, ']')
    }

    /// The file of `#[path = "file"]`.
    fn path_attribute(&self) -> Option<String> {
        let expected = [Token::Mark('#'), Token::Mark('['), Token::Word("path"), Token::Mark('=')];
        match self.peek(4) {
            Some(Token::Text(file)) if self.tokens[self.at..].starts_with(&expected) => {
                Some(file.trim_matches('"').to_owned())
            }
            _ => None,
        }
    }

    /// Goes behind the item, field or match arm that begins here, its other attributes included.
    fn skip_item(&mut self) {
        let (mut depth, mut is_item) = (0_usize, false);
        while let Some(token) = self.peek(0) {
            match token {
                Token::Mark('(' | '[' | '{') => depth += 1,
                // The end of what holds a last field.
                Token::Mark(')' | ']' | '}') if depth == 0 => return,
                Token::Mark(mark @ (')' | ']' | '}')) => {
                    depth -= 1;
                    if depth == 0 && mark == '}' && !self.is_mark(1, ';') {
                        self.at += 1;
                        return;
                    }
                }
                Token::Word(word) if depth == 0 => {
                    is_item |= ITEMS.contains(&word) || ["mod", "use", "impl"].contains(&word)
                }
                Token::Mark(';') | Token::Mark(',') if depth == 0 && !(is_item && token == Token::Mark(',')) => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn read_mod(&mut self) {
        if let Some(Token::Word(name)) = self.peek(1) {
            if self.is_mark(2, ';') {
                self.source.children.push((name.to_owned(), self.path.take()));
            } else if self.is_mark(2, '{') {
                self.inline.push((name.to_owned(), self.depth));
                self.depth += 1;
            }
            self.at += 3;
        } else {
            self.at += 1;
        }
    }

    fn read_use(&mut self) {
        let is_exported = match self.before(1) {
            Some(Token::Word("pub")) => true,
            // `pub(crate)`, `pub(super)`, `pub(in path)`.
            Some(Token::Mark(')')) => {
                let open = self.tokens[..self.at].iter().rposition(|token| *token == Token::Mark('('));
                open.and_then(|open| open.checked_sub(1)).is_some_and(|at| self.tokens[at] == Token::Word("pub"))
            }
            _ => false,
        };
        self.at += 1;
        self.read_tree(&mut Vec::new(), is_exported);
    }

    /// A path, or a group in braces, behind `prefix`.
    fn read_tree(&mut self, prefix: &mut Vec<String>, is_exported: bool) {
        let len = prefix.len();
        loop {
            match self.peek(0) {
                Some(Token::Mark('{')) => {
                    self.at += 1;
                    while !self.is_mark(0, '}') && self.peek(0).is_some() {
                        self.read_tree(prefix, is_exported);
                        if self.is_mark(0, ',') {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    break;
                }
                Some(Token::Word(word)) => {
                    // `self` in a group is what stands before the group.
                    if word != "self" || prefix.is_empty() {
                        prefix.push(word.to_owned());
                    }
                    self.at += 1;
                    if self.peek(0) != Some(Token::Colons) {
                        let alias = match (self.peek(0), self.peek(1)) {
                            (Some(Token::Word("as")), Some(Token::Word(alias))) => {
                                self.at += 2;
                                Some(alias)
                            }
                            _ => None,
                        };
                        self.add(prefix, alias, is_exported);
                        break;
                    }
                }
                Some(Token::Mark('*')) => {
                    self.at += 1;
                    self.add(prefix, Some("*"), is_exported);
                    break;
                }
                Some(Token::Colons) => self.at += 1,
                _ => {
                    self.at += 1;
                    break;
                }
            }
        }
        prefix.truncate(len);
    }

    fn add(&mut self, path: &[String], name: Option<&str>, is_exported: bool) {
        let Some(name) = name.or_else(|| path.last().map(String::as_str)) else { return };
        self.source.imports.push(Import { path: self.seen_from_file(path), name: name.to_owned(), is_exported });
    }

    fn read_path(&mut self, first: &str) {
        let before = self.before(1);
        let mut path = vec![first.to_owned()];
        let mut end = 1;
        while let (Some(Token::Colons), Some(Token::Word(word))) = (self.peek(end), self.peek(end + 1)) {
            path.push(word.to_owned());
            end += 2;
        }
        let is_declared = matches!(before, Some(Token::Word(word)) if ITEMS.contains(&word))
            || (self.before(2) == Some(Token::Word("macro_rules")) && before == Some(Token::Mark('!')));
        // `pub(in crate::a)` says who may import, and imports nothing.
        let is_visibility = before == Some(Token::Word("in")) && self.before(2) == Some(Token::Mark('('));
        let is_field = before == Some(Token::Mark('.')) || (path.len() == 1 && self.is_mark(end, ':'));
        if is_declared {
            self.source.items.insert(first.to_owned());
        } else if !is_visibility && !is_field && before != Some(Token::Colons) {
            self.source.names.insert(first.to_owned());
            if path.len() > 1 {
                self.source.paths.push(self.seen_from_file(&path));
            }
        }
        self.at += end;
    }

    /// A path as the file itself would write it, from inside its inline modules.
    fn seen_from_file(&self, path: &[String]) -> Vec<String> {
        let Some(first) = path.first().filter(|first| *first == "self" || *first == "super") else {
            return path.to_vec();
        };
        let mut inside: Vec<&String> = self.inline.iter().map(|(name, _)| name).collect();
        let mut rest = &path[usize::from(first == "self")..];
        while rest.first().is_some_and(|name| name == "super") && inside.pop().is_some() {
            rest = &rest[1..];
        }
        let from = if rest.first().is_some_and(|name| name == "super") { None } else { Some("self".to_owned()) };
        from.into_iter().chain(inside.into_iter().cloned()).chain(rest.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(text: &str) -> Vec<String> {
        let shown = |import: Import| {
            let word = if import.is_exported { "pub " } else { "" };
            format!("{word}{} = {}", import.name, import.path.join("::"))
        };
        Source::from_text(text).imports.into_iter().map(shown).collect()
    }

    fn paths(text: &str) -> Vec<String> {
        Source::from_text(text).paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn groups_aliases_and_visibilities_are_read() {
        assert_eq!(
            imports("use crate::{a::{self, B as C}, d::*, e};"),
            ["a = crate::a", "C = crate::a::B", "* = crate::d", "e = crate::e"]
        );
        assert_eq!(
            imports("pub(crate) use a::B;\npub use c::D; use e::F;"),
            ["pub B = a::B", "pub D = c::D", "F = e::F"]
        );
        assert_eq!(imports("fn f() -> impl A + use<'_> { use super::b; }"), ["b = super::b"]);
    }

    #[test]
    fn test_code_is_not_read_and_what_follows_is() {
        let text = "#[cfg(test)]\nmod tests { use super::*; fn f() { crate::a::b() } }\n#[cfg(test)]\nmod check;\nmod x;\n\
            #[cfg(test)]\n#[allow(dead_code)]\nfn g<A, B>(a: crate::t::A) -> [u8; 2] { crate::t::b() }\nuse crate::c::D;\n\
            struct S { #[cfg(test)] a: crate::t::A, b: crate::u::B }\n#[cfg(any(feature = \"e\", test))] use crate::v::E;";
        let source = Source::from_text(text);
        assert_eq!(source.children, [("x".to_owned(), None)]);
        assert_eq!(paths(text), ["crate::u::B"]);
        assert_eq!(imports(text), ["D = crate::c::D", "E = crate::v::E"]);
    }

    #[test]
    fn paths_of_inline_modules_are_the_files() {
        let text = "mod a { use super::b::C; mod d { fn f() { super::g::h(); super::super::super::i::j(); self::k::l() } } }\n\
            fn m() { self::n::o() }";
        assert_eq!(imports(text), ["C = self::b::C"]);
        assert_eq!(paths(text), ["self::a::g::h", "super::i::j", "self::a::d::k::l", "self::n::o"]);
    }

    #[test]
    fn names_in_use_are_neither_fields_nor_methods_nor_declarations() {
        let source = Source::from_text("pub(in crate::z) fn f(a: B) -> C { a.d().e; g::<H>(S { i: 1 }) }");
        for name in ["B", "C", "g", "H", "S"] {
            assert!(source.names.contains(name), "{name}");
        }
        for name in ["f", "d", "e", "i"] {
            assert!(!source.names.contains(name), "{name}");
        }
        assert!(source.items.contains("f") && source.paths.is_empty());
    }
}
